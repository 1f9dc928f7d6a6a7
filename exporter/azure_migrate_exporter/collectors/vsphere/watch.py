"""The inventory by WaitForUpdatesEx: one call blocks until something changes, and an idle minute costs one call.

Never for tasks: a real vCenter sends no updates for `recentTask`, although the simulator does.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, Final, Literal

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import ManagedObject

from azure_migrate_exporter.collectors.vsphere import paths
from azure_migrate_exporter.collectors.vsphere.inventory import DENIED, Change, Snapshot
from azure_migrate_exporter.collectors.vsphere.session import Session
from azure_migrate_exporter.collectors.vsphere.stub import Stub, call

MAX_WAIT: Final = 60
"""Seconds after which the server answers even if nothing changed."""

_TYPES: Final[dict[str, Any]] = {
    paths.MACHINE: vim.VirtualMachine,
    paths.HOST: vim.HostSystem,
    paths.DATASTORE: vim.Datastore,
}
_PropertyCollector: Final = vmodl.query.PropertyCollector
_OPTIONS: Final = _PropertyCollector.WaitOptions(maxWaitSeconds=MAX_WAIT)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of the server. `whole` says that nothing is left to tell for now."""

    version: str
    changes: tuple[Change, ...]
    whole: bool


class Watch:
    """One property filter over all machines, hosts and datastores, in a blocking thread of `thread`.

    `on_page` is called in the event loop with each page. The watch ends by itself only when it breaks: then `on_end` is
    called, and `error` tells why.
    """

    def __init__(
        self, session: Session, thread: Executor, on_page: Callable[[Page], None], on_end: Callable[[], None]
    ) -> None:
        self._stub = session.stub(MAX_WAIT)
        self._content = session.content
        self._paths = _watched(session)
        self._thread = thread
        self._on_page = on_page
        self._known = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(lambda _: self._ended(on_end))

    @property
    def error(self) -> BaseException | None:
        """Why the watch is broken, or None while it is not."""
        if not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    async def known(self) -> None:
        """Wait until the whole inventory was told, or the watch is broken."""
        await self._known.wait()

    def stop(self) -> None:
        """End the watch; its thread is free as soon as the connection is cut."""
        self._task.cancel()
        self._stub.cut()

    def _ended(self, on_end: Callable[[], None]) -> None:
        self._known.set()
        if self.error is not None:
            on_end()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        collector = await loop.run_in_executor(self._thread, self._subscribe)
        version = ""
        while True:
            page = await loop.run_in_executor(self._thread, _wait, collector, version)
            if page is None:
                continue
            version = page.version
            self._on_page(page)
            if page.whole:
                self._known.set()

    def _subscribe(self) -> Any:
        """A property collector of our own (one for each thread, says the API) with the filter in it."""
        content, stub = self._content, self._stub
        collector = call(_through(content.propertyCollector, stub).CreatePropertyCollector)
        view = call(
            _through(content.viewManager, stub).CreateContainerView, content.rootFolder, list(_TYPES.values()), True
        )
        call(collector.CreateFilter, _filter_spec(view, self._paths), False)
        return collector


def _watched(session: Session) -> dict[str, list[str]]:
    watched = {kind: list(leaves) for kind, leaves in paths.WATCHED.items()}
    for version, leaves in paths.WATCHED_SINCE.items():
        if session.offers(version):
            watched[paths.MACHINE] += leaves
    return watched


def _through(thing: Any, stub: Stub) -> Any:
    """The same managed object through another client."""
    return type(thing)(thing._GetMoId(), stub)  # noqa: SLF001 - pyvmomi's name for it


def _filter_spec(view: Any, watched: dict[str, list[str]]) -> Any:
    into = _PropertyCollector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    return _PropertyCollector.FilterSpec(
        objectSet=[_PropertyCollector.ObjectSpec(obj=view, skip=True, selectSet=[into])],
        propSet=[_PropertyCollector.PropertySpec(type=_TYPES[kind], pathSet=p) for kind, p in watched.items()],
    )


def _wait(collector: Any, version: str) -> Page | None:
    """The next page, or None if nothing changed for `MAX_WAIT` seconds."""
    update = call(collector.WaitForUpdatesEx, version, _OPTIONS)
    if update is None:
        return None
    changes = tuple(_change(found) for part in update.filterSet for found in part.objectSet)
    return Page(update.version, changes, not update.truncated)


def _change(update: Any) -> Change:
    kind: Literal["enter", "modify", "leave"] = str(update.kind)  # type: ignore[assignment]
    values = {change.name: plain(change.val) for change in update.changeSet}
    values.update({missing.path: DENIED for missing in update.missingSet})
    return Change(kind, type(update.obj)._wsdlName, update.obj._GetMoId(), values)  # noqa: SLF001 - pyvmomi's names


def plain(value: Any) -> Any:
    """A value of pyvmomi without pyvmomi: ids for objects, snapshots by age for a tree, built-in types for the rest."""
    if isinstance(value, ManagedObject):
        return value._GetMoId()  # noqa: SLF001
    if isinstance(value, vim.vm.SnapshotInfo):
        return tuple(sorted(_flatten(value.rootSnapshotList), key=lambda node: (node.created, node.moid)))
    if isinstance(value, str):
        return str(value)  # enumerations are strings with a class of their own
    return value


def _flatten(tree: Any) -> Iterator[Snapshot]:
    nodes = list(tree)
    while nodes:  # not recursive: a chain may be deeper than it should
        node = nodes.pop()
        yield Snapshot(node.snapshot._GetMoId(), node.name, node.description, node.createTime.timestamp())  # noqa: SLF001
        nodes += node.childSnapshotList
