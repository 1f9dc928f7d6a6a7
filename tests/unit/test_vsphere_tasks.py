from collections.abc import Iterable
from dataclasses import replace

import pytest

from azure_migrate_exporter.collectors.vsphere.tasks import (
    CONSOLIDATE,
    CREATE,
    REMOVE,
    Running,
    Task,
    TaskBook,
    TaskPoll,
    operation_of,
)
from azure_migrate_exporter.config.vsphere import TaskSettings

T0 = 1_000_000.0
STUCK = Task("task-1", CREATE, "running", "vm-1", "web", progress=95, queued=T0, started=T0)


def seen(now: float, *tasks: Task, ended: Iterable[str] = ()) -> TaskPoll:
    return TaskPoll({**{task.moid: task.operation for task in tasks}, **dict.fromkeys(ended, CREATE)}, tasks, now)


def book() -> TaskBook:
    return TaskBook(TaskSettings())  # 15 minutes, and 5 from 95 % on


def only(found: tuple[Running, ...]) -> Running:
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
def test_operations_are_told_by_the_description_id(description_id: str, operation: str | None) -> None:
    assert operation_of(description_id) == operation


def test_a_task_at_95_percent_stalls_after_the_shorter_time() -> None:
    tasks = book()
    tasks.observe(seen(T0 + 10, STUCK))
    tasks.observe(seen(T0 + 310, STUCK))
    assert not only(tasks.running).stalled
    tasks.observe(seen(T0 + 311, STUCK))
    assert only(tasks.running).stalled
    assert only(tasks.running).moved == T0 + 10


def test_a_task_below_95_percent_stalls_after_the_longer_time() -> None:
    tasks, half = book(), replace(STUCK, progress=50)
    tasks.observe(seen(T0, half))
    tasks.observe(seen(T0 + 900, half))
    assert not only(tasks.running).stalled
    tasks.observe(seen(T0 + 901, half))
    assert only(tasks.running).stalled


def test_progress_that_moves_ends_the_stall() -> None:
    tasks = book()
    tasks.observe(seen(T0, STUCK))
    tasks.observe(seen(T0 + 1000, STUCK))
    tasks.observe(seen(T0 + 1010, replace(STUCK, progress=96)))
    assert only(tasks.running) == Running(replace(STUCK, progress=96), T0 + 1010, stalled=False)


def test_a_running_task_without_progress_is_not_called_stalled() -> None:
    tasks, silent = book(), replace(STUCK, progress=None)
    tasks.observe(seen(T0, silent))
    tasks.observe(seen(T0 + 100_000, silent))
    assert only(tasks.running) == Running(silent, None, stalled=False)


def test_progress_that_is_no_longer_reported_keeps_the_moment_it_last_moved() -> None:
    tasks = book()
    tasks.observe(seen(T0, STUCK))
    tasks.observe(seen(T0 + 50, replace(STUCK, progress=None)))
    assert only(tasks.running).moved == T0


def test_a_task_that_waits_in_the_queue_stalls_from_the_moment_it_was_queued() -> None:
    tasks, queued = book(), replace(STUCK, state="queued", progress=None, started=None)
    tasks.observe(seen(T0 + 900, queued))
    assert not only(tasks.running).stalled
    tasks.observe(seen(T0 + 901, queued))
    assert only(tasks.running).stalled


def test_of_two_tasks_of_one_kind_on_one_machine_the_oldest_counts() -> None:
    tasks = book()
    newer = replace(STUCK, moid="task-2", started=T0 + 60, progress=10)
    removal = replace(STUCK, moid="task-3", operation=REMOVE)
    elsewhere = replace(STUCK, moid="task-4", machine="vm-2")
    tasks.observe(seen(T0 + 70, newer, STUCK, removal, elsewhere))
    assert [running.task.moid for running in tasks.running] == ["task-1", "task-3", "task-4"]


def test_a_task_that_failed_is_counted_once() -> None:
    tasks = book()
    tasks.observe(seen(T0, STUCK))
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress", message="busy")
    assert tasks.observe(seen(T0 + 10, failed)) == (failed,)
    assert tasks.observe(seen(T0 + 20, failed)) == ()
    tasks.observe(seen(T0 + 30, ended=["task-1"]))
    assert tasks.failures[CREATE, "another_task_in_progress"] == 1
    assert sum(tasks.failures.values()) == 1


def test_a_task_that_failed_before_the_first_poll_is_not_counted() -> None:
    tasks = book()
    failed = replace(STUCK, state="error", fault="vim.fault.TaskInProgress")
    assert tasks.observe(seen(T0, failed)) == (failed,)
    tasks.observe(seen(T0 + 10, failed))
    assert sum(tasks.failures.values()) == 0


def test_a_task_that_began_and_failed_between_two_polls_is_counted() -> None:
    tasks = book()
    tasks.observe(seen(T0))
    tasks.observe(seen(T0 + 10, replace(STUCK, state="error", fault="vim.fault.FileLocked", operation=CONSOLIDATE)))
    assert tasks.failures[CONSOLIDATE, "consolidate_disks_failed"] == 1


def test_what_is_no_longer_recent_is_forgotten() -> None:
    tasks = book()
    tasks.observe(seen(T0, replace(STUCK, state="success")))
    assert tasks.ended == {"task-1"}
    tasks.observe(seen(T0 + 10))
    assert tasks.ended == frozenset()
    assert tasks.known == {}


def test_every_usual_failure_is_there_with_zero_from_the_start() -> None:
    failures = book().failures
    assert failures[CREATE, "another_task_in_progress"] == 0
    assert {operation for operation, _ in failures} == {CREATE, REMOVE, CONSOLIDATE}
    assert all((operation, "unknown") in failures for operation in (CREATE, REMOVE, CONSOLIDATE))
