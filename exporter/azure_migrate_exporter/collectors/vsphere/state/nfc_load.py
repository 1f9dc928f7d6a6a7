"""Disks in flight: a proxy for the NFC buffer of each host, and the number of disk snapshots on each datastore.

A disk is in flight while it has a snapshot of the replication. This counts snapshots, not reads: a snapshot that was
left behind raises it, a backup job that fills the buffer does not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from azure_migrate_exporter.collectors.vsphere.state.hardware import Hardware


@dataclass(frozen=True, slots=True)
class DisksInFlight:
    """The disks in flight of one machine: the host on which it runs, and their number on each datastore (ids)."""

    host: str
    datastores: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Disks in flight on all datastores."""
        return sum(self.datastores.values())


def disks_in_flight(host: str, hardware: Hardware, replication_snapshots: Iterable[str]) -> DisksInFlight:
    """The disks of a machine that belong to at least one of these snapshots (ids). A disk counts once."""
    taken = {
        disk.name: disk.datastore
        for moid in replication_snapshots
        for disk in hardware.snapshots.get(moid, ())
        if disk.in_snapshots
    }
    return DisksInFlight(host, Counter(taken.values()))


class NfcLoad:
    """Disks in flight of all machines, summed by host and by datastore."""

    def __init__(self) -> None:
        self._by_machine: dict[str, DisksInFlight] = {}
        self._sums: Counter[str] = Counter()

    def disks_on(self, moid: str) -> int:
        """Disks in flight on a host or a datastore."""
        return self._sums[moid]

    def replace(self, machine: str, new: DisksInFlight | None) -> frozenset[str]:
        """Replace the disks of a machine, and return the hosts and datastores whose sums change."""
        old = self._by_machine.pop(machine, None)
        if new is not None and new.total:
            self._by_machine[machine] = new
        else:
            new = None
        if new == old:
            return frozenset()
        change: Counter[str] = Counter()
        for part, sign in ((old, -1), (new, 1)):
            if part is not None:
                change[part.host] += sign * part.total
                for datastore, disks in part.datastores.items():
                    change[datastore] += sign * disks
        self._sums.update(change)
        return frozenset(moid for moid, difference in change.items() if difference)
