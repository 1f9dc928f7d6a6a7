"""Collector `azure_metrics`: platform metrics of storage accounts, Service Bus namespaces and key vaults.

azure-monitor-querymetrics, POST {region}.metrics.monitor.azure.com/subscriptions/{s}/metrics:getBatch. Every minute is
counted once: totals increase counters, of averages the newest is exported.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from azure.monitor.querymetrics import MetricsQueryResult, MetricValue, TimeSeriesElement
from azure.monitor.querymetrics.aio import MetricsClient

from azure_migrate_exporter.azure.arm_client import Arm, connected
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.json_fields import label, number, text
from azure_migrate_exporter.collectors.azuremonitor.calls import Backoff, CallCounter, StepFailures
from azure_migrate_exporter.collectors.azuremonitor.counter_totals import CounterTotals
from azure_migrate_exporter.collectors.azuremonitor.platform_metrics import Batch, MetricsQuery, PlatformMetric, batches
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.azure_monitor import MonitoredResource, MonitoredTarget
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metric import MetricType
from azure_migrate_exporter.exposition.metrics import AZURE_METRICS_TIMESTAMP
from azure_migrate_exporter.reasons import Reason

MINUTE: Final = 60.0
INGESTION_DELAY: Final = 180.0
"""Seconds after which Azure has the values of a minute."""
RECENT: Final = 300.0
"""Seconds for which an average is current. The first call looks back as far and increases no counter: what was before
it is unknown."""
MAX_LOOKBACK: Final = 3600.0
"""Seconds that a later call looks back at most, after failures."""
MAX_SERIES: Final = 100
"""Values of a dimension that Azure returns for each resource; its default is 10."""

_METRIC: Final = "/providers/microsoft.insights/metrics/"


class AzureMetricsCollector(Collector):
    """Reads the metrics of the resources of one section. Keeps the totals, and the time up to which they count."""

    def __init__(self, target: Target[MonitoredTarget], context: Context) -> None:
        self._name = target.name
        self._settings = target.settings.settings
        self._proxy = target.proxy
        self._clock = context.clock
        self._until: dict[Batch, float | None] = dict.fromkeys(batches(target.settings.resources))
        self._averages: dict[Batch, Block] = {}
        self._totals = CounterTotals()
        self._calls = CallCounter(target.name, "metrics")
        self._backoff = Backoff(context.clock)

    async def collect(self, out: Measurements) -> None:
        """Write averages, totals, and the calls they took. Raises the first failure after all batches were read."""
        failures = StepFailures()
        try:
            self._backoff.check()
            async with connected(self._settings, self._proxy) as arm:
                for batch in self._until:
                    with failures.collected(batch.description):
                        await self._read(arm, batch)
                        out.keep(self._averages[batch])
                    if failures.include(Reason.THROTTLED):
                        self._backoff.increase()
                        break
                else:
                    self._backoff.reset()
        finally:
            self._totals.write(out)
            self._calls.write(out)
            self._write_time(out)
        failures.raise_first()

    async def _read(self, arm: Arm, batch: Batch) -> None:
        """Make one call if there is a new minute, and take in its answer. Raises whatever the SDK does."""
        end = (self._clock.time() - INGESTION_DELAY) // MINUTE * MINUTE
        counted = self._until[batch]
        start = end - RECENT if counted is None else max(counted, end - MAX_LOOKBACK)
        if start >= end:
            return
        endpoint = arm.cloud.metrics.replace("{region}", batch.region)
        options = {"audience": arm.cloud.metrics_audience, **arm.client_options}
        with self._calls.counted():
            async with MetricsClient(endpoint, arm.credential, **options) as client:
                series = list(_series(batch, await query(client, batch, start, end)))
        averages = Measurements()
        for platform_metric, labels, points in series:
            within = [point for point in points if start <= point[0] < end]
            recent = [point for point in within if point[0] >= end - RECENT]
            if platform_metric.metric.type is MetricType.COUNTER:
                amount = 0.0 if counted is None else sum(value for _, value in within)
                self._totals.add(platform_metric.metric, amount, **labels)
            elif recent:
                averages.set(platform_metric.metric, max(recent)[1], **labels)
        self._averages[batch] = averages.block()
        self._until[batch] = end

    def _write_time(self, out: Measurements) -> None:
        known = [until for until in self._until.values() if until is not None]
        if len(known) == len(self._until):
            out.set(AZURE_METRICS_TIMESTAMP, min(known), target=self._name)


async def query(client: MetricsClient, batch: Batch, start: float, end: float) -> list[MetricsQueryResult]:
    """The answer to one call, for the minutes from `start` to `end` in Unix seconds. Raises whatever the SDK does."""
    asked = batch.query
    return await client.query_resources(
        resource_ids=batch.ids,
        metric_namespace=asked.namespace,
        metric_names=[one.name for one in asked.metrics],
        timespan=(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)),
        granularity=timedelta(seconds=MINUTE),
        aggregations=asked.aggregations,
        filter=f"{asked.dimension} eq '*'" if asked.dimension else None,
        max_results=MAX_SERIES if asked.dimension else None,
    )


Series = tuple[PlatformMetric, dict[str, str], list[tuple[float, float]]]
"""A metric, the labels of its resource and dimension, and (Unix seconds, value in base units) for each minute."""


def _series(batch: Batch, results: Iterable[MetricsQueryResult]) -> Iterator[Series]:
    """The series of an answer. The SDK drops the id of the resource, but that of each metric begins with it."""
    wanted = {one.name.casefold(): one for one in batch.query.metrics}
    for metric in (metric for result in results for metric in result.metrics):
        platform_metric = wanted.get(text(metric.name).casefold())
        resource_id = text(metric.id).casefold().partition(_METRIC)[0]
        if platform_metric is None:
            continue
        for resource in (one for one in batch.resources if one.id.casefold() == resource_id):
            for element in metric.timeseries:
                yield platform_metric, _labels(batch.query, resource, element), _points(element.data, platform_metric)


def _labels(query: MetricsQuery, resource: MonitoredResource, element: TimeSeriesElement) -> dict[str, str]:
    labels = {"appliance": resource.appliance, query.label: ArmId(resource.id).name.lower()}
    if query.dimension:
        # Azure writes the name in lower case in its answers.
        values = {text(key).casefold(): value for key, value in element.metadata_values.items()}
        labels[query.split] = label(values.get(query.dimension.casefold()))
    return labels


def _points(data: Iterable[MetricValue], metric: PlatformMetric) -> list[tuple[float, float]]:
    """The minutes that have a value."""
    values = ((point.timestamp.timestamp(), number(getattr(point, metric.aggregation))) for point in data)
    return [(at, value * metric.scale) for at, value in values if value is not None]


def create(target: Target[MonitoredTarget], context: Context) -> Collector:
    """The collector of one section."""
    return AzureMetricsCollector(target, context)
