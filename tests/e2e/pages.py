"""Which page each fault of the data centre brings: for every row of the article, and for what measures its causes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from generate.alerts.groups.evidence import MEASURED
from generate.alerts.model import Severity
from tests.documented import ARTICLE

NETWORK: Final = "on-call-network"
VMWARE: Final = "on-call-vmware"
MIGRATION: Final = "on-call-migration"
TICKET: Final = "mail"

WARNING: Final = "the same alert at its lower level"
LATER: Final = "what Azure reports of it later"
FULL: Final = "a datastore that is full needs no forecast"


@dataclass(frozen=True, slots=True)
class Row:
    """Faults that are on together, the one alert of which somebody hears, and those that fire in silence.

    Texts in braces are names of the data centre, as `tests.e2e.duty.names` has them.
    """

    faults: tuple[str, ...]
    """The first is the cause; Azure reports the others once the cause has been told."""
    alert: str
    """Without the common prefix."""
    told: str
    """The receiver who can mend it."""
    labels: Mapping[str, str]
    """All of the alert's labels, but for those that its rule adds."""
    severity: Severity = "critical"
    live: Mapping[str, str] = field(default_factory=dict)
    """What the fix names beside the labels."""
    machine: int = 10
    """Number of the machine in vCenter; that one has Azure's faults."""
    failing: tuple[str, ...] = ()
    """Documented causes that fail now. They are listed by the symptoms among `alert` and `silent`."""
    unmeasured: tuple[str, ...] = ()
    """Those that nothing can tell now."""
    silent: Mapping[str, str] = field(default_factory=dict)
    """Alerts (and their severity, after a blank) that fire and of which nobody hears, and why."""
    detour: str = ""
    """Why it takes more than one run of a check to see the fault, where it does."""

    @property
    def sound(self) -> tuple[str, ...]:
        """Documented causes that are measured and do not fail."""
        return tuple(sorted(MEASURED - {*self.failing, *self.unmeasured}))

    @property
    def following(self) -> tuple[tuple[str, str], ...]:
        """Of the silent ones, those that the later faults bring."""
        pairs = (one.split() for one, why in self.silent.items() if why == LATER)
        return tuple((name, severity) for name, severity in pairs)

    def __str__(self) -> str:
        return " + ".join(self.faults)


_PARIS: Final = {"appliance": "paris"}
_VAULT: Final = {**_PARIS, "vault": "{recovery_vault}"}
_MACHINE: Final = {"vm": "{vm}", "vm_id": "{vm_id}"}
_IN_VCENTER: Final = {"vcenter": "lab", **_MACHINE}
_CACHE: Final = {**_PARIS, "account": "{cache}", "role": "cache"}
_BUS: Final = {**_PARIS, "namespace": "{namespace}", "entity": "{entity}"}
_HUBS: Final = {**_PARIS, "namespace": "{hubs}", "entity": "{hub}"}
_KEYS: Final = {**_PARIS, "vault": "{vault}"}
_SERVICE: Final = {**_PARIS, "service": "asrgwy"}

_MILD: Final = {"another_task_in_progress"}
"""Azure rates these a warning."""
_SHARED: Final = {
    "key_vault_configure_storage",
    "key_vault_generate_sas",
    "dispose_artefacts_timed_out",
    "disk_upload_timed_out",
    "server_refused_connection",
}
"""One alert for all machines of an appliance."""


def _camel(failure: str) -> str:
    return failure.title().replace("_", "")


def reported_by_azure(failure: str) -> str:
    """The fault of the lab by which Azure reports a failure of a machine."""
    return f"replication-{failure.replace('_', '-')}"


def _reported(failure: str) -> Row:
    """A row of the article, as Azure reports it, while every measured cause is sound."""
    labels = _VAULT if failure in _SHARED else {**_VAULT, **_MACHINE}
    name = _camel(failure)
    if failure in _MILD:
        return Row((reported_by_azure(failure),), name, TICKET, labels, "warning")
    return Row((reported_by_azure(failure),), name, MIGRATION, labels, silent={f"{name} warning": WARNING})


def _follows(failure: str) -> dict[str, str]:
    """What is silent once a cause speaks for a failure."""
    return {f"{_camel(failure)} {severity}": LATER for severity in ("critical", "warning")}


def _cause(fault: str, alert: str, told: str, labels: Mapping[str, str], failing: str, failure: str) -> Row:
    """A cause that is measured, and the failure that Azure reports of it."""
    return Row((fault, reported_by_azure(failure)), alert, told, labels, failing=(failing,), silent=_follows(failure))


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
    Row(
        ("appliance-off", reported_by_azure(DISPOSE)),
        "ApplianceDown",
        MIGRATION,
        _PARIS,
        failing=("appliance_down",),
        unmeasured=("gateway_stopped",),
        silent=_follows(DISPOSE),
    ),
    Row(
        ("snapshot-stuck",),
        "SnapshotTaskStalled",
        VMWARE,
        {**_IN_VCENTER, "operation": "create_snapshot"},
        machine=0,
        detour="it must stand still for 3 s",
    ),
    Row(
        ("nfc-full", reported_by_azure("nfc_out_of_memory")),
        "NfcBufferFull",
        VMWARE,
        {"vcenter": "lab", "host": "127.0.1.1"},
        live={"vm": "server-01", "free_host": "127.0.1.2"},
        silent={**_follows("nfc_out_of_memory"), "NfcBufferFull warning": WARNING},
    ),
    Row(("snapshot-without-size",), "SnapshotDiskSizeWrong", TICKET, _IN_VCENTER, "warning", machine=5),
    Row(("consolidation-needed",), "ConsolidationNeeded", TICKET, _IN_VCENTER, "warning", machine=1),
    Row(("cbt-reset",), "CbtReset", TICKET, _IN_VCENTER, "warning", machine=2),
    Row(("esxi-port-closed",), "EsxiUnreachable", VMWARE, {**_PARIS, "host": "127.0.1.1"}),
)
"""What the article has a person look for, measured; where Azure reports the failure as well, nobody hears it twice."""
OTHERS: Final = (
    Row(("storage-full",), "CacheStorageUnreachable", NETWORK, _CACHE),
    Row(
        ("storage-throttled",),
        "StorageThrottled",
        TICKET,
        _CACHE,
        "warning",
    ),
    Row(("servicebus-tls-broken",), "ServiceBusUnreachable", NETWORK, _BUS),
    Row(
        ("servicebus-unauthorized",),
        "CollectorFailing",
        TICKET,
        {**_PARIS, "collector": "servicebus", "target": "{namespace}"},
        "warning",
    ),
    Row(
        ("esxi-name-unknown",),
        "EsxiUnreachable",
        VMWARE,
        {**_PARIS, "host": "esxi-04.datacentre.invalid"},
        detour="vCenter's list is read first",
    ),
    Row(("esxi-not-responding",), "EsxiHostNotResponding", VMWARE, {"vcenter": "lab", "host": "127.0.1.1"}, machine=0),
    Row(
        ("datastore-nearly-full",),
        "DatastoreFull",
        VMWARE,
        {"vcenter": "lab", "datastore": "LocalDS_0"},
        machine=0,
        silent={"DatastoreFull warning": WARNING, "DatastoreFillingUp critical": FULL},
    ),
    Row(("vcenter-down",), "VCenterDown", VMWARE, {"vcenter": "lab"}),
    Row(("vault-certificate-expired",), "KeyVaultCertificateExpiring", NETWORK, _KEYS),
    Row(("cbt-off",), "CbtOff", TICKET, _IN_VCENTER, "warning", machine=3),
    Row(
        ("vault-forbidden",),
        "CollectorFailing",
        TICKET,
        {"collector": "replication", "target": "{recovery_vault}"},
        "warning",
    ),
)
"""Of the lab's other faults, one of each kind."""
