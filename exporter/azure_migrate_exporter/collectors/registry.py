"""The one registry: what can be collected, on which schedule, and which targets a configuration asks for.

A collector's module is imported only when a target asks for it: the SDKs behind it are heavy. By convention the module
has a function ``create(target, context) -> Collector``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings, MonitoredTarget
from azure_migrate_exporter.config.base import Schedule
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.esxi import EsxiTarget
from azure_migrate_exporter.config.replication import ReplicationTarget
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.runtime.imports import import_late

_HERE: Final = f"{__package__}."

Targets = Callable[[Settings, Blackboard], Iterator[Target[Any]]]


@dataclass(frozen=True, slots=True)
class CollectorSpec:
    """One entry of the registry. `module` is a full dotted name."""

    name: str
    help: str
    module: str
    schedule: Schedule
    targets: Targets
    silence: float | None = None
    """Seconds without an answer after which a connection counts as failed; at most half of the interval.

    Runs begin so much sooner than their interval, so that also a peer that falls silent shows within the interval.
    """

    def load(self) -> ModuleType:
        """Import the collector's module and the SDK behind it: up to a second, so not in the event loop."""
        return import_late(self.module)

    def create(self, target: Target[Any], context: Context) -> Collector:
        """Build the collector for one target."""
        collector: Collector = self.load().create(target, context)
        return collector


def _schedule(interval: float, timeout: float, *, retry: float = 15.0, stale: float | None = None) -> Schedule:
    return Schedule.model_construct(
        interval=interval, timeout=timeout, retry_interval=retry, stale_after=stale or 5 * interval
    )


def _appliance_section(section: str, *, wanted: Callable[[Any], bool] = lambda _entry: True) -> Targets:
    """Targets of a list in `appliances[]`."""

    def targets(settings: Settings, _: Blackboard) -> Iterator[Target[Any]]:
        for appliance in settings.appliances:
            for entry in filter(wanted, getattr(appliance, section)):
                yield Target(entry.target, appliance.name, entry, entry.resource, settings.proxy_of(appliance))

    return targets


def _appliance(settings: Settings, _: Blackboard) -> Iterator[Target[ApplianceSettings]]:
    yield from (Target(a.name, a.name, a) for a in settings.appliances if a.address)


def _gateway(settings: Settings, _: Blackboard) -> Iterator[Target[Any]]:
    for one in settings.appliances:
        if one.gateway:
            yield Target(one.name, one.name, one.gateway, proxy=settings.proxy_of(one))


def _esxi(settings: Settings, blackboard: Blackboard) -> Iterator[Target[EsxiTarget]]:
    """A target is named after its host, and after its appliance too where an earlier one needs the same host."""
    taken: set[str] = set()
    for appliance in settings.appliances:
        if appliance.esxi is None:
            continue
        listed = set(appliance.esxi.hosts)
        for vcenter in appliance.esxi.vcenters:
            listed |= blackboard.names("esxi_hosts", vcenter)
        for host in sorted(listed):
            name = f"{host}-{appliance.name}" if host in taken else host
            yield Target(name, appliance.name, EsxiTarget(host, appliance.esxi.port), host)
        taken |= listed


def _vsphere(settings: Settings, _: Blackboard) -> Iterator[Target[Any]]:
    yield from (Target(v.name, "", v) for v in settings.vcenters)


def _replication(settings: Settings, _: Blackboard) -> Iterator[Target[ReplicationTarget]]:
    blackouts = tuple((a.name, a.blackout) for a in settings.appliances if a.blackout_windows)
    for entry in settings.replication:
        yield Target(entry.target, "", ReplicationTarget(entry, blackouts), entry.vault, settings.proxy)


def _discovery(settings: Settings, _: Blackboard) -> Iterator[Target[DiscoverySettings]]:
    yield from (Target(entry.target, "", entry, proxy=settings.proxy) for entry in settings.discovery)


def _azure_metrics(settings: Settings, blackboard: Blackboard) -> Iterator[Target[MonitoredTarget]]:
    """Each resource is read once for an appliance: in the section that lists it, or else in the first that finds it."""
    listed = {one.id.casefold() for entry in settings.azure_monitor for one in entry.resources}
    found: set[tuple[str, str]] = set()
    for entry in settings.azure_monitor:
        resources = list(entry.resources)
        for one in (one for name in entry.discovery for one in blackboard.discovered(name).resources):
            key = one.id.casefold(), one.appliance
            if key[0] not in listed and key not in found:
                found.add(key)
                resources.append(one)
        if resources:
            yield Target(entry.name, "", MonitoredTarget(entry, tuple(resources)), proxy=settings.proxy)


def _azure_logs(settings: Settings, _: Blackboard) -> Iterator[Target[AzureMonitorSettings]]:
    for entry in settings.azure_monitor:
        if entry.workspaces:
            yield Target(entry.name, "", entry, proxy=settings.proxy)


_SILENCE: Final = 5.0
"""Of checks of the path. TCP repeats its first packet after one second and after three."""

_LIST: Final = (
    CollectorSpec(
        "appliance",
        "the appliance answers (TCP 44368)",
        _HERE + "appliance",
        _schedule(30, 5),
        _appliance,
        silence=_SILENCE,
    ),
    CollectorSpec(
        "gateway",
        "state of the gateway service",
        _HERE + "gateway",
        _schedule(30, 15),
        _gateway,
        silence=_SILENCE,
    ),
    CollectorSpec(
        "storage",
        "a small upload to each storage account",
        _HERE + "storage.probe",
        _schedule(60, 20),
        _appliance_section("storage"),
        silence=_SILENCE,
    ),
    CollectorSpec(
        "storage_benchmark",
        "the article's azcopy bench, within a daily budget",
        _HERE + "storage.benchmark",
        _schedule(6 * 3600, 600, retry=3600, stale=13 * 3600),
        _appliance_section("storage", wanted=lambda entry: entry.benchmark.enabled),
    ),
    CollectorSpec(
        "servicebus",
        "a peek at the Service Bus entity",
        _HERE + "amqp.servicebus",
        _schedule(60, 20),
        _appliance_section("servicebus"),
        silence=_SILENCE,
    ),
    CollectorSpec(
        "eventhubs",
        "the properties of an event hub",
        _HERE + "amqp.eventhubs",
        _schedule(60, 20),
        _appliance_section("eventhubs"),
        silence=_SILENCE,
    ),
    CollectorSpec(
        "keyvault",
        "TCP 443 and the certificate of the key vault",
        _HERE + "keyvault",
        _schedule(60, 10),
        _appliance_section("keyvaults"),
        silence=_SILENCE,
    ),
    CollectorSpec(
        "esxi",
        "name and TCP 902 of each ESXi host",
        _HERE + "esxi",
        _schedule(60, 5),
        _esxi,
        silence=_SILENCE,
    ),
    CollectorSpec(
        "vsphere", "tasks, snapshots and hosts of a vCenter", _HERE + "vsphere", _schedule(10, 30, stale=120), _vsphere
    ),
    CollectorSpec(
        "replication",
        "Azure's own view of a vault: machines, events, jobs, heartbeats",
        _HERE + "replication",
        _schedule(60, 45, retry=60),
        _replication,
    ),
    CollectorSpec(
        "discovery",
        "appliances and resources of a migrate project",
        _HERE + "discovery",
        _schedule(3600, 120, retry=300, stale=6 * 3600),
        _discovery,
    ),
    CollectorSpec(
        "azure_metrics",
        "Azure's own metrics of accounts, bus and key vault",
        _HERE + "azuremonitor.metrics",
        _schedule(300, 60, retry=300, stale=900),
        _azure_metrics,
    ),
    CollectorSpec(
        "azure_logs",
        "refused key vault requests and vault events in Log Analytics",
        _HERE + "azuremonitor.logs",
        _schedule(300, 120, retry=300, stale=900),
        _azure_logs,
    ),
)

COLLECTORS: Final[dict[str, CollectorSpec]] = {spec.name: spec for spec in _LIST}
"""Every collector by name."""
