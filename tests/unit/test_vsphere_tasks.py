from collections.abc import Iterable
from dataclasses import replace

import pytest

from azure_migrate_exporter.collectors.vsphere.tasks import (
    CONSOLIDATE,
    CREATE,
    REMOVE,
    KnownTasks,
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
    operations = {**{task.moid: task.operation for task in tasks}, **dict.fromkeys(finished, CREATE)}
    return TaskPoll(frozenset(operations), operations, tasks, now=now)


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
    assert tasks.known.finished == {"task-1"}
    tasks.observe(poll(T0 + 10))
    assert tasks.known.finished == frozenset()
    assert tasks.known.operations == {}


@pytest.mark.parametrize(
    "cancelled", [replace(STUCK, fault="vmodl.fault.RequestCanceled"), replace(STUCK, fault="x.Y", cancelled=True)]
)
def test_a_cancelled_task_is_no_failure(cancelled: Task) -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    cancelled = replace(cancelled, state="error")
    assert tasks.observe(poll(T0 + 10, cancelled)) == (cancelled,)
    assert sum(tasks.failures.values()) == 0
    assert list(tasks.undocumented) == []


def test_an_undocumented_fault_is_reported_once() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    failed = replace(STUCK, state="error", fault="vim.fault.ToolsUnavailable")
    tasks.observe(poll(T0 + 10, failed))
    assert list(tasks.undocumented) == [failed]
    tasks.observe(poll(T0 + 20, finished=["task-1"]))
    assert list(tasks.undocumented) == []
    assert tasks.failures[CREATE, "unknown"] == 1


# --- another server, and ids that are used again ---


def test_tasks_of_another_vcenter_are_not_those_of_the_last_one() -> None:
    tasks = tracker()
    tasks.start_session("one")
    tasks.observe(poll(T0, replace(STUCK, state="success")))
    assert tasks.known.finished == {"task-1"}
    tasks.start_session("another")
    assert tasks.known == KnownTasks({}, frozenset(), frozenset())
    failed = replace(STUCK, moid="task-2", state="error", fault="vim.fault.TaskInProgress")
    tasks.observe(poll(T0 + 10, STUCK, failed))
    assert only(tasks.running).task == STUCK
    assert sum(tasks.failures.values()) == 0  # it may have failed before we came


def test_task_ids_that_a_restored_vcenter_uses_again_are_new_tasks() -> None:
    tasks = tracker()
    tasks.start_session("one")
    tasks.observe(poll(T0, STUCK))
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress")
    tasks.observe(poll(T0 + 10, failed))
    tasks.start_session("one")
    assert tasks.known.finished == frozenset()
    again = replace(STUCK, queued=T0 + 100, started=T0 + 100)
    tasks.observe(poll(T0 + 110, again))
    assert only(tasks.running) == RunningTask(again, T0 + 110, stalled=False)
    tasks.observe(poll(T0 + 120, replace(failed, queued=T0 + 100)))
    assert tasks.failures[CREATE, "another_task_in_progress"] == 2


def test_a_failure_is_not_counted_again_after_a_new_login() -> None:
    tasks = tracker()
    tasks.start_session("one")
    tasks.observe(poll(T0, STUCK))
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress")
    tasks.observe(poll(T0 + 10, failed))
    tasks.start_session("one")
    assert tasks.observe(poll(T0 + 20, failed)) == ()
    assert sum(tasks.failures.values()) == 1


# --- ends that are not listed ---


def test_a_running_task_that_is_no_longer_listed_is_followed_by_its_id() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    assert tasks.known.unfinished == {"task-1"}
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress")
    tasks.observe(TaskPoll(frozenset(), {"task-1": CREATE}, (failed,), now=T0 + 10))
    assert tasks.failures[CREATE, "another_task_in_progress"] == 1
    assert tasks.known.unfinished == frozenset()
    assert tasks.gaps == 0


def test_a_running_task_that_could_not_be_read_is_followed_further() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    tasks.observe(TaskPoll(frozenset({"task-1"}), {"task-1": CREATE}, (), now=T0 + 10))
    assert tasks.known.unfinished == {"task-1"}


def test_a_running_task_that_vanished_is_a_gap() -> None:
    tasks = tracker()
    tasks.observe(poll(T0, STUCK))
    tasks.observe(TaskPoll(frozenset(), {}, gone=frozenset({"task-1"})))
    assert tasks.gaps == 1
    assert tasks.known.unfinished == frozenset()


@pytest.mark.parametrize(("new", "gaps"), [(199, 0), (200, 1)])
def test_two_hundred_new_tasks_between_two_polls_are_a_gap(new: int, gaps: int) -> None:
    tasks = tracker()
    tasks.observe(poll(T0, finished=[f"task-{number}" for number in range(500)]))
    assert tasks.gaps == 0
    tasks.observe(poll(T0 + 10, finished=[f"task-{number}" for number in range(400, 500 + new)]))
    assert tasks.gaps == gaps


def test_every_usual_failure_is_zero_at_the_start() -> None:
    failures = tracker().failures
    assert failures[CREATE, "another_task_in_progress"] == 0
    assert {operation for operation, _ in failures} == {CREATE, REMOVE, CONSOLIDATE}
    assert all((operation, "unknown") in failures for operation in (CREATE, REMOVE, CONSOLIDATE))
