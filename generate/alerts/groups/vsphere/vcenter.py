"""vCenter itself, its ESXi hosts, and its snapshot tasks."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import cycles, network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import OWN_REASONS, UNLESS_NOT_REPLICATING, failed, seen_in_vcenter
from generate.alerts.groups.shared.annotation_queries import HOST, MACHINE_ID_ON_HOST, MACHINE_ON_HOST, failure_reason
from generate.alerts.groups.vsphere.machines import NOT_REPLICATING
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, Dashboard, ExpectedAlert, NumberFormat
from generate.alerts.samples import failure_info, replica, series, state_set

_COLLECT: Final = "collect vsphere {vcenter}"
_UP: Final = series("vcenter_up")

VCENTER_DOWN: Final = Alert(
    name="VCenterDown",
    component=Component.VCENTER,
    expr=f"""max by (vcenter) (
  azure_migrate_vcenter_up
  unless on (instance, vcenter)
  {failed("vsphere", "vcenter", f'reason=~"{OWN_REASONS}|forbidden"')}
) == 0""",
    labels=("vcenter",),
    summary=Text("vCenter does not answer.", "vCenter ne répond pas."),
    description=Text("vCenter {vcenter} does not answer: {reason}.", "vCenter {vcenter} ne répond pas : {reason}."),
    annotation_queries={"reason": failure_reason("vsphere", resource="$vcenter")},
    meaning=Text(
        "The exporter has no usable session with vCenter, and its credential is not the reason.",
        "L'exportateur n'a pas de session utilisable avec vCenter, et son identifiant n'est pas en cause.",
    ),
    impact=Text(
        "The appliances cannot create snapshots either, so no cycle begins. The data about machines, hosts and "
        "datastores is not updated.",
        "Les appliances ne peuvent pas non plus créer d'instantanés : aucun cycle ne commence. Les données sur les "
        "machines, hôtes et magasins de données ne sont plus mises à jour.",
    ),
    fix=(network.VCENTER_DOWN,),
    diagnosis=(_COLLECT,),
    cases=(
        Case(
            "it refuses connections",
            {_UP: "1x2 0x20", failure_info("vsphere", "vc", "refused", appliance=""): "_x2 1x20"},
            "12m",
            (ExpectedAlert(results={"reason": "refused"}),),
        ),
        Case(
            "the password of the exporter's account was changed",
            {_UP: "0x20", failure_info("vsphere", "vc", "unauthenticated", appliance=""): "1x20"},
            "12m",
        ),
        Case(
            "one of two exporters cannot reach it",
            {
                _UP: "0x20",
                failure_info("vsphere", "vc", "timeout", appliance=""): "1x20",
                **replica({_UP: "1x20"}),
            },
            "12m",
        ),
        Case("its services restart within four minutes", {_UP: "1x4 0x3 1x20"}, "12m"),
    ),
)


def _connection(**samples: str) -> dict[str, str]:
    return state_set("vsphere_host_connection_state", "state", samples)


HOST_NOT_RESPONDING: Final = Alert(
    name="EsxiHostNotResponding",
    component=Component.ESXI,
    expr=f"""max by (vcenter, host) (
  {seen_in_vcenter('azure_migrate_vsphere_host_connection_state{state="notResponding"} == 1')}
)
unless on (vcenter, host) azure_migrate_vsphere_host_in_maintenance_mode == 1""",
    labels=("vcenter", "host"),
    summary=Text("An ESXi host does not respond to vCenter.", "Un hôte ESXi ne répond pas à vCenter."),
    description=Text(
        "vCenter {vcenter} reports that {host} does not respond.", "vCenter {vcenter} indique que {host} ne répond pas."
    ),
    annotation_queries={"vm": MACHINE_ON_HOST, "vm_id": MACHINE_ID_ON_HOST},
    failure=CATALOGUE["cannot_connect_to_host"],
    meaning=Text(
        "The host or its management network is down, or its agents hang. A host in maintenance mode has no alert.",
        "L'hôte est arrêté, son réseau de gestion est coupé ou ses agents sont bloqués. Un hôte en mode maintenance "
        "ne lève pas d'alerte.",
    ),
    impact=Text(
        "The disks of its machines cannot be read, and their snapshots cannot be created or removed.",
        "Les disques de ses machines ne peuvent pas être lus, et leurs instantanés ne peuvent être ni créés ni "
        "supprimés.",
    ),
    fix=CATALOGUE["cannot_connect_to_host"].causes,
    diagnosis=(_COLLECT,),
    cases=(
        Case(
            "it does not respond",
            {**_connection(notResponding="0x2 1x20"), series("vsphere_vm_info"): "1x5000"},
            "10m",
            (ExpectedAlert(results={"vm": "web01", "vm_id": "5015"}),),
        ),
        Case(
            "maintenance: an administrator disconnected it",
            _connection(notResponding="0x20", disconnected="1x20"),
            "10m",
        ),
        Case(
            "maintenance: an administrator restarts it",
            {**_connection(notResponding="0x2 1x20"), series("vsphere_host_in_maintenance_mode"): "1x20"},
            "10m",
        ),
        Case("its agents restart", _connection(notResponding="0x2 1x2 0x20"), "10m"),
    ),
)

# --- tasks -----------------------------------------------------------------------------------------------------------

_TASK_LABELS: Final = ("vcenter", "vm", "vm_id", "operation")
_TASK: Final = {
    "progress": AnnotationQuery(
        'azure_migrate_vsphere_task_progress_ratio{vm_id="$vm_id",operation="$operation"}',
        Text("not reported", "non indiquée"),
        number_format=NumberFormat.PERCENT,
    ),
    "age": AnnotationQuery(
        'time() - azure_migrate_vsphere_task_start_timestamp_seconds{vm_id="$vm_id",operation="$operation"}',
        Text("some time", "un certain temps"),
        number_format=NumberFormat.DURATION,
    ),
}
_CREATE: Final = {"operation": "create_snapshot"}
_REMOVE: Final = {"operation": "remove_snapshot"}
_BOB: Final = {"vm": "Bob's web", "vm_id": "5015"}


def _stalled(samples: str, **labels: str) -> dict[str, str]:
    return {series("vsphere_task_stalled", **labels): samples}


SNAPSHOT_STALLED: Final = Alert(
    name="SnapshotTaskStalled",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id, operation) (
  {seen_in_vcenter('azure_migrate_vsphere_task_stalled{operation="create_snapshot"} == 1')}
)
{UNLESS_NOT_REPLICATING}""",
    labels=_TASK_LABELS,
    summary=Text("The creation of a snapshot has stalled.", "La création d'un instantané est bloquée."),
    description=Text(
        "The task that creates a snapshot of {vm} (on {host}) has stalled. Progress: {progress}. It started {age} ago.",
        "La tâche qui crée un instantané de {vm} (sur {host}) est bloquée. Progression : {progress}. Elle a commencé "
        "il y a {age}.",
    ),
    annotation_queries={"host": HOST, **_TASK},
    failure=CATALOGUE["snapshot_hung"],
    meaning=Text(
        "The task makes no progress. The hung snapshots of the article stop at 95 or 99 %.",
        "La tâche n'avance plus ; les instantanés bloqués de l'article s'arrêtent à 95 ou 99 %.",
    ),
    impact=Text(
        "The machine's cycle waits for the task and then fails. The machine itself may hang during that time.",
        "Le cycle de la machine l'attend puis échoue. La machine elle-même peut être figée pendant ce temps.",
    ),
    runbook_queries=(
        "azure_migrate_vsphere_task_progress_ratio",
        "time() - azure_migrate_vsphere_task_last_progress_timestamp_seconds",
    ),
    cases=(
        Case(
            "it stalls at 95 %, and the name of the machine contains a quote",
            {
                **_stalled("0x5 1x20", **_BOB, **_CREATE),
                series("vsphere_task_progress_ratio", **_BOB, **_CREATE): "0.95x30",
                series("vsphere_task_start_timestamp_seconds", **_BOB, **_CREATE): "0x30",
                series("vsphere_vm_info", **_BOB): "1x30",
            },
            "10m",
            (ExpectedAlert({**_BOB, **_CREATE}, results={"host": "esx-01", "progress": "95%", "age": "10m 0s"}),),
        ),
        Case(
            "a slow task that makes progress",
            {**_stalled("0x40", **_CREATE), series("vsphere_task_progress_ratio", **_CREATE): "0.1+0.01x40"},
            "30m",
        ),
        Case("a machine that does not replicate", {**_stalled("1x20", **_CREATE), **NOT_REPLICATING}, "10m"),
        Case("the removal of a snapshot has its own alert", _stalled("1x20", **_REMOVE), "10m"),
        Case(
            "a vMotion to another host does not interrupt the alert",
            {
                **_stalled("1x20", **_CREATE),
                series("vsphere_vm_info"): "1x1 stale",
                series("vsphere_vm_info", host="esx-02"): "_x2 1x20",
            },
            "2m",
            (ExpectedAlert(_CREATE, results={"host": "esx-02"}),),
        ),
    ),
)
CONSOLIDATION_STALLED: Final = Alert(
    name="ConsolidationStalled",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id, operation) (
  {seen_in_vcenter('azure_migrate_vsphere_task_stalled{operation=~"remove_snapshot|consolidate_disks"}')}
) == 1
{UNLESS_NOT_REPLICATING}""",
    labels=_TASK_LABELS,
    summary=Text(
        "The removal of a snapshot or a consolidation has stalled.",
        "La suppression d'un instantané ou une consolidation est bloquée.",
    ),
    description=Text(
        "The task {operation} of {vm} has stalled. Progress: {progress}. It started {age} ago.",
        "La tâche {operation} de {vm} est bloquée. Progression : {progress}. Elle a commencé il y a {age}.",
    ),
    annotation_queries=_TASK,
    failure=CATALOGUE["consolidate_disks_failed"],
    meaning=Text(
        "A cycle is complete when its snapshot is removed and the disks are consolidated. The task that does it makes "
        "no progress.",
        "Un cycle n'est complet que lorsque son instantané est supprimé et les disques consolidés. La tâche qui le "
        "fait n'avance plus.",
    ),
    impact=Text(
        "The machine's next cycle cannot begin, and the snapshot grows on its datastore.",
        "Le cycle suivant de la machine ne peut pas commencer, et l'instantané grossit sur son magasin de données.",
    ),
    runbook_queries=("azure_migrate_vsphere_vm_consolidation_progress_ratio",),
    cases=(
        Case(
            "the removal stalls at 40 %",
            {
                **_stalled("0x5 1x40", **_REMOVE),
                series("vsphere_task_progress_ratio", **_REMOVE): "0.4x50",
                series("vsphere_task_start_timestamp_seconds", **_REMOVE): "0x50",
            },
            "30m",
            (ExpectedAlert(_REMOVE, results={"progress": "40%", "age": "30m 0s"}),),
        ),
        Case("it makes progress after ten minutes", _stalled("1x8 0x40", **_REMOVE), "30m"),
        Case("the creation of a snapshot has its own alert", _stalled("1x40", **_CREATE), "30m"),
    ),
)
_FAILURES: Final = series(
    "vsphere_task_failures_total", operation="consolidate_disks", failure="consolidate_disks_failed"
)
TASKS_FAILING: Final = Alert(
    name="SnapshotTasksFailing",
    component=Component.VSPHERE,
    expr="""round(max by (vcenter, operation, failure) (sum by (vcenter, operation, failure, instance) (
  increase(azure_migrate_vsphere_task_failures_total{failure!="unknown"}[$window])
))) >= $times""",
    labels=("vcenter", "operation", "failure"),
    summary=Text(
        "Snapshot tasks fail repeatedly with the same documented failure.",
        "Des tâches d'instantané échouent à répétition avec la même panne documentée.",
    ),
    description=Text(
        "{value} recent tasks {operation} in vCenter {vcenter} failed with {failure}.",
        "{value} tâches {operation} récentes de vCenter {vcenter} ont échoué avec {failure}.",
    ),
    value_format=NumberFormat.SI,
    meaning=Text(
        "vCenter reports the failure before Azure does. The tasks belong to the replication or to a backup product. "
        "Failures are not counted in the gaps that the further query shows.",
        "vCenter le signale avant Azure. Ces tâches peuvent être celles de la réplication ou d'une sauvegarde. Les "
        "échecs ne sont pas comptés dans les lacunes que montre l'autre requête.",
    ),
    impact=Text(
        "Cycles that need these tasks will fail with the same error.",
        "Les cycles qui ont besoin de ces tâches échoueront avec la même erreur.",
    ),
    fix=(cycles.TASKS_FAILING,),
    linked_dashboard=Dashboard.OVERVIEW,
    runbook_queries=("increase(azure_migrate_vsphere_task_gaps_total[1h])",),
    diagnosis=("explain {failure}", _COLLECT),
    cases=(
        Case(
            "five consolidations fail within an hour",
            {_FAILURES: "0x70 1x4 2x4 3x4 4x4 5x60"},
            "100m",
            (ExpectedAlert({"operation": "consolidate_disks", "failure": "consolidate_disks_failed"}, value="5"),),
        ),
        Case(
            "two exporters count the same two failures",
            {_FAILURES: "0x70 1x4 2x60", **replica({_FAILURES: "0x70 1x4 2x60"})},
            "100m",
        ),
        Case("one fails, and the exporter restarts", {_FAILURES: "3x70 4x10 _x2 0x60"}, "100m"),
        Case(
            "undocumented faults",
            {series("vsphere_task_failures_total", **_CREATE, failure="unknown"): "0+1x150"},
            "100m",
        ),
    ),
)

ALERTS: Final = (VCENTER_DOWN, HOST_NOT_RESPONDING, SNAPSHOT_STALLED, CONSOLIDATION_STALLED, TASKS_FAILING)
