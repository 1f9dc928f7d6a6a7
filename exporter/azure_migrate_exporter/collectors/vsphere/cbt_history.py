"""Changed block tracking: who a disk's tracking is, and when it began anew.

A ``changeId`` is an identity, a slash and a number. The number grows; another identity means that the tracking was
reset and every block counts as changed. Identities outlive a restart of the exporter, or a reset meanwhile would be
missed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from azure_migrate_exporter.collectors.vsphere.hardware import Disk, Hardware


def identities(hardware: Hardware, snapshots: Sequence[str]) -> dict[str, str]:
    """The newest tracking identity of each disk of the machine.

    `snapshots` are ids, oldest first. What the machine's own disk says is newer than what any snapshot says; an old
    snapshot keeps the identity of its time.
    """
    layers = [*(hardware.snapshots.get(moid, ()) for moid in snapshots), hardware.disks or ()]
    attached = {disk.name for disk in hardware.disks or ()}
    found = {disk.name: identity for layer in layers for disk in layer if (identity := _identity(disk))}
    return {name: identity for name, identity in found.items() if name in attached}


def _identity(disk: Disk) -> str | None:
    identity, slash, _ = (disk.change_id or "").partition("/")
    return identity if slash else None


class TrackingLedger:
    """The last identity of every disk and the resets of every machine, by the machine's id."""

    def __init__(self, saved: Mapping[str, Any]) -> None:
        self._identities: dict[str, dict[str, str]] = {
            m: dict(disks) for m, disks in saved.get("identities", {}).items()
        }
        self._resets: dict[str, int] = dict(saved.get("resets", {}))

    @property
    def machines(self) -> frozenset[str]:
        """Ids of all machines that something is known of."""
        return frozenset(self._identities) | frozenset(self._resets)

    def resets(self, machine: str) -> int | None:
        """Resets seen of a machine, None as long as none of its disks was ever seen tracked."""
        return self._resets.get(machine)

    def observe(self, machine: str, hardware: Hardware, snapshots: Sequence[str]) -> bool:
        """Compare a reading with what is known. Whether there is something new to remember."""
        if hardware.tracking is not True or hardware.disks is None:
            return hardware.tracking is False and self.forget(machine)
        known = self._identities.get(machine, {})
        seen = identities(hardware, snapshots)
        attached = {disk.name for disk in hardware.disks}
        current = {name: identity for name, identity in (known | seen).items() if name in attached}
        resets = sum(name in known and known[name] != identity for name, identity in seen.items())
        if current == known and (not seen or machine in self._resets):
            return False
        self._identities[machine] = current
        self._resets[machine] = self._resets.get(machine, 0) + resets
        return True

    def forget(self, machine: str) -> bool:
        """Tracking is off: when it comes back, another identity is no reset."""
        return self._identities.pop(machine, None) is not None

    def drop(self, machine: str) -> bool:
        """The machine is gone."""
        forgotten = self.forget(machine)
        return self._resets.pop(machine, None) is not None or forgotten

    def dump(self) -> dict[str, Any]:
        """What `__init__` takes, of types that JSON has."""
        return {"identities": {m: dict(disks) for m, disks in self._identities.items()}, "resets": dict(self._resets)}
