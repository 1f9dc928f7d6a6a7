"""Which updates of the latest page of tasks are worth a poll."""

from typing import Any

from pyVmomi import vim, vmodl

from azure_migrate_exporter.collectors.vsphere.api.object_updates import object_updates
from azure_migrate_exporter.collectors.vsphere.api.task_page import PAGE, TaskPage

CREATE = "VirtualMachine.createSnapshot"
RELOCATE = "VirtualMachine.relocate"
_Collector = vmodl.query.PropertyCollector


def update_of(value: Any) -> Any:
    change = _Collector.Change(name=PAGE, op="assign", val=value)
    update = _Collector.ObjectUpdate(kind="modify", obj=vim.TaskHistoryCollector("session-1"), changeSet=[change])
    return _Collector.UpdateSet(version="1", filterSet=[_Collector.FilterUpdate(objectSet=[update])])


def page(*tasks: tuple[str, str, str]) -> Any:
    info: Any = vim.TaskInfo
    return update_of(info.Array([info(key=key, descriptionId=kind, state=state) for key, kind, state in tasks]))


def test_a_task_of_ours_is_news_when_it_begins_and_in_each_new_state() -> None:
    known = TaskPage()
    assert known.apply(page(("task-1", CREATE, "queued")))
    assert not known.apply(page(("task-1", CREATE, "queued")))
    assert known.apply(page(("task-1", CREATE, "running")))
    assert known.apply(page(("task-1", CREATE, "error")))


def test_tasks_of_other_kinds_are_no_news() -> None:
    known = TaskPage()
    assert known.apply(page(("task-1", CREATE, "running")))
    assert not known.apply(page(("task-2", RELOCATE, "queued"), ("task-1", CREATE, "running")))
    assert not known.apply(page(("task-3", RELOCATE, "running"), ("task-2", RELOCATE, "success")))


def test_an_update_of_the_inventory_is_no_news_of_tasks() -> None:
    known = TaskPage()
    assert known.apply(page(("task-1", CREATE, "running")))
    assert not known.apply(_Collector.UpdateSet(version="2", filterSet=[]))
    assert not known.apply(page(("task-1", CREATE, "running")))


def test_a_page_that_is_no_list_of_tasks_is_ignored() -> None:
    assert not TaskPage().apply(update_of("nothing"))


def test_a_page_of_tasks_is_no_update_of_the_inventory() -> None:
    assert object_updates(page(("task-1", CREATE, "running"))) == ()
