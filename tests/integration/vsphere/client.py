"""A plain pyvmomi client, to check what the lab's vCenter reports."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, Self, TypeVar

from pyVim.connect import Disconnect, SmartStubAdapter
from pyVmomi import vim, vmodl

from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter

T = TypeVar("T")
_Collector: Final = vmodl.query.PropertyCollector


class Client:
    """A session of an account. Calls block in threads; they all end when the session's connections do."""

    def __init__(self, instance: Any) -> None:
        self.instance = instance
        self.content = instance.RetrieveContent()

    @classmethod
    def connect(cls, vcenter: LabVCenter, ca: LabCA, **settings: Any) -> Self:
        """Log in over verified TLS; `settings` replace the account, or arguments of the connection.

        Not with `SmartConnect`, which does the same but leaks its sockets when the login fails.
        """
        user, password = settings.pop("user", vcenter.user), settings.pop("pwd", vcenter.password)
        connection = {"host": vcenter.host, "port": vcenter.port, "sslContext": ca.client_context(), **settings}
        stub = SmartStubAdapter(**connection)
        try:
            instance: Any = vim.ServiceInstance("ServiceInstance", stub)
            instance.RetrieveContent().sessionManager.Login(user, password, None)
        except BaseException:
            stub.DropConnections()
            raise
        return cls(instance)

    def of(self, thing: Any) -> Any:
        """The managed object `thing` of another session, in this session."""
        return type(thing)(thing._moId, self.instance._stub)

    async def read(self, thing: Any, *paths: str) -> dict[str, Any]:
        """Properties of one object; unset ones are missing, hidden ones hold their fault."""
        spec = _Collector.FilterSpec(
            objectSet=[_Collector.ObjectSpec(obj=self.of(thing))],
            propSet=[_Collector.PropertySpec(type=type(thing), pathSet=list(paths))],
        )
        (found,) = await asyncio.to_thread(self.content.propertyCollector.RetrieveContents, [spec])
        return {
            **{entry.name: entry.val for entry in found.propSet},
            **{entry.path: entry.fault for entry in found.missingSet},
        }

    async def tasks(self, thing: Any) -> list[Any]:
        """The recent tasks of an object, read with one call."""
        traversal = _Collector.TraversalSpec(type=vim.TaskManager, path="recentTask", skip=False)
        start = _Collector.ObjectSpec(obj=self.content.taskManager, skip=True, selectSet=[traversal])
        spec = _Collector.FilterSpec(
            objectSet=[start], propSet=[_Collector.PropertySpec(type=vim.Task, pathSet=["info"])]
        )
        found = await asyncio.to_thread(self.content.propertyCollector.RetrieveContents, [spec])
        return [task.propSet[0].val for task in found if task.propSet[0].val.entity._moId == thing._moId]

    @asynccontextmanager
    async def watch(self, kind: Any, *paths: str) -> AsyncIterator["Watch"]:
        """Incremental updates of properties of every object of a type."""
        content = self.content
        view = await asyncio.to_thread(content.viewManager.CreateContainerView, content.rootFolder, [kind], True)
        traversal = _Collector.TraversalSpec(type=vim.view.ContainerView, path="view", skip=False)
        spec = _Collector.FilterSpec(
            objectSet=[_Collector.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
            propSet=[_Collector.PropertySpec(type=kind, pathSet=list(paths))],
        )
        collector = await asyncio.to_thread(content.propertyCollector.CreatePropertyCollector)
        await asyncio.to_thread(collector.CreateFilter, spec, partialUpdates=True)
        try:
            yield Watch(collector)
        finally:
            await asyncio.to_thread(collector.DestroyPropertyCollector)
            await asyncio.to_thread(view.DestroyView)


class Watch:
    """Changes since the last call, by object id and property."""

    def __init__(self, collector: Any) -> None:
        self._collector = collector
        self._version = ""

    async def updates(self, seconds: int = 30) -> list[Any]:
        """The next updates of objects; none when nothing happens for that long."""
        options = _Collector.WaitOptions(maxWaitSeconds=seconds)
        found = await asyncio.to_thread(self._collector.WaitForUpdatesEx, self._version, options)
        if found is None:
            return []
        self._version = found.version
        return [update for change in found.filterSet for update in change.objectSet]

    async def until(self, kind: str, thing: Any) -> None:
        """Return once an object enters, is modified or leaves. Others may change meanwhile."""
        while not any(update.kind == kind and update.obj._moId == thing._moId for update in await self.updates()):
            pass

    async def changes(self, seconds: int = 30) -> Mapping[str, Mapping[str, Any]]:
        """The same as values by path, by object id."""
        return {
            update.obj._moId: {change.name: change.val for change in update.changeSet}
            for update in await self.updates(seconds)
        }


@asynccontextmanager
async def session(vcenter: LabVCenter, ca: LabCA, **settings: Any) -> AsyncIterator[Client]:
    """A client that is logged in, and out again at the end."""
    client = await asyncio.to_thread(lambda: Client.connect(vcenter, ca, **settings))
    try:
        yield client
    finally:
        await asyncio.to_thread(Disconnect, client.instance)
        await asyncio.to_thread(client.instance._stub.DropConnections)


async def call(function: Callable[..., T], *arguments: Any) -> T:
    """Make a blocking call in a thread."""
    return await asyncio.to_thread(function, *arguments)
