"""The collector: searches, exports what it found, and publishes it as targets of other collectors.

A failed search leaves the findings of the last one: a day without rights in Azure stops no check.
"""

from collections import Counter
from collections.abc import Mapping

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.azure.retry_after import ArmThrottle
from azure_migrate_exporter.collectors.discovery.findings import Findings, FoundAppliance
from azure_migrate_exporter.collectors.discovery.search import search
from azure_migrate_exporter.collectors.discovery.targets import discovered_targets
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    ARM_REQUESTS,
    DISCOVERED_APPLIANCE_INFO,
    DISCOVERED_RESOURCE_EXISTS,
    DISCOVERED_ROLE_ASSIGNED,
)


class DiscoveryCollector(Collector):
    """Searches one project or vault. Between two runs it keeps only the count of its requests."""

    def __init__(self, target: Target[DiscoverySettings], context: Context) -> None:
        settings = target.settings
        self._name = target.name
        self._settings = settings
        self._proxy = target.proxy
        self._context = context
        arm = settings.addresses.resource_manager
        self._throttle = ArmThrottle(context.throttling, context.clock, arm, settings.subscription, settings.target)
        self._requests: Counter[int] = Counter()

    async def collect(self, out: Measurements) -> None:
        """Write the appliances and whether their resources exist, and publish them."""
        self._throttle.check()
        try:
            async with connected(self._settings, self._proxy, self._on_answer) as arm:
                findings = await search(arm, self._settings)
        finally:
            self._write_requests(out)
        for appliance in findings.appliances:
            _write_appliance(out, findings, appliance)
        self._context.blackboard.publish_discovered(self._name, discovered_targets(findings, self._settings))

    def _on_answer(self, status: int, headers: Mapping[str, str]) -> None:
        self._requests[status] += 1
        self._throttle.observe(status, headers)

    def _write_requests(self, out: Measurements) -> None:
        labels = {"subscription": self._settings.subscription, "vault": self._name, "operation": "discovery"}
        for status, count in self._requests.items():
            out.set(ARM_REQUESTS, count, **labels, code=str(status))


def _write_appliance(out: Measurements, findings: Findings, appliance: FoundAppliance) -> None:
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
    labels = {"appliance": appliance.name}
    for resource in appliance.resources:
        out.set(DISCOVERED_RESOURCE_EXISTS, 1, **labels, type=resource.id.type, resource=resource.id.name)
    for needed in appliance.roles:
        about = {"resource": needed.account, "identity": needed.identity, "azure_role": needed.role}
        out.set(DISCOVERED_ROLE_ASSIGNED, needed.assigned, **labels, **about)
    for missing in appliance.missing:
        if missing.named_by:
            out.set(DISCOVERED_RESOURCE_EXISTS, 0, **labels, type=missing.type, resource=missing.name)


def create(target: Target[DiscoverySettings], context: Context) -> Collector:
    """The collector of one project or vault."""
    return DiscoveryCollector(target, context)
