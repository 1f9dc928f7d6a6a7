"""Snapshot tasks of machines: stalled, in each other's way, failed."""

from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Assessment, Problem
from azure_migrate_exporter.diagnosis.evidence.vcenter.view import View, machine_names
from azure_migrate_exporter.diagnosis.model import Verdict
from azure_migrate_exporter.diagnosis.samples import Labels
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Text

NEAR_END: Final = 0.95
"""Progress from which a snapshot under creation may be hung (article: it stops at 95 or 99 %)."""
CREATE: Final = "create_snapshot"


def assess_stalled_tasks(view: View) -> Assessment:
    """Stalled tasks. One reading shows no movement, so a running task is judged by its age."""
    stalled, old = [], []
    for labels, value in view.of_machines(metrics.VSPHERE_TASK_STALLED):
        task = _Task(view, labels)
        if value or task.is_hung:
            stalled.append(Problem(machine_names(labels), task.text))
        elif task.age > view.answer.plan.target.settings.tasks.stalled_after:
            old.append(task.text)
    if stalled or not old:
        return stalled
    return Verdict.VALUE, Text(
        f"{old[0].en}: run again to see whether it advances",
        f"{old[0].into('fr')} : relancez le diagnostic pour voir si elle avance",
    )


class _Task:
    """A running task: operation, progress, and age in seconds (by vCenter's clock)."""

    def __init__(self, view: View, labels: Labels) -> None:
        own = {name: labels[name] for name in ("vm", "vm_id", "operation")}
        started = view.samples.first(metrics.VSPHERE_TASK_START_TIMESTAMP, **own)
        read = view.samples.first(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, **own)
        self.vm, self._operation = labels["vm"], labels["operation"]
        self._progress = view.samples.first(metrics.VSPHERE_TASK_PROGRESS, **own)
        self.age = read - started if read is not None and started is not None else 0.0
        self._limit: float = view.answer.plan.target.settings.tasks.stalled_near_end_after

    @property
    def is_hung(self) -> bool:
        """Whether a snapshot has been near its end for longer than the configured time, as the article's hung ones."""
        return self._operation == CREATE and (self._progress or 0) >= NEAR_END and self.age > self._limit

    @property
    def text(self) -> Text:
        """The task in words."""
        what = self._operation.replace("_", " ")
        if self._progress is None:
            return Text(
                f"{what} of {self.vm} reports no progress, {self.age:.0f} s after its start",
                f"{what} de {self.vm} n'indique aucune progression, {self.age:.0f} s après son début",
            )
        return Text(
            f"{what} of {self.vm} is at {self._progress:.0%}, {self.age:.0f} s after its start",
            f"{what} de {self.vm} en est à {self._progress:.0%}, {self.age:.0f} s après son début",
        )


def assess_running_tasks(view: View) -> Assessment:
    """Concurrent tasks of a machine: two conflict; one is enough to explain an error that names a conflict."""
    tasks = [labels for labels, _ in view.of_machines(metrics.VSPHERE_TASK_STALLED)]
    operations: dict[tuple[str, str], list[str]] = {}
    for labels in tasks:
        operations.setdefault((labels["vm"], labels["vm_id"]), []).append(labels["operation"].replace("_", " "))
    enough = 1 if view.context.is_evidence(evidence.RUNNING_TASKS) else 2
    return [
        Problem(machine_names({"vm": vm, "vm_id": vm_id}), _list(vm, running))
        for (vm, vm_id), running in operations.items()
        if len(running) >= enough
    ]


def _list(vm: str, operations: list[str]) -> Text:
    return Text(f"running tasks of {vm}: {', '.join(operations)}", f"tâches en cours de {vm} : {', '.join(operations)}")


def assess_failed_tasks(_: View) -> Assessment:
    """Failed tasks are only known to a running exporter."""
    counter = metrics.VSPHERE_TASK_FAILURES.name
    return Verdict.NOT_RUN, Text(
        f"a single reading shows no finished tasks; a running exporter counts them ({counter})",
        f"une seule lecture ne montre pas les tâches terminées ; un exportateur en service les compte ({counter})",
    )
