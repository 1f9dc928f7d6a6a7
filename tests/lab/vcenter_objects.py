"""Machines, hosts and datastores of the lab's vCenter, and changes to them. Every change can be undone."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import long

from tests.lab.vcenter_admin import APPLIANCE, Admin

HostState = Literal["connected", "disconnected", "notResponding"]
MachineState = Literal["connected", "disconnected", "orphaned", "inaccessible", "invalid"]

_DEVICES: Final = "config.hardware.device"
_TREE: Final = "snapshot.rootSnapshotList"


@dataclass(frozen=True, slots=True)
class HeldTask:
    """A task whose state changes only by these methods."""

    admin: Admin
    task: Any

    async def advance(self, progress: int) -> None:
        """Report progress in percent."""
        await self.admin.run(self.task.UpdateProgress, progress)

    async def succeed(self) -> None:
        """End without a fault."""
        await self.admin.run(self.task.SetTaskState, "success", None, None)

    async def cancel(self) -> None:
        """End as a task that a user cancelled."""
        await self.fail(vmodl.fault.RequestCanceled())

    async def fail(self, fault: Any) -> None:
        """End with a typed fault, such as `vim.fault.TaskInProgress(task=…)`."""
        await self.admin.run(self.task.SetTaskState, "error", None, fault)


@dataclass(frozen=True, slots=True)
class LabHost:
    """An ESXi host; its name is the address on which it can be reached."""

    admin: Admin
    reference: Any
    name: str

    async def set_connection_state(self, state: HostState) -> None:
        """Set the state that vCenter reports; `connected` undoes it."""
        await self.admin.update(self.reference, {"runtime.connectionState": state})

    async def set_maintenance(self, *, on: bool) -> None:
        """Maintenance mode on or off."""
        await self.admin.update(self.reference, {"runtime.inMaintenanceMode": on})


@dataclass(frozen=True, slots=True)
class LabDatastore:
    """A datastore; `capacity`, in bytes, is also what is free at first."""

    admin: Admin
    reference: Any
    name: str
    capacity: int

    async def set_free_space(self, size: int) -> None:
        """Free space in bytes; `capacity` undoes it."""
        await self.admin.update(self.reference, {"summary.freeSpace": long(size)})

    async def rename(self, name: str) -> None:
        """Another name; `name` undoes it."""
        await self.admin.update(self.reference, {"name": name, "summary.name": name})

    async def set_accessible(self, *, on: bool) -> None:
        """Whether the datastore can be reached."""
        await self.admin.update(self.reference, {"summary.accessible": on})


@dataclass(frozen=True, slots=True)
class LabMachine:
    """A virtual machine. `vm_id` is its instance UUID."""

    admin: Admin
    reference: Any
    name: str
    vm_id: str

    # --- tasks ---

    async def hold_task(
        self,
        operation: str = "VirtualMachine.createSnapshot",
        progress: int | None = 95,
        *,
        queued: bool = False,
        user: str = APPLIANCE,
    ) -> HeldTask:
        """A running task of this machine that stops at a progress in percent (None: it reports none).

        `operation` is one of `vcenter_admin.OPERATIONS`. A queued task has not begun.
        """
        task = await self.admin.create_task(self.reference, operation, user)
        held = HeldTask(self.admin, task)
        if not queued:
            await self.admin.run(task.SetTaskState, "running", None, None)
            if progress is not None:
                await held.advance(progress)
        return held

    # --- snapshots ---

    async def take_snapshot(
        self,
        name: str = "snapshot of the lab",
        *,
        description: str = "",
        created: datetime | None = None,
        quiesced: bool = False,
        user: str = APPLIANCE,
    ) -> Any:
        """Take a snapshot under an account, `created` at another time than now if given. Returns the snapshot object.

        Where changes are tracked, each disk of the snapshot has a `changeId` with a number of its own.
        """
        await self._edit_disks(self.reference, _next_change)
        machine = await self.admin.as_user(self.reference, user)
        quiesce = vim.vm.GuestQuiesceSpec(timeout=5) if quiesced else None
        task = await self.admin.run(machine.CreateSnapshotEx_Task, name, description, False, quiesce)
        snapshot = await self.admin.finish(task)
        if created is not None:
            await self.date_snapshot(snapshot, created)
        return snapshot

    async def date_snapshot(self, snapshot: Any, created: datetime) -> None:
        """Change the time at which a snapshot was taken."""

        def change(branches: list[Any]) -> None:
            for branch in branches:
                if branch.snapshot == snapshot:
                    branch.createTime = created
                change(branch.childSnapshotList)

        tree = await self.admin.read(self.reference, _TREE)
        change(tree)
        await self.admin.update(self.reference, {_TREE: tree})

    async def remove_snapshot(self, snapshot: Any, *, user: str = APPLIANCE) -> None:
        """Remove one snapshot; later ones stay."""
        snapshot = await self.admin.as_user(snapshot, user)
        await self.admin.finish(await self.admin.run(snapshot.RemoveSnapshot_Task, False))

    async def remove_snapshots(self, *, user: str = APPLIANCE) -> None:
        """Remove every snapshot."""
        machine = await self.admin.as_user(self.reference, user)
        await self.admin.finish(await self.admin.run(machine.RemoveAllSnapshots_Task))

    async def set_snapshot_capacity(self, snapshot: Any, size: int) -> None:
        """Size in bytes of the disks of a snapshot object: 0 for the documented fault, `capacity()` to undo it.

        With 0 the simulator sends `capacityInKB` and leaves the optional `capacityInBytes` out.
        """

        def resize(disk: Any) -> None:
            disk.capacityInBytes = long(size)
            disk.capacityInKB = long(size // 1024)

        await self._edit_disks(snapshot, resize)

    async def capacity(self) -> int:
        """Size of the first disk in bytes."""
        return int((await self._disks(self.reference))[0].capacityInBytes)

    async def need_consolidation(self, *, needed: bool = True) -> None:
        """The flag `runtime.consolidationNeeded`: a deleted snapshot left its disks behind."""
        await self.admin.update(self.reference, {"runtime.consolidationNeeded": needed})

    # --- changed block tracking ---

    async def track_changes(self, *, on: bool = True) -> None:
        """Switch changed block tracking on or off, with or without a `changeId` on each disk."""
        await self._edit_disks(self.reference, _new_identity if on else _no_identity)
        await self.admin.update(self.reference, {"config.changeTrackingEnabled": on})

    async def reset_tracking(self) -> None:
        """Reset the tracking: the identity in the `changeId` of every disk changes while tracking stays on."""
        await self._edit_disks(self.reference, _new_identity)

    # --- the machine itself ---

    async def set_power(self, *, on: bool) -> None:
        """Power on or off."""
        act = self.reference.PowerOnVM_Task if on else self.reference.PowerOffVM_Task
        await self.admin.finish(await self.admin.run(act))

    async def set_connection_state(self, state: MachineState) -> None:
        """Set the state that vCenter reports; `connected` undoes it."""
        await self.admin.update(self.reference, {"runtime.connectionState": state})

    async def move_to(self, host: LabHost) -> None:
        """Run on another host, as after a vMotion."""
        spec = vim.vm.RelocateSpec(host=host.reference)
        await self.admin.finish(await self.admin.run(self.reference.RelocateVM_Task, spec))

    async def set_disk_count(self, count: int) -> None:
        """Add disks, or remove the newest, until the machine has `count`."""
        disks = await self._disks(self.reference)
        changes = [_disk_added(disks[0], number) for number in range(len(disks), count)]
        changes += [_disk_removed(disk) for disk in disks[count:]]
        spec = vim.vm.ConfigSpec(deviceChange=changes)
        await self.admin.finish(await self.admin.run(self.reference.ReconfigVM_Task, spec))

    async def set_disk_mode(self, mode: str) -> None:
        """`diskMode` of every disk: `persistent`, `independent_persistent`, …"""

        def change(disk: Any) -> None:
            disk.backing.diskMode = mode

        await self._edit_disks(self.reference, change)

    async def move_disks(self, datastore: LabDatastore) -> None:
        """Every disk on a datastore; the files of the configuration stay where they are."""

        def move(disk: Any) -> None:
            disk.backing.datastore = datastore.reference
            disk.backing.fileName = re.sub(r"^\[.*?\]", f"[{datastore.name}]", disk.backing.fileName)

        await self._edit_disks(self.reference, move)

    async def _disks(self, thing: Any) -> list[Any]:
        devices = await self.admin.read(thing, _DEVICES)
        return [device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)]

    async def _edit_disks(self, thing: Any, edit: Callable[[Any], None]) -> None:
        """Change the disks in the hardware list of a machine or of a snapshot.

        As in vCenter, each change of a configuration changes its version.
        """
        devices = await self.admin.read(thing, _DEVICES)
        for device in devices:
            if isinstance(device, vim.vm.device.VirtualDisk):
                edit(device)
        await self.admin.update(thing, {_DEVICES: devices, "config.changeVersion": uuid.uuid4().hex})


def _disk_added(model: Any, number: int) -> Any:
    """The specification that adds one more disk on the controller and datastore of `model`."""
    unit = number if number < 7 else number + 1  # unit 7 is the controller itself
    folder = model.backing.fileName.rsplit("/", 1)[0]
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
        fileName=f"{folder}/disk{number + 1}.vmdk", diskMode="persistent", datastore=model.backing.datastore
    )
    disk = vim.vm.device.VirtualDisk(
        key=-number,
        controllerKey=model.controllerKey,
        unitNumber=unit,
        capacityInKB=model.capacityInKB,
        backing=backing,
    )
    return vim.vm.device.VirtualDeviceSpec(operation="add", fileOperation="create", device=disk)


def _disk_removed(disk: Any) -> Any:
    """The specification that removes a disk and its file."""
    return vim.vm.device.VirtualDeviceSpec(operation="remove", fileOperation="destroy", device=disk)


def _new_identity(disk: Any) -> None:
    """A `changeId` in the form of vSphere: sixteen bytes in hexadecimal, a slash, a number."""
    octets = [f"{octet:02x}" for octet in uuid.uuid4().bytes]
    disk.backing.changeId = f"{' '.join(octets[:8])}-{' '.join(octets[8:])}/1"


def _no_identity(disk: Any) -> None:
    disk.backing.changeId = None


def _next_change(disk: Any) -> None:
    """The same identity with the next number, as at every snapshot."""
    if disk.backing.changeId:
        disk.backing.changeId = re.sub(r"\d+$", lambda number: str(int(number[0]) + 1), disk.backing.changeId)
