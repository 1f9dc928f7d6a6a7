"""The notification that each fault causes: a scenario for each row of the article and for each measured cause."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from generate.alerts.groups.evidence import MEASURED
from generate.alerts.model import Severity
from tests.documented import ARTICLE

NETWORK: Final = "on-call-network"
VMWARE: Final = "on-call-vmware"
MIGRATION: Final = "on-call-migration"
TICKET: Final = "mail"

LOWER_LEVEL: Final = "the same alert at its lower level"
CONSEQUENCE: Final = "the failure that Azure reports later"
FORECAST: Final = "the forecast for a datastore that is already full"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A set of simultaneous faults, the one alert that must be delivered, and the alerts that must be inhibited.

    Texts in braces are names of the data centre: the keys of `tests.e2e.alerting_stack.lab_names`.
    """

    faults: tuple[str, ...]
    """The first is the cause; the others, which Azure reports, are switched on after the cause's notification."""
    alert: str
    """Without the common prefix."""
    receiver: str
    """Alertmanager's receiver for the team that can fix the cause."""
    labels: Mapping[str, str]
    """All labels of the alert, except those that its rule adds."""
    severity: Severity = "critical"
    live_names: Mapping[str, str] = field(default_factory=dict)
    """Names that the fix contains beside the labels."""
    machine: int = 10
    """Number of the affected machine in vCenter. Azure's faults affect number 10."""
    failing_causes: tuple[str, ...] = ()
    """Documented causes that currently fail. The annotations of `alert` and of the alerts in `inhibited` list them."""
    unmeasured_causes: tuple[str, ...] = ()
    """Documented causes that no check can currently measure."""
    inhibited: Mapping[str, str] = field(default_factory=dict)
    """Alerts that fire but must not be delivered, as `Name severity`, with the reason."""
    delay: str = ""
    """Why one run of the check is not enough to detect the fault, where that is so."""

    @property
    def healthy_causes(self) -> tuple[str, ...]:
        """Documented causes that are measured and do not fail."""
        return tuple(sorted(MEASURED - {*self.failing_causes, *self.unmeasured_causes}))

    @property
    def consequences(self) -> tuple[tuple[str, str], ...]:
        """The inhibited alerts, as name and severity, that the faults after the first one cause."""
        return tuple(key for key, why in self._inhibited() if why == CONSEQUENCE)

    @property
    def inhibited_at_once(self) -> tuple[tuple[str, str], ...]:
        """The inhibited alerts, as name and severity, that the first fault causes itself."""
        return tuple(key for key, why in self._inhibited() if why != CONSEQUENCE)

    def _inhibited(self) -> Iterator[tuple[tuple[str, str], str]]:
        for key, why in self.inhibited.items():
            name, severity = key.split()
            yield (name, severity), why

    def __str__(self) -> str:
        return " + ".join(self.faults)


_PARIS: Final = {"appliance": "paris"}
_VAULT: Final = {**_PARIS, "vault": "{vault}"}
_MACHINE: Final = {"vm": "{vm}", "vm_id": "{vm_id}"}
_IN_VCENTER: Final = {"vcenter": "lab", **_MACHINE}
_CACHE: Final = {**_PARIS, "account": "{cache}", "role": "cache"}
_BUS: Final = {**_PARIS, "bus_namespace": "{bus_namespace}", "entity": "{entity}"}
_HUBS: Final = {**_PARIS, "bus_namespace": "{hubs}", "entity": "{hub}"}
_KEYS: Final = {**_PARIS, "keyvault": "{keyvault}"}
_SERVICE: Final = {**_PARIS, "windows_service": "asrgwy"}

_WARNINGS: Final = {"another_task_in_progress"}
"""Failures that Azure rates a warning."""
_PER_APPLIANCE: Final = {
    "key_vault_configure_storage",
    "key_vault_generate_sas",
    "dispose_artefacts_timed_out",
    "disk_upload_timed_out",
    "server_refused_connection",
}
"""Failures with one alert for all machines of an appliance."""


def _alert_name(failure: str) -> str:
    return failure.title().replace("_", "")


def reported_by_azure(failure: str) -> str:
    """The lab's fault that makes Azure report a failure of a machine."""
    return f"replication-{failure.replace('_', '-')}"


def _reported(failure: str) -> Scenario:
    """A row of the article: Azure reports the failure while no measured cause fails."""
    labels = _VAULT if failure in _PER_APPLIANCE else {**_VAULT, **_MACHINE}
    fault, alert = reported_by_azure(failure), _alert_name(failure)
    if failure in _WARNINGS:
        return Scenario((fault,), alert, TICKET, labels, "warning")
    return Scenario((fault,), alert, MIGRATION, labels, inhibited={f"{alert} warning": LOWER_LEVEL})


def _inhibited_by_cause(failure: str) -> dict[str, str]:
    """The alerts of a failure that the alert of its cause inhibits."""
    return {f"{_alert_name(failure)} {severity}": CONSEQUENCE for severity in ("critical", "warning")}


def _cause(fault: str, alert: str, receiver: str, labels: Mapping[str, str], cause: str, failure: str) -> Scenario:
    """A measured cause, and the failure that Azure reports because of it."""
    return Scenario(
        (fault, reported_by_azure(failure)),
        alert,
        receiver,
        labels,
        failing_causes=(cause,),
        inhibited=_inhibited_by_cause(failure),
    )


DISPOSE: Final = "dispose_artefacts_timed_out"
UPLOAD: Final = "disk_upload_timed_out"

REPORTED: Final = tuple(_reported(failure) for failure in ARTICLE)
CAUSES: Final = (
    _cause("gateway-stopped", "GatewayServiceNotRunning", MIGRATION, _SERVICE, "gateway_stopped", DISPOSE),
    _cause("gateway-missing", "GatewayServiceNotFound", MIGRATION, _SERVICE, "gateway_stopped", UPLOAD),
    _cause("servicebus-refused", "ServiceBusUnreachable", NETWORK, _BUS, "service_bus", DISPOSE),
    _cause("eventhubs-refused", "EventHubsUnreachable", NETWORK, _HUBS, "event_hubs", UPLOAD),
    _cause("storage-refused", "CacheStorageUnreachable", NETWORK, _CACHE, "cache_storage", UPLOAD),
    _cause("vault-closed", "KeyVaultUnreachable", NETWORK, _KEYS, "key_vault", UPLOAD),
    Scenario(
        ("appliance-off", reported_by_azure(DISPOSE)),
        "ApplianceDown",
        MIGRATION,
        _PARIS,
        failing_causes=("appliance_down",),
        unmeasured_causes=("gateway_stopped",),
        inhibited=_inhibited_by_cause(DISPOSE),
    ),
    Scenario(
        ("snapshot-stuck",),
        "SnapshotTaskStalled",
        VMWARE,
        {**_IN_VCENTER, "operation": "create_snapshot"},
        machine=0,
        delay="the task must make no progress for 3 s",
    ),
    Scenario(
        ("nfc-full", reported_by_azure("nfc_out_of_memory")),
        "NfcBufferFull",
        VMWARE,
        {"vcenter": "lab", "host": "127.0.1.3"},
        live_names={"vm": "server-03"},
        inhibited={**_inhibited_by_cause("nfc_out_of_memory"), "NfcBufferFull warning": LOWER_LEVEL},
    ),
    Scenario(("snapshot-without-size",), "SnapshotDiskSizeWrong", TICKET, _IN_VCENTER, "warning", machine=5),
    Scenario(("consolidation-needed",), "ConsolidationNeeded", TICKET, _IN_VCENTER, "warning", machine=1),
    Scenario(("cbt-reset",), "CbtReset", TICKET, _IN_VCENTER, "warning", machine=2),
    Scenario(("esxi-port-closed",), "EsxiUnreachable", VMWARE, {**_PARIS, "host": "127.0.1.1"}),
)
"""The causes that the article names, as measured here. The failure that Azure reports because of them is inhibited."""
OTHERS: Final = (
    Scenario(("storage-full",), "CacheStorageUnreachable", NETWORK, _CACHE),
    Scenario(("storage-throttled",), "StorageThrottled", TICKET, _CACHE, "warning"),
    Scenario(("servicebus-tls-broken",), "ServiceBusUnreachable", NETWORK, _BUS),
    Scenario(
        ("servicebus-unauthorized",),
        "CollectorFailing",
        TICKET,
        {**_PARIS, "collector": "servicebus", "target": "{bus_namespace}"},
        "warning",
    ),
    Scenario(
        ("esxi-name-unknown",),
        "EsxiUnreachable",
        VMWARE,
        {**_PARIS, "host": "esxi-04.datacentre.invalid"},
        delay="vCenter's list of hosts is read first",
    ),
    Scenario(
        ("esxi-not-responding",), "EsxiHostNotResponding", VMWARE, {"vcenter": "lab", "host": "127.0.1.1"}, machine=0
    ),
    Scenario(
        ("datastore-nearly-full",),
        "DatastoreFull",
        VMWARE,
        {"vcenter": "lab", "datastore": "LocalDS_0"},
        machine=0,
        inhibited={"DatastoreFull warning": LOWER_LEVEL, "DatastoreFillingUp critical": FORECAST},
    ),
    Scenario(("vcenter-down",), "VCenterDown", VMWARE, {"vcenter": "lab"}),
    Scenario(("vault-certificate-expired",), "KeyVaultCertificateExpiring", NETWORK, _KEYS),
    Scenario(("cbt-off",), "CbtOff", TICKET, _IN_VCENTER, "warning", machine=3),
    Scenario(
        ("vault-forbidden",),
        "CollectorFailing",
        TICKET,
        {"collector": "replication", "target": "{vault}"},
        "warning",
    ),
    Scenario(
        ("entra-secret-expired",),
        "ExporterIdentityFailing",
        TICKET,
        {},
        "warning",
        delay="the token that the exporter has must be refused first",
    ),
    Scenario(("vault-proxy-refuses",), "ExporterProxyFailing", TICKET, {}, "warning"),
)
"""Of the lab's other faults, one of each kind."""
