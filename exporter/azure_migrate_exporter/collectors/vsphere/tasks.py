"""Snapshot and consolidation tasks: which are running, their progress, whether they stall, and how they ended."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.config.vsphere import TaskSettings
from azure_migrate_exporter.failures.classifier import UNKNOWN
from azure_migrate_exporter.failures.vsphere import classify_task_fault, task_failures
from azure_migrate_exporter.reasons import CheckError

CREATE: Final = "create_snapshot"
REMOVE: Final = "remove_snapshot"
CONSOLIDATE: Final = "consolidate_disks"
OPERATIONS: Final = (CREATE, REMOVE, CONSOLIDATE)
"""Values of the label `operation`."""

FINISHED: Final = frozenset({"success", "error"})
"""Final states of a task."""

LISTED: Final = 200
"""Finished tasks that vCenter lists at most."""

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
    `fault` is the class of the fault that it ended with, `message` its text; `snapshot` is the id of what it created;
    `cancelled` is whether a user cancelled it.
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
    cancelled: bool = False
    snapshot: str = ""

    @property
    def key(self) -> "TaskKey":
        """Identifies the task also where ids are used again, as after vCenter was restored from a backup."""
        return self.moid, self.queued

    @property
    def finished(self) -> bool:
        """Whether the task ended, with or without a fault."""
        return self.state in FINISHED

    @property
    def failure(self) -> str:
        """The failure id of the fault that it ended with; "" if there is none, or if a user cancelled the task."""
        cancelled = self.cancelled or self.fault.endswith("RequestCanceled")
        return (
            "" if self.state != "error" or cancelled else classify_task_fault(self.operation, self.fault, self.message)
        )


TaskKey = tuple[str, float | None]
"""Id and queue time."""


@dataclass(frozen=True, slots=True)
class KnownTasks:
    """What need not be read again: `operations` by task id, None for other kinds, and ids of `finished` tasks.

    `unfinished` are ids of tasks to read even if vCenter no longer lists them.
    """

    operations: Mapping[str, str | None]
    finished: frozenset[str]
    unfinished: frozenset[str]


@dataclass(frozen=True, slots=True)
class TaskPoll:
    """The result of one poll.

    `listed` are the ids of the recent tasks. `operations` has the operation of each task by its id, None for tasks of
    other kinds. `tasks` are the details of our kinds, without those that had finished before. `gone` are the unfinished
    tasks that vCenter no longer knows. `now` is the time on vCenter's clock, read only with details. `problem` is why
    some tasks could not be read.
    """

    listed: frozenset[str]
    operations: Mapping[str, str | None]
    tasks: tuple[Task, ...] = ()
    gone: frozenset[str] = frozenset()
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

    `running` are the unfinished tasks of the newest poll; `failures` counts the tasks that ended with a fault, by
    operation and documented failure; `undocumented` are those of the newest poll whose failure is unknown; `gaps`
    counts how often ends of tasks may have been missed. `known` is for the next poll.
    """

    def __init__(self, settings: TaskSettings) -> None:
        self._settings = settings
        self._server = ""
        self._reset()
        self.failures: Counter[tuple[str, str]] = Counter()
        for operation in OPERATIONS:  # zeros, so that the first failure is an increase
            self.failures.update({(operation, failure): 0 for failure in sorted(task_failures(operation))})
        self.gaps = 0

    def _reset(self) -> None:
        self._progress: dict[TaskKey, tuple[int, float]] = {}
        self._listed: frozenset[str] | None = None
        self._finished: frozenset[TaskKey] = frozenset()
        self.known = KnownTasks({}, frozenset(), frozenset())
        self.running: tuple[RunningTask, ...] = ()
        self.undocumented: tuple[Task, ...] = ()

    def start_session(self, server: str) -> None:
        """A new login at the vCenter with this id: task ids may mean other tasks, so all are read again.

        Tasks of the last polls belong to one vCenter: another one at the same address has other tasks.
        """
        if server != self._server:
            self._server = server
            self._reset()
        self.known = KnownTasks({}, frozenset(), self.known.unfinished)

    def observe(self, poll: TaskPoll) -> tuple[Task, ...]:
        """Process a poll, count its faults, and return the tasks that finished since the last poll.

        Tasks that had finished before the first poll are not counted: they may have been, before a restart.
        """
        finished = tuple(task for task in poll.tasks if task.finished and task.key not in self._finished)
        failed = [task for task in finished if task.failure] if self._listed is not None else []
        self.failures.update((task.operation, task.failure) for task in failed)
        self.undocumented = tuple(task for task in failed if task.failure == UNKNOWN)
        if self._listed is not None:
            self.gaps += len(poll.gone) + (len(poll.listed - self._listed) >= LISTED)
        self._remember(poll)
        unfinished = [task for task in poll.tasks if not task.finished]
        self._progress = dict(self._progress_times(unfinished, poll.now))
        self.running = tuple(self._running_task(task, poll.now) for task in _oldest(unfinished))
        return finished

    def _remember(self, poll: TaskPoll) -> None:
        finished = {task.key for task in poll.tasks if task.finished}
        unfinished = {task.moid for task in poll.tasks if not task.finished}
        unread = self.known.unfinished - poll.gone - {task.moid for task in poll.tasks}
        self._listed = poll.listed
        self._finished = frozenset(key for key in self._finished | finished if key[0] in poll.operations)
        self.known = KnownTasks(
            operations=poll.operations,
            finished=(self.known.finished | {moid for moid, _ in finished}) & poll.operations.keys(),
            unfinished=frozenset(unfinished | unread),
        )

    def _progress_times(self, unfinished: Iterable[Task], now: float) -> Iterator[tuple[TaskKey, tuple[int, float]]]:
        """The progress of each task and the time at which it was reached; for a new task, that is now."""
        for task in unfinished:
            known = self._progress.get(task.key)
            if task.progress is not None and (known is None or known[0] != task.progress):
                yield task.key, (task.progress, now)
            elif known is not None:
                yield task.key, known

    def _running_task(self, task: Task, now: float) -> RunningTask:
        progress, progressed = self._progress.get(task.key, (0, None))
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
