"""Migration items of VMwareCbt: one machine as a LIST has it, and what only a GET of it adds.

`gatewayOperationDetails` keeps its last numbers after an operation has ended. They are read as Microsoft's own command
(Get-AzMigrateServerMigrationStatus) reads them, which shows none then. Texts that come thousands of times are interned.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from sys import intern
from typing import Any, Final

from azure_migrate_exporter.azure.arm_id import STORAGE_ACCOUNT, ArmId
from azure_migrate_exporter.azure.health_errors import Error, health_errors, serious
from azure_migrate_exporter.azure.json_fields import (
    Json,
    arm_id,
    boolean,
    enum_label,
    label,
    mapping,
    number,
    objects,
    ratio,
    resource_name,
    text,
)

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATASTORE: Final = re.compile(r"\s*\[([^\]]+)\]")
PROGRESS_FIELDS: Final = {
    "initial": "initialSeedingProgressPercentage",
    "delta": "deltaSyncProgressPercentage",
    "resync": "resyncProgressPercentage",
    "resume": "resumeProgressPercentage",
    "migration": "migrationProgressPercentage",
}
RETRY_FIELDS: Final = {
    "initial": "initialSeedingRetryCount",
    "delta": "deltaSyncRetryCount",
    "resync": "resyncRetryCount",
    "resume": "resumeRetryCount",
}
_PHASES: Final = {
    "initial_replication": "initial",
    "delta_replication": "delta",
    "resync": "resync",
    "resume_replication": "resume",
    "planned_failover_over_delta_replication": "migration",
    "final_delta_replication": "migration",
}
_UNHEALTHY: Final = frozenset({"warning", "critical"})
PhaseValues = tuple[tuple[str, float], ...]
"""Values by phase of the replication."""


@dataclass(frozen=True, slots=True)
class GatewayOperation:
    """What the gateway does with a machine or a disk. Seconds, bytes per second and ratios; None where Azure has none.

    `name` and `status` are label values.
    """

    name: str
    status: str
    progress: float | None
    elapsed: float | None
    remaining: float | None
    upload: float | None
    read: float | None
    vcenter: str
    host: str

    @property
    def running(self) -> bool:
        """Whether data moves."""
        return self.status == "in_progress"

    @property
    def phase(self) -> str | None:
        """The phase of the replication that it belongs to."""
        return _PHASES.get(self.name)

    @property
    def cycle_duration(self) -> float | None:
        """Seconds that a delta cycle took, if this is a completed one that reports it."""
        completed = self.status == "completed" and self.phase == "delta"
        return (self.elapsed or None) if completed else None

    def without_progress(self) -> "GatewayOperation":
        """The operation without the numbers that mean nothing once no data moves. `elapsed` stays true."""
        return replace(self, progress=None, remaining=None, upload=None, read=None)


@dataclass(frozen=True, slots=True)
class MigrationItem:
    """One machine of a LIST. Names in ids are in lower case, enumerations are label values, numbers in base units."""

    id: str
    """Its ARM id, as Azure writes it."""
    name: str
    """Display name of the machine; not unique."""
    vm_id: str
    """vCenter's instance UUID, or the item's name if that does not end in one."""
    site: str
    """ARM id of the site that the machine was discovered in, or ""."""
    fabric: str
    provider: str
    """draIdentifier of its replication provider."""
    health: str
    state: str
    errors: frozenset[Error]
    recovery_point: str
    """Id of the newest recovery point, or ""."""
    progress: PhaseValues
    retries: PhaseValues
    resync_required: bool | None
    operation: GatewayOperation | None
    paused: bool

    @property
    def cycling(self) -> bool:
        """Whether delta cycles are due: it replicates, is not paused and is not being copied again."""
        resyncing = any(phase == "resync" for phase, _ in self.progress)
        return self.state == "replicating" and not self.paused and not resyncing

    @property
    def running(self) -> bool:
        """Whether data may be moving, as far as the list shows."""
        return not self.paused and (self.operation is None or self.operation.running)

    @property
    def lasting(self) -> "MigrationItem":
        """The same without what every cycle changes."""
        return replace(self, recovery_point="", progress=(), operation=None)

    @property
    def in_trouble(self) -> bool:
        """Whether its details are read first."""
        return (
            self.health in _UNHEALTHY
            or self.state.endswith("_failed")
            or bool(self.resync_required)
            or serious(self.errors)
        )


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of a machine."""

    name: str
    datastore: str
    account: ArmId | None
    """The storage account that receives its data."""
    capacity: float | None
    operation: GatewayOperation | None
    """The operation that runs on it; None if none does."""


@dataclass(frozen=True, slots=True)
class ItemDetails:
    """What a GET of a machine adds."""

    disks: tuple[Disk, ...]
    operation: GatewayOperation | None
    cycle_duration: float | None
    """Seconds that the last delta cycle took: Azure reports them on the disks, and 0 on the machine."""
    monitoring: Json
    """`applianceMonitoringDetails` as it arrived."""


def read_item(value: Any) -> MigrationItem | None:
    """A machine of a LIST; None for an object without id or name."""
    found = mapping(value)
    properties = mapping(found.get("properties"))
    details = mapping(properties.get("providerSpecificDetails"))
    resource_id, name = text(found.get("id")), label(found.get("name")).lower()
    if not resource_id or not name:
        return None
    paused, _ = _stale_numbers(properties)
    return MigrationItem(
        resource_id,
        label(properties.get("machineName")) or name,
        _vm_id(name),
        _site(text(details.get("vmwareMachineId"))),
        intern(label(ArmId(resource_id).segment("replicationFabrics").lower())),
        intern(resource_name(properties.get("recoveryServicesProviderId"))),
        enum_label(properties.get("health")),
        enum_label(properties.get("migrationState")),
        health_errors(properties.get("healthErrors")),
        resource_name(details.get("lastRecoveryPointId")),
        () if paused else _phases(details, PROGRESS_FIELDS, ratio),
        _shared(_phases(details, RETRY_FIELDS, number)),
        boolean(details.get("resyncRequired")),
        _operation(details, stale=paused),
        paused,
    )


def read_details(value: Any) -> ItemDetails:
    """The answer to a GET of a machine."""
    properties = mapping(mapping(value).get("properties"))
    specific = mapping(properties.get("providerSpecificDetails"))
    paused, stale_disks = _stale_numbers(properties)
    disks = [(disk, _operation(disk, stale=stale_disks)) for disk in objects(specific.get("protectedDisks"))]
    operation = _operation(specific, stale=paused)
    return ItemDetails(
        tuple(_disk(*disk) for disk in disks),
        operation,
        _cycle_duration([operation, *(of_disk for _, of_disk in disks)]),
        mapping(specific.get("applianceMonitoringDetails")),
    )


def _stale_numbers(properties: Json) -> tuple[bool, bool]:
    """Whether Microsoft's command hides the numbers of the machine, and those of its disks."""
    status = text(properties.get("replicationStatus")).lower()
    paused = "pause" in status and "migration" not in text(properties.get("migrationState")).lower()
    return paused, paused or "resum" in status


def _vm_id(name: str) -> str:
    suffix = name.rpartition("_")[2]
    return suffix if _UUID.fullmatch(suffix) else name


def _site(machine_id: str) -> str:
    """The id of the site in the id of a discovered machine, ``…/VMwareSites/{site}/machines/{machine}``."""
    site = ArmId(machine_id).ancestor("machines")
    return intern(site.key) if site else ""


def _phases(details: Json, fields: dict[str, str], read: Callable[[Any], float | None]) -> PhaseValues:
    return tuple((phase, found) for phase, field in fields.items() if (found := read(details.get(field))) is not None)


@lru_cache(maxsize=1000)
def _shared(values: PhaseValues) -> PhaseValues:
    """The same values as one object in memory: the retry counts of nearly all machines are 0."""
    return values


def _operation(details: Json, *, stale: bool) -> GatewayOperation | None:
    """The operation in `gatewayOperationDetails`; None if that is missing or empty."""
    fields = mapping(details.get("gatewayOperationDetails"))
    name, _, status = text(fields.get("state")).rpartition(" ")
    vcenter, host = _host(label(fields.get("hostName")))
    if not (name or status or host):
        return None
    operation = GatewayOperation(
        enum_label(name),
        enum_label(status),
        ratio(fields.get("progressPercentage")),
        _seconds(fields.get("timeElapsed")),
        _seconds(fields.get("timeRemaining")),
        number(fields.get("uploadSpeed")),
        number(fields.get("vmwareReadThroughput")),
        vcenter,
        host,
    )
    return operation if operation.running and not stale else operation.without_progress()


def _cycle_duration(operations: Sequence[GatewayOperation | None]) -> float | None:
    """The longest time of machine and disks; None while one of them is still copied."""
    found = [operation for operation in operations if operation is not None]
    if any(operation.running for operation in found):
        return None
    return max((seconds for operation in found if (seconds := operation.cycle_duration)), default=None)


def _seconds(milliseconds: Any) -> float | None:
    found = number(milliseconds)
    return None if found is None else found / 1000


def _host(name: str) -> tuple[str, str]:
    """The vCenter and the ESXi host of ``<vCenter>_<address>``. It is not the host's own name in vCenter."""
    vcenter, _, host = name.rpartition("_")
    return intern(vcenter), intern(host)


def _disk(value: Json, operation: GatewayOperation | None) -> Disk:
    path = _DATASTORE.match(text(value.get("diskPath")))
    return Disk(
        label(value.get("diskName")) or label(value.get("diskId")),
        intern(label(path[1])) if path else "",
        _account(text(value.get("logStorageAccountId"))),
        number(value.get("capacityInBytes")),
        operation if operation and operation.running else None,
    )


@lru_cache(maxsize=1000)
def _account(resource_id: str) -> ArmId | None:
    """The id of a storage account as one object in memory for all disks that use it."""
    return arm_id(resource_id, STORAGE_ACCOUNT)
