"""Sessions of the lab's accounts at the simulator itself, which no fault of the proxy affects."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import aiohttp
from pyVmomi import SoapAdapter, vim, vmodl

T = TypeVar("T")

ADMINISTRATOR: Final = "administrator@lab"
APPLIANCE: Final = "appliance@lab"
"""The account under which the Azure Migrate appliance of the lab works."""
BACKUP: Final = "backup@lab"
"""The account of a backup product that interferes with the replication."""
EXPORTER: Final = "exporter@lab"
"""The exporter's account: it has the read-only role."""

OPERATIONS: Final = (
    "VirtualMachine.createSnapshot",
    "VirtualMachine.createSnapshotEx",
    "vm.Snapshot.remove",
    "VirtualMachine.removeAllSnapshots",
    "VirtualMachine.consolidateDisks",
    "VirtualMachine.relocate",
    "VirtualMachine.reconfigure",
)
"""The descriptionIds of vCenter that `create_task` knows."""

_VERSION: Final = "vim.version.v8_0_3_0"
_STORED_DEADLINE: Final = 10.0
_POLL: Final = 0.01
_PropertyCollector: Final = vmodl.query.PropertyCollector


class Admin:
    """Sessions of the lab's accounts, directly at the simulator. Blocking calls run in threads of their own."""

    def __init__(self, url: str, password: str) -> None:
        self._url = url
        self._password = password
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="lab-vcenter")
        self._sessions: dict[str, tuple[Any, Any]] = {}  # service content and stub, by account
        self._login = asyncio.Lock()
        self._client: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession()
        await self._register_operations()
        return self

    async def __aexit__(self, *_: object) -> None:
        for content, stub in self._sessions.values():
            with suppress(OSError, vim.fault.NotAuthenticated):  # the simulator died, or a test ended the session
                await self.run(content.sessionManager.Logout)
            await self.run(stub.DropConnections)
        self._threads.shutdown()
        await self._client.close()

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a blocking function in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    async def content(self, user: str = ADMINISTRATOR) -> Any:
        """The service content as this account sees it; the account logs in at its first use."""
        async with self._login:
            if user not in self._sessions:
                self._sessions[user] = await self.run(self._log_in, user)
        return self._sessions[user][0]

    def _log_in(self, user: str) -> tuple[Any, Any]:
        server = urlsplit(self._url)
        plain = -(server.port or 80)  # a negative port means HTTP without TLS
        stub = SoapAdapter.SoapStubAdapter(server.hostname, plain, version=_VERSION)
        content: Any = vim.ServiceInstance("ServiceInstance", stub).RetrieveContent()
        content.sessionManager.Login(user, self._password, None)
        return content, stub

    async def as_user(self, thing: Any, user: str) -> Any:
        """The same managed object in the session of another account."""
        await self.content(user)
        return type(thing)(thing._moId, self._sessions[user][1])

    async def finish(self, task: Any) -> Any:
        """Wait until a task of vCenter has succeeded and return its result. Raises the fault with which it ended."""
        while True:
            state = await self.read(task, "info.state")
            if state == "success":
                return await self.read(task, "info.result")
            if state == "error":
                raise await self.read(task, "info.error")
            await asyncio.sleep(_POLL)

    async def create_task(self, entity: Any, operation: str, user: str) -> Any:
        """A queued task of an entity, created by an account, that does nothing by itself."""
        manager = (await self.content(user)).taskManager
        task = (await self.run(manager.CreateTask, entity, operation, "lab", False, None, None)).task
        async with asyncio.timeout(_STORED_DEADLINE):
            await self._stored(task)
        return task

    async def _stored(self, task: Any) -> None:
        """Return once a task that was created can be used: the simulator answers before it has stored it."""
        while True:
            try:
                await self.read(task, "info.state")
            except vmodl.fault.ManagedObjectNotFound:
                await asyncio.sleep(_POLL)
            else:
                return

    async def _register_operations(self) -> None:
        """Register an extension that may create these tasks: vCenter accepts no others."""
        kinds = [vim.Extension.TaskTypeInfo(taskID=operation) for operation in OPERATIONS]
        text = vim.Description(label="lab", summary="lab")
        extension = vim.Extension(
            key="lab", version="1", description=text, lastHeartbeatTime=datetime.now(UTC), taskList=kinds
        )
        manager = (await self.content()).extensionManager
        await self.run(manager.RegisterExtension, extension)

    async def read(self, thing: Any, path: str) -> Any:
        """One property of an object, None where it is unset."""
        spec = _PropertyCollector.FilterSpec(
            objectSet=[_PropertyCollector.ObjectSpec(obj=thing)],
            propSet=[_PropertyCollector.PropertySpec(type=type(thing), pathSet=[path])],
        )
        collector = (await self.content()).propertyCollector
        (found,) = await self.run(collector.RetrieveContents, [spec])
        return found.propSet[0].val if found.propSet else None

    async def everything(self, kind: Any, *paths: str) -> list[tuple[Any, ...]]:
        """Every object of a type, in the order of creation: the object, and its properties in the order of `paths`."""
        content = await self.content()
        view = await self.run(content.viewManager.CreateContainerView, content.rootFolder, [kind], True)
        spec = _PropertyCollector.FilterSpec(
            objectSet=[
                _PropertyCollector.ObjectSpec(
                    obj=view,
                    skip=True,
                    selectSet=[_PropertyCollector.TraversalSpec(type=vim.view.ContainerView, path="view", skip=False)],
                )
            ],
            propSet=[_PropertyCollector.PropertySpec(type=kind, pathSet=list(paths))],
        )
        found = await self.run(content.propertyCollector.RetrieveContents, [spec])
        await self.run(view.DestroyView)
        rows = [(thing.obj, {entry.name: entry.val for entry in thing.propSet}) for thing in found]
        return [(thing, *(values.get(path) for path in paths)) for thing, values in sorted(rows, key=_creation)]

    async def update(self, thing: Any, properties: Mapping[str, Any]) -> None:
        """Set properties of any object, and notify whoever watches them; None unsets.

        Raises:
            ValueError: no such object or property, or a value of the wrong type.
        """
        changes = [
            _PropertyCollector.Change(name=path, op="remove" if value is None else "assign", val=value)
            for path, value in properties.items()
        ]
        update = _PropertyCollector.ObjectUpdate(kind="modify", obj=thing, changeSet=changes)
        body = SoapAdapter.SerializeToStr(update, version=_VERSION)
        body = body.replace('xsi:type="ManagedObject"', 'xsi:type="ManagedObjectReference"')  # all that govmomi knows
        async with self._client.post(f"{self._url}/lab/update", data=body.encode()) as reply:
            if reply.status != 200:
                raise ValueError((await reply.text()).strip())


def _creation(row: tuple[Any, dict[str, Any]]) -> tuple[int, str]:
    """Sorts objects by the counter at the end of their ids."""
    return len(row[0]._moId), row[0]._moId
