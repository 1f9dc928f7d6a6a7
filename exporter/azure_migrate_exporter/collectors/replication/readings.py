"""What machines' details tell of things that many machines share: appliances, ESXi hosts, datastores.

The same sums come with every machine of an appliance, so only the newest answer counts, and each thing appears once.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.collectors.replication.item import Item
from azure_migrate_exporter.collectors.replication.monitoring import Monitoring, Values
from azure_migrate_exporter.exposition.measurements import Measurements

KEPT: Final = 900.0
"""Seconds for which a reading is shown."""
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
        for reading in _fresh(self._appliances, now):
            for metric, value in reading.values:
                out.set(metric, value, vault=vault, appliance=name_of(reading.item))
        for readings, label in ((self._hosts, "host"), (self._datastores, "datastore")):
            _fresh(readings, now)
            for (vcenter, name), reading in readings.items():
                labels = {"vcenter": vcenter, label: name, "source": _SOURCE, "vault": vault}
                for metric, value in reading.values:
                    out.set(metric, value, **labels)


def _fresh(readings: dict[str, _Reading] | dict[tuple[str, str], _Reading], now: float) -> Iterable[_Reading]:
    """Drops what is too old; the rest, oldest first, so that of two with one name the newest stays."""
    for key in [key for key, reading in readings.items() if now - reading.at > KEPT]:
        del readings[key]  # type: ignore[arg-type]
    return sorted(readings.values(), key=lambda reading: reading.at)
