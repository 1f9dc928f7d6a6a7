"""The disks of a machine and of its snapshots. Expensive to read, so read only for machines in scope after a change."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_INDEPENDENT: Final = "independent"
_PHYSICAL: Final = "physicalMode"


@dataclass(frozen=True, slots=True)
class Disk:
    """A virtual disk. `uuid` is that of its backing, which snapshots share; `capacity` is in bytes; `datastore` an id.

    `change_id` is None where changes are not tracked; `mode` is vSphere's diskMode; `mapping` is the compatibilityMode
    of a raw device mapping (RDM), physicalMode or virtualMode, and "" for other disks.
    """

    key: int
    uuid: str
    capacity: int
    change_id: str | None
    mode: str
    datastore: str
    mapping: str = ""

    @property
    def name(self) -> str:
        """Identifies the disk within its machine; another disk at the same place has another name."""
        return f"{self.key}/{self.uuid}"

    @property
    def in_snapshots(self) -> bool:
        """Whether snapshots include the disk."""
        return not self.mode.startswith(_INDEPENDENT) and self.mapping != _PHYSICAL


@dataclass(frozen=True, slots=True)
class Hardware:
    """One reading of a machine's disks. `tracking` is its changed block tracking at that moment.

    `snapshots` has the disks of each snapshot by the snapshot's id, without snapshots that vanished or may not be read.
    `disks` is None if they may not be read.
    """

    tracking: bool | None = None
    disks: tuple[Disk, ...] | None = None
    snapshots: Mapping[str, tuple[Disk, ...]] = field(default_factory=dict)


def unreplicable_disks(hardware: Hardware) -> Mapping[str, int]:
    """Number of disks that snapshots leave out, by kind: independent, physical_mode."""
    kinds = (
        "physical_mode" if disk.mapping == _PHYSICAL else "independent"
        for disk in hardware.disks or ()
        if not disk.in_snapshots
    )
    return Counter(kinds)


def invalid_snapshot_disks(hardware: Hardware) -> int:
    """Number of snapshot disks of size zero, or of another size than the machine's disk.

    vSphere resizes no disk that has snapshots. Independent disks have none, although a snapshot's configuration lists
    them, and the LUN behind an RDM can grow at any time.
    """
    sizes = {disk.name: disk.capacity for disk in hardware.disks or ()}
    taken = [disk for disks in hardware.snapshots.values() for disk in disks if disk.in_snapshots]
    return sum(
        disk.capacity <= 0 or (not disk.mapping and disk.capacity != sizes.get(disk.name, disk.capacity))
        for disk in taken
    )
