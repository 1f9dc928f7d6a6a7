"""Machines, hosts and datastores as plain data, kept current by the updates of the property collector.

Each update names an object and some of its properties by their path; other properties keep their value. Updates are
idempotent, as the server may repeat itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from azure_migrate_exporter.collectors.vsphere.api import paths
from azure_migrate_exporter.collectors.vsphere.api.values import DENIED, Unreadable


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One node of a machine's snapshot tree. `created` is in Unix seconds, on vCenter's clock."""

    moid: str
    name: str
    description: str
    created: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine. None means that vCenter reports no value, or that we may not or cannot read it.

    `vm_id` is the instance UUID in lower case; `host` and `datastores` are ids, of all datastores that hold files of
    the machine; `config_version` changes with every reconfiguration; `consolidated` is the finished part of a running
    consolidation, from 0 to 1.
    """

    moid: str
    name: str
    vm_id: str
    host: str
    datastores: tuple[str, ...]
    power_state: str
    connection_state: str | None
    config_version: str
    tracking: bool | None
    consolidation_needed: bool | None
    snapshots: tuple[Snapshot, ...] | None
    chain_broken: bool | None = None
    consolidated: float | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """An ESXi host; `connection_state` is connected, notResponding or disconnected."""

    moid: str
    name: str
    connection_state: str | None
    in_maintenance_mode: bool | None


@dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore; sizes in bytes, None while it is not accessible: vCenter's values are stale then."""

    moid: str
    name: str
    accessible: bool | None
    free: int | None
    capacity: int | None


Entity = Machine | Host | Datastore


@dataclass(frozen=True, slots=True)
class ObjectUpdate:
    """One object of an update. `type` is vSphere's, as in VirtualMachine; a value of None means that it is unset."""

    kind: Literal["enter", "modify", "leave"]
    type: str
    moid: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntityChange:
    """An object before and after an update: `before` is None for a new one, `after` for one that is gone."""

    moid: str
    before: Entity | None
    after: Entity | None


class Inventory:
    """Every object that is visible to our account, by id."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.hosts: dict[str, Host] = {}
        self.datastores: dict[str, Datastore] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._types: dict[str, str] = {}
        self._not_refreshed: set[str] = set()
        self._unreadable: dict[str, dict[str, str]] = {}
        self._tables: dict[str, tuple[dict[str, Any], Callable[[str, Mapping[str, Any]], Entity | None]]] = {
            paths.MACHINE: (self.machines, _machine),
            paths.HOST: (self.hosts, _host),
            paths.DATASTORE: (self.datastores, _datastore),
        }

    @property
    def empty(self) -> bool:
        """Whether there is no object at all, not even a template."""
        return not self._types

    @property
    def unreadable(self) -> str:
        """A line about an object with a value that cannot be read, or ""."""
        if not self._unreadable:
            return ""
        moid, problems = min(self._unreadable.items())
        path, problem = min(problems.items())
        return f"{path} of {self._types[moid]} {moid} ({_name(moid, self._values[moid])}) cannot be read: {problem}"

    def start_refresh(self) -> None:
        """A new watch begins: its first updates name every object again."""
        self._not_refreshed = set(self._types)

    def apply(self, updates: Iterable[ObjectUpdate]) -> list[EntityChange]:
        """Apply updates and return what changed."""
        return [change for update in updates if (change := self._apply(update)) is not None]

    def finish_refresh(self) -> list[EntityChange]:
        """The new watch has named every object: remove the others, and return them."""
        return self.apply([ObjectUpdate("leave", self._types[moid], moid) for moid in self._not_refreshed])

    def _apply(self, update: ObjectUpdate) -> EntityChange | None:
        moid = update.moid
        table, parse = self._tables[update.type]
        before, after = table.get(moid), None
        self._not_refreshed.discard(moid)
        self._note_unreadable(update)
        if update.kind == "leave":
            self._values.pop(moid, None)
            self._types.pop(moid, None)
        else:
            self._types[moid] = update.type
            self._values[moid] = _merge(self._values.get(moid, {}), update)
            after = parse(moid, self._values[moid])
        if after == before:
            return None
        if after is None:
            del table[moid]
        else:
            table[moid] = after
        return EntityChange(moid, before, after)

    def _note_unreadable(self, update: ObjectUpdate) -> None:
        problems = self._unreadable.pop(update.moid, {}) if update.kind == "modify" else {}
        problems = {path: problem for path, problem in problems.items() if path not in update.values}
        problems |= {path: value.problem for path, value in update.values.items() if isinstance(value, Unreadable)}
        self._unreadable.pop(update.moid, None)
        if problems and update.kind != "leave":
            self._unreadable[update.moid] = problems


def _merge(known: dict[str, Any], update: ObjectUpdate) -> dict[str, Any]:
    """The values of an object after an update. Its identity keeps the last value while vCenter reports none."""
    if update.kind == "enter":
        known = {path: value for path, value in known.items() if path in paths.IDENTITY}
    new = {p: v for p, v in update.values.items() if p not in paths.IDENTITY or (_is_known(v) and v != "")}
    return {**known, **new}


def _is_known(value: Any) -> bool:
    return value is not None and value is not DENIED and not isinstance(value, Unreadable)


def _machine(moid: str, values: Mapping[str, Any]) -> Machine | None:
    """The machine, or None for a template: templates do not replicate."""
    if values.get(paths.TEMPLATE) is True:
        return None
    total, done = _value(values, paths.WORK_TOTAL), _value(values, paths.WORK_DONE)
    return Machine(
        moid=moid,
        name=_name(moid, values),
        vm_id=str(values.get(paths.INSTANCE_UUID, "")).lower(),
        host=values.get(paths.RUNTIME_HOST, ""),
        datastores=values.get(paths.DATASTORES, ()),
        power_state=_value(values, paths.POWER_STATE) or "",
        connection_state=_value(values, paths.CONNECTION_STATE),
        config_version=_value(values, paths.CHANGE_VERSION) or "",
        tracking=_value(values, paths.TRACKING),
        consolidation_needed=_value(values, paths.CONSOLIDATION),
        # Unset means that the machine has none, but not if we may not or cannot read it.
        snapshots=_value(values, paths.SNAPSHOT) if values.get(paths.SNAPSHOT) is not None else (),
        chain_broken=_value(values, paths.CHAIN_BROKEN),
        consolidated=min(done / total, 1.0) if total and done is not None else None,
    )


def _host(moid: str, values: Mapping[str, Any]) -> Host:
    state, maintenance = _value(values, paths.CONNECTION_STATE), _value(values, paths.MAINTENANCE)
    return Host(moid, _name(moid, values), state, maintenance)


def _datastore(moid: str, values: Mapping[str, Any]) -> Datastore:
    accessible = _value(values, paths.ACCESSIBLE)
    if accessible is False:
        return Datastore(moid, _name(moid, values), accessible, None, None)
    free, capacity = _value(values, paths.FREE), _value(values, paths.CAPACITY)
    return Datastore(moid, _name(moid, values), accessible, free, capacity)


def _value(values: Mapping[str, Any], path: str) -> Any:
    value = values.get(path)
    return value if _is_known(value) else None


def _name(moid: str, values: Mapping[str, Any]) -> str:
    return _unescape(str(values.get(paths.NAME, moid)))


def _unescape(name: str) -> str:
    r"""A name as the client shows it: the API has /, \ and % in names as %2f, %5c and %25."""
    return re.sub("%(2f|5c|25)", lambda code: chr(int(code[1], 16)), name, flags=re.IGNORECASE) if "%" in name else name
