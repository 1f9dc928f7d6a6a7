"""Disks in flight: a proxy for the NFC buffer of each host, and the count of disk snapshots on each datastore.

A disk is in flight while it carries a snapshot of the replication. That counts snapshots, not reads: one that was left
behind raises it, a backup job that fills the buffer does not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from azure_migrate_exporter.collectors.vsphere.hardware import Hardware


@dataclass(frozen=True, slots=True)
class Flight:
    """The disks in flight of one machine: the host on which it runs, and how many there are on each datastore (ids)."""

    host: str
    datastores: Mapping[str, int] = field(default_factory=dict)

    @property
    def disks(self) -> int:
        """All of them."""
        return sum(self.datastores.values())


def flight(host: str, hardware: Hardware, replication_snapshots: Iterable[str]) -> Flight:
    """The disks of a machine that are part of at least one of these snapshots (ids). A disk counts once."""
    taken = {
        disk.name: disk.datastore
        for moid in replication_snapshots
        for disk in hardware.snapshots.get(moid, ())
        if disk.takes_part
    }
    return Flight(host, Counter(taken.values()))


class Load:
    """Sums of the flights of all machines, kept current machine by machine."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}
        self._on: Counter[str] = Counter()

    def on(self, moid: str) -> int:
        """Disks in flight on a host or a datastore."""
        return self._on[moid]

    def replace(self, machine: str, new: Flight | None) -> frozenset[str]:
        """Set what a machine contributes, and tell which hosts and datastores that changes."""
        old = self._flights.pop(machine, None)
        if new is not None and new.disks:
            self._flights[machine] = new
        else:
            new = None
        if new == old:
            return frozenset()
        change: Counter[str] = Counter()
        for part, sign in ((old, -1), (new, 1)):
            if part is not None:
                change[part.host] += sign * part.disks
                for datastore, disks in part.datastores.items():
                    change[datastore] += sign * disks
        self._on.update(change)
        return frozenset(moid for moid, difference in change.items() if difference)
