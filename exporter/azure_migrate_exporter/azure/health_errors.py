"""Errors that Site Recovery reports, on every level of nesting, as pairs of code and documented failure."""

import re
from collections.abc import Iterator
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import Json, mapping, objects, text
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import UNKNOWN, classify

Error = tuple[str, str]
"""Code (a label value, empty if there is none) and failure id."""

_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SHORT: Final = re.compile(r"\d{1,4}")
_MAX_DEPTH: Final = 4
"""Levels that are read. Azure documents two."""


def health_errors(values: Any) -> frozenset[Error]:
    """The errors in a `healthErrors` or `healthErrorDetails`."""
    return frozenset(error for value in objects(values) for error in _most_exact(list(_levels(value, "", _MAX_DEPTH))))


def job_errors(values: Any) -> frozenset[Error]:
    """The errors in a job's `errors`: each has one of the service and one of its provider.

    A code of up to four digits stands for other errors in a job than in a cycle (506, azure-powershell issue 2872):
    there only the message decides.
    """
    found = []
    for value in objects(values):
        for part, code in (("serviceErrorDetails", "code"), ("providerErrorDetails", "errorCode")):
            details = mapping(value.get(part))
            if details:
                texts = tuple(_texts(details, "message", "errorMessage"))
                label, failure = _classified(details.get(code), "", *texts)
                found.append((label, classify(None, *texts) if _SHORT.fullmatch(label) else failure))
    return frozenset(_most_exact(found))


def main_failure(errors: frozenset[Error]) -> str:
    """The one failure that stands for all of them: a documented one before "unknown"."""
    return min((failure for _, failure in errors), key=lambda failure: (failure == UNKNOWN, failure), default=UNKNOWN)


def serious(errors: frozenset[Error]) -> bool:
    """Whether one of them is more than what Azure reports of machines that replicate normally."""
    return any(failure == UNKNOWN or not CATALOGUE[failure].harmless for _, failure in errors)


def _levels(error: Json, outer_code: str, depth: int) -> Iterator[Error]:
    """The error itself, then its inner errors. One without a code gets that of the error around it."""
    texts = _texts(error, "errorMessage", "recoveryProviderErrorMessage", "summaryMessage")
    own = _classified(error.get("errorCode"), outer_code, *texts)
    yield own
    if depth > 1:
        for inner in objects(error.get("innerHealthErrors")):
            yield from _levels(inner, own[0], depth - 1)


def _texts(error: Json, *names: str) -> Iterator[str]:
    """Texts that may hold a documented message; the possible causes last, as they may name other failures."""
    return (text(error.get(name)) for name in (*names, "possibleCauses"))


def _classified(value: Any, default: str, *texts: str) -> Error:
    code = str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value).strip()
    label = code if not code or _CODE.fullmatch(code) else "other"
    return label or default, classify(code or None, *texts)


def _most_exact(levels: list[Error]) -> list[Error]:
    """What the levels of one error say together: a wrapper without an exact failure yields to what is inside it."""
    for matches in (_exact, _documented):
        if found := [error for error in levels if matches(error[1])]:
            return found
    return [error for error in levels if error[0]] or levels[:1]


def _documented(failure: str) -> bool:
    return failure != UNKNOWN


def _exact(failure: str) -> bool:
    return _documented(failure) and not CATALOGUE[failure].carrier
