"""Machines and datastores that vCenter does not reach."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import capacity, vmware_hosts
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import MACHINES_ON_DATASTORE as NUMBER_OF_MACHINES
from generate.alerts.groups.evidence import REPLICATING, UNLESS_NOT_REPLICATING, seen_in_vcenter
from generate.alerts.groups.shared.annotation_queries import HOST, MACHINES_ON_DATASTORE
from generate.alerts.groups.vsphere.machines import NOT_REPLICATING
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, Dashboard, ExpectedAlert
from generate.alerts.samples import series, state_set

_MACHINE: Final = {series("vsphere_vm_info"): "1x60"}
_ON_TWO: Final = {**_MACHINE, series("vsphere_vm_info", datastore="ds-2"): "1x60"}
_ACCESSIBLE: Final = series("vsphere_datastore_accessible")


def _state(**samples: str) -> dict[str, str]:
    return {**state_set("vsphere_vm_connection_state", "state", samples), **_MACHINE}


MACHINE_INACCESSIBLE: Final = Alert(
    name="MachineInaccessible",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id) (
  {seen_in_vcenter('azure_migrate_vsphere_vm_connection_state{state=~"orphaned|inaccessible|invalid"} == 1')}
)
{UNLESS_NOT_REPLICATING}
unless on (vm_id) (
  {REPLICATING} and on (vcenter, datastore) azure_migrate_vsphere_datastore_accessible == 0
)""",
    labels=("vcenter", "vm", "vm_id"),
    summary=Text("vCenter does not reach a replicating machine.", "vCenter n'atteint pas une machine en réplication."),
    description=Text(
        "vCenter {vcenter} reports that {vm} (on {host}) is {state}.",
        "vCenter {vcenter} indique l'état {state} pour {vm} (sur {host}).",
    ),
    annotation_queries={
        "host": HOST,
        "state": AnnotationQuery(
            'azure_migrate_vsphere_vm_connection_state{vm_id="$vm_id"} == 1', Text("unknown", "inconnu"), label="state"
        ),
    },
    failure=CATALOGUE["operation_not_allowed"],
    meaning=Text(
        "The machine is orphaned (its host no longer has it), inaccessible (its files cannot be reached) or invalid "
        "(its configuration cannot be read). Machines on a datastore that vCenter does not reach have one alert for "
        "the datastore, and those of a host that does not respond one for the host.",
        "La machine est orphaned (son hôte ne l'a plus), inaccessible (ses fichiers ne peuvent pas être atteints) ou "
        "invalid (sa configuration ne peut pas être lue). Les machines d'un magasin de données que vCenter n'atteint "
        "pas ont une seule alerte, pour le magasin, et celles d'un hôte qui ne répond pas une seule, pour l'hôte.",
    ),
    impact=Text(
        "No snapshot of the machine can be created or removed, so that its cycles fail.",
        "Aucun instantané de la machine ne peut être créé ni supprimé : ses cycles échouent.",
    ),
    fix=(vmware_hosts.MACHINE_INACCESSIBLE,),
    runbook_queries=('azure_migrate_vsphere_vm_connection_state{state!="connected"} == 1',),
    cases=(
        Case(
            "its host no longer has it",
            _state(connected="1x2 0x40", orphaned="0x2 1x40"),
            "20m",
            (ExpectedAlert(results={"host": "esx-01", "state": "orphaned"}),),
        ),
        Case(
            "its datastore is not accessible, which has another alert",
            {**_state(inaccessible="1x40"), _ACCESSIBLE: "0x40"},
            "20m",
        ),
        Case("its host is disconnected, which has another alert", _state(connected="0x40", disconnected="1x40"), "20m"),
        Case("a vMotion of two minutes", _state(connected="1x4 0x1 1x40", invalid="0x4 1x1 0x40"), "8m"),
        Case("a machine that does not replicate", {**_state(orphaned="1x40"), **NOT_REPLICATING}, "20m"),
    ),
)
DATASTORE_INACCESSIBLE: Final = Alert(
    name="DatastoreInaccessible",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, datastore) (
  {seen_in_vcenter("azure_migrate_vsphere_datastore_accessible")}
) == 0
and on (vcenter, datastore) {NUMBER_OF_MACHINES}""",
    labels=("vcenter", "datastore"),
    summary=Text(
        "vCenter does not reach a datastore of replicating machines.",
        "vCenter n'atteint pas un magasin de données de machines en réplication.",
    ),
    description=Text(
        "vCenter {vcenter} reports that {datastore} is not accessible. Replicating machines on the datastore: "
        "{machines}.",
        "vCenter {vcenter} indique que {datastore} est inaccessible. Machines en réplication sur ce magasin : "
        "{machines}.",
    ),
    annotation_queries={"machines": MACHINES_ON_DATASTORE},
    failure=CATALOGUE["change_tracker_save_failed"],
    meaning=Text(
        "No host reaches the storage. Its size and free space are unknown, so that the alerts of a full datastore do "
        "not fire.",
        "Aucun hôte n'atteint le stockage. Sa taille et son espace libre ne sont pas connus : les alertes d'un magasin "
        "plein ne se déclenchent pas.",
    ),
    impact=Text(
        "The machines on it hang or stop, and their snapshots and cycles fail.",
        "Ses machines se figent ou s'arrêtent ; leurs instantanés et leurs cycles échouent.",
    ),
    fix=(capacity.DATASTORE_INACCESSIBLE,),
    linked_dashboard=Dashboard.APPLIANCE,
    runbook_queries=("azure_migrate_vsphere_datastore_accessible == 0",),
    cases=(
        Case(
            "its storage is cut off, and it has a part of the machine's disks",
            {**_ON_TWO, series("vsphere_datastore_accessible", datastore="ds-2"): "1x2 0x40", _ACCESSIBLE: "1x60"},
            "20m",
            (ExpectedAlert({"datastore": "ds-2"}, results={"machines": "web01"}),),
        ),
        Case("a path fails over within two minutes", {**_MACHINE, _ACCESSIBLE: "1x4 0x1 1x40"}, "9m"),
        Case("no replicating machine on it", {_ACCESSIBLE: "0x40"}, "20m"),
    ),
)

_PRIVILEGE: Final = "azure_migrate_vsphere_account_privilege"
_MISSING: Final = f"""max by (vcenter, vcenter_account, privilege) (
  {seen_in_vcenter(_PRIVILEGE)}
) == 0"""

_IN_VCENTER: Final = f'{REPLICATING}{{vcenter="$vcenter"}}'

PRIVILEGES_MISSING: Final = Alert(
    name="ApplianceAccountPrivilegesMissing",
    component=Component.VSPHERE,
    expr=f"count by (vcenter, vcenter_account) (\n{_MISSING}\n)",
    labels=("vcenter", "vcenter_account"),
    summary=Text(
        "The appliance's vCenter account lacks documented privileges.",
        "Il manque des privilèges documentés au compte vCenter de l'appliance.",
    ),
    description=Text(
        "{value} privileges that Azure Migrate documents are missing for {vcenter_account} in {vcenter}, on at least "
        "one machine or datastore: {privileges}.",
        "{value} privilèges documentés par Azure Migrate manquent à {vcenter_account} dans {vcenter}, sur au moins "
        "une machine ou un magasin de données : {privileges}.",
    ),
    annotation_queries={
        "privileges": AnnotationQuery(
            f'{_PRIVILEGE}{{vcenter="$vcenter",vcenter_account="$vcenter_account"}} == 0',
            Text("unknown", "inconnus"),
            label="privilege",
            limit=5,
        ),
        "vm": AnnotationQuery(_IN_VCENTER, Text("<machine>", "<machine>"), label="vm"),
        "vm_id": AnnotationQuery(_IN_VCENTER, Text("<UUID>", "<UUID>"), label="vm_id", order="vm"),
    },
    failure=CATALOGUE["vcenter_privileges_missing"],
    meaning=Text(
        "The exporter asks vCenter once an hour what this account may do. A role that does not propagate to a folder "
        "or a host shows as missing there.",
        "L'exportateur demande une fois par heure à vCenter ce que ce compte peut faire. Un rôle qui ne se propage pas "
        "à un dossier ou à un hôte y apparaît comme manquant.",
    ),
    impact=Text(
        "Operations that need them fail: the enabling of replication, cycles, or the migration.",
        "Les opérations qui les demandent échouent : l'activation de la réplication, les cycles ou la migration.",
    ),
    runbook_queries=(f"{_PRIVILEGE} == 0",),
    cases=(
        Case(
            "one of them is missing",
            {series("vsphere_account_privilege"): "0x120", series("vsphere_vm_info"): "1x120"},
            "90m",
            (
                ExpectedAlert(
                    value="1",
                    results={
                        "privileges": "VirtualMachine.Provisioning.DiskRandomRead",
                        "vm": "web01",
                        "vm_id": "5015",
                    },
                ),
            ),
        ),
        Case("it has them", {series("vsphere_account_privilege"): "1x120"}, "90m"),
    ),
)

ALERTS: Final = (MACHINE_INACCESSIBLE, DATASTORE_INACCESSIBLE, PRIVILEGES_MISSING)
