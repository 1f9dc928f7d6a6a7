"""The machines on a host or datastore with a reported fault: Azure's list names neither, so an alert does."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.nfc import NFC_BUFFER_FULL
from generate.alerts.groups.evidence import REPLICATING
from generate.alerts.groups.vsphere.access import DATASTORE_INACCESSIBLE
from generate.alerts.groups.vsphere.vcenter import HOST_NOT_RESPONDING
from generate.alerts.model import PREFIX, Alert, Case, Component, Dashboard, ExpectedAlert
from generate.alerts.samples import series


def _on(place: str, cause: Alert) -> str:
    """The machines on each `place` for which `cause` pages, with its failure."""
    failure = cause.failure.id if cause.failure else ""
    fired = f'ALERTS{{alertname="{cause.full_name}",alertstate="firing",severity="critical"}}'
    return f'label_replace({REPLICATING} and on (vcenter, {place}) {fired}, "failure", "{failure}", "", "")'


def _fired(name: str, samples: str, **labels: str) -> dict[str, str]:
    all_labels = {"alertname": PREFIX + name, "alertstate": "firing", "severity": "critical", "vcenter": "vc", **labels}
    written = ",".join(f'{label}="{value}"' for label, value in all_labels.items())
    return {f"ALERTS{{{written}}}": samples}


_MACHINE: Final = {series("vsphere_vm_info"): "1x30"}
_NFC: Final = {"failure": "nfc_out_of_memory"}

MACHINE_CAUSE_REPORTED: Final = Alert(
    name="MachineCauseReported",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id, failure) (
  {_on("host", HOST_NOT_RESPONDING)}
  or {_on("host", NFC_BUFFER_FULL)}
  or {_on("datastore", DATASTORE_INACCESSIBLE)}
) == 1""",
    labels=("vcenter", "vm", "vm_id", "failure"),
    summary=Text(
        "A reported fault of a host or datastore explains a machine's failure.",
        "Une panne déjà signalée d'un hôte ou d'un magasin de données explique celle d'une machine.",
    ),
    description=Text(
        "{vm} is on a host or datastore whose fault causes {failure}, and a notification of that was sent.",
        "{vm} est sur un hôte ou un magasin de données dont la panne cause {failure}, et une notification en a été "
        "envoyée.",
    ),
    meaning=Text(
        "Azure's list of machines has neither host nor datastore. This alert sends no notification. While it fires, "
        "Alertmanager inhibits the machine's alert for the same failure.",
        "La liste des machines d'Azure n'a ni hôte ni magasin de données. Cette alerte n'est envoyée à personne. Tant "
        "qu'elle est active, Alertmanager inhibe l'alerte de la machine pour la même panne.",
    ),
    impact=Text("None by itself.", "Aucun en soi."),
    fix=(operation.MACHINE_CAUSE_REPORTED,),
    linked_dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "the host's buffer is full",
            {**_MACHINE, **_fired("NfcBufferFull", "1x30", host="esx-01")},
            "10m",
            (ExpectedAlert(_NFC),),
        ),
        Case(
            "the datastore is not accessible",
            {**_MACHINE, **_fired("DatastoreInaccessible", "1x30", datastore="ds-1")},
            "10m",
            (ExpectedAlert({"failure": "change_tracker_save_failed"}),),
        ),
        Case("another host", {**_MACHINE, **_fired("NfcBufferFull", "1x30", host="esx-02")}, "10m"),
        Case(
            "a host of the same name in another vCenter",
            {**_MACHINE, **_fired("EsxiHostNotResponding", "1x30", host="esx-01", vcenter="lyon")},
            "10m",
        ),
        Case("the fault is over", {**_MACHINE, **_fired("NfcBufferFull", "1x5 stale", host="esx-01")}, "12m"),
    ),
)

ALERTS: Final = (MACHINE_CAUSE_REPORTED,)
