"""The collector: searches, tells what it found, and publishes it for the others.

A search that fails leaves what the last one found: a day without rights in Azure stops no check.
"""

from azure_migrate_exporter.collectors.arm.connection import connected
from azure_migrate_exporter.collectors.discovery.found import Findings, FoundAppliance
from azure_migrate_exporter.collectors.discovery.search import search
from azure_migrate_exporter.collectors.discovery.sections import discovered
from azure_migrate_exporter.collectors.inventory import Inventory
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import DISCOVERED_APPLIANCE_INFO, DISCOVERED_RESOURCE_EXISTS


class DiscoveryCollector(Collector):
    """Searches one project or vault; holds nothing between two runs."""

    def __init__(self, name: str, settings: DiscoverySettings, inventory: Inventory) -> None:
        self._name = name
        self._settings = settings
        self._inventory = inventory

    async def collect(self, out: Measurements) -> None:
        """Write the appliances and whether their resources exist, and publish them."""
        async with connected(self._settings) as arm:
            findings = await search(arm, self._settings)
        for appliance in findings.appliances:
            _describe(out, findings, appliance)
        self._inventory.publish_discovered(self._name, discovered(findings, self._settings))


def _describe(out: Measurements, findings: Findings, appliance: FoundAppliance) -> None:
    out.set(
        DISCOVERED_APPLIANCE_INFO,
        1,
        appliance=appliance.name,
        project=findings.project.name if findings.project else "",
        vault=findings.vault.name,
        generation=appliance.generation,
        region=appliance.target_region,
        private_endpoints=str(findings.private).lower(),
    )
    for resource in appliance.resources:
        out.set(
            DISCOVERED_RESOURCE_EXISTS, 1, appliance=appliance.name, type=resource.id.type, resource=resource.id.name
        )
    for missing in appliance.missing:
        if missing.named_by:
            out.set(
                DISCOVERED_RESOURCE_EXISTS, 0, appliance=appliance.name, type=missing.type, resource=missing.name
            )


def create(target: Target[DiscoverySettings], context: Context) -> Collector:
    """The collector of one project or vault."""
    return DiscoveryCollector(target.name, target.settings, context.inventory)
