"""The start of a search: a project or a vault by its name, and the solutions of the project.

Microsoft.Migrate/migrateProjects, api-version 2018-09-01-preview. The solution of the migration tool names the vault;
that of the discovery tool names the site of each appliance, in JSON within JSON of two versions.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.json_fields import Json, arm_id, mapping, name, objects, text
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
class Project:
    """The vault, and what the project says about appliances; `id` is None for a vault without a project."""

    vault: ArmId
    id: ArmId | None
    sites: dict[ArmId, str] = field(default_factory=dict)
    """Name of the appliance by site."""


async def find_project(arm: Arm, wanted: DiscoverySettings) -> Project:
    """The project or vault that is named. Raises `CheckError` (not_found) if there is none, or more than one."""
    if wanted.project is None:
        vault = await _find_resource(arm, wanted, _VAULTS, wanted.vault or "", "Recovery Services vault")
        return Project(vault, None)
    project = await _find_resource(arm, wanted, _PROJECTS, wanted.project, "migrate project")
    return Project(await _vault_of(arm, project), project, await appliance_names(arm, project))


async def appliance_names(arm: Arm, project: ArmId) -> dict[ArmId, str]:
    """Names of appliances by site, from the discovery tool of the project; empty if it is not readable or not there."""
    try:
        details = await _extended_details(arm, project, _DISCOVERY)
    except CheckError as error:
        if error.reason in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
            return {}
        raise
    # Where both versions exist, the older one may name sites that are gone.
    for version in ("V3", "V2"):
        pairs = site_map(details.get(f"applianceNameToSiteIdMap{version}"))
        sites = {site: appliance for appliance, value in pairs if (site := arm_id(value)) and appliance}
        if sites:
            return sites
    return {}


async def _find_resource(arm: Arm, wanted: DiscoverySettings, kind: str, wanted_name: str, words: str) -> ArmId:
    """The one resource of that type and name, from ARM's own list of resources, for which Reader suffices."""
    scope = f"/subscriptions/{wanted.subscription}"
    if wanted.resource_group:
        scope += f"/resourceGroups/{wanted.resource_group}"
    only = {"$filter": f"resourceType eq '{kind}'"}
    listed = [value async for value in arm.listed(f"{scope}/resources", RESOURCES_VERSION, **only)]
    ids = [found for value in listed if (found := arm_id(mapping(value).get("id"), kind.lower()))]
    matching = [one for one in ids if one.name.casefold() == wanted_name.casefold()]
    if len(matching) == 1:
        return matching[0]
    if matching:
        groups = ", ".join(sorted(one.group for one in matching))
        raise CheckError(Reason.NOT_FOUND, f"{scope} has a {words} {wanted_name!r} in each of {groups}: give the group")
    others = ", ".join(sorted(one.name for one in ids)) or "none, or none that this identity may read"
    if len(ids) < len(listed):
        others += f"; {len(listed) - len(ids)} in the list cannot be read"
    raise CheckError(Reason.NOT_FOUND, f"{scope} has no {words} {wanted_name!r}; it has: {others}")


async def _vault_of(arm: Arm, project: ArmId) -> ArmId:
    try:
        details = await _extended_details(arm, project, _MIGRATION)
    except CheckError as error:
        if error.reason is not Reason.NOT_FOUND:
            raise
        message = f"the project {project.name!r} has no Server Migration solution: add the migration tool to it first"
        raise CheckError(Reason.NOT_FOUND, message) from error
    vault = arm_id(details.get("vaultId"), _VAULTS.lower())
    if vault is None:
        message = f"the project {project.name!r} has no vault yet: register an appliance for replication first"
        raise CheckError(Reason.NOT_FOUND, message)
    return vault


async def _extended_details(arm: Arm, project: ArmId, solution: str) -> Json:
    answer = await arm.get(f"{project}/{solution}", _MIGRATE_VERSION)
    return mapping(mapping(mapping(answer.get("properties")).get("details")).get("extendedDetails"))


def site_map(value: Any) -> Iterator[tuple[str, str]]:
    """Name and site of each appliance in a map of either version, which is one object or a list of them."""
    try:
        found = json.loads(text(value) or "[]")
    except (ValueError, RecursionError):
        return
    for entry in objects(found if isinstance(found, list) else [found]):
        if "ApplianceName" in entry:
            yield name(entry["ApplianceName"]), text(entry.get("SiteId"))
            continue
        for appliance, about in entry.items():
            yield name(appliance), text(mapping(about).get("SiteId"))
