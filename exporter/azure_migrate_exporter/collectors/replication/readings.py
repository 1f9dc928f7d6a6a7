"""What machines' details tell of things that many machines share: appliances, ESXi hosts, datastores.

The same sums come with every machine of an appliance, so only the newest answer counts, and each thing appears once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from azure_migrate_exporter.collectors.replication.item import Item
from azure_migrate_exporter.collectors.replication.monitoring import Monitoring, Values
from azure_migrate_exporter.collectors.replication.poll import KEPT
from azure_migrate_exporter.exposition.measurements import Measurements

K = TypeVar("K")
_SOURCE: Final = "azure"


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    values: Values
    item: Item
    """The machine that it came with."""


class Readings:
    """The newest reading of each thing. Times are of the monotonic clock."""

    def __init__(self) -> None:
        self._appliances: dict[str, _Reading] = {}
        self._hosts: dict[tuple[str, str], _Reading] = {}
        self._datastores: dict[tuple[str, str], _Reading] = {}

    def learn(self, item: Item, place: tuple[str, str], told: Monitoring, now: float) -> None:
        """Take in what came with a machine, which runs at `place`: vCenter and host, as far as that is known."""
        if told.appliance:
            self._appliances[item.site or item.fabric] = _Reading(now, told.appliance, item)
        if told.host and place[1]:
            self._hosts[place] = _Reading(now, told.host, item)
        for name, values in told.datastores:
            self._datastores[place[0], name] = _Reading(now, values, item)

    def write(self, out: Measurements, vault: str, name_of: Callable[[Item], str], now: float) -> None:
        """Every reading that is not too old; `name_of` tells the appliance of a machine."""
        self._appliances = _fresh(self._appliances, now)
        self._hosts = _fresh(self._hosts, now)
        self._datastores = _fresh(self._datastores, now)
        for reading in self._appliances.values():
            for metric, value in reading.values:
                out.set(metric, value, vault=vault, appliance=name_of(reading.item))
        for readings, label in ((self._hosts, "host"), (self._datastores, "datastore")):
            for (vcenter, name), reading in readings.items():
                labels = {"vcenter": vcenter, label: name, "source": _SOURCE, "vault": vault}
                for metric, value in reading.values:
                    out.set(metric, value, **labels)


def _fresh(readings: dict[K, _Reading], now: float) -> dict[K, _Reading]:
    """Those that are not too old, oldest first: of two appliances with one name the newest stays."""
    kept = ((key, reading) for key, reading in readings.items() if now - reading.at <= KEPT)
    return dict(sorted(kept, key=lambda pair: pair[1].at))
