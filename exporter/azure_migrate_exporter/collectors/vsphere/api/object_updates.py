"""Updates of the property collector as plain data: ids in place of managed objects, snapshots in place of their tree.

The property collector can answer any type for a property. A value of another type than the API defines is `Unreadable`,
and so is one that lacks a part that the API requires.
"""

from collections.abc import Callable, Iterator
from sys import intern
from typing import Any, Final

from pyVmomi import vim
from pyVmomi.VmomiSupport import ManagedObject

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.task_page import is_task_page
from azure_migrate_exporter.collectors.vsphere.api.values import DENIED, Unreadable
from azure_migrate_exporter.collectors.vsphere.state.inventory import ObjectUpdate, Snapshot
from azure_migrate_exporter.reasons import CheckError, Reason


def object_updates(update_set: Any) -> tuple[ObjectUpdate, ...]:
    """The updates of the inventory in an ``UpdateSet``. Raises `CheckError` (protocol)."""
    updates = (update for part in update_set.filterSet for update in part.objectSet)
    return tuple(_object_update(update) for update in updates if not is_task_page(update))


def moid_of(managed_object: Any) -> str:
    """The id of a managed object. Raises `CheckError` (protocol) for anything else."""
    if not isinstance(managed_object, ManagedObject):
        raise CheckError(Reason.PROTOCOL, f"vCenter answers a {type(managed_object).__name__} in place of an object")
    return intern(str(managed_object._GetMoId()))  # noqa: SLF001 - pyvmomi's name


def _object_update(update: Any) -> ObjectUpdate:
    moid, object_type = moid_of(update.obj), type(update.obj)._wsdlName  # noqa: SLF001 - pyvmomi's name
    if object_type not in paths.WATCHED or update.kind not in {"enter", "modify", "leave"}:
        raise CheckError(
            Reason.PROTOCOL, f"vCenter sends an update of the kind {update.kind} for the {object_type} {moid}"
        )
    values = {
        intern(str(change.name)): _plain(change.val, *_CONVERSIONS[change.name])
        for change in update.changeSet
        if change.name in _CONVERSIONS
    }
    values.update({intern(str(missing.path)): DENIED for missing in update.missingSet})
    return ObjectUpdate(str(update.kind), object_type, moid, values)  # type: ignore[arg-type]


def _plain(value: Any, expected: type, convert: Callable[[Any], Any]) -> Any:
    if value is None or isinstance(value, Unreadable):
        return value
    if not isinstance(value, expected):
        return Unreadable(f"its type is {type(value).__name__}")
    try:
        return convert(value)
    except (AttributeError, ValueError, OverflowError, CheckError) as error:
        return Unreadable(f"{type(error).__name__}: {error}")


def _snapshots(info: Any) -> tuple[Snapshot, ...]:
    """The snapshots of a machine, oldest first."""
    return tuple(sorted(_flatten(info.rootSnapshotList), key=lambda snapshot: (snapshot.created, snapshot.moid)))


def _flatten(tree: Any) -> Iterator[Snapshot]:
    nodes = list(tree)
    while nodes:  # not recursive: a chain may be deeper than Python's stack
        node = nodes.pop()
        yield Snapshot(moid_of(node.snapshot), node.name, node.description, node.createTime.timestamp())
        nodes += node.childSnapshotList


_TEXT: Final = (str, str)
_WORD: Final = (str, lambda value: intern(str(value)))
"""Of an enumeration, whose values are strings with a class of their own. Thousands of machines share each value."""
_FLAG: Final = (bool, bool)
_NUMBER: Final = (int, int)
_CONVERSIONS: Final[dict[str, tuple[type, Callable[[Any], Any]]]] = {
    paths.NAME: _TEXT,
    paths.TEMPLATE: _FLAG,
    paths.INSTANCE_UUID: _TEXT,
    paths.DATASTORES: (list, lambda datastores: tuple(sorted(moid_of(datastore) for datastore in datastores))),
    paths.CHANGE_VERSION: _TEXT,
    paths.TRACKING: _FLAG,
    paths.RUNTIME_HOST: (ManagedObject, moid_of),
    paths.POWER_STATE: _WORD,
    paths.CONNECTION_STATE: _WORD,
    paths.CONSOLIDATION: _FLAG,
    paths.SNAPSHOT: (vim.vm.SnapshotInfo, _snapshots),
    paths.CHAIN_BROKEN: _FLAG,
    paths.WORK_TOTAL: _NUMBER,
    paths.WORK_DONE: _NUMBER,
    paths.MAINTENANCE: _FLAG,
    paths.FREE: _NUMBER,
    paths.CAPACITY: _NUMBER,
    paths.ACCESSIBLE: _FLAG,
}
"""Type of each property, and how a value of it is converted."""
