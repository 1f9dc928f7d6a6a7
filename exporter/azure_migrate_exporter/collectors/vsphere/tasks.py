"""Snapshot and consolidation tasks: which are running, their progress, whether they stall, and how they ended."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.config.vsphere import TaskSettings
from azure_migrate_exporter.failures.vsphere import classify_task_fault, task_failures
from azure_migrate_exporter.reasons import CheckError

CREATE: Final = "create_snapshot"
REMOVE: Final = "remove_snapshot"
CONSOLIDATE: Final = "consolidate_disks"
OPERATIONS: Final = (CREATE, REMOVE, CONSOLIDATE)
"""Values of the label `operation`."""

FINISHED: Final = frozenset({"success", "error"})
"""Final states of a task."""

NEAR_END: Final = 95
"""Progress in percent from which on the shorter limit applies."""

_OPERATION_OF: Final[dict[str, str]] = {
    "virtualmachine.createsnapshot": CREATE,
    "virtualmachine.createsnapshotex": CREATE,
    "vm.snapshot.remove": REMOVE,
    "virtualmachine.removesnapshot": REMOVE,  # vcsim
    "virtualmachine.removeallsnapshots": REMOVE,
    "virtualmachine.consolidatedisks": CONSOLIDATE,
}


def operation_of(description_id: str) -> str | None:
    """The operation of a task by its descriptionId: never by its name, which is localised."""
    return _OPERATION_OF.get(description_id.lower())


@dataclass(frozen=True, slots=True)
class Task:
    """A task as vCenter reports it. Times are Unix seconds on vCenter's clock, None where vCenter reports none.

    `machine` is an id, `entity_name` vCenter's name for it; `progress` is in percent, None if the task reports none;
    `fault` is the class of the fault that it ended with, `message` its text; `snapshot` is the id of what it created.
    """

    moid: str
    operation: str
    state: str
    machine: str
    entity_name: str
    progress: int | None = None
    queued: float | None = None
    started: float | None = None
    user: str = ""
    fault: str = ""
    message: str = ""
    snapshot: str = ""

    @property
    def finished(self) -> bool:
        """Whether the task ended, with or without a fault."""
        return self.state in FINISHED


@dataclass(frozen=True, slots=True)
class TaskPoll:
    """The result of one poll.

    `operations` has the operation of every recent task by its id, None for tasks of other kinds. `tasks` are the
    details of our kinds, without those that had finished before. `now` is the time on vCenter's clock, read only with
    details. `problem` is why some tasks could not be read.
    """

    operations: Mapping[str, str | None]
    tasks: tuple[Task, ...] = ()
    now: float = 0.0
    problem: CheckError | None = None


@dataclass(frozen=True, slots=True)
class RunningTask:
    """The oldest unfinished task of one operation on one machine. `progressed` is when its progress last changed."""

    task: Task
    progressed: float | None
    stalled: bool


class TaskTracker:
    """Compares each poll with the one before: progress that stops, and tasks that end, show in no single poll.

    `operations` and `running` are the recent and the unfinished tasks of the newest poll; `failures` counts the tasks
    that ended with a fault, by operation and documented failure.
    """

    def __init__(self, settings: TaskSettings) -> None:
        self._settings = settings
        self._progress: dict[str, tuple[int, float]] = {}
        self._finished: frozenset[str] | None = None
        self.operations: Mapping[str, str | None] = {}
        self.running: tuple[RunningTask, ...] = ()
        self.failures: Counter[tuple[str, str]] = Counter()
        for operation in OPERATIONS:  # zeros, so that the first failure is an increase
            self.failures.update({(operation, failure): 0 for failure in sorted(task_failures(operation))})

    @property
    def finished(self) -> frozenset[str]:
        """Ids of recent tasks that finished: they need not be read again."""
        return self._finished or frozenset()

    def observe(self, poll: TaskPoll) -> tuple[Task, ...]:
        """Process a poll, count its faults, and return the tasks that finished since the last poll.

        Tasks that had finished before the first poll are not counted: they may have been, before a restart.
        """
        finished = tuple(task for task in poll.tasks if task.finished and task.moid not in self.finished)
        for task in finished:
            if task.state == "error" and self._finished is not None:
                self.failures[task.operation, classify_task_fault(task.operation, task.fault, task.message)] += 1
        self._finished = (self.finished | {task.moid for task in finished}) & poll.operations.keys()
        self.operations = poll.operations
        unfinished = [task for task in poll.tasks if not task.finished]
        self._progress = dict(self._progress_times(unfinished, poll.now))
        self.running = tuple(self._running_task(task, poll.now) for task in _oldest(unfinished))
        return finished

    def _progress_times(self, unfinished: Iterable[Task], now: float) -> Iterator[tuple[str, tuple[int, float]]]:
        """The progress of each task and the time at which it was reached; for a new task, that is now."""
        for task in unfinished:
            known = self._progress.get(task.moid)
            if task.progress is not None and (known is None or known[0] != task.progress):
                yield task.moid, (task.progress, now)
            elif known is not None:
                yield task.moid, known

    def _running_task(self, task: Task, now: float) -> RunningTask:
        progress, progressed = self._progress.get(task.moid, (0, None))
        near_end = progress >= NEAR_END
        limit = self._settings.stalled_near_end_after if near_end else self._settings.stalled_after
        # A running task that reports no progress is not known to stall; one that stays in the queue is.
        since = progressed if task.state == "running" else task.queued if task.started is None else None
        return RunningTask(task, progressed, stalled=since is not None and now - since > limit)


def _oldest(tasks: Iterable[Task]) -> list[Task]:
    """The oldest task of each operation on each machine."""
    oldest: dict[tuple[str, str], Task] = {}
    for task in sorted(tasks, key=lambda task: (task.started or task.queued or 0.0, task.moid)):
        oldest.setdefault((task.machine, task.operation), task)
    return list(oldest.values())
