"""Status of a vault beside its machines: fabrics, providers, sites, and the vault's own health."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from azure_migrate_exporter.azure import off_azure
from azure_migrate_exporter.azure.health_errors import Error
from azure_migrate_exporter.azure.migration_item import MigrationItem
from azure_migrate_exporter.azure.off_azure import Site, read_site
from azure_migrate_exporter.azure.site_recovery import (
    Fabric,
    Provider,
    VaultHealth,
    read_fabric,
    read_provider,
    read_vault_health,
)
from azure_migrate_exporter.collectors.replication.appliance_names import ApplianceNames
from azure_migrate_exporter.collectors.replication.machine_series import HEALTHS
from azure_migrate_exporter.collectors.replication.polling.poll import Poll
from azure_migrate_exporter.collectors.replication.polling.vault_client import VaultClient
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.reasons import CheckError
from azure_migrate_exporter.runtime.clock import Clock

VERSION_STATES: Final = ("supported", "not_supported", "deprecated", "update_required", "security_update_required")


class FabricStatus:
    """Reads each part as often as it changes, and writes its series. `items` are the machines known so far."""

    def __init__(
        self, client: VaultClient, clock: Clock, names: ApplianceNames, items: Callable[[], Iterable[MigrationItem]]
    ) -> None:
        self._client = client
        self._clock = clock
        self._names = names
        self._items = items
        self._health: VaultHealth | None = None
        self._offset = clock.time() - clock.monotonic()
        self.providers = Poll(self._fetch_providers)
        self.fabrics = Poll(self._fetch_fabrics, interval=600)
        self.sites = Poll(self._fetch_sites, interval=300)
        """Runs after fabrics and machines, which name the sites."""
        self.health = Poll(self._fetch_health, interval=300)

    async def _fetch_providers(self) -> None:
        path = f"{self._client.vault}/replicationRecoveryServicesProviders"
        now = self._now()
        found = [read_provider(value, now) for value in await self._client.list_all("providers", path)]
        self._names.providers = tuple(provider for provider in found if provider is not None)

    async def _fetch_fabrics(self) -> None:
        found = map(read_fabric, await self._client.list_all("fabrics", f"{self._client.vault}/replicationFabrics"))
        self._names.fabrics = {fabric.name: fabric for fabric in found if fabric is not None}

    async def _fetch_sites(self) -> None:
        wanted = self._names.site_ids(self._items())
        self._names.sites = {site_id: site for site_id, site in self._names.sites.items() if site_id in wanted}
        async with asyncio.TaskGroup() as tasks:
            fetches = [tasks.create_task(self._fetch_site(site_id)) for site_id in wanted]
        for fetch in fetches:
            if (problem := fetch.result()) is not None:
                raise problem

    async def _fetch_site(self, site_id: str) -> CheckError | None:
        try:
            value = await self._client.get("site", site_id, off_azure.API_VERSION)
        except CheckError as error:
            return error
        self._names.sites[site_id] = read_site(value, self._now())
        return None

    def _now(self) -> float:
        """The present for Azure's times: a clock that was stepped back does not put its heartbeats into the future."""
        return max(self._clock.time(), self._offset + self._clock.monotonic())

    async def _fetch_health(self) -> None:
        value = await self._client.get("health", f"{self._client.vault}/replicationVaultHealth")
        self._health = read_vault_health(value)

    def write(self, out: Measurements, vault: str, now: float) -> None:
        """Write what is fresh at `now`, of the monotonic clock."""
        names = self._names
        providers = names.providers if self.providers.fresh(now) else ()
        # Of two registrations of one appliance the one with the newest heartbeat counts.
        for provider in sorted(providers, key=_heartbeat):
            _write_provider(out, vault, names.of_fabric(provider.fabric), provider)
        for fabric in names.fabrics.values() if self.fabrics.fresh(now) else ():
            errors = fabric.errors.union(*(one.errors for one in providers if one.fabric == fabric.name))
            _write_fabric(out, vault, names.of_fabric(fabric.name), fabric, errors)
        sites = names.sites if self.sites.fresh(now) else {}
        for site_id, site in sorted(sites.items(), key=lambda pair: _heartbeat(pair[1])):
            _write_site(out, vault, names.of_site(site_id), site)
        if self._health is not None and self.health.fresh(now):
            _write_health(out, vault, self._health)


def _heartbeat(agent: Provider | Site) -> float:
    return agent.heartbeat or 0.0


def _write_provider(out: Measurements, vault: str, appliance: str, provider: Provider) -> None:
    labels = {"vault": vault, "appliance": appliance, "agent": "dra"}
    out.set(metrics.AGENT_CONNECTED, provider.connected, **labels)
    if provider.heartbeat is not None:
        out.set(metrics.AGENT_HEARTBEAT_TIMESTAMP, provider.heartbeat, **labels)
    if provider.version:
        out.set(metrics.AGENT_INFO, 1, **labels, version=provider.version)
    if provider.version_state:
        out.state(metrics.AGENT_VERSION_STATE, VERSION_STATES, provider.version_state, **labels)
    if provider.expires is not None:
        out.set(metrics.AGENT_VERSION_EXPIRY_TIMESTAMP, provider.expires, **labels)


def _write_fabric(out: Measurements, vault: str, appliance: str, fabric: Fabric, errors: frozenset[Error]) -> None:
    """The errors of a fabric and of its provider are one set, for they often are the same."""
    labels = {"vault": vault, "appliance": appliance, "fabric": fabric.name}
    out.state(metrics.REPLICATION_FABRIC_HEALTH, HEALTHS, fabric.health, label="health", **labels)
    for code, failure in sorted(errors):
        out.set(metrics.REPLICATION_FABRIC_ERRORS, 1, **labels, code=code, failure=failure)


def _write_site(out: Measurements, vault: str, appliance: str, site: Site) -> None:
    labels = {"vault": vault, "appliance": appliance, "agent": "discovery"}
    if site.heartbeat is not None:
        out.set(metrics.AGENT_HEARTBEAT_TIMESTAMP, site.heartbeat, **labels)
    if site.agent_version:
        out.set(metrics.AGENT_INFO, 1, **labels, version=site.agent_version)


def _write_health(out: Measurements, vault: str, health: VaultHealth) -> None:
    for code, failure in sorted(health.errors):
        out.set(metrics.REPLICATION_VAULT_ERRORS, 1, vault=vault, code=code, failure=failure)
    for resource, severity, count in health.issues:
        out.set(metrics.REPLICATION_VAULT_ISSUES, count, vault=vault, resource=resource, severity=severity)
