"""The collector: searches, tells what it found, and publishes it for the others.

A search that fails leaves what the last one found: a day without rights in Azure stops no check.
"""

from collections import Counter
from collections.abc import Mapping

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.azure.retry_after import pause
from azure_migrate_exporter.collectors.discovery.found import Findings, FoundAppliance
from azure_migrate_exporter.collectors.discovery.search import search
from azure_migrate_exporter.collectors.discovery.sections import discovered
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    ARM_REQUESTS,
    DISCOVERED_APPLIANCE_INFO,
    DISCOVERED_RESOURCE_EXISTS,
)
from azure_migrate_exporter.reasons import CheckError, Reason


class DiscoveryCollector(Collector):
    """Searches one project or vault; holds nothing between two runs but the count of its requests."""

    def __init__(self, target: Target[DiscoverySettings], context: Context) -> None:
        settings = target.settings
        self._name = target.name
        self._settings = settings
        self._proxy = target.proxy
        self._context = context
        self._limited = (settings.addresses.resource_manager, settings.subscription.lower())
        """What ARM's rate limit is for, shared with whoever else asks about this subscription."""
        self._requests: Counter[int] = Counter()

    async def collect(self, out: Measurements) -> None:
        """Write the appliances and whether their resources exist, and publish them."""
        wait = self._context.throttling.until(self._limited) - self._context.clock.monotonic()
        if wait > 0:
            raise CheckError(Reason.THROTTLED, f"ARM wants no request for another {wait:.0f} s")
        try:
            async with connected(self._settings, self._proxy, self._on_answer) as arm:
                findings = await search(arm, self._settings)
        finally:
            self._count(out)
        for appliance in findings.appliances:
            _describe(out, findings, appliance)
        self._context.blackboard.publish_discovered(self._name, discovered(findings, self._settings))

    def _on_answer(self, status: int, headers: Mapping[str, str]) -> None:
        self._requests[status] += 1
        clock = self._context.clock
        if status == 429 and (wait := pause(status, headers, clock.time())) is not None:
            self._context.throttling.hold(self._limited, clock.monotonic() + wait)

    def _count(self, out: Measurements) -> None:
        for status, count in self._requests.items():
            out.set(
                ARM_REQUESTS,
                count,
                subscription=self._settings.subscription,
                vault=self._name,
                operation="discovery",
                code=str(status),
            )


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
            out.set(DISCOVERED_RESOURCE_EXISTS, 0, appliance=appliance.name, type=missing.type, resource=missing.name)


def create(target: Target[DiscoverySettings], context: Context) -> Collector:
    """The collector of one project or vault."""
    return DiscoveryCollector(target, context)
