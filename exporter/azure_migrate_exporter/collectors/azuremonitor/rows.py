"""What the rows of the queries' answers count as: metric, labels and amount."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.azuremonitor import kusto
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.classifier import UNKNOWN, classify

Row = Mapping[str, Any]
Counted = tuple[Metric, dict[str, str]]

LONGEST_WORD: Final = 64
"""Characters of a label that Azure wrote; what is longer is no name."""

_CODE: Final = ("errorcode", "code")
_TEXTS: Final = ("errormessage", "message", "summarymessage", "possiblecauses", "recoveryprovidererrormessage")
_SEAM: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def counted(query: kusto.KustoQuery, row: Row) -> list[Counted]:
    """The series that a row adds to, without the label `workspace`."""
    return list(_READERS[query.name](row))


def _key_vault(row: Row) -> Iterator[Counted]:
    labels = {
        "vault": _vault(row),
        "failure": classify(None, _text(row, "Operation")),
        "code": _text(row, "Code"),
        "access_policy_match": _text(row, "Policy").lower() or "unknown",
    }
    yield metrics.AZURE_KEYVAULT_REFUSALS, labels


def _events(row: Row) -> Iterator[Counted]:
    # One event may tell the same failure twice, once inside the other.
    for failure in dict.fromkeys(_failures(_text(row, "Errors"))):
        labels = {"vault": _vault(row), "level": word(_text(row, "Severity")), "failure": failure}
        yield metrics.AZURE_VAULT_EVENTS, labels


def _jobs(row: Row) -> Iterator[Counted]:
    labels = {
        "vault": _vault(row),
        "operation": word(_text(row, "Operation")),
        "status": word(_text(row, "State")),
        "failure": classify(None, _text(row, "Description")),
    }
    yield metrics.AZURE_VAULT_JOBS, labels


_READERS: Final[Mapping[str, Callable[[Row], Iterator[Counted]]]] = {
    kusto.KEY_VAULT.name: _key_vault,
    kusto.VAULT_EVENTS.name: _events,
    kusto.VAULT_JOBS.name: _jobs,
}


def _failures(text: str) -> Iterator[str]:
    """The failures in a column of health errors, which is JSON of a form that nobody has documented, or plain text."""
    try:
        errors = list(_errors(json.loads(text)))
    except (ValueError, RecursionError):
        errors = []
    known = [failure for code, texts in errors if (failure := classify(code, *texts)) != UNKNOWN]
    yield from known or [classify(None, text)]


def _errors(value: Any) -> Iterator[tuple[str, list[str]]]:
    """Code and texts of every object in the JSON, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _errors(one)
    elif isinstance(value, dict):
        fields = {key.casefold(): str(field) for key, field in value.items() if isinstance(field, str | int)}
        code = next((fields[name] for name in _CODE if name in fields), "")
        yield code, [fields[name] for name in _TEXTS if name in fields]
        yield from _errors(list(value.values()))


def _vault(row: Row) -> str:
    return ArmId(_text(row, "Vault")).name.lower()


def _text(row: Row, column: str) -> str:
    value = row[column]
    return "" if value is None else str(value)


def word(text: str) -> str:
    """A short name as a label value: ``Start replication`` is ``start_replication``. What is no name is "other"."""
    if len(text) > LONGEST_WORD:
        return "other"
    return _SEAM.sub("_", text).strip("_").lower()
