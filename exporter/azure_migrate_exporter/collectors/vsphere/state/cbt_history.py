"""Changed block tracking (CBT): the tracking identity of each disk, and how often it was reset.

A ``changeId`` is an identity, a slash and a number. The number grows; another identity means that the tracking was
reset and every block counts as changed. Identities are saved across restarts, or a reset meanwhile would be missed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from azure_migrate_exporter.collectors.vsphere.state.hardware import Disk, Hardware


def identities(hardware: Hardware, snapshots: Sequence[str]) -> dict[str, str]:
    """The newest tracking identity of each disk of the machine.

    `snapshots` are ids, oldest first. The machine's own disk is newer than the same disk in any snapshot: a snapshot
    keeps the identity of the time at which it was taken.
    """
    layers = [*(hardware.snapshots.get(moid, ()) for moid in snapshots), hardware.disks or ()]
    attached = {disk.name for disk in hardware.disks or ()}
    found = {disk.name: identity for layer in layers for disk in layer if (identity := _identity(disk))}
    return {name: identity for name, identity in found.items() if name in attached}


def _identity(disk: Disk) -> str | None:
    identity, slash, _ = (disk.change_id or "").partition("/")
    return identity if slash else None


class CbtHistory:
    """The last identity of every disk and the resets of every machine, by the machine's id."""

    def __init__(self, saved: Mapping[str, Any]) -> None:
        self._identities: dict[str, dict[str, str]] = {
            m: dict(disks) for m, disks in saved.get("identities", {}).items()
        }
        self._resets: dict[str, int] = dict(saved.get("resets", {}))

    @property
    def machines(self) -> frozenset[str]:
        """Ids of all machines in the history."""
        return frozenset(self._identities) | frozenset(self._resets)

    def resets(self, machine: str) -> int | None:
        """Resets of a machine, None as long as none of its disks was ever tracked."""
        return self._resets.get(machine)

    def record(self, machine: str, hardware: Hardware, snapshots: Sequence[str]) -> bool:
        """Compare a reading with the history and add it. Returns whether the history changed."""
        if hardware.tracking is not True or hardware.disks is None:
            return hardware.tracking is False and self.tracking_off(machine)
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

    def tracking_off(self, machine: str) -> bool:
        """Drop the identities: after tracking was off, another identity is no reset. Returns whether there were any."""
        return self._identities.pop(machine, None) is not None

    def remove(self, machine: str) -> bool:
        """Remove a machine. Returns whether it was in the history."""
        had_identities = self.tracking_off(machine)
        return self._resets.pop(machine, None) is not None or had_identities

    def dump(self) -> dict[str, Any]:
        """The argument of `__init__`, in types of JSON."""
        return {"identities": {m: dict(disks) for m, disks in self._identities.items()}, "resets": dict(self._resets)}
