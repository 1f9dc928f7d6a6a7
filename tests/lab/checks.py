"""Every check of the product with the service that it asks, in the lab: what answers can be put in the service's place.

async with Services(ca, directory, vcenter=True) as services:
    target = services.target("winrm")                             # the lab's own service
    target = services.target("winrm", at=("localhost", 40123))    # whatever listens there
    collector = COLLECTORS[target_of("winrm").collector].create(target, context)
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from azure_migrate_exporter.collectors.protocol import Target
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings, MonitoredResource, MonitoredTarget
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.esxi import EsxiTarget
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.config.keyvault import KeyVaultSettings
from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.config.replication import ReplicationTarget, VaultSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.config.vsphere import VCenterSettings
from tests.lab.amqp import HUB, SUBSCRIPTION, TOPIC, LabBroker
from tests.lab.arm import LabArm
from tests.lab.azurite import Azurite, azurite
from tests.lab.ca import HOSTS, LabCA
from tests.lab.entra import CLIENT, TENANT
from tests.lab.monitor import LabMonitor
from tests.lab.stranger_server import Place
from tests.lab.tcp import Certificates, TcpListener
from tests.lab.vcenter import LabVCenter
from tests.lab.windows import LabWindows
from tests.lab.windows_exporter import LabWindowsExporter
from tests.lab.winrm import LabWinRM

_ACCOUNT: Final = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg"
    "/providers/Microsoft.Storage/storageAccounts/migratelsa1"
)
_BLOBS: Final = "migratelsa1"
_CONTAINER: Final = "azure-migrate-exporter"
_REGION: Final = "francecentral"
_WORKSPACE: Final = "00000000-0000-0000-0000-00000000000a"


@dataclass(frozen=True, slots=True)
class Check:
    """One way in which the product asks a service.

    Attributes:
        name: of the check; two checks may be of one collector.
        collector: name in the registry.
        service: what it asks, a key of `Services.places`.
        settings: of the collector's target, when the service is at a place.
    """

    name: str
    collector: str
    service: str
    settings: Callable[["Services", Place], Any]


class Services:
    """The lab's services, started together. `vcenter` and `blobs` add one each, which takes a process of its own."""

    def __init__(self, ca: LabCA, directory: Path, *, vcenter: bool = False, blobs: bool = False) -> None:
        self.ca = ca
        self.directory = directory
        self.arm = LabArm(ca)
        self.monitor = LabMonitor(ca)
        self.windows = LabWindows()
        certificates = Certificates.issue(ca, directory, "service", "localhost", "127.0.0.1", HOSTS)
        self.certificates = certificates
        self.windows_exporter = LabWindowsExporter(self.windows, certificates=certificates)
        self.winrm = LabWinRM(self.windows, certificates=certificates)
        self.keyvault = TcpListener(certificates=certificates)
        self.esxi = TcpListener()
        self.appliance = TcpListener()
        self.broker = LabBroker(ca)
        self.blobs: Azurite | None = None
        self.trusted = ca.bundle
        """PEM file of the CAs that every check trusts."""
        self.vcenter = LabVCenter(ca, directory / "vcenter", machines=2, hosts=1) if vcenter else None
        self._with_blobs = blobs
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.broker)
            if self._with_blobs:
                self.blobs = await stack.enter_async_context(azurite([_BLOBS], self.ca, self.directory))
                await self.blobs.create_container(_BLOBS, _CONTAINER)
            for service in (self.arm, self.monitor, self.windows_exporter, self.winrm):
                await stack.enter_async_context(service)
            for listener in (self.keyvault, self.esxi, self.appliance):
                await stack.enter_async_context(listener)
            if self.vcenter is not None:
                await stack.enter_async_context(self.vcenter)
            self._fill()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def _fill(self) -> None:
        self.arm.limits.burst = float("inf")
        self.project = self.arm.project("contoso")
        self.project.appliance("paris").machine("web01")
        self.monitor.metrics.resource(_ACCOUNT, _REGION)
        self.monitor.metrics.set(_ACCOUNT, "Ingress", {"total": 6000.0})
        self.monitor.logs.workspace(_WORKSPACE)
        self.windows_exporter.basic_auth = ("prometheus", self.winrm.password)
        self.application = self._secret("application", self.arm.entra.secret)
        self.windows_password = self._secret("windows", self.winrm.password)
        self.bus_policy = self._secret("bus", self.broker.connection_string(self.broker.full_key))
        if self.blobs is not None:
            self.sas = self._secret("sas", self.blobs.sas(_BLOBS, _CONTAINER))
        if self.vcenter is not None:
            self.vcenter_password = self._secret("vcenter", self.vcenter.password)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no output may hold: passwords, and the beginning of every token of the lab."""
        found = [self.arm.entra.secret, self.winrm.password, "eyJhbGciOi", self.broker.full_key.secret]
        if self.vcenter is not None:
            found.append(self.vcenter.password)
        if self.blobs is not None:
            found.append(self.sas.read_text().strip().rpartition("sig=")[2].partition("&")[0])
        return tuple(found)

    @property
    def places(self) -> Mapping[str, Place]:
        """Where each service is."""
        found = {
            "arm": self.arm.port,
            "entra": self.arm.entra.port,
            "monitor": self.monitor.port,
            "keyvault": self.keyvault.port,
            "esxi": self.esxi.port,
            "appliance": self.appliance.port,
            "windows_exporter": self.windows_exporter.port,
            "winrm": self.winrm.port,
        }
        for name, endpoint in (
            ("bus", self.broker.endpoint),
            ("bus_web", self.broker.web_endpoint),
            ("bus_management", self.broker.management_endpoint),
        ):
            found[name] = urlsplit(endpoint).port or 0
        if self.blobs is not None:
            found["blobs"] = self.blobs.port
        if self.vcenter is not None:
            found["vcenter"] = self.vcenter.port
        return {name: ("localhost", port) for name, port in found.items()}

    def target(self, name: str, at: Place | None = None, proxy: ProxySettings | None = None) -> Target[Any]:
        """The target of a check, whose service is `at` a place, and `proxy` the proxy on the way."""
        check = CHECKS[name]
        if at is not None:  # tokens for it are asked for by its address
            self.monitor.audiences.add(f"https://{at[0]}:{at[1]}")
        settings = check.settings(self, at or self.places[check.service])
        return Target("lab", "paris", settings, proxy=proxy or ProxySettings(from_environment=False))

    def access(self, *, arm: Place | None = None, entra: Place | None = None, monitor: Place | None = None) -> Any:
        """Keys `credential`, `cloud` and `ca_file` of a section."""
        places = self.places
        addresses = {
            "resource_manager": arm or places["arm"],
            "authority": entra or places["entra"],
            "logs": monitor or places["monitor"],
            "metrics": monitor or places["monitor"],
        }
        return {
            "credential": {
                "type": "client_secret",
                "tenant_id": TENANT,
                "client_id": CLIENT,
                "client_secret": {"file": str(self.application)},
            },
            "cloud": {name: f"https://{host}:{port}" for name, (host, port) in addresses.items()}
            | {"audience": self.arm.url},
            "ca_file": str(self.trusted),
        }

    def _secret(self, name: str, value: str) -> Path:
        file = self.directory / f"{name}.secret"
        file.write_text(f"{value}\n")
        return file


# --- settings --------------------------------------------------------------------------------------------------------


def _replication(services: Services, at: Place) -> Any:
    project = services.project
    place = {"subscription": project.subscription, "resource_group": project.resource_group}
    vault = {**place, "vault": project.vault_name, "request_timeout": "20s"}
    return ReplicationTarget(VaultSettings.model_validate({**services.access(arm=at), **vault}))


def _discovery(services: Services, **at: Place) -> Any:
    project = services.project
    found = {"subscription": project.subscription, "project": project.name}
    return DiscoverySettings.model_validate({**services.access(**at), **found})


def _azure_metrics(services: Services, at: Place) -> Any:
    resources = [{"id": _ACCOUNT, "region": _REGION}]
    values = {"name": "lab", **services.access(monitor=at), "resources": resources}
    listed = (MonitoredResource(id=_ACCOUNT, region=_REGION, appliance="paris"),)
    return MonitoredTarget(AzureMonitorSettings.model_validate(values), listed)


def _azure_logs(services: Services, at: Place) -> Any:
    workspaces = [{"name": "security", "id": _WORKSPACE}]
    cloud = services.access(monitor=at)
    return AzureMonitorSettings.model_validate({"name": "lab", **cloud, "workspaces": workspaces})


def _appliance(_: Services, at: Place) -> Any:
    host, port = at
    return ApplianceSettings(name="paris", address=host, port=port)


def _keyvault(services: Services, at: Place) -> Any:
    host, port = at
    # The certificate is verified for the vault's name: one of those that the service's certificate has.
    vault = "kv.lab.example" if host == "localhost" else host
    return KeyVaultSettings.model_validate({"vault": vault, "address": host, "port": port, "ca_file": services.trusted})


def _windows_exporter(services: Services, at: Place) -> Any:
    host, port = at
    return _gateway(
        source="windows_exporter",
        url=f"https://{host}:{port}/metrics",
        ca_file=str(services.trusted),
        basic_auth={"username": "prometheus", "password": {"file": str(services.windows_password)}},
    )


def _winrm(services: Services, at: Place) -> Any:
    host, port = at
    return _gateway(
        source="winrm",
        address=host,
        port=port,
        username=services.winrm.username,
        password={"file": str(services.windows_password)},
        ca_file=str(services.trusted),
    )


def _gateway(**section: Any) -> Any:
    return ApplianceSettings.model_validate({"name": "paris", "gateway": section}).gateway


def _vsphere(services: Services, at: Place) -> Any:
    host, port = at
    assert services.vcenter is not None
    return VCenterSettings.model_validate(
        {
            "name": "lab",
            "address": host,
            "port": port,
            "username": services.vcenter.user,
            "password": {"file": str(services.vcenter_password)},
            "ca_file": str(services.trusted),
            "request_timeout": "2s",
        }
    )


def _storage(services: Services, at: Place) -> Any:
    host, port = at
    return StorageSettings.model_validate(
        {
            "account": _BLOBS,
            "role": "cache",
            "container": _CONTAINER,
            "endpoint": f"https://{host}:{port}/{_BLOBS}",
            "ca_file": services.trusted,
            "sas": {"file": str(services.sas)},
            "benchmark": {"blobs": 1, "blob_size": "1MiB", "connections": 2},
        }
    )


def _bus(services: Services, **more: Any) -> dict[str, Any]:
    policy = {"connection_string": {"file": str(services.bus_policy)}, "namespace": services.broker.host}
    return {**policy, "ca_file": services.trusted, "timeout": "8s", **more}


_SUBSCRIPTION: Final = {"topic": TOPIC, "subscription": SUBSCRIPTION}


def _servicebus(services: Services, at: Place) -> Any:
    host, port = at
    return ServiceBusSettings.model_validate(_bus(services, endpoint=f"sb://{host}:{port}", **_SUBSCRIPTION))


def _servicebus_websocket(services: Services, at: Place) -> Any:
    host, port = at
    endpoint = {"endpoint": f"sb://{host}:{port}", "transport": "websocket"}
    return ServiceBusSettings.model_validate(_bus(services, **endpoint, **_SUBSCRIPTION))


def _servicebus_listing(services: Services, at: Place) -> Any:
    host, port = at
    endpoints = {"endpoint": services.broker.endpoint, "management_endpoint": f"https://{host}:{port}"}
    return ServiceBusSettings.model_validate(_bus(services, **endpoints))


def _eventhubs(services: Services, at: Place) -> Any:
    host, port = at
    return EventHubSettings.model_validate(_bus(services, endpoint=f"sb://{host}:{port}", hub=HUB))


_LIST: Final = (
    Check("arm_list", "replication", "arm", _replication),
    Check("arm_get", "replication", "arm", _replication),
    Check("discovery", "discovery", "arm", lambda services, at: _discovery(services, arm=at)),
    Check("entra", "discovery", "entra", lambda services, at: _discovery(services, entra=at)),
    Check("azure_metrics", "azure_metrics", "monitor", _azure_metrics),
    Check("azure_logs", "azure_logs", "monitor", _azure_logs),
    Check("keyvault", "keyvault", "keyvault", _keyvault),
    Check("esxi", "esxi", "esxi", lambda _, at: EsxiTarget(*at)),
    Check(
        "appliance", "appliance", "appliance", lambda _, at: ApplianceSettings(name="paris", address=at[0], port=at[1])
    ),
    Check("windows_exporter", "gateway", "windows_exporter", _windows_exporter),
    Check("winrm", "gateway", "winrm", _winrm),
    Check("vcenter_login", "vsphere", "vcenter", _vsphere),
    Check("vcenter_poll", "vsphere", "vcenter", _vsphere),
    Check("vcenter_watch", "vsphere", "vcenter", _vsphere),
    Check("blob_probe", "storage", "blobs", _storage),
    Check("blob_benchmark", "storage_benchmark", "blobs", _storage),
    Check("servicebus", "servicebus", "bus", _servicebus),
    Check("servicebus_websocket", "servicebus", "bus_web", _servicebus_websocket),
    Check("servicebus_listing", "servicebus", "bus_management", _servicebus_listing),
    Check("eventhubs", "eventhubs", "bus", _eventhubs),
)

CHECKS: Final = {check.name: check for check in _LIST}
"""Every check by name."""
