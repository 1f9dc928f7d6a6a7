"""The series of one machine, in blocks that are rendered again only when something in them changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from azure_migrate_exporter.azure.migration_item import Disk, GatewayOperation, MigrationItem
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, LeanBlock, Measurements

HEALTHS: Final = ("normal", "warning", "critical", "none")
STATES: Final = (
    "none",
    "enable_migration_in_progress",
    "enable_migration_failed",
    "disable_migration_in_progress",
    "disable_migration_failed",
    "initial_seeding_in_progress",
    "initial_seeding_failed",
    "replicating",
    "migration_in_progress",
    "migration_succeeded",
    "migration_failed",
    "resume_in_progress",
    "resume_initiated",
    "suspending_protection",
    "protection_suspended",
    "migration_completed_with_information",
    "migration_partially_succeeded",
)


@dataclass(frozen=True, slots=True)
class MachineSample:
    """All that the block of a machine shows."""

    item: MigrationItem
    vm_id: str
    appliance: str
    vcenter: str
    host: str
    operation: GatewayOperation | None
    source: str
    """Whether the operation comes from the list or from a GET of the machine."""
    changed: float | None
    due: float | None
    left_health: str | None
    left_state: str | None


@dataclass(frozen=True, slots=True)
class DiskSample:
    """All that the block of a machine's details shows."""

    vm: str
    vm_id: str
    read_at: float
    disks: tuple[Disk, ...]
    progress: bool
    """Whether progress and speeds of the disks are still true."""


def machine_block(vault: str, sample: MachineSample) -> Block:
    """What a list has of a machine."""
    return LeanBlock(partial(_write_machine, vault, sample))


def disk_block(vault: str, sample: DiskSample) -> Block:
    """What only a GET of the machine has."""
    return LeanBlock(partial(_write_disks, vault, sample))


def _write_machine(vault: str, sample: MachineSample, out: Measurements) -> None:
    """A value that Azure does not report has no series: missing is not zero. Nor has a zero that says nothing."""
    item = sample.item
    labels = {"vm": item.name, "vm_id": sample.vm_id, "vault": vault}
    location = {"appliance": sample.appliance, "vcenter": sample.vcenter, "host": sample.host}
    out.set(metrics.REPLICATION_INFO, 1, **labels, **location)
    out.current_state(metrics.REPLICATION_HEALTH, HEALTHS, item.health, sample.left_health, label="health", **labels)
    out.current_state(metrics.REPLICATION_STATE, STATES, item.state, sample.left_state, **labels)
    for code, failure in sorted(item.errors):
        out.set(metrics.REPLICATION_ERRORS, 1, **labels, code=code, failure=failure)
    for phase, ratio in _progress(sample):
        out.set(metrics.REPLICATION_PROGRESS, ratio, **labels, phase=phase)
    for phase, count in item.retries:
        if count:
            out.set(metrics.REPLICATION_RETRIES, count, **labels, phase=phase)
    for metric, value in (
        (metrics.REPLICATION_RESYNC_REQUIRED, item.resync_required or None),
        (metrics.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP, sample.changed),
        (metrics.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, sample.due),
    ):
        if value is not None:
            out.set(metric, value, **labels)
    if sample.operation is not None:
        _write_operation(out, sample.operation, sample.source, labels)


def _write_disks(vault: str, sample: DiskSample, out: Measurements) -> None:
    labels = {"vm": sample.vm, "vm_id": sample.vm_id, "vault": vault}
    out.set(metrics.REPLICATION_DETAILS_TIMESTAMP, sample.read_at, **labels)
    for name, disk in _unique_names(sample.disks):
        account = disk.account.name.lower() if disk.account else ""
        if disk.capacity is not None:
            place = {"datastore": disk.datastore, "storage_account": account}
            out.set(metrics.REPLICATION_DISK_CAPACITY, disk.capacity, **labels, disk=name, **place)
        if disk.operation is None or not sample.progress:
            continue
        for metric, value in (
            (metrics.REPLICATION_DISK_PROGRESS, disk.operation.progress),
            (metrics.REPLICATION_DISK_UPLOAD, disk.operation.upload),
            (metrics.REPLICATION_DISK_READ, disk.operation.read),
        ):
            if value is not None:
                out.set(metric, value, **labels, disk=name)


def _write_operation(out: Measurements, operation: GatewayOperation, source: str, labels: dict[str, str]) -> None:
    if operation.status:
        info = {"operation": operation.name, "status": operation.status, "source": source}
        out.set(metrics.REPLICATION_OPERATION_INFO, 1, **labels, **info)
    for metric, value in (
        (metrics.REPLICATION_UPLOAD, operation.upload),
        (metrics.REPLICATION_READ, operation.read),
        (metrics.REPLICATION_TIME_REMAINING, operation.remaining),
    ):
        if value is not None:
            out.set(metric, value, **labels)


def _progress(sample: MachineSample) -> tuple[tuple[str, float], ...]:
    """The progress of the machine's phases, or else that of the gateway's operation."""
    operation = sample.operation
    if sample.item.progress or operation is None or operation.progress is None or operation.phase is None:
        return sample.item.progress
    return ((operation.phase, operation.progress),)


def _unique_names(disks: tuple[Disk, ...]) -> Iterator[tuple[str, Disk]]:
    """The disks, each with a name that is unique within the machine."""
    used: dict[str, int] = {}
    for disk in disks:
        used[disk.name] = used.get(disk.name, 0) + 1
        yield disk.name if used[disk.name] == 1 else f"{disk.name} ({used[disk.name]})", disk
