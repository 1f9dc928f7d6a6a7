"""Updates of the inventory by WaitForUpdatesEx: a call that returns when something changes; an idle minute is one call.

Of tasks, it only says when to poll them: vCenter sends no updates of `recentTask`, although the simulator does.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final

from pyVmomi import vim, vmodl

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.object_updates import object_updates
from azure_migrate_exporter.collectors.vsphere.api.session import Session
from azure_migrate_exporter.collectors.vsphere.api.stub import bind
from azure_migrate_exporter.collectors.vsphere.api.task_page import PAGE, TaskPage, create_task_history
from azure_migrate_exporter.collectors.vsphere.state.inventory import ObjectUpdate
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.deadline import own_deadline

MAX_WAIT: Final = 60
"""Seconds after which the server answers although nothing changed."""
_PAUSE: Final = 1.0
"""Seconds before the next call after an answer without updates: a server that does not wait must not be flooded."""

_TYPES: Final[dict[str, Any]] = {
    paths.MACHINE: vim.VirtualMachine,
    paths.HOST: vim.HostSystem,
    paths.DATASTORE: vim.Datastore,
}
_PropertyCollector: Final = vmodl.query.PropertyCollector
_OPTIONS: Final = _PropertyCollector.WaitOptions(maxWaitSeconds=MAX_WAIT)


@dataclass(frozen=True, slots=True)
class UpdatePage:
    """One answer of the server. `complete` means that no page follows for now.

    `tasks_changed` is whether a task of our kinds began, or is in another state.
    """

    version: str
    updates: tuple[ObjectUpdate, ...]
    complete: bool
    tasks_changed: bool


class InventoryWatch:
    """One property filter over all machines, hosts and datastores, whose calls block a thread of `thread`.

    `on_page` is called in the event loop with each page. The watch ends by itself only after an error: then `on_end`
    is called, and `error` is set.
    """

    def __init__(
        self,
        session: Session,
        thread: Executor,
        clock: Clock,
        on_page: Callable[[UpdatePage], None],
        on_end: Callable[[], None],
    ) -> None:
        self._stub = session.long_poll_stub(MAX_WAIT)
        self._first = session.long_poll_stub(0.0)
        """For the whole inventory, which the server sends at once: a peer that is silent then is soon given up."""
        self._content = session.content
        self._paths = _watched(session)
        self._thread = thread
        self._clock = clock
        self._on_page = on_page
        self._task_page = TaskPage()
        self._complete = asyncio.Event()
        with own_deadline():
            self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(lambda _: self._ended(on_end))

    @property
    def error(self) -> BaseException | None:
        """The error that ended the watch, or None while it runs."""
        if not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    async def wait_until_complete(self) -> None:
        """Wait until the whole inventory has been received, or the watch has ended."""
        await self._complete.wait()

    def stop(self) -> None:
        """End the watch and break its connection, which frees its thread."""
        self._task.cancel()
        self._stub.close()
        self._first.close()

    def _ended(self, on_end: Callable[[], None]) -> None:
        self._complete.set()
        if self.error is not None:
            on_end()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        collector = await loop.run_in_executor(self._thread, self._subscribe)
        version = ""
        while True:
            asked = collector if self._complete.is_set() else bind(collector, self._first)
            page = await loop.run_in_executor(self._thread, self._wait, asked, version)
            if page is None:
                await self._clock.sleep(_PAUSE)
                continue
            version = page.version
            self._on_page(page)
            if page.complete:
                self._complete.set()

    def _subscribe(self) -> Any:
        """A property collector of our own, as the API demands for each thread, with the filter in it."""
        content, stub = self._content, self._stub
        collector = bind(content.propertyCollector, stub).CreatePropertyCollector()
        types = list(_TYPES.values())
        view = bind(content.viewManager, stub).CreateContainerView(content.rootFolder, types, recursive=True)
        history = create_task_history(bind(content.taskManager, stub))
        collector.CreateFilter(_filter_spec(view, self._paths, history), partialUpdates=False)
        return collector

    def _wait(self, collector: Any, version: str) -> UpdatePage | None:
        """The next page, or None if nothing changed for `MAX_WAIT` seconds."""
        update_set = collector.WaitForUpdatesEx(version, _OPTIONS)
        if update_set is None:
            return None
        updates, tasks_changed = object_updates(update_set), self._task_page.apply(update_set)
        return UpdatePage(update_set.version, updates, not update_set.truncated, tasks_changed)


def _watched(session: Session) -> dict[str, list[str]]:
    watched = {kind: list(leaves) for kind, leaves in paths.WATCHED.items()}
    for version, leaves in paths.WATCHED_SINCE.items():
        if session.supports(version):
            watched[paths.MACHINE] += leaves
    return watched


def _filter_spec(view: Any, watched: dict[str, list[str]], task_history: Any | None) -> Any:
    traversal = _PropertyCollector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    objects = [_PropertyCollector.ObjectSpec(obj=view, skip=True, selectSet=[traversal])]
    properties = [_PropertyCollector.PropertySpec(type=_TYPES[kind], pathSet=p) for kind, p in watched.items()]
    if task_history is not None:
        objects.append(_PropertyCollector.ObjectSpec(obj=task_history))
        properties.append(_PropertyCollector.PropertySpec(type=vim.TaskHistoryCollector, pathSet=[PAGE]))
    return _PropertyCollector.FilterSpec(objectSet=objects, propSet=properties)
