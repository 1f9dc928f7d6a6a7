"""The series of one machine, as blocks that are made again only when something in them changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from azure_migrate_exporter.collectors.replication.gateway import Operation
from azure_migrate_exporter.collectors.replication.item import Disk, Item
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
class MachineFacts:
    """All that a machine's own block shows."""

    item: Item
    vm_id: str
    appliance: str
    vcenter: str
    host: str
    operation: Operation | None
    source: str
    """Whether the operation was read from the list or from the machine itself."""
    changed: float | None
    due: float | None


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """All that the block of a machine's details shows."""

    vm: str
    vm_id: str
    read: float
    disks: tuple[Disk, ...]
    numbers: bool
    """Whether what the disks tell of a running cycle still holds."""


def machine_block(vault: str, facts: MachineFacts) -> Block:
    """What a list tells of a machine."""
    return LeanBlock(partial(_write_machine, vault, facts))


def disk_block(vault: str, facts: DiskFacts) -> Block:
    """What only a GET of the machine tells."""
    return LeanBlock(partial(_write_disks, vault, facts))


def _write_machine(vault: str, facts: MachineFacts, out: Measurements) -> None:
    """What Azure does not tell has no series: absent is not zero."""
    item = facts.item
    labels = {"vm": item.name, "vm_id": facts.vm_id, "vault": vault}
    place = {"appliance": facts.appliance, "vcenter": facts.vcenter, "host": facts.host}
    out.set(metrics.REPLICATION_INFO, 1, **labels, **place)
    out.state(metrics.REPLICATION_HEALTH, HEALTHS, item.health, label="health", **labels)
    out.state(metrics.REPLICATION_STATE, STATES, item.state, **labels)
    for code, failure in sorted(item.errors):
        out.set(metrics.REPLICATION_ERRORS, 1, **labels, code=code, failure=failure)
    for phase, ratio in _progress(facts):
        out.set(metrics.REPLICATION_PROGRESS, ratio, **labels, phase=phase)
    for phase, count in item.retries:
        out.set(metrics.REPLICATION_RETRIES, count, **labels, phase=phase)
    for metric, value in (
        (metrics.REPLICATION_RESYNC_REQUIRED, item.resync_required),
        (metrics.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP, facts.changed),
        (metrics.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, facts.due),
    ):
        if value is not None:
            out.set(metric, value, **labels)
    if facts.operation is not None:
        _write_operation(out, facts.operation, facts.source, labels)


def _write_disks(vault: str, facts: DiskFacts, out: Measurements) -> None:
    labels = {"vm": facts.vm, "vm_id": facts.vm_id, "vault": vault}
    out.set(metrics.REPLICATION_DETAILS_TIMESTAMP, facts.read, **labels)
    for name, disk in _named(facts.disks):
        whose = {"datastore": disk.datastore, "storage_account": disk.account}
        out.set(metrics.REPLICATION_DISK_INFO, 1, **labels, disk=name, **whose)
        values = {metrics.REPLICATION_DISK_CAPACITY: disk.capacity}
        if disk.operation is not None and facts.numbers:
            values[metrics.REPLICATION_DISK_PROGRESS] = disk.operation.progress
            values[metrics.REPLICATION_DISK_UPLOAD] = disk.operation.upload
            values[metrics.REPLICATION_DISK_READ] = disk.operation.read
        for metric, value in values.items():
            if value is not None:
                out.set(metric, value, **labels, disk=name)


def _write_operation(out: Measurements, operation: Operation, source: str, labels: dict[str, str]) -> None:
    if operation.status:
        what = {"operation": operation.name, "status": operation.status, "source": source}
        out.set(metrics.REPLICATION_OPERATION_INFO, 1, **labels, **what)
    for metric, value in (
        (metrics.REPLICATION_UPLOAD, operation.upload),
        (metrics.REPLICATION_READ, operation.read),
        (metrics.REPLICATION_TIME_REMAINING, operation.remaining),
    ):
        if value is not None:
            out.set(metric, value, **labels)


def _progress(facts: MachineFacts) -> tuple[tuple[str, float], ...]:
    """What the machine tells of its phases; what the gateway tells of its operation, if it tells nothing."""
    operation = facts.operation
    if facts.item.progress or operation is None or operation.progress is None or operation.phase is None:
        return facts.item.progress
    return ((operation.phase, operation.progress),)


def _named(disks: tuple[Disk, ...]) -> Iterator[tuple[str, Disk]]:
    """Disks with names that are unique within the machine."""
    used: dict[str, int] = {}
    for disk in disks:
        used[disk.name] = used.get(disk.name, 0) + 1
        yield disk.name if used[disk.name] == 1 else f"{disk.name} ({used[disk.name]})", disk
