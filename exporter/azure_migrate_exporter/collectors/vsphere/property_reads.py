"""What is read at each poll: the tasks with one call, and the disks of the machines in scope with one for many.

Blocking, through the property collector: attribute access on a managed object would be a call each.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar

from pyVmomi import vim, vmodl

from azure_migrate_exporter.collectors.vsphere import paths
from azure_migrate_exporter.collectors.vsphere.hardware import Disk, Hardware
from azure_migrate_exporter.collectors.vsphere.session import Session
from azure_migrate_exporter.collectors.vsphere.stub import call
from azure_migrate_exporter.collectors.vsphere.tasks import Task, TaskPoll, operation_of
from azure_migrate_exporter.reasons import CheckError, Reason

T = TypeVar("T")
S = TypeVar("S")

_PropertyCollector: Final = vmodl.query.PropertyCollector
_RECENT: Final = "recentTask"
_INFO: Final = "info"
_KIND: Final = "info.descriptionId"
_DEVICES: Final = "config.hardware.device"
_HARDWARE: Final[dict[Any, tuple[str, ...]]] = {
    vim.VirtualMachine: (_DEVICES, paths.TRACKING),
    vim.vm.Snapshot: (_DEVICES,),
}


class Wanted(NamedTuple):
    """A machine whose disks are to be read, and its snapshots; all by id."""

    machine: str
    snapshots: tuple[str, ...]


def poll_tasks(session: Session, known: Mapping[str, str | None], ended: frozenset[str]) -> TaskPoll:
    """Look at the recent tasks: one call for their ids, and others only for tasks that may tell something new.

    `known` is what the last poll found them to be: of a task that is not among them the kind is read, and of our kinds
    everything as long as the task is not among `ended`. On a busy vCenter nearly all of 200 tasks have ended or belong
    to others, whose results and faults (of any type) can do no harm when they are not read.
    """
    manager = _PropertyCollector.ObjectSpec(obj=session.content.taskManager)
    listed = _retrieve(session, [manager], {vim.TaskManager: (_RECENT,)})
    moids = [_id(task) for _, found in listed for task in found.get(_RECENT, ())]
    unseen = _objects(session, vim.Task, [moid for moid in moids if moid not in known])
    kinds = {moid: operation_of(task.get(_KIND, "")) for moid, task in _retrieve(session, unseen, {vim.Task: (_KIND,)})}
    recent = {moid: known.get(moid) or kinds.get(moid) for moid in moids}
    wanted = [(moid, operation) for moid, operation in recent.items() if operation and moid not in ended]
    if not wanted:
        return TaskPoll(recent)

    def infos(tasks: Sequence[tuple[str, str]]) -> list[Task]:
        operations = dict(tasks)
        found = _retrieve(session, _objects(session, vim.Task, operations), {vim.Task: (_INFO,)})
        return [_task(moid, operations[moid], task[_INFO]) for moid, task in found if _INFO in task]

    tasks, problem = _readable(infos, wanted)
    return TaskPoll(recent, tuple(tasks), session.now(), problem)


def read_hardware(session: Session, wanted: Sequence[Wanted]) -> tuple[dict[str, Hardware], CheckError | None]:
    """The disks of these machines by id, and why that of others could not be read. What is gone is left out."""

    def read(machines: Sequence[Wanted]) -> list[tuple[str, Hardware]]:
        objects = [
            *_objects(session, vim.VirtualMachine, [machine.machine for machine in machines]),
            *_objects(session, vim.vm.Snapshot, [moid for machine in machines for moid in machine.snapshots]),
        ]
        found = dict(_retrieve(session, objects, _HARDWARE))
        return [(m.machine, _hardware(m, found)) for m in machines if m.machine in found]

    found, problem = _readable(read, wanted)
    return dict(found), problem


def _readable(read: Callable[[Sequence[T]], list[S]], items: Sequence[T]) -> tuple[list[S], CheckError | None]:
    """`read` of all items whose answer can be parsed, and the error of one that cannot: it must not hide the others."""
    try:
        return read(items), None
    except CheckError as error:
        if error.reason is not Reason.PROTOCOL:
            raise
        if len(items) == 1:
            return [], CheckError(error.reason, f"{items[0]}: {error.message}")
    half = len(items) // 2
    first, problem = _readable(read, items[:half])
    second, other = _readable(read, items[half:])
    return first + second, problem or other


def _objects(session: Session, kind: Any, moids: Iterable[str]) -> list[Any]:
    return [_PropertyCollector.ObjectSpec(obj=session.object(kind, moid)) for moid in moids]


def _retrieve(
    session: Session, objects: list[Any], properties: Mapping[Any, Sequence[str]]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Id and properties by path of each object; objects that no longer exist are left out."""
    if not objects:
        return
    collector = session.content.propertyCollector
    spec = _PropertyCollector.FilterSpec(
        objectSet=objects,
        propSet=[_PropertyCollector.PropertySpec(type=kind, pathSet=list(p)) for kind, p in properties.items()],
        reportMissingObjectsInResults=True,
    )
    result = call(collector.RetrievePropertiesEx, [spec], _PropertyCollector.RetrieveOptions())
    while result is not None:
        for found in result.objects:
            yield found.obj._GetMoId(), {one.name: one.val for one in found.propSet}  # noqa: SLF001 - pyvmomi's name
        if not result.token:
            return
        result = call(collector.ContinueRetrievePropertiesEx, result.token)


def _task(moid: str, operation: str, info: Any) -> Task:
    error = info.error
    return Task(
        moid=moid,
        operation=operation,
        state=str(info.state),
        machine=_id(info.entity),
        entity_name=info.entityName or "",
        progress=info.progress,
        queued=info.queueTime.timestamp() if info.queueTime else None,
        started=info.startTime.timestamp() if info.startTime else None,
        user=getattr(info.reason, "userName", None) or "",
        fault=type(error).__name__ if error is not None else "",
        message=_fault_text(error) if error is not None else "",
        snapshot=_id(info.result) if isinstance(info.result, vim.vm.Snapshot) else "",
    )


def _fault_text(fault: Any) -> str:
    return " ".join(text for text in (fault.msg, *(m.message for m in fault.faultMessage)) if text)


def _hardware(wanted: Wanted, found: Mapping[str, Mapping[str, Any]]) -> Hardware:
    machine = found[wanted.machine]
    return Hardware(
        tracking=machine.get(paths.TRACKING),
        disks=_disks(machine[_DEVICES]) if _DEVICES in machine else None,
        snapshots={s: _disks(found[s][_DEVICES]) for s in wanted.snapshots if _DEVICES in found.get(s, {})},
    )


def _disks(devices: Iterable[Any]) -> tuple[Disk, ...]:
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
    )


def _id(thing: Any) -> str:
    return str(thing._GetMoId()) if thing is not None else ""  # noqa: SLF001 - pyvmomi's name
