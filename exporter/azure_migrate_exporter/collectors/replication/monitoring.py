"""`applianceMonitoringDetails` in base units. The SDK's docstrings call everything a percentage: the units are those of
Microsoft's own reader of the fields (Get-AzMigrateServerMigrationStatus).

Absent is not zero. CPU is an exception: a use of 0 is what that reader takes for "not told".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import Json, label, mapping, number, objects, percent, shared
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric

Values = tuple[tuple[Metric, float], ...]
Unit = Callable[[Any], float | None]
"""From the wire to a base unit."""


def _mebibytes(value: Any) -> float | None:
    found = number(value)
    return None if found is None else found * (1 << 20)


_NAMED: Final = (
    # resource, field, metric, unit
    ("ramDetails", "capacity", metrics.APPLIANCE_MEMORY_CAPACITY, _mebibytes),
    ("ramDetails", "totalUtilization", metrics.APPLIANCE_MEMORY_USED, _mebibytes),
    ("cpuDetails", "capacity", metrics.APPLIANCE_CPU_CORES, number),
    ("cpuDetails", "totalUtilization", metrics.APPLIANCE_CPU_USAGE, percent),
    ("networkBandwidth", "capacity", metrics.APPLIANCE_NETWORK_CAPACITY, _mebibytes),
    ("networkBandwidth", "totalUtilization", metrics.APPLIANCE_NETWORK_USED, _mebibytes),
    ("disksReplicationDetails", "capacity", metrics.APPLIANCE_PARALLEL_DISKS_LIMIT, number),
    ("disksReplicationDetails", "processUtilization", metrics.APPLIANCE_PARALLEL_DISKS, number),
)
_BUFFER: Final = (
    ("esxiNfcBuffer", "capacity", metrics.NFC_BUFFER_CAPACITY, _mebibytes),
    ("esxiNfcBuffer", "processUtilization", metrics.NFC_BUFFER_USED, _mebibytes),
)
_SNAPSHOTS: Final = (
    ("totalSnapshotsSupported", metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT),
    ("totalSnapshotsCreated", metrics.DATASTORE_DISK_SNAPSHOTS),
)
_NEVER_ZERO: Final = frozenset(
    {
        metrics.APPLIANCE_MEMORY_CAPACITY,
        metrics.APPLIANCE_CPU_CORES,
        metrics.APPLIANCE_CPU_USAGE,
        metrics.APPLIANCE_NETWORK_CAPACITY,
        metrics.APPLIANCE_PARALLEL_DISKS_LIMIT,
        metrics.NFC_BUFFER_CAPACITY,
        metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT,
    }
)


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What the answer about one machine says of its appliances, of its ESXi host and of its datastores."""

    appliance: Values
    host: Values
    datastores: tuple[tuple[str, Values], ...]


def monitoring(value: Any) -> Monitoring | None:
    """What the details say; None if there are none."""
    details = mapping(value)
    if not details:
        return None
    return Monitoring(
        tuple(_values(details, _NAMED)),
        tuple(_values(details, _BUFFER)),
        tuple(_datastores(details.get("datastoreSnapshot"))),
    )


def _values(details: Json, table: tuple[tuple[str, str, Metric, Unit], ...]) -> Iterator[tuple[Metric, float]]:
    for resource, field, metric, unit in table:
        yield from _value(metric, unit(mapping(details.get(resource)).get(field)))


def _datastores(value: Any) -> Iterator[tuple[str, Values]]:
    for datastore in objects(value):
        told = tuple(sample for field, metric in _SNAPSHOTS for sample in _value(metric, number(datastore.get(field))))
        name = label(datastore.get("dataStoreName"))
        if name and told:
            yield shared(name), told


def _value(metric: Metric, told: float | None) -> Iterator[tuple[Metric, float]]:
    if told is not None and (told or metric not in _NEVER_ZERO):
        yield metric, told
