"""The platform metrics that are read, and the metric that each becomes: one entry for each call that is billed.

The batch API answers one call for up to 50 resources of one type, region and subscription, and for several metrics as
long as they are split by the same dimension. Names are those of the REST API.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.config.azure_monitor import MonitoredResource
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric

MAX_BATCH: Final = 50
"""Most resources in one call."""


@dataclass(frozen=True, slots=True)
class PlatformMetric:
    """One of Azure's metrics. `scale` converts its unit to a base unit: milliseconds to seconds, percent to a ratio."""

    name: str
    aggregation: Literal["total", "average", "count"]
    metric: Metric
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class MetricsQuery:
    """One call: metrics of one type of resource. `label` is the label that names the resource.

    `dimension` is Azure's name of the dimension that splits the values, and `split` the label for it.
    """

    namespace: str
    label: str
    metrics: tuple[PlatformMetric, ...]
    dimension: str = ""
    split: str = ""

    @property
    def aggregations(self) -> list[str]:
        """The aggregations of the metrics, each once."""
        return list(dict.fromkeys(one.aggregation for one in self.metrics))


QUERIES: Final = (
    MetricsQuery(
        "Microsoft.Storage/storageAccounts",
        "account",
        (
            PlatformMetric("Ingress", "total", metrics.AZURE_STORAGE_INGRESS_BYTES),
            PlatformMetric("Availability", "average", metrics.AZURE_STORAGE_AVAILABILITY, 0.01),
            PlatformMetric("SuccessE2ELatency", "average", metrics.AZURE_STORAGE_E2E_LATENCY, 0.001),
            PlatformMetric("SuccessServerLatency", "average", metrics.AZURE_STORAGE_SERVER_LATENCY, 0.001),
        ),
    ),
    MetricsQuery(
        "Microsoft.Storage/storageAccounts",
        "account",
        (PlatformMetric("Transactions", "total", metrics.AZURE_STORAGE_TRANSACTIONS),),
        dimension="ResponseType",
        split="response",
    ),
    MetricsQuery(
        "Microsoft.ServiceBus/namespaces",
        "bus_namespace",
        (
            PlatformMetric("ActiveMessages", "average", metrics.AZURE_SERVICEBUS_ACTIVE_MESSAGES),
            PlatformMetric("DeadletteredMessages", "average", metrics.AZURE_SERVICEBUS_DEAD_LETTERED_MESSAGES),
            PlatformMetric("ThrottledRequests", "total", metrics.AZURE_SERVICEBUS_THROTTLED_REQUESTS),
        ),
        dimension="EntityName",
        split="entity",
    ),
    MetricsQuery(
        "Microsoft.KeyVault/vaults",
        "keyvault",
        (PlatformMetric("ServiceApiResult", "count", metrics.AZURE_KEYVAULT_RESULTS),),
        dimension="StatusCode",
        split="code",
    ),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One call and its resources. A resource that several appliances use is there once for each."""

    query: MetricsQuery
    region: str
    resources: tuple[MonitoredResource, ...]

    @property
    def ids(self) -> list[str]:
        """The ids in the call, each once. The SDK expects the subscription after a word in lower case."""
        found = {resource.id.casefold(): resource.id for resource in self.resources}
        return [f"/subscriptions/{one.split('/', 2)[2]}" for one in found.values()]

    @property
    def description(self) -> str:
        """The call in words."""
        return f"{self.query.metrics[0].name} of {len(self.ids)} {self.query.namespace} in {self.region}"


def batches(resources: Sequence[MonitoredResource]) -> Iterator[Batch]:
    """The calls for the metrics of `resources`."""
    groups: dict[tuple[str, str, str], dict[str, list[MonitoredResource]]] = {}
    for resource in resources:
        where = ArmId(resource.id)
        group = groups.setdefault((where.type, resource.region, where.subscription.casefold()), {})
        group.setdefault(resource.id.casefold(), []).append(resource)
    for (kind, region, _), by_id in groups.items():
        users = list(by_id.values())
        for query in QUERIES:
            if query.namespace.casefold() != kind:
                continue
            for start in range(0, len(users), MAX_BATCH):
                yield Batch(query, region, tuple(one for same in users[start : start + MAX_BATCH] for one in same))
