"""The whole configuration: appliances with their paths, vCenters, and schedules."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings
from azure_migrate_exporter.config.base import Host, Model, Name, Port, PositiveDuration
from azure_migrate_exporter.config.blackout import Blackout, TimeZone, Windows
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.esxi import EsxiSettings
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.config.gateway import GatewaySettings
from azure_migrate_exporter.config.keyvault import KeyVaultSettings
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.config.vsphere import VCenterSettings

COLLECTORS: Final = (
    "appliance",
    "gateway",
    "storage",
    "storage_benchmark",
    "servicebus",
    "eventhubs",
    "keyvault",
    "esxi",
    "vsphere",
    "replication",
    "discovery",
    "azure_metrics",
    "azure_logs",
)
"""Names of the collectors of the registry, which this package may not import; a test compares the two."""


def _collector(name: str) -> str:
    if name not in COLLECTORS:
        raise ValueError(f"there is no such collector; there are: {', '.join(COLLECTORS)}")
    return name


CollectorName = Annotated[str, AfterValidator(_collector)]
Generation = Literal["legacy", "greenfield", "unknown"]


class ApplianceSettings(Model):
    """One Azure Migrate appliance and the network path of its data, as seen from the exporter."""

    name: Name
    """Value of the label `appliance`. Use the name in Azure, so that these checks and the data of Azure have the same
    label."""
    vault: Name | None = None
    """Name of the entry of `replication` or `discovery` that this appliance belongs to. Only
    [shards](sharding.md) need it."""
    address: Host | None = None
    """Host name or address of the appliance; without it `appliance_up` is not checked."""
    port: Port = 44368
    """TCP port of the configuration manager."""
    generation: Generation = "unknown"
    """`legacy`: Service Bus and key vault belong to the project. `greenfield` (since 2024): neither exists."""
    gateway: GatewaySettings | None = None
    """Source of the state of the gateway service."""
    storage: tuple[StorageSettings, ...] = ()
    """Storage accounts that the appliance uploads to."""
    servicebus: tuple[ServiceBusSettings, ...] = ()
    """Service Bus namespaces (legacy projects)."""
    eventhubs: tuple[EventHubSettings, ...] = ()
    """Event hubs, if the project has any."""
    keyvaults: tuple[KeyVaultSettings, ...] = ()
    """Key vaults of the replication (legacy projects)."""
    esxi: EsxiSettings | None = None
    """ESXi hosts that the appliance reads disks from."""
    proxy: ProxySettings | None = None
    """The proxy that this appliance uses, in place of the one at the root."""
    blackout_windows: Windows = ()
    """Windows in which the appliance starts no replication cycle, in the syntax of `BlackoutWindows` in its
    `GatewayDataWorker.json`: `Monday;7:00;7h | Tuesday;8:00;1d7h`. No cycle is due then."""
    time_zone: TimeZone | None = None
    """Time zone of the windows, which is that of the appliance: `Europe/Paris`."""

    @property
    def blackout(self) -> Blackout:
        """The windows with their zone."""
        return Blackout(self.blackout_windows, self.time_zone or "UTC")

    @model_validator(mode="after")
    def _windows_need_a_zone(self) -> Self:
        if self.blackout_windows and self.time_zone is None:
            raise ValueError("blackout_windows are in the appliance's local time: give its time_zone, as Europe/Paris")
        return self


class ScheduleSettings(Model):
    """Changes to the default schedule of one collector; omitted keys keep their defaults."""

    interval: PositiveDuration | None = None
    """Longest time between the starts of two runs. Checks of the path and of the appliance run 5 s sooner (half of the
    interval, if that is less): so long they wait for a connection, and a peer that falls silent shows in time."""
    timeout: PositiveDuration | None = None
    """Hard deadline of one run."""
    retry_interval: PositiveDuration | None = None
    """Time to the next run after a failure."""
    stale_after: PositiveDuration | None = None
    """Age at which the measurements of the last run are dropped; by default it grows with the interval."""

    @model_validator(mode="after")
    def _stale_after_exceeds_interval(self) -> Self:
        if self.interval is not None and self.stale_after is not None and self.stale_after < self.interval:
            raise ValueError(
                "stale_after is shorter than interval: results would vanish between two runs; make it longer"
            )
        return self


class Settings(Model):
    """The root of the configuration file."""

    appliances: tuple[ApplianceSettings, ...] = ()
    """Appliances and their paths."""
    vcenters: tuple[VCenterSettings, ...] = ()
    """vCenter servers."""
    replication: tuple[VaultSettings, ...] = ()
    """Recovery Services vaults of the replication, as Azure reports it."""
    discovery: tuple[DiscoverySettings, ...] = ()
    """Projects or vaults whose appliances and resources are discovered in Azure and checked."""
    azure_monitor: tuple[AzureMonitorSettings, ...] = ()
    """Metrics and logs of Azure Monitor. Off by default, because they are billed."""
    proxy: ProxySettings = ProxySettings()
    """The HTTP proxy of every section; an appliance may have one of its own."""
    schedules: dict[CollectorName, ScheduleSettings] = Field(default={})
    """Schedules by collector name."""

    def proxy_of(self, appliance: ApplianceSettings) -> ProxySettings:
        """The proxy on the way from an appliance's network: its own, or the one at the root."""
        return appliance.proxy or self.proxy
