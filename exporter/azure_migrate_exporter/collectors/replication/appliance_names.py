"""Which appliance a machine, a fabric or a site belongs to."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from azure_migrate_exporter.azure.arm_id import VMWARE_SITE
from azure_migrate_exporter.azure.json_fields import arm_id, resource_name
from azure_migrate_exporter.azure.migration_item import MigrationItem

if TYPE_CHECKING:
    from azure_migrate_exporter.azure.off_azure import Site
    from azure_migrate_exporter.azure.site_recovery import Fabric, Provider

_GENERATED: Final = re.compile(r"(.+)[0-9a-f]{4}(?:site|replicationfabric)")
"""How Azure Migrate makes the names of sites and fabrics from that of the appliance."""


class ApplianceNames:
    """Names by fabric, provider and site. Where a site cannot be read, its own name or its fabric's gives the name."""

    def __init__(self) -> None:
        self.fabrics: dict[str, Fabric] = {}
        self.providers: tuple[Provider, ...] = ()
        self.sites: dict[str, Site] = {}
        """By ARM id in lower case."""

    def site_ids(self, items: Iterable[MigrationItem]) -> list[str]:
        """Ids of the sites of all fabrics and machines, in lower case."""
        of_fabrics = {fabric.site.key for fabric in self.fabrics.values() if fabric.site}
        return sorted(of_fabrics | {site for site in {item.site for item in items} if arm_id(site, VMWARE_SITE)})

    def known(self) -> tuple[object, ...]:
        """Everything that names depend on, to see whether any may have changed."""
        fabrics = frozenset((name, fabric.site.key if fabric.site else "") for name, fabric in self.fabrics.items())
        providers = tuple((provider.identifier, provider.fabric) for provider in self.providers)
        return fabrics, providers, frozenset((site_id, site.appliance) for site_id, site in self.sites.items())

    def of_item(self, item: MigrationItem) -> str:
        """The appliance of a machine."""
        if item.site:
            return self.of_site(item.site)
        fabrics = (one.fabric for one in self.providers if one.identifier and one.identifier == item.provider)
        return self.of_fabric(next(fabrics, item.fabric))

    def of_fabric(self, name: str) -> str:
        """The appliance of a fabric."""
        fabric = self.fabrics.get(name)
        return self.of_site(fabric.site.key) if fabric and fabric.site else _from_generated(name)

    def of_site(self, site_id: str) -> str:
        """The appliance of a site."""
        site = self.sites.get(site_id)
        return site.appliance if site and site.appliance else _from_generated(resource_name(site_id))


def _from_generated(name: str) -> str:
    match = _GENERATED.fullmatch(name)
    return match[1] if match else name
