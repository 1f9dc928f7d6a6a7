"""Collector `azure_metrics`: platform metrics of storage accounts, Service Bus namespaces and key vaults.

azure-monitor-querymetrics, POST {region}.metrics.monitor.azure.com/subscriptions/{s}/metrics:getBatch. Every minute is
counted once: totals go into counters, of averages the newest is shown.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from azure.monitor.querymetrics import MetricsQueryResult, MetricValue, TimeSeriesElement
from azure.monitor.querymetrics.aio import MetricsClient

from azure_migrate_exporter.azure.arm_client import Arm, connected
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.azuremonitor.backoff import Backoff
from azure_migrate_exporter.collectors.azuremonitor.calls import Calls, Problems
from azure_migrate_exporter.collectors.azuremonitor.platform import Batch, Query, Reading, batches
from azure_migrate_exporter.collectors.azuremonitor.tally import Tally
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.azure_monitor import MonitoredResource, MonitoredTarget
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metric import MetricType
from azure_migrate_exporter.exposition.metrics import AZURE_METRICS_TIMESTAMP
from azure_migrate_exporter.reasons import Reason

MINUTE: Final = 60.0
LATE: Final = 180.0
"""Seconds after which Azure has a minute's values."""
RECENT: Final = 300.0
"""Seconds within which an average counts as present. The first call looks back as far and adds nothing to a total:
nobody knows what was before."""
FARTHEST: Final = 3600.0
"""Seconds that a later call looks back at most, after failures."""
MOST_SERIES: Final = 100
"""Values of a dimension that Azure may answer with, for each resource; it would give 10 unasked."""

_METRIC: Final = "/providers/microsoft.insights/metrics/"


class AzureMetricsCollector(Collector):
    """Reads the metrics of the resources of one section. Keeps what it counted, and up to when."""

    def __init__(self, target: Target[MonitoredTarget], context: Context) -> None:
        self._name = target.name
        self._settings = target.settings.settings
        self._proxy = target.proxy
        self._clock = context.clock
        self._until: dict[Batch, float | None] = dict.fromkeys(batches(target.settings.resources))
        self._averages: dict[Batch, Block] = {}
        self._tally = Tally()
        self._calls = Calls(target.name, "metrics")
        self._backoff = Backoff(context.clock)

    async def collect(self, out: Measurements) -> None:
        """Write averages, totals so far, and what that cost. Raises the first problem once all batches were asked."""
        problems = Problems()
        try:
            self._backoff.check()
            async with connected(self._settings, self._proxy) as way:
                for batch in self._until:
                    with problems.kept(batch.place):
                        await self._read(way, batch)
                        out.keep(self._averages[batch])
                    if problems.has(Reason.THROTTLED):
                        self._backoff.refused()
                        break
                else:
                    self._backoff.answered()
        finally:
            self._tally.write(out)
            self._calls.write(out)
            self._tell_time(out)
        problems.throw()

    async def _read(self, way: Arm, batch: Batch) -> None:
        """One call, if there is a new minute, and everything that its answer says. Raises whatever the SDK does."""
        end = (self._clock.time() - LATE) // MINUTE * MINUTE
        counted = self._until[batch]
        start = end - RECENT if counted is None else max(counted, end - FARTHEST)
        if start >= end:
            return
        with self._calls.counted():
            results = await _ask(way, batch, start, end)
        averages = Measurements()
        for reading, labels, points in _series(batch, results):
            within = [point for point in points if start <= point[0] < end]
            recent = [point for point in within if point[0] >= end - RECENT]
            if reading.metric.type is MetricType.COUNTER:
                amount = 0.0 if counted is None else sum(value for _, value in within)
                self._tally.add(reading.metric, amount, **labels)
            elif recent:
                averages.set(reading.metric, max(recent)[1], **labels)
        self._averages[batch] = averages.block()
        self._until[batch] = end

    def _tell_time(self, out: Measurements) -> None:
        known = [until for until in self._until.values() if until is not None]
        if len(known) == len(self._until):
            out.set(AZURE_METRICS_TIMESTAMP, min(known), target=self._name)


async def _ask(way: Arm, batch: Batch, start: float, end: float) -> list[MetricsQueryResult]:
    query = batch.query
    endpoint = way.cloud.metrics.replace("{region}", batch.region)
    options = {"audience": way.cloud.metrics_audience, **way.client_options}
    async with MetricsClient(endpoint, way.credential, **options) as client:
        return await client.query_resources(
            resource_ids=batch.ids,
            metric_namespace=query.namespace,
            metric_names=[reading.name for reading in query.readings],
            timespan=(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)),
            granularity=timedelta(seconds=MINUTE),
            aggregations=query.aggregations,
            filter=f"{query.dimension} eq '*'" if query.dimension else None,
            max_results=MOST_SERIES if query.dimension else None,
        )


Series = tuple[Reading, dict[str, str], list[tuple[float, float]]]
"""A reading, the labels of its resource and dimension, and (Unix seconds, value in base units) for each minute."""


def _series(batch: Batch, results: Iterable[MetricsQueryResult]) -> Iterator[Series]:
    """What an answer says. The SDK drops the id of the resource, but that of each metric begins with it."""
    readings = {reading.name.casefold(): reading for reading in batch.query.readings}
    for metric in (metric for result in results for metric in result.metrics):
        reading = readings.get(metric.name.casefold())
        where = metric.id.casefold().partition(_METRIC)[0]
        if reading is None:
            continue
        for resource in (one for one in batch.resources if one.id.casefold() == where):
            for element in metric.timeseries:
                yield reading, _labels(batch.query, resource, element), _points(element.data, reading)


def _labels(query: Query, resource: MonitoredResource, element: TimeSeriesElement) -> dict[str, str]:
    labels = {"appliance": resource.appliance, query.label: ArmId(resource.id).name.lower()}
    if query.dimension:
        # Azure writes the name in lower case in its answers.
        values = {key.casefold(): value for key, value in element.metadata_values.items()}
        labels[query.split] = values.get(query.dimension.casefold()) or ""
    return labels


def _points(data: Iterable[MetricValue], reading: Reading) -> list[tuple[float, float]]:
    """Minutes that have a value; a minute without any has none of it."""
    values = ((point.timestamp.timestamp(), getattr(point, reading.aggregation)) for point in data)
    return [(at, value * reading.scale) for at, value in values if value is not None]


def create(target: Target[MonitoredTarget], context: Context) -> Collector:
    """The collector of one section."""
    return AzureMetricsCollector(target, context)
