"""The inventory as plain data: machines, hosts and datastores, kept current from the updates of the property collector.

Every update names an object and some of its properties by their path. What was told of it before stays. Applying the
same update twice changes nothing, as the server may repeat itself.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from azure_migrate_exporter.collectors.vsphere import paths


class Denied(Enum):
    """The value of a property that our account may not read."""

    DENIED = "denied"


DENIED: Final = Denied.DENIED
_NOTHING: Final = (None, DENIED, "")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One node of a machine's snapshot tree. `created` is in Unix seconds, on vCenter's clock."""

    moid: str
    name: str
    description: str
    created: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A virtual machine. None stands for what vCenter does not tell us.

    `vm_id` is the instance UUID in lower case; `host` the host's id; `datastore` the name of the one that holds its
    configuration; `config_version` changes with every reconfiguration; `consolidated` is the part of a running
    consolidation that is done, from 0 to 1.
    """

    moid: str
    name: str
    vm_id: str
    host: str
    datastore: str
    power_state: str
    config_version: str
    tracking: bool | None
    consolidation_needed: bool | None
    snapshots: tuple[Snapshot, ...] | None
    chain_broken: bool | None = None
    consolidated: float | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """An ESXi host; `state` is connected, notResponding or disconnected."""

    moid: str
    name: str
    state: str | None


@dataclass(frozen=True, slots=True)
class Datastore:
    """A datastore; sizes in bytes, None while it is not accessible: they are stale then."""

    moid: str
    name: str
    free: int | None
    capacity: int | None


Entity = Machine | Host | Datastore


@dataclass(frozen=True, slots=True)
class Change:
    """One object of an update. `type` is vSphere's, as in VirtualMachine; a value of None means that it is unset."""

    kind: Literal["enter", "modify", "leave"]
    type: str
    moid: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delta:
    """An object before and after: `before` is None for a new one, `after` for one that is gone."""

    moid: str
    before: Entity | None
    after: Entity | None


class Model:
    """Everything that is visible to our account, by id."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}
        self.hosts: dict[str, Host] = {}
        self.datastores: dict[str, Datastore] = {}
        self._values: dict[str, dict[str, Any]] = {}
        self._types: dict[str, str] = {}
        self._unseen: set[str] = set()
        self._tables: dict[str, tuple[dict[str, Any], Callable[[str, Mapping[str, Any]], Entity | None]]] = {
            paths.MACHINE: (self.machines, _machine),
            paths.HOST: (self.hosts, _host),
            paths.DATASTORE: (self.datastores, _datastore),
        }

    def begin(self) -> None:
        """A new watch begins: it will tell everything anew."""
        self._unseen = set(self._types)

    def apply(self, changes: Iterable[Change]) -> list[Delta]:
        """Take in one page of updates and tell what is different now."""
        return [delta for change in changes if (delta := self._apply(change)) is not None]

    def end(self) -> list[Delta]:
        """The new watch has told everything: what it did not mention is gone."""
        return self.apply([Change("leave", self._types[moid], moid) for moid in self._unseen])

    def _apply(self, change: Change) -> Delta | None:
        moid = change.moid
        table, parse = self._tables[change.type]
        before, after = table.get(moid), None
        self._unseen.discard(moid)
        if change.kind == "leave":
            self._values.pop(moid, None)
            self._types.pop(moid, None)
        else:
            self._types[moid] = change.type
            self._values[moid] = _merge(self._values.get(moid, {}), change)
            after = parse(moid, self._values[moid])
        if after == before:
            return None
        if after is None:
            del table[moid]
        else:
            table[moid] = after
        return Delta(moid, before, after)


def _merge(known: dict[str, Any], change: Change) -> dict[str, Any]:
    """What is known after `change`. Who a thing is stays known when vCenter cannot tell it for a while."""
    if change.kind == "enter":
        known = {path: value for path, value in known.items() if path in paths.IDENTITY}
    told = {p: v for p, v in change.values.items() if p not in paths.IDENTITY or v not in _NOTHING}
    return {**known, **told}


def _machine(moid: str, values: Mapping[str, Any]) -> Machine | None:
    """The machine, or None for a template: those do not replicate."""
    if values.get(paths.TEMPLATE) is True:
        return None
    total, done = _told(values, paths.WORK_TOTAL), _told(values, paths.WORK_DONE)
    return Machine(
        moid=moid,
        name=_name(moid, values),
        vm_id=str(values.get(paths.INSTANCE_UUID, "")).lower(),
        host=values.get(paths.RUNTIME_HOST, ""),
        datastore=_unescape(str(values.get(paths.VM_PATH, ""))[1:].partition("] ")[0]),
        power_state=_told(values, paths.POWER_STATE) or "",
        config_version=_told(values, paths.CHANGE_VERSION) or "",
        tracking=_told(values, paths.TRACKING),
        consolidation_needed=_told(values, paths.CONSOLIDATION),
        # Unset means that there is none, but not if we were refused it.
        snapshots=None if values.get(paths.SNAPSHOT) is DENIED else values.get(paths.SNAPSHOT) or (),
        chain_broken=_told(values, paths.CHAIN_BROKEN),
        consolidated=min(done / total, 1.0) if total and done is not None else None,
    )


def _host(moid: str, values: Mapping[str, Any]) -> Host:
    return Host(moid, _name(moid, values), _told(values, paths.CONNECTION_STATE))


def _datastore(moid: str, values: Mapping[str, Any]) -> Datastore:
    if _told(values, paths.ACCESSIBLE) is False:
        return Datastore(moid, _name(moid, values), None, None)
    return Datastore(moid, _name(moid, values), _told(values, paths.FREE), _told(values, paths.CAPACITY))


def _told(values: Mapping[str, Any], path: str) -> Any:
    value = values.get(path)
    return None if value is DENIED else value


def _name(moid: str, values: Mapping[str, Any]) -> str:
    return _unescape(str(values.get(paths.NAME, moid)))


def _unescape(name: str) -> str:
    r"""A name as people see it: vCenter writes /, \ and % in names as %2f, %5c and %25."""
    return re.sub("%(2f|5c|25)", lambda code: chr(int(code[1], 16)), name, flags=re.IGNORECASE) if "%" in name else name
