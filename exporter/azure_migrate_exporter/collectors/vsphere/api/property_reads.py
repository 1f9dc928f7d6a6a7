"""Reads of each run: the tasks with one call, and the disks of machines in scope with one call for many machines.

Blocking, through the property collector: each attribute access on a managed object would be a call of its own.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from pyVmomi import vim, vmodl

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.object_updates import moid_of
from azure_migrate_exporter.collectors.vsphere.api.session import Session
from azure_migrate_exporter.collectors.vsphere.api.values import Unreadable
from azure_migrate_exporter.collectors.vsphere.state.hardware import Disk, Hardware
from azure_migrate_exporter.collectors.vsphere.tasks import KnownTasks, Task, TaskPoll, operation_of
from azure_migrate_exporter.reasons import CheckError, Reason

T = TypeVar("T")

_PropertyCollector: Final = vmodl.query.PropertyCollector
_RECENT: Final = "recentTask"
_INFO: Final = "info"
_KIND: Final = "info.descriptionId"
_DEVICES: Final = "config.hardware.device"
_HARDWARE: Final[dict[Any, tuple[str, ...]]] = {
    vim.VirtualMachine: (_DEVICES, paths.TRACKING),
    vim.vm.Snapshot: (_DEVICES,),
}


class HardwareRequest(NamedTuple):
    """A machine whose disks are to be read, and its snapshots; all by id."""

    machine: str
    snapshots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ObjectContent:
    """One object of an answer: its properties by path, and the faults of those that it withholds."""

    moid: str
    values: Mapping[str, Any]
    faults: Mapping[str, Any]

    def get(self, path: str, expected: type[T]) -> T | None:
        """A property, or None if it is unset. Raises `CheckError` (forbidden, protocol), which names the object."""
        value = self.values.get(path)
        if (fault := self.faults.get(path)) is not None:
            raise CheckError(Reason.FORBIDDEN, f"{path} of {self.moid} may not be read: {_missing(fault)}")
        if value is None or isinstance(value, expected):
            return value
        problem = value.problem if isinstance(value, Unreadable) else f"its type is {type(value).__name__}"
        raise CheckError(Reason.PROTOCOL, f"{path} of {self.moid} cannot be read: {problem}")


def poll_tasks(session: Session, known: KnownTasks) -> TaskPoll:
    """Poll the recent tasks: one call for their ids, and more calls only for tasks with something new.

    The kind of a task is read once; the details of our kinds at each poll until the task has finished. On a busy
    vCenter nearly all of 200 tasks have finished or are of other kinds: their results and faults are never read.
    Unfinished tasks that are no longer listed are read by their id.

    Raises `CheckError` if the list itself may not be read.
    """
    manager = _retrieve(session, [session.content.taskManager], {vim.TaskManager: (_RECENT,)})
    listed = [moid_of(task) for found in manager for task in found.get(_RECENT, list) or ()]
    moids = dict.fromkeys((*listed, *known.unfinished))
    of_known_kind = {moid: known.operations[moid] for moid in moids if moid in known.operations}
    unknown = _retrieve(session, _tasks(session, moids.keys() - of_known_kind.keys()), {vim.Task: (_KIND,)})
    kinds, kind_problem = _read_each(unknown, lambda found: operation_of(found.get(_KIND, str) or ""))
    operations = of_known_kind | kinds
    wanted = {moid: operation for moid, operation in operations.items() if operation and moid not in known.finished}
    details = _retrieve(session, _tasks(session, wanted), {vim.Task: (_INFO,)})
    tasks, problem = _read_each(details, lambda found: task_of(found, wanted[found.moid]))
    gone = known.unfinished - set(listed) - {found.moid for found in (*unknown, *details)}
    now = session.now() if tasks else 0.0
    return TaskPoll(
        frozenset(listed), operations, tuple(filter(None, tasks.values())), gone, now, problem or kind_problem
    )


def read_hardware(
    session: Session, requests: Sequence[HardwareRequest]
) -> tuple[Mapping[str, Hardware], CheckError | None]:
    """The disks of these machines by id, and why others could not be read. Machines that are gone are left out."""
    machines = [session.object(vim.VirtualMachine, request.machine) for request in requests]
    snapshots = [session.object(vim.vm.Snapshot, moid) for request in requests for moid in request.snapshots]
    found = {content.moid: content for content in _retrieve(session, [*machines, *snapshots], _HARDWARE)}
    of_request = {request.machine: request for request in requests}
    contents = [found[moid] for moid in of_request if moid in found]
    return _read_each(contents, lambda content: hardware_of(content, of_request[content.moid].snapshots, found))


def contents_of(result: Any) -> list[ObjectContent]:
    """The objects of a ``RetrieveResult``. Raises `CheckError` (protocol)."""
    return [
        ObjectContent(
            moid_of(found.obj),
            {one.name: one.val for one in found.propSet},
            {one.path: one.fault for one in found.missingSet},
        )
        for found in result.objects
    ]


def task_of(content: ObjectContent, operation: str) -> Task | None:
    """The details of a task, or None if vCenter reports none. Raises `CheckError` (forbidden, protocol)."""
    info = content.get(_INFO, vim.TaskInfo)
    if info is None:
        return None
    fault = info.error
    return Task(
        moid=content.moid,
        operation=operation,
        state=str(info.state),
        machine=_id(info.entity),
        entity_name=info.entityName or "",
        progress=info.progress,
        queued=_time(info.queueTime),
        started=_time(info.startTime),
        user=getattr(info.reason, "userName", None) or "",
        fault=type(fault).__name__ if fault is not None else "",
        message=_fault_text(fault) if fault is not None else "",
        cancelled=bool(info.cancelled),
        snapshot=_id(info.result) if isinstance(info.result, vim.vm.Snapshot) else "",
    )


def hardware_of(machine: ObjectContent, snapshots: Iterable[str], contents: Mapping[str, ObjectContent]) -> Hardware:
    """The disks of a machine and of those of its snapshots that are in `contents`. Raises `CheckError` (protocol)."""
    of_snapshots = {moid: _disks(contents[moid]) for moid in snapshots if moid in contents}
    return Hardware(
        tracking=machine.get(paths.TRACKING, bool) if paths.TRACKING in machine.values else None,
        disks=_disks(machine),
        snapshots={moid: disks for moid, disks in of_snapshots.items() if disks is not None},
    )


def _read_each(
    contents: Iterable[ObjectContent], read: Callable[[ObjectContent], T]
) -> tuple[dict[str, T], CheckError | None]:
    """`read` of each object by its id, and the first error: an object that cannot be read does not hide the others."""
    results: dict[str, T] = {}
    problem = None
    for content in contents:
        try:
            results[content.moid] = read(content)
        except CheckError as error:
            problem = problem or error
    return results, problem


def _tasks(session: Session, moids: Iterable[str]) -> list[Any]:
    return [session.object(vim.Task, moid) for moid in moids]


def _retrieve(session: Session, objects: Iterable[Any], properties: Mapping[Any, Sequence[str]]) -> list[ObjectContent]:
    """Properties of these managed objects; objects that no longer exist are left out."""
    specs = [_PropertyCollector.ObjectSpec(obj=managed_object) for managed_object in objects]
    if not specs:
        return []
    collector = session.content.propertyCollector
    spec = _PropertyCollector.FilterSpec(
        objectSet=specs,
        propSet=[_PropertyCollector.PropertySpec(type=kind, pathSet=list(p)) for kind, p in properties.items()],
        reportMissingObjectsInResults=True,
    )
    contents: list[ObjectContent] = []
    result = collector.RetrievePropertiesEx([spec], _PropertyCollector.RetrieveOptions())
    while result is not None:
        contents += contents_of(result)
        result = collector.ContinueRetrievePropertiesEx(result.token) if result.token else None
    return contents


def _missing(fault: Any) -> str:
    """What a fault in place of a property says is missing, and the remedy."""
    where = getattr(fault, "object", None)
    privilege = getattr(fault, "privilegeId", None) or "a privilege"
    on = f" on {moid_of(where)}" if where is not None else ""
    return f"{privilege}{on} is missing; give our account the role Read-only on the vCenter itself, propagated"


def _fault_text(fault: Any) -> str:
    return " ".join(text for text in (fault.msg, *(m.message for m in fault.faultMessage)) if text)


def _disks(content: ObjectContent) -> tuple[Disk, ...] | None:
    """The virtual disks of a machine or a snapshot, None if they may not be read."""
    if _DEVICES not in content.values:
        return None
    devices = content.get(_DEVICES, list) or ()
    return tuple(_disk(device) for device in devices if isinstance(device, vim.vm.device.VirtualDisk))


def _disk(device: Any) -> Disk:
    """The backings have no common base with these fields; those of old hardware lack some."""
    backing, size = device.backing, device.capacityInBytes
    return Disk(
        key=device.key,
        uuid=getattr(backing, "uuid", None) or "",
        capacity=size if size is not None else device.capacityInKB * 1024,
        change_id=getattr(backing, "changeId", None),
        mode=getattr(backing, "diskMode", None) or "",
        datastore=_id(getattr(backing, "datastore", None)),
        mapping=getattr(backing, "compatibilityMode", None) or "",
    )


def _time(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment is not None else None


def _id(managed_object: Any) -> str:
    return moid_of(managed_object) if managed_object is not None else ""
