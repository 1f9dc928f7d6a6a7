"""The queries for Log Analytics: data. Each counts what was ingested between two points in time, in groups.

A table or a column that a workspace does not have is no error: ``isfuzzy`` leaves out the one, ``column_ifexists``
stands in for the other, and the first leg of each union exists everywhere. Time is that of ingestion, so that what
comes late is counted all the same, and once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


@dataclass(frozen=True, slots=True)
class KustoQuery:
    """A query by the name that metrics and errors have for it. `text` has the placeholders {start} and {end}."""

    name: str
    text: str

    def between(self, start: float, end: float) -> str:
        """The query for what was ingested after `start` and up to `end`, in Unix seconds."""
        return self.text.replace("{start}", _literal(start)).replace("{end}", _literal(end))


def _literal(at: float) -> str:
    return f"datetime({datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%fZ})"


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
)
"""Refused requests for managed storage. Their operation names are documented nowhere, so the address tells them:
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
)

QUERIES: Final = (KEY_VAULT, VAULT_EVENTS, VAULT_JOBS)
