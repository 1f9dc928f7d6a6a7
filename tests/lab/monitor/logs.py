"""Log Analytics: workspaces with tables, and the query API over them."""

import json
from dataclasses import dataclass, field
from typing import Any

from azure_migrate_exporter.runtime.clock import Clock
from tests.lab.arm.refusals import RefusalError
from tests.lab.monitor.kql import INGESTED, QueryError, Table, run


@dataclass(slots=True)
class Query:
    """One query."""

    workspace: str
    text: str
    timespan: str | None


@dataclass
class LabLogs:
    """The content of the workspaces. A table exists from its first row on."""

    clock: Clock
    incomplete: str = ""
    """If not empty, answers lack half of their rows, with this message."""
    queries: list[Query] = field(default_factory=list)
    _workspaces: dict[str, dict[str, Table]] = field(default_factory=dict)

    def workspace(self, id: str) -> None:  # noqa: A002 - what Azure calls it
        """Create one."""
        self._workspaces[id.lower()] = {}

    def ingest(self, workspace: str, table: str, *, at: float | None = None, **row: Any) -> None:
        """Ingest a row, now or at `at`."""
        when = self.clock.time() if at is None else at
        found = self._workspaces[workspace.lower()].setdefault(table, Table([], []))
        found.columns = list(dict.fromkeys((*found.columns, *row)))
        found.rows.append({INGESTED: when, **row})

    def answer(self, workspace: str, body: bytes) -> dict[str, Any]:
        """The answer to a query. Raises RefusalError."""
        asked = json.loads(body)
        self.queries.append(Query(workspace, asked["query"], asked.get("timespan")))
        tables = self._workspaces.get(workspace.lower())
        if tables is None:
            raise RefusalError(404, "WorkspaceNotFoundError", "The workspace could not be found")
        try:
            result = run(asked["query"], tables)
        except QueryError as error:
            raise RefusalError(400, "BadArgumentError", f"The request had some invalid properties: {error}") from None
        rows = result.rows[: len(result.rows) // 2] if self.incomplete else result.rows
        columns = [{"name": name, "type": _type(name, rows)} for name in result.columns]
        table = {
            "name": "PrimaryResult",
            "columns": columns,
            "rows": [[row.get(name) for name in result.columns] for row in rows],
        }
        answer: dict[str, Any] = {"tables": [table]}
        if self.incomplete:
            inner = {"code": "QueryExecutionError", "message": self.incomplete}
            answer["error"] = {"code": "PartialError", "message": "There were some errors.", "innererror": inner}
        return answer


def _type(name: str, rows: list[dict[str, Any]]) -> str:
    values = (row.get(name) for row in rows)
    return "long" if any(isinstance(value, int) for value in values) else "string"
