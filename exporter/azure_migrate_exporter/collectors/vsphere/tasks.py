"""Snapshot and consolidation tasks: which ones run, how far they are, whether they stall, and how they ended."""

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

ENDED: Final = frozenset({"success", "error"})
"""States of a task that will not change any more."""

NEAR_END: Final = 95
"""Percent of progress from which on the shorter limit counts."""

_OPERATION_OF: Final[dict[str, str]] = {
    "virtualmachine.createsnapshot": CREATE,
    "virtualmachine.createsnapshotex": CREATE,
    "vm.snapshot.remove": REMOVE,
    "virtualmachine.removesnapshot": REMOVE,  # the simulator's word for it
    "virtualmachine.removeallsnapshots": REMOVE,
    "virtualmachine.consolidatedisks": CONSOLIDATE,
}


def operation_of(description_id: str) -> str | None:
    """The operation of a task by its descriptionId: never by its name, which is localised."""
    return _OPERATION_OF.get(description_id.lower())


@dataclass(frozen=True, slots=True)
class Task:
    """A task as vCenter shows it. Times are Unix seconds on vCenter's clock, None where it does not say.

    `machine` is an id, `entity_name` what vCenter calls it; `progress` is in percent, None if the task reports none;
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
        """Whether it ended, well or not."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class TaskPoll:
    """What one poll saw.

    `recent` is the operation of every recent task by its id, None for those that are not ours. `tasks` are the details
    of ours, except of those already known to have ended. `now` is the time on vCenter's clock, asked for only with
    details. `problem` is why some of them could not be read.
    """

    recent: Mapping[str, str | None]
    tasks: tuple[Task, ...] = ()
    now: float = 0.0
    problem: CheckError | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """The oldest unfinished task of one operation on one machine. `moved` is when its progress last changed."""

    task: Task
    moved: float | None
    stalled: bool


class TaskBook:
    """Remembers between polls what a single look at a task does not show.

    `known` and `running` are the recent tasks and the unfinished ones of the newest poll; `failures` counts the tasks
    that ended with a fault, by operation and documented failure.
    """

    def __init__(self, settings: TaskSettings) -> None:
        self._settings = settings
        self._moved: dict[str, tuple[int, float]] = {}
        self._ended: frozenset[str] | None = None
        self.known: Mapping[str, str | None] = {}
        self.running: tuple[Running, ...] = ()
        self.failures: Counter[tuple[str, str]] = Counter()
        for operation in OPERATIONS:  # zeros, so that the first failure is an increase
            self.failures.update({(operation, failure): 0 for failure in sorted(task_failures(operation))})

    @property
    def ended(self) -> frozenset[str]:
        """Ids of the tasks that are known to have ended: they need not be read again."""
        return self._ended or frozenset()

    def observe(self, poll: TaskPoll) -> tuple[Task, ...]:
        """Take in a poll, count the faults in it, and give the tasks that ended since the last poll.

        The faults of tasks that had ended before the first poll are not counted: they may have been, before a restart.
        """
        ended = tuple(task for task in poll.tasks if task.finished and task.moid not in self.ended)
        for task in ended:
            if task.state == "error" and self._ended is not None:
                self.failures[task.operation, classify_task_fault(task.operation, task.fault, task.message)] += 1
        self._ended = (self.ended | {task.moid for task in ended}) & poll.recent.keys()
        self.known = poll.recent
        unfinished = [task for task in poll.tasks if not task.finished]
        self._moved = dict(self._moves(unfinished, poll.now))
        self.running = tuple(self._judge(task, poll.now) for task in _oldest(unfinished))
        return ended

    def _moves(self, running: Iterable[Task], now: float) -> Iterator[tuple[str, tuple[int, float]]]:
        """Progress of each task and since when it is there; a task seen first counts from now."""
        for task in running:
            known = self._moved.get(task.moid)
            if task.progress is not None and (known is None or known[0] != task.progress):
                yield task.moid, (task.progress, now)
            elif known is not None:
                yield task.moid, known

    def _judge(self, task: Task, now: float) -> Running:
        progress, moved = self._moved.get(task.moid, (0, None))
        near_end = progress >= NEAR_END
        limit = self._settings.stalled_near_end_after if near_end else self._settings.stalled_after
        # A running task that reports no progress proves nothing; one that waits in the queue does.
        since = moved if task.state == "running" else task.queued if task.started is None else None
        return Running(task, moved, stalled=since is not None and now - since > limit)


def _oldest(tasks: Iterable[Task]) -> list[Task]:
    """The oldest task of each operation on each machine."""
    oldest: dict[tuple[str, str], Task] = {}
    for task in sorted(tasks, key=lambda task: (task.started or task.queued or 0.0, task.moid)):
        oldest.setdefault((task.machine, task.operation), task)
    return list(oldest.values())
