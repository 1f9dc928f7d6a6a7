"""`rules/failures.yml` and `rules/machine_failures.yml`: an alert for each documented failure that Azure reports."""

from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Failure, Text
from generate.alerts.groups.evidence import BLIND_TO_VAULT, OLDEST_DATA
from generate.alerts.groups.shared.annotation_queries import (
    DATASTORE,
    EVENT_HUBS_OF_APPLIANCE,
    HOST,
    KEY_VAULT,
    NAMESPACE,
    NAMESPACE_OF_APPLIANCE,
    PROJECT,
    VAULT_OF_APPLIANCE,
    VCENTER,
    account_of_appliance,
)
from generate.alerts.groups.shared.intervals import EVERY_MINUTE
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, Group, RecordingRule
from generate.alerts.promql import increased
from generate.alerts.samples import resource_info, series

FAILURE_SEEN: Final = "failure:azure_migrate_failure_seen:rank"
"""1 for a failure that Azure reports, 2 if it rates the machine critical."""

_APPLIANCE: Final = "vm:azure_migrate_replication_info:appliance"
JOIN_APPLIANCE: Final = f"* on (vm_id, vault) group_left (appliance) {_APPLIANCE}"
"""Adds the label `appliance` to series of machines."""

HARMLESS: Final = "|".join(sorted(failure.id for failure in CATALOGUE.values() if failure.harmless))
"""Failures that Azure reports for machines that replicate normally."""

_NEW: Final = "\nor ".join(
    increased(counter, "vault, failure", "$news")
    for counter in (
        'azure_migrate_replication_events_total{failure!~"none|unknown"}',
        'azure_migrate_replication_jobs_total{state="failed",failure!="unknown"}',
        'azure_migrate_azure_vault_events_total{failure!~"none|unknown"}',
        'azure_migrate_azure_vault_jobs_total{failure!~"none|unknown"}',
    )
)
_RECORDINGS: Final = (
    RecordingRule(
        _APPLIANCE,
        "topk by (vm_id, vault) (1, max by (vm_id, vault, appliance) (azure_migrate_replication_info))",
    ),
    RecordingRule(
        OLDEST_DATA,
        f"""bottomk by (appliance) (5,
  min by (appliance, vm, vm_id) (
    azure_migrate_replication_last_recovery_point_change_timestamp_seconds
    {JOIN_APPLIANCE}
  )
)""",
    ),
    RecordingRule(
        FAILURE_SEEN,
        f"""max by (appliance, vault, vm, vm_id, code, failure) (
  (azure_migrate_replication_errors unless on (instance, vault) {BLIND_TO_VAULT})
  {JOIN_APPLIANCE}
)
+ on (vm_id, vault) group_left ()
max by (vm_id, vault) (
  azure_migrate_replication_health{{health="critical"}} or on (vm_id, vault) 0 * azure_migrate_replication_info
)""",
        {"source": "machine"},
    ),
    RecordingRule(
        FAILURE_SEEN,
        "max by (appliance, vault, code, failure) (azure_migrate_replication_fabric_errors)",
        {"source": "fabric"},
    ),
    RecordingRule(
        FAILURE_SEEN, "max by (vault, code, failure) (azure_migrate_replication_vault_errors)", {"source": "vault"}
    ),
    # An event counts only if no machine, fabric or vault has the error now, and no machine had it within the same time.
    RecordingRule(
        FAILURE_SEEN,
        f"""group by (vault, failure) (
{_NEW}
)
unless on (vault, failure) present_over_time(azure_migrate_replication_errors[$news])
unless on (vault, failure) azure_migrate_replication_fabric_errors
unless on (vault, failure) azure_migrate_replication_vault_errors""",
        {"source": "news"},
    ),
)

_PER_APPLIANCE: Final = frozenset(
    {
        "dispose_artefacts_timed_out",
        "disk_upload_timed_out",
        "disk_download_timed_out",
        "replication_component_timed_out",
        "server_refused_connection",
        "snapshot_operations_throttled",
        "storage_account_not_found",
        "key_vault_configure_storage",
        "key_vault_generate_sas",
        "key_vault_permissions",
        "vcenter_privileges_missing",
        "boot_diagnostics_account_unavailable",
    }
)
"""Failures whose causes affect all machines of an appliance: one alert for the appliance, which names some machines."""

_ACCOUNT_ROLES: Final = {"dispose_artefacts_timed_out": "gateway|replication"}
"""The roles of the account that a failure is about, if it is not the account that receives the data."""

_MACHINE_IMPACT: Final = Text(
    "The machine's cycle fails. Azure tries it again 1 to 12 hours later. Until a cycle succeeds, the recovery point "
    "gets older.",
    "Le cycle de la machine échoue et est retenté à son tour suivant, 1 à 12 heures plus tard. Tant qu'aucun ne "
    "réussit, son point de récupération vieillit.",
)
_APPLIANCE_IMPACT: Final = Text(
    "The cycles of the affected machines fail. Azure tries them again 1 to 12 hours later. Until a cycle succeeds, the "
    "recovery points get older.",
    "Les cycles des machines concernées échouent et sont retentés 1 à 12 heures plus tard. Tant qu'aucun ne "
    "réussit, leurs points de récupération vieillissent.",
)
_NO_IMPACT: Final = Text(
    "None: Azure reports this for healthy machines too, so no notification is sent. It may block the migration later.",
    "Aucun : Azure le signale à côté d'une réplication saine, donc aucune notification n'est envoyée. Cela peut "
    "bloquer la migration plus tard.",
)
_OF_MACHINE: Final = Text(
    "Azure reports {codes} for {vm} (appliance {appliance}, vault {vault}).",
    "Azure signale {codes} pour {vm} (appliance {appliance}, coffre {vault}).",
)
_OF_APPLIANCE: Final = Text(
    "Azure reports {codes} for {count} machines of the appliance {appliance} (vault {vault}): {machines}.",
    "Azure signale {codes} pour {count} machines de l'appliance {appliance} (coffre {vault}) : {machines}.",
)


def alert_name(failure: Failure) -> str:
    """The name of a failure's alert: SnapshotHung for ``snapshot_hung``."""
    return "".join(word.capitalize() for word in failure.id.split("_"))


def _alert(failure: Failure) -> Alert:
    per_appliance = failure.id in _PER_APPLIANCE
    labels = ("appliance", "vault") if per_appliance else ("appliance", "vault", "vm", "vm_id")
    impact = _NO_IMPACT if failure.harmless else _APPLIANCE_IMPACT if per_appliance else _MACHINE_IMPACT
    by_cause = _by_cause_cases(failure) if path.GATEWAY_STOPPED in failure.causes else ()
    return Alert(
        name=alert_name(failure),
        component=Component.REPLICATION,
        expr=f'max by ({", ".join(labels)}) ({FAILURE_SEEN}{{failure="{failure.id}"}}) >= $rank',
        labels=labels,
        optional_labels=("appliance",) if per_appliance else ("appliance", "vm", "vm_id"),
        annotation_queries=_annotation_queries(failure, per_appliance=per_appliance),
        failure=failure,
        summary=Text(f"{failure.title.en}.", f"{failure.title.fr}." if failure.title.fr else None),
        description=_OF_APPLIANCE if per_appliance else _OF_MACHINE,
        meaning=failure.summary,
        impact=impact,
        diagnosis=(f"explain {failure.id}",),
        runbook_queries=(f'{FAILURE_SEEN}{{failure="{failure.id}"}}',),
        cases=_cases(failure, per_appliance=per_appliance) + by_cause,
    )


def _annotation_queries(failure: Failure, *, per_appliance: bool) -> Mapping[str, AnnotationQuery]:
    """Names in the texts of the failure that are not labels."""
    of_appliance = f'{FAILURE_SEEN}{{failure="{failure.id}",appliance="$appliance",vault="$vault"'
    seen = of_appliance if per_appliance else f'{FAILURE_SEEN}{{failure="{failure.id}",vault="$vault",vm_id="$vm_id"'
    role = _ACCOUNT_ROLES.get(failure.id, "cache|replication")
    found = {
        "codes": AnnotationQuery(
            f'group by (code) ({seen},code!=""}})', Text("this failure", "cette panne"), label="code", limit=3
        ),
        "project": PROJECT,
        "keyvault": KEY_VAULT,
        "bus_namespace": NAMESPACE,
        "keyvault_address": VAULT_OF_APPLIANCE,
        "namespace_address": NAMESPACE_OF_APPLIANCE,
        "eventhubs_address": EVENT_HUBS_OF_APPLIANCE,
        "account_address": account_of_appliance(role),
        "account": AnnotationQuery(
            f'azure_migrate_storage_up{{appliance="$appliance",role=~"{role}"}}',
            Text("<account>", "<compte>"),
            label="account",
        ),
    }
    if not per_appliance:
        return found | {"host": HOST, "vcenter": VCENTER, "datastore": DATASTORE}
    machines = f'{of_appliance},source="machine"}}'  # vm!="" would make Prometheus read all values of the label
    return found | {
        "count": AnnotationQuery(f"count(group by (vm_id) ({machines}))", Text("some", "des")),
        "machines": AnnotationQuery(f"group by (vm) ({machines})", Text("unknown", "inconnues"), label="vm", limit=5),
        "vm": AnnotationQuery(machines, Text("<machine>", "<machine>"), label="vm"),
        "vm_id": AnnotationQuery(machines, Text("<UUID>", "<UUID>"), label="vm_id", order="vm"),
        "vcenter": AnnotationQuery("azure_migrate_vcenter_up", Text("<vCenter>", "<vCenter>"), label="vcenter"),
    }


# --- cases -----------------------------------------------------------------------------------------------------------

_HEALTHY_CAUSES: Final = ("cache_storage", "appliance_storage", "service_bus", "key_vault")
_PLACE: Final = {
    series("vsphere_vm_info"): "1x90",
    series("storage_up"): "1x90",
    series("storage_up", account="migrategwsa1", role="gateway"): "1x90",
    series("servicebus_up"): "1x90",
    series("keyvault_tcp_up"): "1x90",
    series("vcenter_up"): "1x90",
    series("discovered_appliance_info"): "1x90",
    resource_info("storage", "migratelsa1", "migratelsa1.blob.stack.example.com"): "1x90",
    resource_info("storage", "migrategwsa1", "migrategwsa1.blob.stack.example.com"): "1x90",
    resource_info("servicebus", "migratesbns1", "migratesbns1.servicebus.stack.example.com"): "1x90",
    resource_info("keyvault", "migratekv1", "migratekv1.vault.stack.example.com"): "1x90",
}
"""The machine's place, and a path that works."""
_BUILD: Final = {series("exporter_build_info"): "1x90"}


def _machine(failure: Failure, health: str, code: str, samples: str = "1x40", **names: str) -> dict[str, str]:
    """A machine that has the failure, as Azure reports it."""
    return {
        series("replication_info", **names): "1x90",
        series("replication_health", health=health, **names): "1x90",
        series("replication_errors", code=code, failure=failure.id, **names): samples,
    }


def _event(failure: Failure, samples: str) -> dict[str, str]:
    labels = {"event_type": "vm_health", "severity": "critical", "failure": failure.id}
    return {series("replication_events_total", **labels): samples}


def _results(failure: Failure, code: str, *, per_appliance: bool) -> dict[str, str | Text]:
    """The results of the annotation queries if all names are known."""
    account = "migrategwsa1" if failure.id in _ACCOUNT_ROLES else "migratelsa1"
    found: dict[str, str | Text] = {
        "codes": code,
        "account": account,
        "account_address": f"{account}.blob.stack.example.com",
        "keyvault_address": "migratekv1.vault.stack.example.com",
        "namespace_address": "migratesbns1.servicebus.stack.example.com",
        "keyvault": "migratekv1",
        "bus_namespace": "migratesbns1",
        "vcenter": "vc",
        "project": "wave-1",
    }
    if per_appliance:
        return found | {"count": "1", "machines": "web01", "vm": "web01", "vm_id": "5015"}
    return found | {"host": "esx-01", "datastore": "ds-1"}


def _cases(failure: Failure, *, per_appliance: bool) -> tuple[Case, ...]:
    code = failure.codes[-1].number if failure.codes else "1028"
    results = _results(failure, code, per_appliance=per_appliance)
    only_vault = {"appliance": ""} if per_appliance else {"appliance": "", "vm": "", "vm_id": ""}
    return (
        Case(
            "a machine has it, and Azure rates the machine critical",
            {**_machine(failure, "critical", code), **_PLACE},
            "8m",
            (ExpectedAlert(results=results, healthy=_HEALTHY_CAUSES),),
        ),
        Case(
            "a machine has it, and Azure does not rate the machine critical",
            {**_machine(failure, "warning", code), **_PLACE},
            "8m",
            (ExpectedAlert(results=results, healthy=_HEALTHY_CAUSES, levels=("warning", "info")),),
        ),
        Case(
            "only an event has it",
            _event(failure, "0x1 1x90"),
            "8m",
            (ExpectedAlert(only_vault, levels=("warning", "info")),),
        ),
        Case(
            "its event does not count after the error is gone",
            {**_machine(failure, "critical", code, "1x6 stale"), **_event(failure, "0x2 1x90")},
            "14m",
        ),
        Case("a first start: earlier events do not count", {**_event(failure, "7x90"), **_BUILD}, "8m"),
        Case("a machine that has it is removed", _machine(failure, "critical", code, "1x2 stale"), "8m"),
    )


def _by_cause_cases(failure: Failure) -> tuple[Case, ...]:
    """The gateway service is stopped while six machines have the failure: the fix contains only that cause."""
    code = failure.codes[-1].number
    stopped = dict(_PLACE)
    for number in range(6):
        names = {"vm": f"vm{number}", "vm_id": f"{number}"}
        stopped |= _machine(failure, "critical", code, **names)
        stopped |= {series("replication_last_recovery_point_change_timestamp_seconds", **names): f"{60 * number}x90"}
    for state, samples in {"stopped": "1x90", "running": "0x90", "unknown": "0x90"}.items():
        stopped |= {series("gateway_service_state", state=state): samples}
    stopped |= {series("appliance_up"): "1x90"}
    five = "vm0, vm1, vm2, vm3, vm4"
    results = _results(failure, code, per_appliance=True)
    results |= {"oldest_data": ", ".join(f"vm{number} ({8 - number}m 0s)" for number in range(5))}
    results |= {"count": "6", "machines": Text(f"{five} and more", f"{five} et d'autres"), "vm": "vm0", "vm_id": "0"}
    return (
        Case(
            "the gateway service is stopped, and six machines have it",
            stopped,
            "8m",
            (
                ExpectedAlert(
                    results=results, failing=("gateway_stopped",), healthy=("appliance_down", *_HEALTHY_CAUSES)
                ),
            ),
        ),
        Case(
            "the first entry ever in a vault's log has it",
            {series("azure_vault_events_total", level="critical", failure=failure.id): "_x33 1x60", **_BUILD},
            "45m",
            (ExpectedAlert({"appliance": ""}, levels=("warning",)),),
        ),
    )


GROUP: Final = Group(
    "failures",
    Text("Documented failures", "Pannes documentées"),
    (*_RECORDINGS, *(_alert(failure) for failure in CATALOGUE.values() if failure.id in _PER_APPLIANCE)),
    depends_on=("evidence",),
    interval=EVERY_MINUTE,
)
OF_MACHINES: Final = Group(
    "machine_failures",
    Text("Documented failures of single machines", "Pannes documentées de machines isolées"),
    tuple(_alert(failure) for failure in CATALOGUE.values() if failure.id not in _PER_APPLIANCE),
    depends_on=("evidence", "failures"),
    interval=EVERY_MINUTE,
)
"""A file of its own: Kubernetes refuses an object of more than 256 KiB that `kubectl apply` writes."""
