"""The queries for Log Analytics are valid: Microsoft's own parser reads them, for workspaces of several kinds."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Final

import pytest

from azure_migrate_exporter.collectors.azuremonitor.log_queries import QUERIES
from tests.lab.tools import kusto

_COMMON: Final = "TimeGenerated: datetime, _ResourceId: string"
AUDIT: Final = f"({_COMMON}, RequestUri: string, HttpStatusCode: int, IsAccessPolicyMatch: bool)"
DIAGNOSTICS: Final = (
    f"({_COMMON}, Category: string, ResourceProvider: string, Level: string, requestUri_s: string, "
    "httpStatusCode_d: real, isAccessPolicyMatch_b: bool, healthErrors_s: string)"
)
JOBS: Final = f"({_COMMON}, OperationName: string, Status: string, ResultDescription: string)"

WORKSPACES: Final[Mapping[str, Mapping[str, str]]] = {
    "everything is sent there": {"AZKVAuditLogs": AUDIT, "AzureDiagnostics": DIAGNOSTICS, "ASRJobs": JOBS},
    "other resources are sent there": {"AzureDiagnostics": f"({_COMMON}, Category: string)"},
    "only the older table": {"AzureDiagnostics": DIAGNOSTICS},
    "only the newer tables": {"AZKVAuditLogs": AUDIT, "ASRJobs": JOBS},
}


def problems(tables: Mapping[str, str], *queries: str) -> list[list[str]]:
    program = kusto()
    answer = subprocess.run(
        program.command,
        input=json.dumps({"tables": tables, "queries": queries}),
        env={**os.environ, **program.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: list[list[str]] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("tables", WORKSPACES.values(), ids=WORKSPACES)
def test_every_query_is_sound_whatever_a_workspace_has(tables: Mapping[str, str]) -> None:
    queries = [query.between(1.8e9, 1.8e9 + 300) for query in QUERIES]
    # A table that does not exist is what `isfuzzy` is for: the parser mentions it all the same.
    found = [[text for text in one if not text.startswith("The fuzzy name")] for one in problems(tables, *queries)]
    assert found == [[], [], []]


def test_the_parser_sees_what_is_wrong() -> None:
    tables = WORKSPACES["everything is sent there"]
    assert problems(tables, "ASRJobs | where Sttus == 1", "ASRJobs | were 1", "ASRJobs | take 1") == [
        ["The name 'Sttus' does not refer to any known column, table, variable or function."],
        ["Query operator expected.", "Expected: ;"],
        [],
    ]
