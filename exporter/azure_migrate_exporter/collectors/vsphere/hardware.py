"""The disks of a machine and of its snapshots: heavy to read, so only for machines in scope and after a change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_INDEPENDENT: Final = "independent"


@dataclass(frozen=True, slots=True)
class Disk:
    """A virtual disk. `uuid` is its backing's, which snapshots share; `capacity` is in bytes; `datastore` an id.

    `change_id` is None where changes are not tracked; `mode` is vSphere's diskMode.
    """

    key: int
    uuid: str
    capacity: int
    change_id: str | None
    mode: str
    datastore: str

    @property
    def name(self) -> str:
        """What tells it from the other disks of the machine, also from one that took its place."""
        return f"{self.key}/{self.uuid}"

    @property
    def takes_part(self) -> bool:
        """Whether snapshots include it."""
        return not self.mode.startswith(_INDEPENDENT)


@dataclass(frozen=True, slots=True)
class Hardware:
    """What one reading of a machine showed. `tracking` is its changed block tracking at that moment.

    `snapshots` holds the disks of each snapshot by its id; one that vanished meanwhile, or may not be read, is missing.
    `disks` is None if they may not be read.
    """

    tracking: bool | None = None
    disks: tuple[Disk, ...] | None = None
    snapshots: Mapping[str, tuple[Disk, ...]] = field(default_factory=dict)


def invalid_snapshot_disks(hardware: Hardware) -> int:
    """Disks in snapshots whose size is zero, or not that of the machine's: vSphere resizes no disk with snapshots."""
    sizes = {disk.name: disk.capacity for disk in hardware.disks or ()}
    taken = [disk for disks in hardware.snapshots.values() for disk in disks]
    return sum(disk.capacity <= 0 or disk.capacity != sizes.get(disk.name, disk.capacity) for disk in taken)
