"""Evidence from one reading of a vCenter: hosts, datastores, tasks, snapshots, change tracking.

A single reading cannot show whether a task advances, which tasks failed before, or whether a tracking identity changed;
the observations of such signals say so.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Answer, Assessment, EvidenceContext, to_observation
from azure_migrate_exporter.diagnosis.evidence.vcenter import machines, privileges, resources, tasks
from azure_migrate_exporter.diagnosis.evidence.vcenter.view import Assessor, View
from azure_migrate_exporter.diagnosis.model import Observation, Verdict
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Signal, Text
from azure_migrate_exporter.reasons import Reason


def observe(wanted: Iterable[Signal], answer: Answer, context: EvidenceContext) -> Iterator[Observation]:
    """An observation for each signal."""
    view = View(answer, context)
    names = {"vcenter": view.vcenter} | (context.machine.names if context.machine else {})
    up = bool(view.samples.first(metrics.VCENTER_UP))
    for signal in wanted:
        if not up:
            # vCenter answers "forbidden" to an account, never to an address.
            ours = answer.inconclusive or answer.reason is Reason.FORBIDDEN
            verdict = Verdict.FAILED if signal is evidence.VCENTER and not ours else Verdict.INCONCLUSIVE
            yield Observation(signal, verdict, answer.message, names, answer.reason)
            continue
        observation = to_observation(signal, _ASSESSORS[signal.id](view), names)
        if answer.reason is not None and observation.verdict is Verdict.OK and signal is not evidence.VCENTER:
            # Part of the inventory was hidden, so the absence of problems proves nothing.
            observation = Observation(signal, Verdict.INCONCLUSIVE, answer.message, names, answer.reason)
        yield observation


def summarize(answer: Answer, context: EvidenceContext) -> Text:
    """The vCenter, or the machine in question, in one line."""
    view = View(answer, context)
    if not view.samples.first(metrics.VCENTER_UP):
        return answer.message
    if context.machine is not None:
        return machines.describe_machine(view, context.machine)
    seen = view.samples.first(metrics.VSPHERE_MACHINES, scope="seen") or 0
    hosts = len({labels["host"] for labels, _ in view.samples.all(metrics.VSPHERE_HOST_CONNECTION_STATE)})
    return Text(f"it answers: {seen:.0f} machines, {hosts} hosts", f"répond : {seen:.0f} machines, {hosts} hôtes")


def _assess_vcenter(view: View) -> Assessment:
    return Verdict.OK, summarize(view.answer, view.context)


_ASSESSORS: Final[Mapping[str, Assessor]] = {
    evidence.VCENTER.id: _assess_vcenter,
    evidence.ACCOUNT_PRIVILEGES.id: privileges.assess_privileges,
    evidence.HOST_CONNECTION.id: resources.assess_host_connection,
    evidence.DATASTORE_ACCESSIBLE.id: resources.assess_datastore_access,
    evidence.MACHINE_CONNECTION.id: machines.assess_connection,
    evidence.DATASTORE_SPACE.id: resources.assess_datastore_space,
    evidence.NFC_DISKS.id: resources.assess_nfc_disks,
    evidence.TASK_STALLED.id: tasks.assess_stalled_tasks,
    evidence.RUNNING_TASKS.id: tasks.assess_running_tasks,
    evidence.TASK_FAULT.id: tasks.assess_failed_tasks,
    evidence.CONSOLIDATION_NEEDED.id: machines.assess_consolidation,
    evidence.INVALID_SNAPSHOT_DISKS.id: machines.assess_snapshot_disks,
    evidence.SNAPSHOTS_WITHOUT_CBT.id: machines.assess_snapshots_without_tracking,
    evidence.INDEPENDENT_DISKS.id: machines.assess_independent_disks,
    evidence.PHYSICAL_MODE_DISKS.id: machines.assess_physical_mode_disks,
    evidence.SNAPSHOTS.id: machines.assess_snapshots,
    evidence.CBT_ENABLED.id: machines.assess_tracking,
    evidence.CBT_IDENTITY.id: machines.assess_tracking_resets,
}
