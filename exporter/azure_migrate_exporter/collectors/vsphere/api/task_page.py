"""When tasks begin and end: updates of the latest page of a task history collector.

They say when a poll is worthwhile, and nothing else. vCenter sends one when a task is created or its state changes, not
for its progress (govmomi, simulator/task_manager.go). A vCenter that sends none is polled each interval.
"""

from typing import Any, Final

from pyVmomi import vim, vmodl

from azure_migrate_exporter.collectors.vsphere.tasks import operation_of

PAGE: Final = "latestPage"
_PAGE_SIZE: Final = 3
"""Tasks on it: an update contains them all."""


def create_task_history(task_manager: Any) -> Any | None:
    """A task history collector of all tasks, or None if vCenter refuses it. It ends with the session."""
    try:
        history = task_manager.CreateCollectorForTasks(vim.TaskFilterSpec())
        history.SetCollectorPageSize(_PAGE_SIZE)
    except vim.fault.NotAuthenticated:
        raise
    except vmodl.MethodFault:
        return None
    return history


def is_task_page(update: Any) -> bool:
    """Whether an ``ObjectUpdate`` is one of the latest page."""
    return isinstance(update.obj, vim.TaskHistoryCollector)


class TaskPage:
    """The tasks of our kinds on the latest page."""

    def __init__(self) -> None:
        self._states: frozenset[tuple[str, str]] = frozenset()

    def apply(self, update_set: Any) -> bool:
        """Apply an ``UpdateSet``. Returns whether a task is new or in another state. What is no task is ignored."""
        updates = (update for part in update_set.filterSet for update in part.objectSet if is_task_page(update))
        pages = [change.val for update in updates for change in update.changeSet if isinstance(change.val, list)]
        if not pages:
            return False
        tasks = (task for page in pages for task in page if isinstance(task, vim.TaskInfo))
        before = self._states
        self._states = frozenset((t.key, str(t.state)) for t in tasks if operation_of(t.descriptionId or ""))
        return not self._states <= before
