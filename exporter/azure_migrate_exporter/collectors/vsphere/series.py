"""The series of one object, as a block that is rebuilt only when the object changes."""

from dataclasses import dataclass
from functools import partial

from azure_migrate_exporter.collectors.vsphere.state.hardware import (
    Hardware,
    invalid_snapshot_disks,
    unreplicable_disks,
)
from azure_migrate_exporter.collectors.vsphere.state.inventory import Datastore, Host, Machine
from azure_migrate_exporter.collectors.vsphere.tasks import RunningTask
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, LeanBlock, Measurements

HOST_STATES = ("connected", "notResponding", "disconnected")
VM_STATES = ("connected", "disconnected", "orphaned", "inaccessible", "invalid")
_SOURCE = "vsphere"


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """A machine and what else its series need: the labels of itself, of its host and of its datastores, and its disks.

    `replicates`, `resets` and `hardware` are None while they are not known.
    """

    machine: Machine
    label: str
    host: str
    datastores: tuple[str, ...]
    replicates: bool | None
    resets: int | None
    hardware: Hardware | None
    left_state: str | None
    """The connection state that it left a moment ago."""


def machine_block(vcenter: str, facts: MachineFacts) -> Block:
    """The series of a machine."""
    return LeanBlock(partial(_write_machine, vcenter, facts))


def _write_machine(vcenter: str, facts: MachineFacts, out: Measurements) -> None:
    """A value that vCenter does not report has no series: absent is not zero."""
    machine = facts.machine
    labels = {"vcenter": vcenter, "vm": facts.label, "vm_id": machine.vm_id}
    for datastore in facts.datastores or ("",):
        place = {"host": facts.host, "datastore": datastore, "power_state": machine.power_state}
        out.set(metrics.VSPHERE_VM_INFO, 1, **labels, **place)
    if machine.connection_state is not None:
        current, left = machine.connection_state, facts.left_state
        out.current_state(metrics.VSPHERE_VM_CONNECTION_STATE, VM_STATES, current, left, **labels)
    values = {
        metrics.VSPHERE_VM_REPLICATING: facts.replicates,
        metrics.VSPHERE_VM_CONSOLIDATION_NEEDED: machine.consolidation_needed,
        metrics.VSPHERE_VM_CONSOLIDATION_PROGRESS: machine.consolidated,
        metrics.VSPHERE_VM_DISK_CHAIN_BROKEN: machine.chain_broken,
        metrics.VSPHERE_VM_CBT_ENABLED: machine.tracking,
        metrics.VSPHERE_VM_CBT_RESETS: facts.resets,
    }
    if machine.snapshots is not None:
        values[metrics.VSPHERE_VM_SNAPSHOTS] = len(machine.snapshots)
        if machine.snapshots:
            values[metrics.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP] = machine.snapshots[0].created
    if facts.hardware is not None:
        values[metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS] = invalid_snapshot_disks(facts.hardware)
        for kind, number in unreplicable_disks(facts.hardware).items():
            out.set(metrics.VSPHERE_VM_UNREPLICABLE_DISKS, number, **labels, kind=kind)
    for metric, value in values.items():
        if value is not None:
            out.set(metric, value, **labels)


def host_block(vcenter: str, label: str, host: Host, disks: int | None, settings: VCenterSettings) -> Block:
    """State and NFC buffer of a host. `disks` in flight are None if snapshots of the replication are not recognised."""
    out = Measurements()
    if (state := host.connection_state) is not None:
        out.state(metrics.VSPHERE_HOST_CONNECTION_STATE, HOST_STATES, state, vcenter=vcenter, host=label)
    if host.in_maintenance_mode is not None:
        out.set(metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, host.in_maintenance_mode, vcenter=vcenter, host=label)
    labels = {"vcenter": vcenter, "host": label, "source": _SOURCE}
    out.set(metrics.NFC_BUFFER_CAPACITY, settings.nfc.buffer, **labels, vault="")
    if disks is not None:
        out.set(metrics.NFC_DISKS_IN_FLIGHT, disks, **labels)
        out.set(metrics.NFC_BUFFER_USED, disks * settings.nfc.per_disk, **labels, vault="")
    return out.block()


def datastore_block(
    vcenter: str, label: str, datastore: Datastore, disks: int | None, settings: VCenterSettings
) -> Block:
    """Space and disk snapshots of a datastore; `disks` as for `host_block`."""
    out = Measurements()
    labels = {"vcenter": vcenter, "datastore": label, "source": _SOURCE}
    if datastore.accessible is not None:
        out.set(metrics.VSPHERE_DATASTORE_ACCESSIBLE, datastore.accessible, vcenter=vcenter, datastore=label)
    if datastore.free is not None:
        out.set(metrics.DATASTORE_FREE, datastore.free, **labels)
    if datastore.capacity is not None:
        out.set(metrics.DATASTORE_CAPACITY, datastore.capacity, **labels)
    if disks is not None:
        out.set(metrics.DATASTORE_DISK_SNAPSHOTS, disks, **labels, vault="")
    out.set(metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT, settings.datastore_disk_snapshots_limit, **labels, vault="")
    return out.block()


def write_task(out: Measurements, running: RunningTask, *, vcenter: str, vm: str, vm_id: str) -> None:
    """The series of one running task."""
    labels = {"vcenter": vcenter, "vm": vm, "vm_id": vm_id, "operation": running.task.operation}
    started = running.task.started or running.task.queued
    if running.task.progress is not None:
        out.set(metrics.VSPHERE_TASK_PROGRESS, running.task.progress / 100, **labels)
    if running.progressed is not None:
        out.set(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, running.progressed, **labels)
    if started is not None:
        out.set(metrics.VSPHERE_TASK_START_TIMESTAMP, started, **labels)
    out.set(metrics.VSPHERE_TASK_STALLED, running.stalled, **labels)
