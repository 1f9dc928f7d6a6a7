"""vCenter, its hosts and its tasks, and what our own account there does not see."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import network, operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import OURS, failed
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, reason
from generate.alerts.groups.shared.samples import fails, series
from generate.alerts.groups.shared.vcenter_machine import (
    HOST,
    INFO,
    MACHINE,
    NOT_OURS,
    STRANGER,
    VM_ON_HOST,
    WEB,
    WEB01,
    of_web01,
)
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

VCENTER_DOWN: Final = Alert(
    name="VCenterDown",
    component=Component.VCENTER,
    expr=f"""min by (vcenter) (azure_migrate_vcenter_up) == 0
unless on (vcenter)
{failed("vsphere", "vcenter", f'reason=~"{OURS}|forbidden"')}""",
    labels=("vcenter",),
    summary=Text("vCenter does not answer.", "vCenter ne répond pas."),
    description=Text("vCenter {vcenter} does not answer: {reason}.", "vCenter {vcenter} ne répond pas : {reason}."),
    live={"reason": reason("vsphere", resource="$vcenter")},
    meaning=Text(
        "The exporter has no usable session with vCenter, and not for want of a right credential.",
        "L'exportateur n'a pas de session utilisable avec vCenter, et ce n'est pas faute d'un bon identifiant.",
    ),
    impact=Text(
        "The appliances cannot make snapshots either: no cycle begins. What is known of machines, hosts and datastores "
        "stays as it was.",
        "Les appliances ne peuvent pas non plus créer d'instantanés : aucun cycle ne commence. Ce que l'on sait des "
        "machines, hôtes et magasins de données reste en l'état.",
    ),
    fix=(network.VCENTER_DOWN,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect vsphere {vcenter}",),
    cases=(
        Case(
            "it refuses connections",
            {
                'azure_migrate_vcenter_up{vcenter="vc"}': "1x2 0x20",
                fails("vsphere", "vc", "refused", appliance=""): "_x2 1x20",
            },
            "12m",
            (Fires({"vcenter": "vc"}, live={"reason": "refused"}),),
        ),
        Case(
            "our password was changed",
            {
                'azure_migrate_vcenter_up{vcenter="vc"}': "0x20",
                fails("vsphere", "vc", "unauthenticated", appliance=""): "1x20",
            },
            "12m",
        ),
        Case(
            "its services restart within four minutes",
            {'azure_migrate_vcenter_up{vcenter="vc"}': "1x4 0x3 1x20"},
            "12m",
        ),
    ),
)
HOST_NOT_RESPONDING: Final = Alert(
    name="EsxiHostNotResponding",
    component=Component.ESXI,
    expr="""max by (vcenter, host) (azure_migrate_vsphere_host_connection_state{state="notResponding"}) == 1""",
    labels=("vcenter", "host"),
    summary=Text("vCenter has lost an ESXi host.", "vCenter a perdu un hôte ESXi."),
    description=Text(
        "vCenter {vcenter} says that {host} does not respond.", "vCenter {vcenter} indique que {host} ne répond pas."
    ),
    live={"vm": VM_ON_HOST},
    failure=CATALOGUE["cannot_connect_to_host"],
    meaning=Text(
        "The host is down, its management network is, or its agents hang.",
        "L'hôte est arrêté, son réseau de gestion est coupé ou ses agents sont bloqués.",
    ),
    impact=Text(
        "Its machines cannot be read, and no snapshot of them can be made or removed.",
        "Ses machines ne peuvent pas être lues, et aucun de leurs instantanés ne peut être créé ni supprimé.",
    ),
    fix=CATALOGUE["cannot_connect_to_host"].causes,
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect vsphere {vcenter}",),
    cases=(
        Case(
            "it does not respond",
            {
                series("vsphere_host_connection_state", vcenter="vc", host="esx-01", state="notResponding"): "0x2 1x20",
                **INFO,
            },
            "10m",
            (Fires({"vcenter": "vc", "host": "esx-01"}, live={"vm": "web01"}),),
        ),
        Case(
            "maintenance: it is disconnected on purpose",
            {
                'azure_migrate_vsphere_host_connection_state{vcenter="vc",host="esx-01",state="notResponding"}': "0x20",
                'azure_migrate_vsphere_host_connection_state{vcenter="vc",host="esx-01",state="disconnected"}': "1x20",
            },
            "10m",
        ),
        Case(
            "its agents restart",
            {
                'azure_migrate_vsphere_host_connection_state{vcenter="vc",host="esx-01",state="notResponding"}': (
                    "0x2 1x2 0x20"
                )
            },
            "10m",
        ),
    ),
)

# --- tasks -----------------------------------------------------------------------------------------------------------

_PROGRESS: Final = Live(
    'azure_migrate_vsphere_task_progress_ratio{vm_id="$vm_id",operation="$operation"}',
    Text("no progress", "aucun progrès"),
    form=Form.PERCENT,
)
_AGE: Final = Live(
    'time() - azure_migrate_vsphere_task_start_timestamp_seconds{vm_id="$vm_id",operation="$operation"}',
    Text("some time", "un certain temps"),
    form=Form.DURATION,
)
_TASK: Final = (*MACHINE, "operation")
_BOB: Final = {"vcenter": "vc", "vm": "Bob's web", "vm_id": "5015", "operation": "create_snapshot"}
_CREATE: Final = ',operation="create_snapshot"'

SNAPSHOT_STALLED: Final = Alert(
    name="SnapshotTaskStalled",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id, operation) (
  azure_migrate_vsphere_task_stalled{{operation="create_snapshot"}}
) == 1
{NOT_OURS}""",
    labels=_TASK,
    summary=Text("The creation of a snapshot hangs.", "La création d'un instantané est bloquée."),
    description=Text(
        "The task that makes a snapshot of {vm} (on {host}) stands at {progress}, {age} after its start.",
        "La tâche qui crée un instantané de {vm} (sur {host}) est arrêtée à {progress}, {age} après son début.",
    ),
    live={"host": HOST, "progress": _PROGRESS, "age": _AGE},
    failure=CATALOGUE["snapshot_hung"],
    meaning=Text(
        "The task makes no more progress; the article's hung snapshots stop at 95 or 99 %.",
        "La tâche n'avance plus ; les instantanés bloqués de l'article s'arrêtent à 95 ou 99 %.",
    ),
    impact=Text(
        "The machine's cycle waits for it and then fails. The machine itself may stand still for as long.",
        "Le cycle de la machine l'attend puis échoue. La machine elle-même peut être figée pendant ce temps.",
    ),
    fix=CATALOGUE["snapshot_hung"].causes,
    then=CATALOGUE["snapshot_hung"].then,
    dashboard=Dashboard.MACHINE,
    queries=(
        "azure_migrate_vsphere_task_progress_ratio",
        "time() - azure_migrate_vsphere_task_last_progress_timestamp_seconds",
    ),
    cases=(
        Case(
            "it stands at 95 %, and the name of the machine has a quote in it",
            {
                series("vsphere_task_stalled", **_BOB): "0x5 1x20",
                series("vsphere_task_progress_ratio", **_BOB): "0.95x30",
                series("vsphere_task_start_timestamp_seconds", **_BOB): "0x30",
                series(
                    "vsphere_vm_info",
                    vcenter="vc",
                    vm="Bob's web",
                    vm_id="5015",
                    host="esx-01",
                    datastore="ds-1",
                    power_state="poweredOn",
                ): "1x30",
            },
            "10m",
            (
                Fires(
                    _BOB,
                    live={"host": "esx-01", "progress": "95%", "age": "10m 0s"},
                ),
            ),
        ),
        Case(
            "a slow one that still moves",
            {**of_web01("task_stalled", "0x40", _CREATE), **of_web01("task_progress_ratio", "0.1+0.01x40", _CREATE)},
            "30m",
        ),
        Case("a machine that does not replicate", {**of_web01("task_stalled", "1x20", _CREATE), **STRANGER}, "10m"),
        Case(
            "the removal of a snapshot hangs", of_web01("task_stalled", "1x20", ',operation="remove_snapshot"'), "10m"
        ),
        Case(
            "a vMotion to another host does not begin the alert anew",
            {
                **of_web01("task_stalled", "1x20", _CREATE),
                f'azure_migrate_vsphere_vm_info{{{WEB},host="esx-01",datastore="ds-1",power_state="poweredOn"}}': (
                    "1x1 stale"
                ),
                f'azure_migrate_vsphere_vm_info{{{WEB},host="esx-02",datastore="ds-1",power_state="poweredOn"}}': (
                    "_x2 1x20"
                ),
            },
            "2m",
            (Fires({**WEB01, "operation": "create_snapshot"}, live={"host": "esx-02"}),),
        ),
    ),
)
CONSOLIDATION_STALLED: Final = Alert(
    name="ConsolidationStalled",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id, operation) (
  azure_migrate_vsphere_task_stalled{{operation=~"remove_snapshot|consolidate_disks"}}
) == 1
{NOT_OURS}""",
    labels=_TASK,
    summary=Text(
        "The removal of a snapshot or a consolidation hangs.",
        "La suppression d'un instantané ou une consolidation est bloquée.",
    ),
    description=Text(
        "The task {operation} of {vm} stands at {progress}, {age} after its start.",
        "La tâche {operation} de {vm} est arrêtée à {progress}, {age} après son début.",
    ),
    live={"progress": _PROGRESS, "age": _AGE},
    failure=CATALOGUE["consolidate_disks_failed"],
    meaning=Text(
        "A cycle is complete only when its snapshot is removed and the disks are consolidated. That task makes no more "
        "progress.",
        "Un cycle n'est complet que lorsque son instantané est supprimé et les disques consolidés. Cette tâche "
        "n'avance plus.",
    ),
    impact=Text(
        "The machine's next cycle cannot begin, and the snapshot keeps growing on its datastore.",
        "Le cycle suivant de la machine ne peut pas commencer, et l'instantané grossit sur son magasin de données.",
    ),
    fix=CATALOGUE["consolidate_disks_failed"].causes,
    then=CATALOGUE["consolidate_disks_failed"].then,
    dashboard=Dashboard.MACHINE,
    queries=("azure_migrate_vsphere_vm_consolidation_progress_ratio",),
    cases=(
        Case(
            "the removal stands at 40 %",
            {
                **of_web01("task_stalled", "0x5 1x40", ',operation="remove_snapshot"'),
                **of_web01("task_progress_ratio", "0.4x50", ',operation="remove_snapshot"'),
                **of_web01("task_start_timestamp_seconds", "0x50", ',operation="remove_snapshot"'),
            },
            "30m",
            (Fires({**WEB01, "operation": "remove_snapshot"}, live={"progress": "40%", "age": "30m 0s"}),),
        ),
        Case(
            "it moves on after ten minutes", of_web01("task_stalled", "1x8 0x40", ',operation="remove_snapshot"'), "30m"
        ),
        Case("the creation of a snapshot has its own alert", of_web01("task_stalled", "1x40", _CREATE), "30m"),
    ),
)
INVISIBLE: Final = Alert(
    name="MachinesInvisible",
    component=Component.EXPORTER,
    expr="""count by (vault) (azure_migrate_replication_info unless on (vm_id) azure_migrate_vsphere_vm_info) > 0
unless on () azure_migrate_vcenter_up == 0
and on () azure_migrate_vcenter_up == 1""",
    labels=("vault",),
    summary=Text(
        "The exporter does not see all machines that replicate.",
        "L'exportateur ne voit pas toutes les machines en réplication.",
    ),
    description=Text(
        "{value} machines of the vault {recovery_vault} are in no vCenter that the exporter sees, such as {machines}.",
        "{value} machines du coffre {recovery_vault} ne sont dans aucun vCenter que voit l'exportateur, comme "
        "{machines}.",
    ),
    aliases={"recovery_vault": "vault"},
    live={
        "machines": Live(
            'azure_migrate_replication_info{vault="$vault"} unless on (vm_id) azure_migrate_vsphere_vm_info',
            Text("none", "aucune"),
            label="vm",
            most=5,
        )
    },
    meaning=Text(
        "Azure lists them, but the exporter's vCenter account has no right to see them, or their vCenter is not "
        "configured.",
        "Azure les liste, mais le compte vCenter de l'exportateur n'a pas le droit de les voir, ou leur vCenter "
        "n'est pas configuré.",
    ),
    impact=Text(
        "Hung snapshots, change tracking and NFC use of these machines are not watched.",
        "Les instantanés bloqués, le suivi des blocs et l'usage NFC de ces machines ne sont pas surveillés.",
    ),
    fix=(operation.MACHINES_INVISIBLE,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    cases=(
        Case(
            "one of two machines",
            {
                **INFO,
                'azure_migrate_vcenter_up{vcenter="vc"}': "1x200",
                series(
                    "replication_info", vm="web01", vm_id="5015", vault="v", appliance="paris", vcenter="x", host="y"
                ): ("1x200"),
                series(
                    "replication_info", vm="db01", vm_id="6016", vault="v", appliance="paris", vcenter="x", host="y"
                ): ("1x200"),
            },
            "2h",
            (Fires({"vault": "v"}, value="1", live={"machines": "db01"}),),
        ),
        Case(
            "no vCenter is configured",
            {
                series(
                    "replication_info", vm="db01", vm_id="6016", vault="v", appliance="paris", vcenter="x", host="y"
                ): ("1x200")
            },
            "2h",
        ),
        Case(
            "vCenter does not answer",
            {
                'azure_migrate_vcenter_up{vcenter="vc"}': "0x200",
                series(
                    "replication_info", vm="db01", vm_id="6016", vault="v", appliance="paris", vcenter="x", host="y"
                ): ("1x200"),
            },
            "2h",
        ),
    ),
)

SITE: Final = (VCENTER_DOWN, HOST_NOT_RESPONDING, SNAPSHOT_STALLED, CONSOLIDATION_STALLED)
OWN_RIGHTS: Final = (INVISIBLE,)
