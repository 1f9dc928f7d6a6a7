"""The newest disk reading of each machine, and which machines have to be read again."""

from azure_migrate_exporter.collectors.vsphere.state.hardware import Hardware, invalid_snapshot_disks
from azure_migrate_exporter.collectors.vsphere.state.inventory import Machine

HardwareVersion = tuple[str, tuple[str, ...]]
"""What a reading depends on: the version of the machine's configuration, and the ids of its snapshots, oldest first."""


def hardware_version(machine: Machine) -> HardwareVersion:
    """The version that a reading of this machine has now."""
    return machine.config_version, tuple(snapshot.moid for snapshot in machine.snapshots or ())


class HardwareStore:
    """Readings by machine id. `outdated` and `invalid` are the machines to read again.

    A reading with invalid disks is repeated at every run: it may have been made while a snapshot was being created.
    """

    def __init__(self) -> None:
        self._readings: dict[str, tuple[HardwareVersion, Hardware]] = {}
        self.outdated: set[str] = set()
        self.invalid: set[str] = set()

    def get(self, moid: str) -> Hardware | None:
        """The newest reading, or None."""
        reading = self._readings.get(moid)
        return reading[1] if reading else None

    def put(self, moid: str, version: HardwareVersion, hardware: Hardware) -> bool:
        """Store a reading of this version. Returns whether the disks differ from the last reading."""
        changed = self.get(moid) != hardware
        self._readings[moid] = version, hardware
        return changed

    def update_scope(self, machine: Machine, *, in_scope: bool) -> bool:
        """Decide whether a machine has to be read. Returns whether a reading was dropped."""
        moid = machine.moid
        dropped = not in_scope and self._readings.pop(moid, None) is not None
        reading = self._readings.get(moid)
        outdated = in_scope and (reading is None or reading[0] != hardware_version(machine))
        (self.outdated.add if outdated else self.outdated.discard)(moid)
        invalid = reading is not None and invalid_snapshot_disks(reading[1]) > 0
        (self.invalid.add if invalid else self.invalid.discard)(moid)
        return dropped

    def remove(self, moid: str) -> None:
        """Remove a machine."""
        self._readings.pop(moid, None)
        self.outdated.discard(moid)
        self.invalid.discard(moid)
