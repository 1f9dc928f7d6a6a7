"""Collector `azure_logs`: refused requests in the key vault's audit log, and the log of the Recovery Services vault.

azure-monitor-query, POST api.loganalytics.io/v1/workspaces/{id}/query. What was ingested is counted once, also across
restarts of the exporter where it keeps state.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import product
from typing import Final

from azure.monitor.query import LogsQueryPartialResult, LogsTable
from azure.monitor.query.aio import LogsQueryClient

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.azure.json_fields import mapping, number
from azure_migrate_exporter.collectors.azuremonitor.calls import Backoff, CallCounter, StepFailures
from azure_migrate_exporter.collectors.azuremonitor.counter_totals import CounterTotals
from azure_migrate_exporter.collectors.azuremonitor.log_queries import QUERIES, Increase, KustoQuery
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings, WorkspaceSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import AZURE_LOGS_PARTIAL_ANSWERS, AZURE_LOGS_TIMESTAMP
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.redaction import one_line

SETTLING_TIME: Final = 120.0
"""Seconds after its ingestion from which on a row is reliably found."""
MAX_LOOKBACK: Final = 86400.0
"""Seconds that a query looks back at most, after failures or a stop."""
FIRST_LOOKBACK: Final = 300.0
"""Seconds that the very first query looks back."""
MAX_INGESTION_DELAY: Final = 2 * 86400.0
"""Seconds by which an event may be older than its ingestion: it limits what a query has to read."""
SERVER_TIMEOUT: Final = 30
ANSWER_TIMEOUT: Final = 40.0
"""Seconds without a byte: a query sends nothing for as long as it runs."""


class AzureLogsCollector(Collector):
    """Queries the workspaces of one section. Keeps the totals, and the time up to which they count."""

    def __init__(self, target: Target[AzureMonitorSettings], context: Context) -> None:
        self._settings = target.settings
        self._proxy = target.proxy
        self._clock = context.clock
        self._state = context.state
        self._state_name = f"azure_logs-{target.name}"
        saved = mapping(context.state.load(self._state_name).get("until"))
        self._until = {key: at for key, value in saved.items() if (at := number(value)) is not None}
        self._partial: Counter[tuple[str, str]] = Counter()
        self._totals = CounterTotals()
        self._calls = CallCounter(target.name, "logs")
        self._backoff = Backoff(context.clock)

    async def collect(self, out: Measurements) -> None:
        """Write the totals. Raises the first failure after all workspaces were queried."""
        failures = StepFailures()
        try:
            self._backoff.check()
            async with connected(self._settings, self._proxy) as arm:
                client = LogsQueryClient(arm.credential, endpoint=arm.cloud.logs, **arm.client_options)
                async with client:
                    await self._query_all(client, failures)
        finally:
            self._totals.write(out)
            self._calls.write(out)
            self._write_progress(out)
        failures.raise_first()

    async def _query_all(self, client: LogsQueryClient, failures: StepFailures) -> None:
        for workspace, kusto in product(self._settings.workspaces, QUERIES):
            with failures.collected(f"workspace {workspace.name}, {kusto.name}"):
                await self._count(client, workspace, kusto)
            if failures.include(Reason.THROTTLED):
                self._backoff.increase()
                return
        self._backoff.reset()

    async def _count(self, client: LogsQueryClient, workspace: WorkspaceSettings, kusto: KustoQuery) -> None:
        """Run one query and count its rows. Raises whatever the SDK does, and `CheckError` for an incomplete answer."""
        key = f"{workspace.id.lower()} {kusto.name}"
        end = self._clock.time() - SETTLING_TIME
        start = max(self._until.get(key, end - FIRST_LOOKBACK), end - MAX_LOOKBACK)
        if start >= end:
            return
        with self._calls.counted():
            tables, incomplete = await query(client, workspace.id, kusto, start, end)
            increases = list(_increases(kusto, tables))
        for (metric, labels), amount in increases:
            self._totals.add(metric, amount, workspace=workspace.name, **labels)
        self._until[key] = end
        unsaved = self._state.save(self._state_name, {"until": self._until})
        if incomplete:
            self._partial[workspace.name, kusto.name] += 1
            raise CheckError(Reason.UNAVAILABLE, f"an incomplete answer: {one_line(incomplete)}")
        if unsaved is not None:
            raise unsaved

    def _write_progress(self, out: Measurements) -> None:
        for workspace, kusto in product(self._settings.workspaces, QUERIES):
            labels = {"workspace": workspace.name, "query": kusto.name}
            until = self._until.get(f"{workspace.id.lower()} {kusto.name}")
            if until is not None:
                out.set(AZURE_LOGS_TIMESTAMP, until, **labels)
            out.set(AZURE_LOGS_PARTIAL_ANSWERS, self._partial[workspace.name, kusto.name], **labels)


async def query(
    client: LogsQueryClient, workspace: str, kusto: KustoQuery, start: float, end: float
) -> tuple[list[LogsTable], str]:
    """The tables of an answer, and what Azure says is missing in them; empty if they are complete.

    Raises whatever the SDK does, and ValueError for an answer without any table.
    """
    answer = await client.query_workspace(
        workspace,
        kusto.between(start, end),
        timespan=(datetime.fromtimestamp(start - MAX_INGESTION_DELAY, UTC), datetime.fromtimestamp(end, UTC)),
        server_timeout=SERVER_TIMEOUT,
        read_timeout=ANSWER_TIMEOUT,
    )
    if isinstance(answer, LogsQueryPartialResult):
        error = answer.partial_error
        return answer.partial_data or [], f"{error.code}: {error.message}" if error else "without an explanation"
    if not answer.tables:
        raise ValueError("no table")
    return answer.tables, ""


def _increases(kusto: KustoQuery, tables: Iterable[LogsTable]) -> Iterator[tuple[Increase, float]]:
    """What the rows count. Raises KeyError or ValueError for rows that are not those of the query."""
    for table in tables:
        for row in table.rows:
            cells = dict(zip(table.columns, row, strict=True))
            amount = number(cells["Count"])
            if amount is None:
                raise ValueError("no count")
            yield from ((increase, amount) for increase in kusto.increases(cells))


def create(target: Target[AzureMonitorSettings], context: Context) -> Collector:
    """The collector of one section."""
    return AzureLogsCollector(target, context)
