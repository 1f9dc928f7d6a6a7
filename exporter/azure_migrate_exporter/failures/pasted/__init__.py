"""Recognises the documented failures in whatever a person pastes.

That is a code, a message, a block of the portal in any language, the JSON of a job or of a machine, output of
PowerShell, or the labels of an alert: whole, cut off, or with other text around it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import numbers, search_messages
from azure_migrate_exporter.failures.model import Failure
from azure_migrate_exporter.failures.pasted.codes import find_codes
from azure_migrate_exporter.failures.pasted.cut_messages import find_cut_messages
from azure_migrate_exporter.failures.pasted.plain_text import plain_text

MAX_PASTED: Final = 100_000
"""Characters that are searched."""

_NAME: Final = re.compile(r"(?<![\w-])(" + "|".join(CATALOGUE) + r")(?![\w-])", re.IGNORECASE)
_CYCLE_DIGITS: Final = 4
"""Codes of replication cycles have up to four digits, and 181008. Jobs use short numbers too, for other errors."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """A failure, and by what it was recognised: its id, a message, a part of a message, a code, or several of them."""

    failure: Failure
    name: bool = False
    message: bool = False
    general_message: bool = False
    """Whether Azure shows the message for other failures too."""
    cut_message: bool = False
    code: str = ""

    @property
    def by_code_only(self) -> bool:
        """Whether nothing but a number stands for the failure."""
        return bool(self.code) and not (self.name or self.message or self.cut_message)

    @property
    def other_in_jobs(self) -> bool:
        """Whether a job of Site Recovery that shows the same number may mean another error."""
        return self.by_code_only and len(self.code) <= _CYCLE_DIGITS


def recognize(pasted: str) -> tuple[Recognition, ...]:
    """Every documented failure in a text: those of its messages first, then those named, then those of its codes."""
    text = plain_text(pasted[:MAX_PASTED])
    specific, general = search_messages(text)
    messages = specific or general
    cut = [failure for failure in find_cut_messages(text) if failure not in messages]
    names = [match[1].lower() for match in _NAME.finditer(text)]
    codes = find_codes(text)
    ordered = dict.fromkeys([*messages, *cut, *names])
    found = [
        Recognition(
            CATALOGUE[id_],
            id_ in names,
            id_ in messages,
            id_ not in specific and id_ in general,
            id_ in cut,
            _code_of(CATALOGUE[id_], codes),
        )
        for id_ in ordered
    ]
    return (*found, *_by_codes(codes, found))


def _code_of(failure: Failure, codes: tuple[str, ...]) -> str:
    return next((code.number for code in failure.codes if code.number in codes), "")


def _by_codes(codes: tuple[str, ...], found: list[Recognition]) -> Iterator[Recognition]:
    """The failures that only codes stand for. A carrier's code yields to the message that it carries."""
    explained = {recognition.code for recognition in found}
    seen = {recognition.failure.id for recognition in found}
    for code in codes:
        failure = CATALOGUE[numbers()[code]]
        if code in explained or failure.id in seen or (failure.carrier and found):
            continue
        seen.add(failure.id)
        yield Recognition(failure, code=code)
