"""Which platform metrics are read, and what each becomes here: data, one entry for each call that is billed.

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

BATCH: Final = 50
"""Resources in one call."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One of Azure's metrics. `scale` makes a base unit of Azure's: seconds of milliseconds, a ratio of per cent."""

    name: str
    aggregation: Literal["total", "average", "count"]
    metric: Metric
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Query:
    """One call: metrics of one type of resource, with the label that names the resource.

    `dimension` is Azure's name of what the values are split by, and `split` the label for it.
    """

    namespace: str
    label: str
    readings: tuple[Reading, ...]
    dimension: str = ""
    split: str = ""

    @property
    def aggregations(self) -> list[str]:
        """What is asked of the metrics, each once."""
        return list(dict.fromkeys(reading.aggregation for reading in self.readings))


QUERIES: Final = (
    Query(
        "Microsoft.Storage/storageAccounts",
        "account",
        (
            Reading("Ingress", "total", metrics.AZURE_STORAGE_INGRESS_BYTES),
            Reading("Availability", "average", metrics.AZURE_STORAGE_AVAILABILITY, 0.01),
            Reading("SuccessE2ELatency", "average", metrics.AZURE_STORAGE_E2E_LATENCY, 0.001),
            Reading("SuccessServerLatency", "average", metrics.AZURE_STORAGE_SERVER_LATENCY, 0.001),
        ),
    ),
    Query(
        "Microsoft.Storage/storageAccounts",
        "account",
        (Reading("Transactions", "total", metrics.AZURE_STORAGE_TRANSACTIONS),),
        dimension="ResponseType",
        split="response",
    ),
    Query(
        "Microsoft.ServiceBus/namespaces",
        "namespace",
        (
            Reading("ActiveMessages", "average", metrics.AZURE_SERVICEBUS_ACTIVE_MESSAGES),
            Reading("DeadletteredMessages", "average", metrics.AZURE_SERVICEBUS_DEAD_LETTERED_MESSAGES),
            Reading("ThrottledRequests", "total", metrics.AZURE_SERVICEBUS_THROTTLED_REQUESTS),
        ),
        dimension="EntityName",
        split="entity",
    ),
    Query(
        "Microsoft.KeyVault/vaults",
        "vault",
        (Reading("ServiceApiResult", "count", metrics.AZURE_KEYVAULT_RESULTS),),
        dimension="StatusCode",
        split="code",
    ),
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One call, and the resources that it is about. A resource that several appliances use is there for each."""

    query: Query
    region: str
    resources: tuple[MonitoredResource, ...]

    @property
    def ids(self) -> list[str]:
        """What is asked for, each once. The SDK looks for the subscription after a word in lower case."""
        found = {resource.id.casefold(): resource.id for resource in self.resources}
        return [f"/subscriptions/{one.split('/', 2)[2]}" for one in found.values()]

    @property
    def place(self) -> str:
        """What it is about, in words."""
        return f"{self.query.readings[0].name} of {len(self.ids)} {self.query.namespace} in {self.region}"


def batches(resources: Sequence[MonitoredResource]) -> Iterator[Batch]:
    """The calls that the metrics of `resources` take."""
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
            for start in range(0, len(users), BATCH):
                yield Batch(query, region, tuple(one for same in users[start : start + BATCH] for one in same))
