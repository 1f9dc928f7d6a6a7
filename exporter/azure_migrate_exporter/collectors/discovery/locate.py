"""The first steps: a project or a vault by its name, and the project's solutions.

Microsoft.Migrate/migrateProjects, api-version 2018-09-01-preview. The solution of the migration tool names the vault;
that of the discovery tool names the site of each appliance, in JSON within JSON of two versions.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.reasons import CheckError, Reason

RESOURCES_VERSION: Final = "2021-04-01"
VAULT_VERSION: Final = "2024-04-01"
_MIGRATE_VERSION: Final = "2018-09-01-preview"
_VAULTS: Final = "Microsoft.RecoveryServices/vaults"
_PROJECTS: Final = "Microsoft.Migrate/migrateProjects"
_MIGRATION: Final = "solutions/Servers-Migration-ServerMigration"
_DISCOVERY: Final = "solutions/Servers-Discovery-ServerDiscovery"


@dataclass(frozen=True, slots=True)
class Located:
    """The vault, and what the project says of appliances."""

    vault: ArmId
    project: ArmId | None
    sites: dict[ArmId, str] = field(default_factory=dict)
    """Name of the appliance by site."""


async def locate(arm: Arm, wanted: DiscoverySettings) -> Located:
    """Raises `CheckError` (not_found) for a name that does not exist, or that two things have."""
    if wanted.project is None:
        vault = await _named(arm, wanted, _VAULTS, wanted.vault or "", "Recovery Services vault")
        return Located(vault, None)
    project = await _named(arm, wanted, _PROJECTS, wanted.project, "migrate project")
    return Located(await _vault_of(arm, project), project, await sites_of(arm, project))


async def sites_of(arm: Arm, project: ArmId) -> dict[ArmId, str]:
    """Appliance names by site, as the project's discovery tool has them; empty if it is hidden or none."""
    try:
        details = await _details(arm, project, _DISCOVERY)
    except CheckError as error:
        if error.reason in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
            return {}
        raise
    # Where both versions exist, the older one may name sites that are gone.
    for version in ("V3", "V2"):
        sites = {ArmId(site): name for name, site in _pairs(details.get(f"applianceNameToSiteIdMap{version}"))}
        if sites:
            return sites
    return {}


async def _named(arm: Arm, wanted: DiscoverySettings, kind: str, name: str, words: str) -> ArmId:
    """The one thing of that kind and name. ARM's own list of resources has every kind; Reader suffices for it."""
    scope = f"/subscriptions/{wanted.subscription}"
    if wanted.resource_group:
        scope += f"/resourceGroups/{wanted.resource_group}"
    only = {"$filter": f"resourceType eq '{kind}'"}
    ids = [ArmId(one["id"]) async for one in arm.listed(f"{scope}/resources", RESOURCES_VERSION, **only)]
    matching = [one for one in ids if one.name.casefold() == name.casefold()]
    if len(matching) == 1:
        return matching[0]
    if matching:
        groups = ", ".join(sorted(one.group for one in matching))
        raise CheckError(Reason.NOT_FOUND, f"{scope} has a {words} {name!r} in each of {groups}: give the group")
    others = ", ".join(sorted(one.name for one in ids)) or "none, or none that this identity may read"
    raise CheckError(Reason.NOT_FOUND, f"{scope} has no {words} {name!r}; it has: {others}")


async def _vault_of(arm: Arm, project: ArmId) -> ArmId:
    try:
        details = await _details(arm, project, _MIGRATION)
    except CheckError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
        text = f"the project {project.name!r} has no Server Migration solution: add the migration tool to it first"
        raise CheckError(Reason.NOT_FOUND, text) from error
    vault = details.get("vaultId")
    if not vault:
        text = f"the project {project.name!r} has no vault yet: register an appliance for replication first"
        raise CheckError(Reason.NOT_FOUND, text)
    return ArmId(vault)


async def _details(arm: Arm, project: ArmId, solution: str) -> dict[str, Any]:
    answer = await arm.get(f"{project}/{solution}", _MIGRATE_VERSION)
    details: dict[str, Any] = (answer.get("properties", {}).get("details") or {}).get("extendedDetails") or {}
    return details


def _pairs(text: str | None) -> Iterator[tuple[str, str]]:
    """Name and site of each appliance in a map of either version, which is one object or a list of them."""
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return
    for entry in value if isinstance(value, list) else [value]:
        if "ApplianceName" in entry:
            yield entry["ApplianceName"], entry.get("SiteId") or ""
            continue
        for name, about in entry.items():
            yield name, about.get("SiteId") or ""
