"""The queries for Log Analytics, and the counters that their rows increase.

Each query counts, in groups, what was ingested between two points in time: by the time of ingestion a late row is
counted too, and once. A table or a column that a workspace does not have is no error: ``isfuzzy`` leaves out the one,
``column_ifexists`` replaces the other, and the first leg of each union exists everywhere.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.json_fields import enum_label, label, text
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.classifier import UNKNOWN, classify

Row = Mapping[str, Any]
Increase = tuple[Metric, dict[str, str]]
"""A counter and its labels, without the label `workspace`."""

_CODE_FIELDS: Final = ("errorcode", "code")
_TEXT_FIELDS: Final = ("errormessage", "message", "summarymessage", "possiblecauses", "recoveryprovidererrormessage")


@dataclass(frozen=True, slots=True)
class KustoQuery:
    """A query under the name that metrics and errors use. `text` has the placeholders {start} and {end}."""

    name: str
    text: str
    increases: Callable[[Row], Iterator[Increase]]
    """What one row increases, by its column Count. Raises KeyError for a row without the query's columns."""

    def between(self, start: float, end: float) -> str:
        """The query for what was ingested after `start` and up to `end`, in Unix seconds."""
        return self.text.replace("{start}", _literal(start)).replace("{end}", _literal(end))


def _literal(at: float) -> str:
    return f"datetime({datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%fZ})"


def _key_vault(row: Row) -> Iterator[Increase]:
    labels = {
        "keyvault": _vault(row),
        "failure": classify(None, _text(row, "Operation")),
        "code": label(_text(row, "Code")),
        "access_policy_match": enum_label(_text(row, "Policy")) or "unknown",
    }
    yield metrics.AZURE_KEYVAULT_REFUSALS, labels


def _events(row: Row) -> Iterator[Increase]:
    # One event may report the same failure twice, once inside the other.
    for failure in dict.fromkeys(_failures(_text(row, "Errors"))):
        labels = {"vault": _vault(row), "level": enum_label(_text(row, "Severity")), "failure": failure}
        yield metrics.AZURE_VAULT_EVENTS, labels


def _jobs(row: Row) -> Iterator[Increase]:
    labels = {
        "vault": _vault(row),
        "operation": enum_label(_text(row, "Operation")),
        "status": enum_label(_text(row, "State")),
        "failure": classify(None, _text(row, "Description")),
    }
    yield metrics.AZURE_VAULT_JOBS, labels


def _failures(written: str) -> Iterator[str]:
    """The failures in a column of health errors: JSON of an undocumented form, or plain text."""
    try:
        errors = list(_errors(json.loads(written)))
    except (ValueError, RecursionError):
        errors = []
    known = [failure for code, texts in errors if (failure := classify(code, *texts)) != UNKNOWN]
    yield from known or [classify(None, written)]


def _errors(value: Any) -> Iterator[tuple[str, list[str]]]:
    """Code and texts of every object in the JSON, however deep."""
    if isinstance(value, list):
        for one in value:
            yield from _errors(one)
    elif isinstance(value, dict):
        fields = {key.casefold(): str(field) for key, field in value.items() if isinstance(field, str | int)}
        code = next((fields[name] for name in _CODE_FIELDS if name in fields), "")
        yield code, [fields[name] for name in _TEXT_FIELDS if name in fields]
        yield from _errors(list(value.values()))


def _vault(row: Row) -> str:
    return label(ArmId(_text(row, "Vault")).name.lower())


def _text(row: Row, column: str) -> str:
    value = row[column]
    return "" if value is None else text(str(value))


KEY_VAULT: Final = KustoQuery(
    "key_vault",
    """
union isfuzzy=true
    (print Uri = "", Vault = "", Code = int(0), Policy = "" | take 0),
    (AZKVAuditLogs
        | where ingestion_time() > {start} and ingestion_time() <= {end}
        | project
            Uri = column_ifexists("RequestUri", ""),
            Vault = column_ifexists("_ResourceId", ""),
            Code = toint(column_ifexists("HttpStatusCode", 0)),
            Policy = tostring(column_ifexists("IsAccessPolicyMatch", ""))),
    (AzureDiagnostics
        | where ingestion_time() > {start} and ingestion_time() <= {end}
        | where Category == "AuditEvent" and column_ifexists("ResourceProvider", "") =~ "MICROSOFT.KEYVAULT"
        | project
            Uri = column_ifexists("requestUri_s", ""),
            Vault = column_ifexists("_ResourceId", ""),
            Code = toint(column_ifexists("httpStatusCode_d", 0)),
            Policy = tostring(column_ifexists("isAccessPolicyMatch_b", "")))
| where Code >= 400 and Uri contains "/storage/"
| extend Operation = iff(Uri contains "/sas/",
    "Generate shared access signature definition", "Configure managed storage account")
| summarize Count = count() by Vault, Operation, Code, Policy
""",
    _key_vault,
)
"""Refused requests for managed storage. Their operation names are not documented, so the address identifies them:
``PUT {vault}/storage/{account}``, and below that ``sas/{definition}``. An audit log goes to either table."""

VAULT_EVENTS: Final = KustoQuery(
    "vault_events",
    """
union isfuzzy=true
    (print Vault = "", Severity = "", Errors = "" | take 0),
    (AzureDiagnostics
        | where ingestion_time() > {start} and ingestion_time() <= {end}
        | where Category == "AzureSiteRecoveryEvents"
        | project
            Vault = column_ifexists("_ResourceId", ""),
            Severity = tostring(column_ifexists("Level", "")),
            Errors = tostring(column_ifexists("healthErrors_s", "")))
| where isnotempty(Errors) and Errors != "[]"
| summarize Count = count() by Vault, Severity, Errors
""",
    _events,
)

VAULT_JOBS: Final = KustoQuery(
    "vault_jobs",
    """
union isfuzzy=true
    (print Vault = "", Operation = "", State = "", Description = "" | take 0),
    (ASRJobs
        | where ingestion_time() > {start} and ingestion_time() <= {end}
        | where Status !in ("Succeeded", "Completed")
        | project
            Vault = column_ifexists("_ResourceId", ""),
            Operation = tostring(column_ifexists("OperationName", "")),
            State = tostring(Status),
            Description = tostring(column_ifexists("ResultDescription", "")))
| summarize Count = count() by Vault, Operation, State, Description
""",
    _jobs,
)

QUERIES: Final = (KEY_VAULT, VAULT_EVENTS, VAULT_JOBS)
