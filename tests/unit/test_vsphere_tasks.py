from collections.abc import Iterable
from dataclasses import replace

import pytest

from azure_migrate_exporter.collectors.vsphere.tasks import (
    CONSOLIDATE,
    CREATE,
    REMOVE,
    RunningTask,
    Task,
    TaskPoll,
    TaskTracker,
    operation_of,
)
from azure_migrate_exporter.config.vsphere import TaskSettings

T0 = 1_000_000.0
STUCK = Task("task-1", CREATE, "running", "vm-1", "web", progress=95, queued=T0, started=T0)


def poll(now: float, *tasks: Task, finished: Iterable[str] = ()) -> TaskPoll:
    return TaskPoll({**{task.moid: task.operation for task in tasks}, **dict.fromkeys(finished, CREATE)}, tasks, now)


def tracker() -> TaskTracker:
    return TaskTracker(TaskSettings())  # 15 minutes, and 5 from 95 % on


def only(found: tuple[RunningTask, ...]) -> RunningTask:
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("description_id", "operation"),
    [
        ("VirtualMachine.createSnapshot", CREATE),
        ("VirtualMachine.createSnapshotEx", CREATE),
        ("vm.Snapshot.remove", REMOVE),
        ("VirtualMachine.removeAllSnapshots", REMOVE),
        ("VirtualMachine.consolidateDisks", CONSOLIDATE),
        ("VirtualMachine.RemoveAllSnapshots", REMOVE),  # vcsim
        ("VirtualMachine.removeSnapshot", REMOVE),  # vcsim
        ("VirtualMachine.relocate", None),
        ("", None),
    ],
)
def test_the_description_id_determines_the_operation(description_id: str, operation: str | None) -> None:
    assert operation_of(description_id) == operation


def test_a_task_at_95_percent_stalls_after_the_shorter_time() -> None:
    tasks = tracker()
    tasks.observe(poll(T0 + 10, STUCK))
    tasks.observe(poll(T0 + 310, STUCK))
    assert not only(tasks.running).stalled
    tasks.observe(poll(T0 + 311, STUCK))
    assert only(tasks.running).stalled
    assert only(tasks.running).progressed == T0 + 10


def test_a_task_below_95_percent_stalls_after_the_longer_time() -> None:
    tasks, half = tracker(), replace(STUCK, progress=50)
    tasks.observe(poll(T0, half))
    tasks.observe(poll(T0 + 900, half))
    assert not only(tasks.running).stalled
    tasks.observe(poll(T0 + 901, half))
    assert only(tasks.running).stalled


def test_progress_that_changes_ends_the_stall() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    tasks.observe(poll(T0 + 1000, STUCK))
    tasks.observe(poll(T0 + 1010, replace(STUCK, progress=96)))
    assert only(tasks.running) == RunningTask(replace(STUCK, progress=96), T0 + 1010, stalled=False)


def test_a_running_task_without_progress_is_not_stalled() -> None:
    tasks, silent = tracker(), replace(STUCK, progress=None)
    tasks.observe(poll(T0, silent))
    tasks.observe(poll(T0 + 100_000, silent))
    assert only(tasks.running) == RunningTask(silent, None, stalled=False)


def test_progress_that_is_no_longer_reported_keeps_the_time_of_its_last_change() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    tasks.observe(poll(T0 + 50, replace(STUCK, progress=None)))
    assert only(tasks.running).progressed == T0


def test_a_task_in_the_queue_stalls_from_the_time_at_which_it_was_queued() -> None:
    tasks, queued = tracker(), replace(STUCK, state="queued", progress=None, started=None)
    tasks.observe(poll(T0 + 900, queued))
    assert not only(tasks.running).stalled
    tasks.observe(poll(T0 + 901, queued))
    assert only(tasks.running).stalled


def test_of_two_tasks_of_one_kind_on_one_machine_the_oldest_counts() -> None:
    tasks = tracker()
    newer = replace(STUCK, moid="task-2", started=T0 + 60, progress=10)
    removal = replace(STUCK, moid="task-3", operation=REMOVE)
    elsewhere = replace(STUCK, moid="task-4", machine="vm-2")
    tasks.observe(poll(T0 + 70, newer, STUCK, removal, elsewhere))
    assert [running.task.moid for running in tasks.running] == ["task-1", "task-3", "task-4"]


def test_a_task_that_failed_is_counted_once() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress", message="busy")
    assert tasks.observe(poll(T0 + 10, failed)) == (failed,)
    assert tasks.observe(poll(T0 + 20, failed)) == ()
    tasks.observe(poll(T0 + 30, finished=["task-1"]))
    assert tasks.failures[CREATE, "another_task_in_progress"] == 1
    assert sum(tasks.failures.values()) == 1


def test_a_task_that_failed_before_the_first_poll_is_not_counted() -> None:
    tasks = tracker()
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress")
    assert tasks.observe(poll(T0, failed)) == (failed,)
    tasks.observe(poll(T0 + 10, failed))
    assert sum(tasks.failures.values()) == 0


def test_a_task_that_began_and_failed_between_two_polls_is_counted() -> None:
    tasks = tracker()
    tasks.observe(poll(T0))
    tasks.observe(poll(T0 + 10, replace(STUCK, state="error", fault="vim.fault.FileLocked", operation=CONSOLIDATE)))
    assert tasks.failures[CONSOLIDATE, "consolidate_disks_failed"] == 1


def test_a_task_that_is_no_longer_recent_is_dropped() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, replace(STUCK, state="success")))
    assert tasks.finished == {"task-1"}
    tasks.observe(poll(T0 + 10))
    assert tasks.finished == frozenset()
    assert tasks.operations == {}


def test_every_usual_failure_is_zero_at_the_start() -> None:
    failures = tracker().failures
    assert failures[CREATE, "another_task_in_progress"] == 0
    assert {operation for operation, _ in failures} == {CREATE, REMOVE, CONSOLIDATE}
    assert all((operation, "unknown") in failures for operation in (CREATE, REMOVE, CONSOLIDATE))
