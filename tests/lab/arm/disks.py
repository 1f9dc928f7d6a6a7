"""The virtual disks of a machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.lab.arm.names import guid

if TYPE_CHECKING:
    from tests.lab.arm.appliance import LabAppliance

GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Disk:
    """One virtual disk."""

    id: str
    name: str
    path: str
    datastore: str
    capacity: int
    system: bool


def make_disks(appliance: "LabAppliance", machine: str, count: int) -> tuple[Disk, ...]:
    """The disks of a new machine, on the appliance's datastores in turn."""
    stores = appliance.datastores
    first = len(appliance.replicated)
    return tuple(
        Disk(
            f"6000C29{number}-{guid('disk', appliance.fabric, machine, number)[9:]}",
            f"{machine}-{number}",
            f"[{stores[(first + number) % len(stores)]}] {machine}/{machine}{f'_{number}' if number else ''}.vmdk",
            stores[(first + number) % len(stores)],
            (40 + 60 * number) * GIB,
            number == 0,
        )
        for number in range(count)
    )
