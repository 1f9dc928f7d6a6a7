"""A migration item: one machine as a LIST has it, and what only a GET of it adds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import (
    Json,
    flag,
    label,
    last_segment,
    mapping,
    number,
    objects,
    percent,
    segment_after,
    shared,
    text,
    word,
)
from azure_migrate_exporter.collectors.replication.errors import Error, health_errors, serious
from azure_migrate_exporter.collectors.replication.gateway import Operation, blanked, operation
from azure_migrate_exporter.collectors.replication.monitoring import Monitoring, monitoring

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATASTORE: Final = re.compile(r"\s*\[([^\]]+)\]")
_PROGRESS: Final = {
    "initial": "initialSeedingProgressPercentage",
    "delta": "deltaSyncProgressPercentage",
    "resync": "resyncProgressPercentage",
    "resume": "resumeProgressPercentage",
    "migration": "migrationProgressPercentage",
}
_RETRIES: Final = {
    "initial": "initialSeedingRetryCount",
    "delta": "deltaSyncRetryCount",
    "resync": "resyncRetryCount",
    "resume": "resumeRetryCount",
}
_ILL: Final = frozenset({"warning", "critical"})
PhaseValues = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One machine. Names in ids are in lower case, words are label values, numbers are in base units."""

    id: str
    """Its ARM id, as Azure writes it."""
    name: str
    """What people call it; not unique."""
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
    point: str
    """Id of the newest recovery point, or ""."""
    progress: PhaseValues
    retries: PhaseValues
    resync_required: bool | None
    operation: Operation | None
    paused: bool

    @property
    def cycling(self) -> bool:
        """Whether delta cycles are due: it replicates, is not paused and is not being copied again."""
        resyncing = any(phase == "resync" for phase, _ in self.progress)
        return self.state == "replicating" and not self.paused and not resyncing

    @property
    def running(self) -> bool:
        """Whether data may be moving, as far as the list tells."""
        return not self.paused and (self.operation is None or self.operation.running)

    @property
    def in_trouble(self) -> bool:
        """Whether its details are wanted first."""
        return (
            self.health in _ILL or self.state.endswith("_failed") or bool(self.resync_required) or serious(self.errors)
        )


@dataclass(frozen=True, slots=True)
class Disk:
    """One disk of a machine."""

    name: str
    datastore: str
    account: str
    """Name of the storage account that takes its data."""
    capacity: float | None
    operation: Operation | None
    """What runs on it; None if nothing does."""


@dataclass(frozen=True, slots=True)
class Details:
    """What a GET of a machine adds."""

    disks: tuple[Disk, ...]
    operation: Operation | None
    monitoring: Monitoring | None


def item(value: Json) -> Item | None:
    """A machine in a LIST; None for what has neither id nor name."""
    properties = mapping(value.get("properties"))
    details = mapping(properties.get("providerSpecificDetails"))
    resource_id, name = text(value.get("id")), label(value.get("name")).lower()
    if not resource_id or not name:
        return None
    paused, _ = blanked(properties)
    return Item(
        resource_id,
        label(properties.get("machineName")) or name,
        _vm_id(name),
        _site(text(details.get("vmwareMachineId"))),
        shared(segment_after(resource_id, "replicationFabrics")),
        shared(last_segment(properties.get("recoveryServicesProviderId"))),
        word(properties.get("health")),
        word(properties.get("migrationState")),
        health_errors(properties.get("healthErrors")),
        last_segment(details.get("lastRecoveryPointId")),
        () if paused else _phases(details, _PROGRESS, percent),
        _one(_phases(details, _RETRIES, number)),
        flag(details.get("resyncRequired")),
        _operation(details, blank=paused),
        paused,
    )


def details(value: Json) -> Details:
    """What the GET of a machine tells."""
    properties = mapping(value.get("properties"))
    specific = mapping(properties.get("providerSpecificDetails"))
    paused, without_disks = blanked(properties)
    return Details(
        tuple(_disk(disk, blank=without_disks) for disk in objects(specific.get("protectedDisks"))),
        _operation(specific, blank=paused),
        monitoring(specific.get("applianceMonitoringDetails")),
    )


def _vm_id(name: str) -> str:
    suffix = name.rpartition("_")[2]
    return suffix if _UUID.fullmatch(suffix) else name


def _site(machine_id: str) -> str:
    """The id of the site in the id of a discovered machine, ``…/VMwareSites/{site}/machines/{machine}``."""
    site, found, _ = machine_id.lower().rpartition("/machines/")
    return shared(site) if found else ""


def _phases(details: Json, fields: dict[str, str], read: Callable[[Any], float | None]) -> PhaseValues:
    return tuple((phase, told) for phase, field in fields.items() if (told := read(details.get(field))) is not None)


@lru_cache(maxsize=1000)
def _one(values: PhaseValues) -> PhaseValues:
    """The same values as one object: nearly all machines have never tried again."""
    return values


def _operation(details: Json, *, blank: bool) -> Operation | None:
    told = operation(details.get("gatewayOperationDetails"))
    return told.blank() if told and blank else told


def _disk(value: Json, *, blank: bool) -> Disk:
    path = _DATASTORE.match(text(value.get("diskPath")))
    told = _operation(value, blank=blank)
    return Disk(
        label(value.get("diskName")) or label(value.get("diskId")),
        shared(label(path[1])) if path else "",
        shared(last_segment(value.get("logStorageAccountId"))),
        number(value.get("capacityInBytes")),
        told if told and told.running else None,
    )
