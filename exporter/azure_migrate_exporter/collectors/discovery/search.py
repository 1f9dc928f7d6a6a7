"""The whole search: a dozen requests, and up to five for each appliance.

Project → solution → vault → fabrics → container mappings → machines → resources; the appliances by their sites. The
list of machines leaves their disks out, so a few machines of each fabric are read one by one: they hardly ever differ.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple, TypeVar

from azure_migrate_exporter.azure import off_azure
from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.json_fields import arm_id, mapping, region, text
from azure_migrate_exporter.azure.migration_item import read_details
from azure_migrate_exporter.azure.off_azure import Site, VCenter, read_site, read_vcenter
from azure_migrate_exporter.azure.role_assignments import needed_roles
from azure_migrate_exporter.azure.site_recovery import (
    API_VERSION,
    VMWARE_FABRIC,
    VMWARE_MAPPING,
    ContainerMapping,
    Fabric,
    read_fabric,
    read_mapping,
    read_provider,
)
from azure_migrate_exporter.collectors.discovery.findings import Findings, FoundAppliance, NeededRole
from azure_migrate_exporter.collectors.discovery.project import VAULT_VERSION, Project, appliance_names, find_project
from azure_migrate_exporter.collectors.discovery.resources import (
    ApplianceResources,
    Machines,
    ResourceIndex,
    named_resources,
)
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK

SAMPLE: Final = 3
"""Machines of each fabric that are read."""
T = TypeVar("T")


async def search(arm: Arm, wanted: DiscoverySettings) -> Findings:
    """Everything that belongs to a project or a vault. Raises `CheckError` if a necessary step fails."""
    project = await find_project(arm, wanted)
    return await _Search(arm, project.vault).run(project)


class _FabricContents(NamedTuple):
    """A VMware fabric and what the vault says about it. Before anything replicates it has no mapping."""

    fabric: Fabric
    site: ArmId
    mapping: ContainerMapping | None
    machines: Machines


class _Search:
    """The search in one vault. An object that cannot be read is left out, with a note."""

    def __init__(self, arm: Arm, vault: ArmId) -> None:
        self._arm = arm
        self._vault = vault
        self._notes: list[str] = []

    async def run(self, project: Project) -> Findings:
        """Read the vault, then what it names."""
        vault = await self._arm.get(str(self._vault), VAULT_VERSION)
        fabrics = await self._fabrics()
        project = await self._with_project(project, fabrics)
        mappings = await self._mappings()
        machines = await self._machines()
        contents = [
            _FabricContents(one, one.site, _mapping_of(one, mappings), machines.get(one.id, Machines()))
            for one in fabrics
            if one.site
        ]
        index = ResourceIndex()
        await index.add_groups(self._arm, _groups(project, contents))
        self._note_unreadable("resource", index.unreadable)
        appliances = [await self._appliance(project, one, index) for one in contents]
        if any(one.generation == "greenfield" for one in appliances):
            of_vault = text(mapping(vault.get("identity")).get("principalId"))
            appliances = await self._with_roles(appliances, of_vault)
        private = text(mapping(vault.get("properties")).get("privateEndpointStateForSiteRecovery"))
        return Findings(
            project=project.id,
            vault=project.vault,
            vault_region=region(vault.get("location")),
            private=private not in {"", "None"},
            appliances=tuple(sorted(appliances, key=lambda one: one.name)),
            notes=(*_notes(project, fabrics, index), *self._notes),
        )

    async def _fabrics(self) -> list[Fabric]:
        """Those of VMware appliances; a vault may hold fabrics of other kinds of replication."""
        found = await self._list("fabric", f"{self._vault}/replicationFabrics", API_VERSION, _complete_fabric)
        return [fabric for fabric in found if fabric.kind == VMWARE_FABRIC]

    async def _mappings(self) -> list[ContainerMapping]:
        path = f"{self._vault}/replicationProtectionContainerMappings"
        found = await self._list("container mapping", path, API_VERSION, _complete_mapping)
        return [one for one in found if one.kind == VMWARE_MAPPING]

    async def _machines(self) -> dict[ArmId, Machines]:
        """The machines by fabric."""
        items: dict[ArmId, list[ArmId]] = defaultdict(list)
        path = f"{self._vault}/replicationMigrationItems"
        for fabric, item in await self._list("machine", path, API_VERSION, _fabric_and_item):
            items[fabric].append(item)
        return {fabric: Machines(len(ids), await self._log_accounts(ids)) for fabric, ids in items.items()}

    async def _log_accounts(self, items: Sequence[ArmId]) -> tuple[ArmId, ...]:
        found: dict[ArmId, None] = {}
        for item in items[:: max(1, len(items) // SAMPLE)][:SAMPLE]:
            try:
                details = read_details(await self._arm.get(str(item), API_VERSION))
            except CheckError as error:
                if error.reason is Reason.NOT_FOUND:
                    continue  # deleted since it was listed
                raise
            found.update((disk.account, None) for disk in details.disks if disk.account)
        return tuple(found)

    async def _with_project(self, project: Project, fabrics: Sequence[Fabric]) -> Project:
        """A vault that was found by its own name belongs to the project that its fabrics name."""
        found = next((fabric.project for fabric in fabrics if fabric.project), None)
        if project.id is not None or found is None:
            return project
        return Project(project.vault, found, await appliance_names(self._arm, found))

    async def _appliance(self, project: Project, contents: _FabricContents, index: ResourceIndex) -> FoundAppliance:
        fabric, site_id, container_mapping, machines = contents
        site, vcenters = await self._site(site_id)
        resources = ApplianceResources(fabric, container_mapping, machines, index)
        return FoundAppliance(
            name=site.appliance or project.sites.get(site_id) or site_id.name,
            site=site_id,
            fabric=fabric.id,
            generation=container_mapping.generation if container_mapping else "unknown",
            target_region=resources.target_region,
            machines=machines.count,
            accounts=tuple(resources.accounts),
            servicebus=resources.servicebus,
            key_vault=resources.key_vault,
            vcenters=vcenters,
            missing=tuple(resources.missing),
        )

    async def _with_roles(self, appliances: Iterable[FoundAppliance], of_vault: str) -> list[FoundAppliance]:
        """The appliances with the roles of their identities; without, where Azure does not tell."""
        try:
            principals = await self._principals()
        except CheckError as error:
            if error.reason not in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
                raise
            principals = {}
        return [
            replace(one, roles=await self._roles(one, {"appliance": principals.get(one.fabric, ""), "vault": of_vault}))
            for one in appliances
        ]

    async def _principals(self) -> dict[ArmId, str]:
        """By fabric: the identity with which its appliance uses Azure's resources."""
        path = f"{self._vault}/replicationRecoveryServicesProviders"
        return dict(await self._list("provider", path, API_VERSION, _fabric_and_principal))

    async def _roles(self, appliance: FoundAppliance, principals: Mapping[str, str]) -> tuple[NeededRole, ...]:
        """The roles on the accounts of a project without a key vault, whose identities have no other way in."""
        if appliance.generation != "greenfield":
            return ()
        found = []
        for account in appliance.accounts:
            for identity, principal in principals.items():
                has = await needed_roles(self._arm, account.resource.id, principal) if principal else {}
                found += [NeededRole(account.resource.id.name, identity, role, yes) for role, yes in has.items()]
        return tuple(found)

    async def _site(self, site_id: ArmId) -> tuple[Site, tuple[VCenter, ...]]:
        """A site and its vCenters: useful but not necessary, so empty where they cannot be read or are gone."""
        version = off_azure.API_VERSION
        try:
            site = read_site(await self._arm.get(str(site_id), version), SYSTEM_CLOCK.time())
            return site, tuple(await self._list("vCenter", f"{site_id}/vcenters", version, read_vcenter))
        except CheckError as error:
            if error.reason in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
                return Site(), ()
            raise

    async def _list(self, what: str, path: str, api_version: str, read: Callable[[Any], T | None]) -> list[T]:
        """The readable objects of a list."""
        values = [value async for value in self._arm.listed(path, api_version)]
        found = [one for value in values if (one := read(value)) is not None]
        self._note_unreadable(what, len(values) - len(found))
        return found

    def _note_unreadable(self, what: str, count: int) -> None:
        if count:
            self._notes.append(f"left out {count} {what}{'s' * (count > 1)} that Azure lists without readable fields")


def _complete_fabric(value: Any) -> Fabric | None:
    """A fabric whose kind is known, and whose site is if it is a VMware appliance's."""
    fabric = read_fabric(value)
    complete = fabric is not None and fabric.kind and (fabric.site or fabric.kind != VMWARE_FABRIC)
    return fabric if complete else None


def _complete_mapping(value: Any) -> ContainerMapping | None:
    found = read_mapping(value)
    return found if found is not None and found.kind else None


def _fabric_and_item(value: Any) -> tuple[ArmId, ArmId] | None:
    item = arm_id(mapping(value).get("id"))
    fabric = item.ancestor("replicationProtectionContainers") if item else None
    return (fabric, item) if fabric and item else None


def _fabric_and_principal(value: Any) -> tuple[ArmId, str] | None:
    identity, provider = arm_id(mapping(value).get("id")), read_provider(value, SYSTEM_CLOCK.time())
    fabric = identity.ancestor("replicationRecoveryServicesProviders") if identity else None
    return (fabric, provider.principal) if fabric and provider else None


def _mapping_of(fabric: Fabric, mappings: Iterable[ContainerMapping]) -> ContainerMapping | None:
    """The mapping of a fabric."""
    return next((one for one in mappings if one.id.within(fabric.id)), None)


def _groups(project: Project, contents: Iterable[_FabricContents]) -> Iterator[ArmId]:
    """Resource groups that may hold resources: those of project and vault, and wherever Azure names a resource."""
    yield project.vault.group_id
    if project.id is not None:
        yield project.id.group_id
    for one in contents:
        yield from (resource.group_id for resource in named_resources(one.mapping, one.machines))


def _notes(project: Project, fabrics: Sequence[Fabric], index: ResourceIndex) -> Iterator[str]:
    if not fabrics:
        yield "the vault has no VMware appliance yet: register one for replication first"
    replicating = {fabric.site for fabric in fabrics}
    for site, name in project.sites.items():
        if site not in replicating:
            yield f"the appliance {name} is registered in the project, but not for replication"
    for group in index.hidden:
        yield f"the resources of {group} cannot be listed: what Azure names there was not checked"
