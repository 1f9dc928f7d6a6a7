"""What stands around the machines: fabrics, their providers and sites, and the vault's own health."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from azure_migrate_exporter.collectors.replication import appliance_names
from azure_migrate_exporter.collectors.replication.errors import Error
from azure_migrate_exporter.collectors.replication.item import Item
from azure_migrate_exporter.collectors.replication.poll import Part
from azure_migrate_exporter.collectors.replication.series import HEALTHS
from azure_migrate_exporter.collectors.replication.vault_client import Reader
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.reasons import CheckError
from azure_migrate_exporter.runtime.clock import Clock

SITES: Final = "2020-01-01"
"""API version of discovery sites."""
VERSION_STATES: Final = ("supported", "not_supported", "deprecated", "update_required", "security_update_required")


class Estate:
    """Reads it, each part as often as it changes, and writes its series. `items` are the machines known by now."""

    def __init__(
        self, reader: Reader, clock: Clock, names: appliance_names.Names, items: Callable[[], Iterable[Item]]
    ) -> None:
        self._reader = reader
        self._clock = clock
        self._names = names
        self._items = items
        self._health: appliance_names.Health | None = None
        self.providers = Part(self._read_providers)
        self.fabrics = Part(self._read_fabrics, every=600)
        self.sites = Part(self._read_sites, every=300)
        """To be read after fabrics and machines, which tell what sites there are."""
        self.health = Part(self._read_health, every=300)

    async def _read_providers(self) -> None:
        found = await self._reader.whole("providers", f"{self._reader.vault}/replicationRecoveryServicesProviders")
        now = self._clock.time()
        self._names.providers = tuple(appliance_names.provider(value, now) for value in found)

    async def _read_fabrics(self) -> None:
        found = map(
            appliance_names.fabric, await self._reader.whole("fabrics", f"{self._reader.vault}/replicationFabrics")
        )
        self._names.fabrics = {fabric.name: fabric for fabric in found}

    async def _read_sites(self) -> None:
        wanted = self._names.wanted_sites(self._items())
        self._names.sites = {site_id: site for site_id, site in self._names.sites.items() if site_id in wanted}
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(self._read_site(site_id)) for site_id in wanted]
        for task in asked:
            if (problem := task.result()) is not None:
                raise problem

    async def _read_site(self, site_id: str) -> CheckError | None:
        try:
            value = await self._reader.get("site", site_id, SITES)
        except CheckError as error:
            return error
        self._names.sites[site_id] = appliance_names.site(value, self._clock.time())
        return None

    async def _read_health(self) -> None:
        self._health = appliance_names.health(
            await self._reader.get("health", f"{self._reader.vault}/replicationVaultHealth")
        )

    def write(self, out: Measurements, label: str, now: float) -> None:
        """What was told not too long before `now`, of the monotonic clock."""
        names = self._names
        providers = names.providers if self.providers.fresh(now) else ()
        # Of two registrations of one appliance the one that was heard last counts.
        for provider in sorted(providers, key=_heard):
            _write_provider(out, label, names.of_fabric(provider.fabric), provider)
        for fabric in names.fabrics.values() if self.fabrics.fresh(now) else ():
            errors = fabric.errors.union(*(one.errors for one in providers if one.fabric == fabric.name))
            _write_fabric(out, label, names.of_fabric(fabric.name), fabric, errors)
        sites = names.sites if self.sites.fresh(now) else {}
        for site_id, site in sorted(sites.items(), key=lambda pair: _heard(pair[1])):
            _write_site(out, label, names.of_site(site_id), site)
        if self._health is not None and self.health.fresh(now):
            _write_health(out, label, self._health)


def _heard(agent: appliance_names.Provider | appliance_names.Site) -> float:
    return agent.heartbeat or 0.0


def _write_provider(out: Measurements, label: str, appliance: str, provider: appliance_names.Provider) -> None:
    labels = {"vault": label, "appliance": appliance, "agent": "dra"}
    out.set(metrics.AGENT_CONNECTED, provider.connected, **labels)
    if provider.heartbeat is not None:
        out.set(metrics.AGENT_HEARTBEAT_TIMESTAMP, provider.heartbeat, **labels)
    if provider.version:
        out.set(metrics.AGENT_INFO, 1, **labels, version=provider.version)
    if provider.version_state:
        out.state(metrics.AGENT_VERSION_STATE, VERSION_STATES, provider.version_state, **labels)
    if provider.expires is not None:
        out.set(metrics.AGENT_VERSION_EXPIRY_TIMESTAMP, provider.expires, **labels)


def _write_fabric(
    out: Measurements, label: str, appliance: str, fabric: appliance_names.Fabric, errors: frozenset[Error]
) -> None:
    """Its errors and those of its provider are one set, for they often are the same."""
    labels = {"vault": label, "appliance": appliance, "fabric": fabric.name}
    out.state(metrics.REPLICATION_FABRIC_HEALTH, HEALTHS, fabric.health, label="health", **labels)
    for code, failure in sorted(errors):
        out.set(metrics.REPLICATION_FABRIC_ERRORS, 1, **labels, code=code, failure=failure)


def _write_site(out: Measurements, label: str, appliance: str, site: appliance_names.Site) -> None:
    labels = {"vault": label, "appliance": appliance, "agent": "discovery"}
    if site.heartbeat is not None:
        out.set(metrics.AGENT_HEARTBEAT_TIMESTAMP, site.heartbeat, **labels)
    if site.version:
        out.set(metrics.AGENT_INFO, 1, **labels, version=site.version)


def _write_health(out: Measurements, label: str, health: appliance_names.Health) -> None:
    for code, failure in sorted(health.errors):
        out.set(metrics.REPLICATION_VAULT_ERRORS, 1, vault=label, code=code, failure=failure)
    for resource, severity, count in health.issues:
        out.set(metrics.REPLICATION_VAULT_ISSUES, count, vault=label, resource=resource, severity=severity)
