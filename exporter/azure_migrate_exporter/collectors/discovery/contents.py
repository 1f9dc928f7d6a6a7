"""What a vault says: fabrics, container mappings, and the accounts that machines' disks name.

Everything by lists of the whole vault. A list of machines leaves their disks out, so a few machines of each fabric are
read one by one; there may be thousands, and they hardly ever differ.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.config.settings import Generation
from azure_migrate_exporter.reasons import CheckError, Reason

SITE_RECOVERY_VERSION: Final = "2025-08-01"
SAMPLE: Final = 3
"""Machines of each fabric that are read."""


@dataclass(frozen=True, slots=True)
class Fabric:
    """One appliance in the vault's eyes (primary and scale-out together)."""

    id: ArmId
    site: ArmId
    project: ArmId | None


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a container mapping of VMwareCbt says of the resources that the replication uses."""

    generation: Generation
    target_region: str
    storage_account: ArmId | None
    key_vault: ArmId | None


NO_MAPPING: Final = Mapping("unknown", "", None, None)


@dataclass(frozen=True, slots=True)
class Machines:
    """The machines of one fabric: how many, and the cache accounts that the disks of some of them name."""

    count: int = 0
    log_accounts: tuple[ArmId, ...] = ()


async def fabrics(arm: Arm, vault: ArmId) -> list[Fabric]:
    """Those of VMware appliances; a vault may hold others, of other kinds of replication."""
    found = []
    async for one in arm.listed(f"{vault}/replicationFabrics", SITE_RECOVERY_VERSION):
        details = (one.get("properties") or {}).get("customDetails") or {}
        if details.get("instanceType") == "VMwareV2" and details.get("vmwareSiteId"):
            project = _above(details.get("migrationSolutionId") or "", "/solutions/")
            found.append(Fabric(ArmId(one["id"]), ArmId(details["vmwareSiteId"]), project))
    return found


async def mappings(arm: Arm, vault: ArmId) -> list[tuple[ArmId, Mapping]]:
    """The mappings of VMwareCbt, each with its id, which is below its fabric's."""
    found = []
    async for one in arm.listed(f"{vault}/replicationProtectionContainerMappings", SITE_RECOVERY_VERSION):
        details = (one.get("properties") or {}).get("providerSpecificDetails") or {}
        if details.get("instanceType") == "VMwareCbt":
            found.append((ArmId(one["id"]), _mapping(details)))
    return found


def _mapping(details: dict[str, Any]) -> Mapping:
    legacy = details.get("keyVaultId") or details.get("serviceBusConnectionStringSecretName")
    return Mapping(
        "legacy" if legacy else "greenfield",
        region(details.get("targetLocation") or ""),
        _id(details.get("storageAccountId")),
        _id(details.get("keyVaultId")),
    )


def mapping_of(fabric: Fabric, known: Sequence[tuple[ArmId, Mapping]]) -> Mapping:
    """The mapping of a fabric; one that says nothing if it has none yet."""
    return next((mapping for where, mapping in known if where.within(fabric.id)), NO_MAPPING)


async def machines(arm: Arm, vault: ArmId) -> dict[ArmId, Machines]:
    """By fabric."""
    items: dict[ArmId, list[ArmId]] = defaultdict(list)
    async for one in arm.listed(f"{vault}/replicationMigrationItems", SITE_RECOVERY_VERSION):
        fabric = _above(one["id"], "/replicationprotectioncontainers/")
        if fabric is not None:
            items[fabric].append(ArmId(one["id"]))
    return {fabric: Machines(len(ids), await _log_accounts(arm, ids)) for fabric, ids in items.items()}


async def _log_accounts(arm: Arm, items: Sequence[ArmId]) -> tuple[ArmId, ...]:
    found: dict[ArmId, None] = {}
    for item in items[:: max(1, len(items) // SAMPLE)][:SAMPLE]:
        try:
            machine = await arm.get(str(item), SITE_RECOVERY_VERSION)
        except CheckError as error:
            if error.reason is Reason.NOT_FOUND:
                continue  # it went away since it was listed
            raise
        details = (machine.get("properties") or {}).get("providerSpecificDetails") or {}
        accounts = (_id(disk.get("logStorageAccountId")) for disk in details.get("protectedDisks") or ())
        found.update((account, None) for account in accounts if account)
    return tuple(found)


def region(text: str) -> str:
    """A region as metrics and ids have it: ``France Central`` is ``francecentral``."""
    return text.replace(" ", "").lower()


def _above(text: str, segment: str) -> ArmId | None:
    """What stands before `segment` in an id; None if it has no such segment."""
    at = text.casefold().find(segment)
    return ArmId(text[:at]) if at > 0 else None


def _id(text: str | None) -> ArmId | None:
    return ArmId(text) if text else None
