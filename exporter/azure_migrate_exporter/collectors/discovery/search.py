"""The whole search, in order. A dozen requests, and up to five for each appliance."""

from collections.abc import Iterator, Sequence

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.discovery import contents, sites
from azure_migrate_exporter.collectors.discovery.contents import Fabric, Machines, Mapping
from azure_migrate_exporter.collectors.discovery.existing import Existing, group_of
from azure_migrate_exporter.collectors.discovery.found import Findings, FoundAppliance
from azure_migrate_exporter.collectors.discovery.locate import VAULT_VERSION, Located, locate, sites_of
from azure_migrate_exporter.collectors.discovery.resources import resources, told
from azure_migrate_exporter.config.discovery import DiscoverySettings


async def search(arm: Arm, wanted: DiscoverySettings) -> Findings:
    """Everything that belongs to a project or a vault. Raises `CheckError` if one of the needed steps fails."""
    located = await locate(arm, wanted)
    vault = await arm.get(str(located.vault), VAULT_VERSION)
    fabrics = await contents.fabrics(arm, located.vault)
    located = await _with_project(arm, located, fabrics)
    mappings = await contents.mappings(arm, located.vault)
    machines = await contents.machines(arm, located.vault)
    known = [(one, contents.mapping_of(one, mappings), machines.get(one.id, Machines())) for one in fabrics]
    existing = Existing()
    await existing.look(arm, _groups(located, known))
    appliances = [await _appliance(arm, located, *one, existing) for one in known]
    properties = vault.get("properties") or {}
    return Findings(
        project=located.project,
        vault=located.vault,
        vault_region=contents.region(vault.get("location") or ""),
        private=(properties.get("privateEndpointStateForSiteRecovery") or "None") != "None",
        appliances=tuple(sorted(appliances, key=lambda one: one.name)),
        notes=tuple(_notes(located, fabrics, existing)),
    )


async def _with_project(arm: Arm, located: Located, fabrics: Sequence[Fabric]) -> Located:
    """A vault that was given by its name belongs to the project that its fabrics name."""
    project = next((one.project for one in fabrics if one.project), None)
    if located.project is not None or project is None:
        return located
    return Located(located.vault, project, await sites_of(arm, project))


def _groups(located: Located, known: Sequence[tuple[Fabric, Mapping, Machines]]) -> Iterator[ArmId]:
    """Where resources may be: with the project, with the vault, and wherever Azure names one."""
    yield group_of(located.vault)
    if located.project is not None:
        yield group_of(located.project)
    for _, mapping, machines in known:
        yield from (group_of(one) for one in told(mapping, machines))


async def _appliance(
    arm: Arm, located: Located, fabric: Fabric, mapping: Mapping, machines: Machines, existing: Existing
) -> FoundAppliance:
    site = await sites.site(arm, fabric.site)
    uses = resources(fabric, mapping, machines, existing)
    return FoundAppliance(
        name=site.name or located.sites.get(fabric.site) or fabric.site.name,
        site=fabric.site,
        fabric=fabric.id,
        generation=mapping.generation,
        target_region=mapping.target_region,
        machines=machines.count,
        accounts=tuple(uses.accounts),
        servicebus=uses.servicebus,
        key_vault=uses.key_vault,
        vcenters=site.vcenters,
        missing=tuple(uses.missing),
    )


def _notes(located: Located, fabrics: Sequence[Fabric], existing: Existing) -> Iterator[str]:
    if not fabrics:
        yield "the vault has no VMware appliance yet: register one for replication first"
    replicating = {fabric.site for fabric in fabrics}
    for site, name in located.sites.items():
        if site not in replicating:
            yield f"the appliance {name} is registered in the project, but not for replication"
    for group in existing.hidden:
        yield f"the resources of {group} cannot be listed: what Azure names there was not checked"
