"""Machines: connection, consolidation, snapshots, changed block tracking."""

from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Assessment, Problem
from azure_migrate_exporter.diagnosis.evidence.formatting import format_time
from azure_migrate_exporter.diagnosis.evidence.vcenter.view import NOT_REPORTED, View, machine_names
from azure_migrate_exporter.diagnosis.model import Machine, Verdict
from azure_migrate_exporter.diagnosis.samples import Labels
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Text

UNREACHABLE: Final = frozenset({"orphaned", "inaccessible", "invalid"})
"""States of a machine that vCenter does not reach although its host is connected."""


def describe_machine(view: View, machine: Machine) -> Text:
    """Host, snapshots and tracking in one line."""
    count = next((value for _, value in view.of_machines(metrics.VSPHERE_VM_SNAPSHOTS)), None)
    tracking = next((value for _, value in view.of_machines(metrics.VSPHERE_VM_CBT_ENABLED)), None)
    host = machine.host or "?"
    en, fr = [f"{machine.vm} on {host}"], [f"{machine.vm} sur {host}"]
    if count is not None:
        en.append(f"{count:.0f} snapshots")
        fr.append(f"{count:.0f} instantanés")
    if tracking is not None:
        en.append(f"change tracking {'on' if tracking else 'off'}")
        fr.append(f"suivi des blocs {'actif' if tracking else 'inactif'}")
    return Text(", ".join(en), ", ".join(fr))


def assess_connection(view: View) -> Assessment:
    """Machines that vCenter does not reach. One whose host is disconnected is a matter of the host."""
    states = [
        (labels, labels["state"]) for labels, value in view.of_machines(metrics.VSPHERE_VM_CONNECTION_STATE) if value
    ]
    if not states:
        return Verdict.NOT_RUN, NOT_REPORTED
    ids = view.context.replicating if view.context.machine is None else ()
    return [
        Problem(machine_names(labels), Text(f"{labels['vm']} is {state}", f"{labels['vm']} : {state}"))
        for labels, state in states
        if state in UNREACHABLE and (not ids or labels["vm_id"].lower() in ids)
    ]


def assess_consolidation(view: View) -> Assessment:
    """Machines whose disks need consolidation."""
    metric = metrics.VSPHERE_VM_CONSOLIDATION_NEEDED
    problems = _flagged(view, metric, Text("{} needs consolidation", "{} doit être consolidée"))
    return (Verdict.NOT_RUN, NOT_REPORTED) if problems is None else problems


def assess_snapshot_disks(view: View) -> Assessment:
    """Machines with a snapshot in which a disk has a wrong size."""
    text = Text("a disk in a snapshot of {} has a wrong size", "un disque d'un instantané de {} a une taille fausse")
    problems = _flagged(view, metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, text)
    return (Verdict.OK, Text("there is no snapshot", "il n'y a pas d'instantané")) if problems is None else problems


def assess_independent_disks(view: View) -> Assessment:
    """Machines with an independent disk."""
    text = Text("{} has an independent disk", "{} a un disque indépendant")
    return _flagged(view, metrics.VSPHERE_VM_UNREPLICABLE_DISKS, text, kind="independent") or []


def assess_physical_mode_disks(view: View) -> Assessment:
    """Machines with a raw device in physical mode."""
    text = Text("{} has a raw device in physical mode", "{} a un disque brut en mode physique")
    return _flagged(view, metrics.VSPHERE_VM_UNREPLICABLE_DISKS, text, kind="physical_mode") or []


def assess_tracking_resets(view: View) -> Assessment:
    """Machines whose tracking was reset: visible only in comparison with an earlier run."""
    text = Text("the tracking of {} was reset", "le suivi de {} a été réinitialisé")
    problems = _flagged(view, metrics.VSPHERE_VM_CBT_RESETS, text)
    if problems or view.context.has_state:
        return problems or []
    return Verdict.NOT_RUN, Text(
        "a reset shows only in comparison with an earlier run: give the exporter's --state.path",
        "une réinitialisation ne se voit que par comparaison avec une lecture antérieure : donnez le --state.path de "
        "l'exportateur",
    )


def _flagged(view: View, metric: Metric, text: Text, **labels: str) -> list[Problem] | None:
    """Machines whose value is not zero; None if no machine has the metric."""
    values = list(view.of_machines(metric, **labels))
    if not values:
        return None
    return [
        Problem(machine_names(labels), Text(*(said.format(labels["vm"]) for said in (text.en, text.into("fr")))))
        for labels, value in values
        if value
    ]


def assess_snapshots(view: View) -> Assessment:
    """Snapshots: normal during a cycle, a problem where they are evidence of the failure in question."""
    holders = [(labels, value) for labels, value in view.of_machines(metrics.VSPHERE_VM_SNAPSHOTS) if value]
    if view.context.machine is not None and view.context.is_evidence(evidence.SNAPSHOTS):
        return [Problem(machine_names(labels), _snapshots(view, labels, value)) for labels, value in holders]
    if len(holders) == 1:
        return Verdict.VALUE, _snapshots(view, *holders[0])
    number = len(holders)
    return Verdict.VALUE, Text(f"{number} machines have snapshots", f"{number} machines ont des instantanés")


def assess_snapshots_without_tracking(view: View) -> Assessment:
    """Machines with snapshots whose change tracking is off: it cannot be turned on before they are gone (31453)."""
    off = {labels["vm_id"] for labels, value in view.of_machines(metrics.VSPHERE_VM_CBT_ENABLED) if not value}
    wanted = off if view.context.machine is not None or view.context.question.preflight else off & _replicating(view)
    return [
        Problem(machine_names(labels), _in_the_way(view, labels, value))
        for labels, value in view.of_machines(metrics.VSPHERE_VM_SNAPSHOTS)
        if value and labels["vm_id"] in wanted
    ]


def _replicating(view: View) -> set[str]:
    return {labels["vm_id"] for labels, value in view.of_machines(metrics.VSPHERE_VM_REPLICATING) if value}


def _in_the_way(view: View, labels: Labels, value: float) -> Text:
    held = _snapshots(view, labels, value)
    return Text(
        f"{held.en}, and its change tracking is off: it cannot be turned on before they are deleted",
        f"{held.into('fr')}, et son suivi des blocs est inactif : il ne peut être activé avant leur suppression",
    )


def _snapshots(view: View, labels: Labels, value: float) -> Text:
    own = {"vm": labels["vm"], "vm_id": labels["vm_id"]}
    created = view.samples.first(metrics.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, **own)
    since_en = f", the oldest of {format_time(created)}" if created is not None else ""
    since_fr = f", le plus ancien du {format_time(created)}" if created is not None else ""
    return Text(
        f"{labels['vm']} has {value:.0f} snapshots{since_en}", f"{labels['vm']} a {value:.0f} instantanés{since_fr}"
    )


def assess_tracking(view: View) -> Assessment:
    """Replicating machines whose changed block tracking is off; other machines do not need it."""
    flags = list(view.of_machines(metrics.VSPHERE_VM_CBT_ENABLED))
    if not flags:
        return Verdict.NOT_RUN, NOT_REPORTED
    off = [labels for labels, value in flags if not value]
    if view.context.question.preflight:
        return Verdict.VALUE, Text(
            f"off on {len(off)} machines: enabling the replication turns it on",
            f"inactif sur {len(off)} machines : l'activation de la réplication l'active",
        )
    if view.context.machine is None:
        if not view.context.replicating:
            return Verdict.VALUE, Text(f"off on {len(off)} machines", f"inactif sur {len(off)} machines")
        off = [labels for labels in off if labels["vm_id"].lower() in view.context.replicating]
    return [
        Problem(machine_names(labels), Text(f"it is off for {labels['vm']}", f"il est inactif pour {labels['vm']}"))
        for labels in off
    ]
