"""Load of appliances, ESXi hosts and datastores, from the `applianceMonitoringDetails` of single machines.

The units are those of Microsoft's own reader of the fields (Get-AzMigrateServerMigrationStatus); the SDK's docstrings
call everything a percentage. A missing value is not zero, and a CPU usage of 0 means "missing" to that reader.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from sys import intern
from typing import Any, Final, TypeVar

from azure_migrate_exporter.azure.json_fields import Json, label, mapping, number, objects, ratio
from azure_migrate_exporter.azure.migration_item import MigrationItem
from azure_migrate_exporter.collectors.replication.polling.poll import MAX_AGE
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metric import Metric

K = TypeVar("K")
Values = tuple[tuple[Metric, float], ...]
Unit = Callable[[Any], float | None]
"""Conversion from Azure's unit to a base unit."""


def _mebibytes(value: Any) -> float | None:
    found = number(value)
    return None if found is None else number(found * (1 << 20))


APPLIANCE_FIELDS: Final[tuple[tuple[str, str, Metric, Unit], ...]] = (
    # resource, field, metric, unit
    ("ramDetails", "capacity", metrics.APPLIANCE_MEMORY_CAPACITY, _mebibytes),
    ("ramDetails", "totalUtilization", metrics.APPLIANCE_MEMORY_USED, _mebibytes),
    ("cpuDetails", "capacity", metrics.APPLIANCE_CPU_CORES, number),
    ("cpuDetails", "totalUtilization", metrics.APPLIANCE_CPU_USAGE, ratio),
    ("networkBandwidth", "capacity", metrics.APPLIANCE_NETWORK_CAPACITY, _mebibytes),
    ("networkBandwidth", "totalUtilization", metrics.APPLIANCE_NETWORK_USED, _mebibytes),
    ("disksReplicationDetails", "capacity", metrics.APPLIANCE_PARALLEL_DISKS_LIMIT, number),
    ("disksReplicationDetails", "processUtilization", metrics.APPLIANCE_PARALLEL_DISKS, number),
)
HOST_FIELDS: Final[tuple[tuple[str, str, Metric, Unit], ...]] = (
    ("esxiNfcBuffer", "capacity", metrics.NFC_BUFFER_CAPACITY, _mebibytes),
    ("esxiNfcBuffer", "processUtilization", metrics.NFC_BUFFER_USED, _mebibytes),
)
DATASTORE_FIELDS: Final = (
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
class _Reading:
    at: float
    values: Values
    item: MigrationItem
    """The machine that it came with."""


class ApplianceLoad:
    """The newest reading of each appliance, host and datastore. Times are of the monotonic clock.

    Every machine of an appliance comes with the same sums, so each thing is shown once.
    """

    def __init__(self) -> None:
        self._appliances: dict[str, _Reading] = {}
        self._hosts: dict[tuple[str, str], _Reading] = {}
        self._datastores: dict[tuple[str, str], _Reading] = {}

    def apply(self, item: MigrationItem, location: tuple[str, str], monitoring: Json, now: float) -> None:
        """Take in what came with a machine that runs at `location`: vCenter and host, empty where unknown."""
        if appliance := tuple(_values(monitoring, APPLIANCE_FIELDS)):
            self._appliances[item.site or item.fabric] = _Reading(now, appliance, item)
        host = tuple(_values(monitoring, HOST_FIELDS))
        if host and location[1]:
            self._hosts[location] = _Reading(now, host, item)
        for name, values in _datastores(monitoring.get("datastoreSnapshot")):
            self._datastores[location[0], name] = _Reading(now, values, item)

    def write(self, out: Measurements, vault: str, appliance_of: Callable[[MigrationItem], str], now: float) -> None:
        """Write every reading that is not too old; `appliance_of` returns the appliance of a machine."""
        self._appliances = _fresh(self._appliances, now)
        self._hosts = _fresh(self._hosts, now)
        self._datastores = _fresh(self._datastores, now)
        for reading in self._appliances.values():
            for metric, value in reading.values:
                out.set(metric, value, vault=vault, appliance=appliance_of(reading.item))
        for readings, kind in ((self._hosts, "host"), (self._datastores, "datastore")):
            for (vcenter, name), reading in readings.items():
                labels = {"vcenter": vcenter, kind: name, "source": "azure", "vault": vault}
                for metric, value in reading.values:
                    out.set(metric, value, **labels)


def _values(monitoring: Json, table: tuple[tuple[str, str, Metric, Unit], ...]) -> Iterator[tuple[Metric, float]]:
    for resource, field, metric, unit in table:
        yield from _present(metric, unit(mapping(monitoring.get(resource)).get(field)))


def _datastores(value: Any) -> Iterator[tuple[str, Values]]:
    for datastore in objects(value):
        name = label(datastore.get("dataStoreName"))
        values = tuple(
            sample for field, metric in DATASTORE_FIELDS for sample in _present(metric, number(datastore.get(field)))
        )
        if name and values:
            yield intern(name), values


def _present(metric: Metric, value: float | None) -> Iterator[tuple[Metric, float]]:
    if value is not None and (value or metric not in _NEVER_ZERO):
        yield metric, value


def _fresh(readings: dict[K, _Reading], now: float) -> dict[K, _Reading]:
    """Those that are not too old, oldest first: of two appliances with one name the newest stays."""
    kept = ((key, reading) for key, reading in readings.items() if now - reading.at <= MAX_AGE)
    return dict(sorted(kept, key=lambda pair: pair[1].at))
