"""Reads of each run: the tasks with one call, and the disks of machines in scope with one call for many machines.

Blocking, through the property collector: each attribute access on a managed object would be a call of its own.
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


class HardwareRequest(NamedTuple):
    """A machine whose disks are to be read, and its snapshots; all by id."""

    machine: str
    snapshots: tuple[str, ...]


def poll_tasks(session: Session, known: Mapping[str, str | None], finished: frozenset[str]) -> TaskPoll:
    """Poll the recent tasks: one call for their ids, and more calls only for tasks with something new.

    `known` are the operations found by the last poll: the kind of other tasks is read, and the details of our kinds
    unless the task is in `finished`. On a busy vCenter nearly all of 200 tasks have finished or are of other kinds;
    their results and faults, which can be of any type, are never read.
    """
    manager = _PropertyCollector.ObjectSpec(obj=session.content.taskManager)
    listed = _retrieve(session, [manager], {vim.TaskManager: (_RECENT,)})
    moids = [_id(task) for _, found in listed for task in found.get(_RECENT, ())]
    unseen = _objects(session, vim.Task, [moid for moid in moids if moid not in known])
    kinds = {moid: operation_of(task.get(_KIND, "")) for moid, task in _retrieve(session, unseen, {vim.Task: (_KIND,)})}
    operations = {moid: known.get(moid) or kinds.get(moid) for moid in moids}
    wanted = [(moid, operation) for moid, operation in operations.items() if operation and moid not in finished]
    if not wanted:
        return TaskPoll(operations)

    def infos(tasks: Sequence[tuple[str, str]]) -> list[Task]:
        names = dict(tasks)
        found = _retrieve(session, _objects(session, vim.Task, names), {vim.Task: (_INFO,)})
        return [_task(moid, names[moid], task[_INFO]) for moid, task in found if _INFO in task]

    tasks, problem = _read_each(infos, wanted)
    return TaskPoll(operations, tuple(tasks), session.now(), problem)


def read_hardware(session: Session, wanted: Sequence[HardwareRequest]) -> tuple[dict[str, Hardware], CheckError | None]:
    """The disks of these machines by id, and why others could not be read. Machines that are gone are left out."""

    def read(machines: Sequence[HardwareRequest]) -> list[tuple[str, Hardware]]:
        objects = [
            *_objects(session, vim.VirtualMachine, [machine.machine for machine in machines]),
            *_objects(session, vim.vm.Snapshot, [moid for machine in machines for moid in machine.snapshots]),
        ]
        found = dict(_retrieve(session, objects, _HARDWARE))
        return [(m.machine, _hardware(m, found)) for m in machines if m.machine in found]

    found, problem = _read_each(read, wanted)
    return dict(found), problem


def _read_each(read: Callable[[Sequence[T]], list[S]], items: Sequence[T]) -> tuple[list[S], CheckError | None]:
    """`read` of all items whose answer can be parsed, and the error of one that cannot be."""
    try:
        return read(items), None
    except CheckError as error:
        if error.reason is not Reason.PROTOCOL:
            raise
        if len(items) == 1:
            return [], CheckError(error.reason, f"{items[0]}: {error.message}")
    half = len(items) // 2
    first, problem = _read_each(read, items[:half])
    second, other = _read_each(read, items[half:])
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


def _hardware(wanted: HardwareRequest, found: Mapping[str, Mapping[str, Any]]) -> Hardware:
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
