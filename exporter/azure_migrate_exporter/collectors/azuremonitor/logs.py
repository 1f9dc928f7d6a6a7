"""Collector `azure_logs`: refused requests in the key vault's audit log, and what the Recovery Services vault logs.

azure-monitor-query, POST api.loganalytics.io/v1/workspaces/{id}/query. What was ingested is counted once, also across
restarts of the exporter where it keeps state.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Final

from azure.monitor.query import LogsQueryPartialResult, LogsTable
from azure.monitor.query.aio import LogsQueryClient

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.collectors.azuremonitor.backoff import Backoff
from azure_migrate_exporter.collectors.azuremonitor.calls import Calls, Problems
from azure_migrate_exporter.collectors.azuremonitor.kusto import QUERIES, KustoQuery
from azure_migrate_exporter.collectors.azuremonitor.rows import counted
from azure_migrate_exporter.collectors.azuremonitor.tally import Tally
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings, WorkspaceSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import AZURE_LOGS_PARTIAL_ANSWERS, AZURE_LOGS_TIMESTAMP
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.redaction import one_line

SETTLED: Final = 120.0
"""Seconds after its ingestion that a row can be relied on to be found."""
FARTHEST: Final = 86400.0
"""Seconds that a query looks back at most, after failures or a stop."""
FIRST_LOOK: Final = 300.0
"""Seconds that the very first query looks back."""
OLDEST_EVENT: Final = 2 * 86400.0
"""Seconds by which an event may be older than its ingestion: it bounds what a query has to read."""
SERVER_TIMEOUT: Final = 30
ANSWER_TIMEOUT: Final = 40.0
"""Seconds without a byte: a query may be silent for as long as it runs."""


class AzureLogsCollector(Collector):
    """Asks the workspaces of one section. Keeps what it counted, and up to when."""

    def __init__(self, target: Target[AzureMonitorSettings], context: Context) -> None:
        self._settings = target.settings
        self._proxy = target.proxy
        self._clock = context.clock
        self._state = context.state
        self._state_name = f"azure_logs-{target.name}"
        saved = context.state.load(self._state_name)
        self._until: dict[str, float] = {key: float(at) for key, at in saved.get("until", {}).items()}
        self._partial: Counter[tuple[str, str]] = Counter()
        self._tally = Tally()
        self._calls = Calls(target.name, "logs")
        self._backoff = Backoff(context.clock)

    async def collect(self, out: Measurements) -> None:
        """Write what was counted so far. Raises the first problem once all workspaces were asked."""
        problems = Problems()
        try:
            self._backoff.check()
            async with connected(self._settings, self._proxy) as way:
                client = LogsQueryClient(way.credential, endpoint=way.cloud.logs, **way.client_options)
                async with client:
                    await self._ask_all(client, problems)
        finally:
            self._tally.write(out)
            self._calls.write(out)
            self._tell(out)
        problems.throw()

    async def _ask_all(self, client: LogsQueryClient, problems: Problems) -> None:
        for workspace, query in product(self._settings.workspaces, QUERIES):
            with problems.kept(f"workspace {workspace.name}, {query.name}"):
                await self._count(client, workspace, query)
            if problems.has(Reason.THROTTLED):
                self._backoff.refused()
                return
        self._backoff.answered()

    async def _count(self, client: LogsQueryClient, workspace: WorkspaceSettings, query: KustoQuery) -> None:
        """One query, and its rows. Raises whatever the SDK does, and `CheckError` for an incomplete answer."""
        key = f"{workspace.id.lower()} {query.name}"
        end = self._clock.time() - SETTLED
        start = max(self._until.get(key, end - FIRST_LOOK), end - FARTHEST)
        if start >= end:
            return
        with self._calls.counted():
            tables, incomplete = await _ask(client, workspace.id, query, start, end)
        for row in (row for table in tables for row in table.rows):
            cells = dict(zip(tables[0].columns, row, strict=True))
            for metric, labels in counted(query, cells):
                self._tally.add(metric, float(cells["Count"] or 0), workspace=workspace.name, **labels)
        self._until[key] = end
        self._state.save(self._state_name, {"until": self._until})
        if incomplete:
            self._partial[workspace.name, query.name] += 1
            raise CheckError(Reason.UNAVAILABLE, f"an incomplete answer: {one_line(incomplete)}")

    def _tell(self, out: Measurements) -> None:
        for workspace, query in product(self._settings.workspaces, QUERIES):
            labels = {"workspace": workspace.name, "query": query.name}
            until = self._until.get(f"{workspace.id.lower()} {query.name}")
            if until is not None:
                out.set(AZURE_LOGS_TIMESTAMP, until, **labels)
            out.set(AZURE_LOGS_PARTIAL_ANSWERS, self._partial[workspace.name, query.name], **labels)


async def _ask(
    client: LogsQueryClient, workspace: str, query: KustoQuery, start: float, end: float
) -> tuple[Sequence[LogsTable], str]:
    """The answer's tables, and what Azure says is missing in them, if anything is."""
    answer = await client.query_workspace(
        workspace,
        query.between(start, end),
        timespan=(datetime.fromtimestamp(start - OLDEST_EVENT, UTC), datetime.fromtimestamp(end, UTC)),
        server_timeout=SERVER_TIMEOUT,
        read_timeout=ANSWER_TIMEOUT,
    )
    if isinstance(answer, LogsQueryPartialResult):
        error = answer.partial_error
        return answer.partial_data or (), f"{error.code}: {error.message}" if error else "it does not say why"
    return answer.tables, ""


def create(target: Target[AzureMonitorSettings], context: Context) -> Collector:
    """The collector of one section."""
    return AzureLogsCollector(target, context)
