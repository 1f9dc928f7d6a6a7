"""All machines of a vault and the series made from them. No network; times are arguments."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import NOTHING
from azure_migrate_exporter.azure.migration_item import GatewayOperation, ItemDetails, MigrationItem
from azure_migrate_exporter.collectors.replication.appliance_load import ApplianceLoad
from azure_migrate_exporter.collectors.replication.appliance_names import ApplianceNames
from azure_migrate_exporter.collectors.replication.cycle_schedule import BlackoutCalendar, CycleTracker
from azure_migrate_exporter.collectors.replication.machine_series import (
    DiskSample,
    MachineSample,
    disk_block,
    machine_block,
)
from azure_migrate_exporter.config.blackout import Blackout
from azure_migrate_exporter.exposition.left_states import LeftStates
from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.reasons import CheckError

DETAILS_MAX_AGE: Final = 4 * 3600.0
"""Seconds for which the details of a machine are shown: its disks rarely change."""
PROGRESS_MAX_AGE: Final = 600.0
"""Seconds for which the speeds and the progress in them are shown: the cycle that they belong to may be over."""
_ALWAYS_OPEN: Final = BlackoutCalendar(Blackout())


@dataclass(slots=True, eq=False)
class Machine:
    """One machine of the newest list, its details, and what is shown of it."""

    item: MigrationItem
    vm_id: str
    tracker: CycleTracker
    location: tuple[str, str] = ("", "")
    """vCenter and ESXi host, as the gateway last reported them."""
    details: ItemDetails | None = None
    read_at: float = 0.0
    """When the details were read, in Unix seconds."""
    read: float = 0.0
    """The same moment on the monotonic clock."""
    size: float | None = None
    """Bytes of its disks when the details were last read, also after they became too old."""
    requested_at: float | None = None
    """When they were last requested, on the monotonic clock."""
    started: float = -math.inf
    """When the list first showed that data moves, on the monotonic clock."""
    urgent: bool = False
    """Whether the machine came into trouble since then, or into another trouble."""
    finished: bool = False
    """Whether it finished a cycle since then on whose duration, which only the details have, the next one depends."""
    changed: bool = False
    """Whether the list showed anything of it since the details were read that not every cycle changes."""
    problem: CheckError | None = None
    """Why the last request failed, if it did."""
    failures: int = 0
    """Failed requests in a row."""
    sample: MachineSample | None = None
    disk_sample: DiskSample | None = None
    blocks: tuple[Block, ...] = ()

    def requested(self, now: float) -> None:
        """Record that its details were requested for what the list has shown so far."""
        self.requested_at, self.urgent, self.finished = now, False, False


class MachineStore:
    """Takes in lists and details, and renders what they change. `saved` is what `dump` returned before a restart."""

    def __init__(self, vault: str, blackouts: Iterable[tuple[str, Blackout]], saved: Mapping[str, Any]) -> None:
        self._vault = vault
        self._calendars = {name.casefold(): BlackoutCalendar(blackout) for name, blackout in blackouts}
        self._saved = saved
        self._dirty: set[str] = set()
        self._rendered: tuple[Block, ...] | None = None
        self._now = 0.0
        self._known_names: tuple[object, ...] = ()
        self._left_healths = LeftStates[str]()
        self._left_states = LeftStates[str]()
        self.machines: dict[str, Machine] = {}
        """By item id in lower case."""
        self.names = ApplianceNames()
        self.load = ApplianceLoad()
        self.visible = False
        """Whether the newest list is new enough to be shown."""

    # --- input ---

    def apply_item(self, item: MigrationItem, now: float, monotonic: float) -> None:
        """Take in a machine of a list."""
        key = item.id.lower()
        machine = self.machines.get(key)
        if machine is None:
            tracker = CycleTracker.restore(self._saved.get(item.vm_id), now)
            machine = self.machines[key] = Machine(item, item.vm_id, tracker, urgent=item.in_trouble)
        if item.in_trouble and (item.errors != machine.item.errors or not machine.item.in_trouble):
            machine.urgent = True
        if item.health != machine.item.health:
            self._left_healths.record(key, machine.item.health)
        if item.state != machine.item.state:
            self._left_states.record(key, machine.item.state)
        before = machine.tracker.shown
        machine.finished |= machine.tracker.observe_item(item, now)
        changed = item is not machine.item and item != machine.item
        if changed or machine.sample is None or machine.tracker.shown != before:
            self._dirty.add(key)
        machine.changed |= changed and item.lasting != machine.item.lasting
        if item.running and not machine.item.running:
            machine.started = monotonic
        machine.item = item

    def finish_list(self, listed: Iterable[MigrationItem]) -> None:
        """Drop the machines that are no longer listed, and distinguish those that share an id."""
        items = {item.id.lower(): item for item in listed}
        for key in self.machines.keys() - items.keys():
            del self.machines[key]
            self._dirty.discard(key)
            self._left_healths.forget(key)
            self._left_states.forget(key)
            self._rendered = None
        holders: Counter[str] = Counter()
        for key in sorted(items):  # a machine that two appliances replicate is listed twice
            vm_id = items[key].vm_id
            holders[vm_id] += 1
            shown = vm_id if holders[vm_id] == 1 else f"{vm_id} ({holders[vm_id]})"
            if shown != self.machines[key].vm_id:
                self.machines[key].vm_id = shown
                self._dirty.add(key)
        self._saved = {}
        self.visible = True

    def apply_details(self, key: str, details: ItemDetails, now: float, monotonic: float) -> None:
        """Take in the details of a machine, unless it has left the list meanwhile."""
        machine = self.machines.get(key)
        if machine is None:
            return
        machine.details, machine.read_at = replace(details, monitoring=NOTHING), now
        machine.problem, machine.failures, machine.read = None, 0, monotonic
        machine.requested(monotonic)
        machine.changed = False
        machine.size = sum(disk.capacity or 0.0 for disk in details.disks)
        machine.tracker.observe_duration(details.cycle_duration)
        if details.operation is not None and details.operation.host:
            machine.location = (details.operation.vcenter, details.operation.host)
        self.load.apply(machine.item, machine.location, details.monitoring, monotonic)
        self._dirty.add(key)

    def record_failure(self, key: str, problem: CheckError | None, monotonic: float) -> None:
        """Record that the details of a machine cannot be read, for a problem or because it is gone (None)."""
        machine = self.machines.get(key)
        if machine is None:
            return
        machine.requested(monotonic)
        machine.problem, machine.failures = problem, machine.failures + 1
        if problem is None:
            machine.details = None
        self._dirty.add(key)

    def clear_failures(self) -> None:
        """Clear the per-machine failures: the last ones had a common cause."""
        for machine in self.machines.values():
            machine.problem, machine.failures = None, 0

    def apply_names(self) -> None:
        """Render every machine again if `names` may have changed."""
        if (known := self.names.known()) != self._known_names:
            self._known_names = known
            self._dirty.update(self.machines)

    def expire(self, now: float) -> None:
        """Drop details, their progress and left states that are too old at `now`, of the monotonic clock."""
        before, self._now = self._now, now
        self._dirty |= self._left_healths.expire(now) | self._left_states.expire(now)
        for key, machine in self.machines.items():
            if machine.details is None:
                continue
            if now - machine.read > DETAILS_MAX_AGE:
                machine.details = None
                self._dirty.add(key)
            elif before - machine.read <= PROGRESS_MAX_AGE < now - machine.read:
                self._dirty.add(key)

    # --- output ---

    def items(self) -> Iterator[MigrationItem]:
        """The machines as they were listed."""
        return (machine.item for machine in self.machines.values())

    def samples(self) -> Iterator[tuple[MachineSample, float | None]]:
        """What is shown of each machine, and the size of its disks if that is known."""
        return ((one.sample, one.size) for one in self.machines.values() if one.sample is not None)

    @property
    def vm_ids(self) -> frozenset[str]:
        """Instance UUIDs of the machines."""
        return frozenset(item.vm_id for item in self.items())

    @property
    def problems(self) -> list[CheckError]:
        """Why details cannot be read. A single failure of a machine that was read before does not count."""
        return [
            machine.problem
            for machine in self.machines.values()
            if machine.problem is not None and (machine.failures > 1 or machine.details is None)
        ]

    def dump(self) -> dict[str, Any]:
        """The state that must outlive a restart: until the first list, what was saved before the last one."""
        return {**self._saved, **{one.item.vm_id: one.tracker.dump() for one in self.machines.values()}}

    def render(self, limit: int) -> bool:
        """Render at most `limit` machines that may have changed. Returns whether some are left."""
        for _ in range(min(limit, len(self._dirty))):
            self._render(self.machines[self._dirty.pop()])
        return bool(self._dirty)

    def blocks(self) -> tuple[Block, ...]:
        """Every rendered block: the very same tuple as before if nothing changed."""
        if not self.visible:
            return ()
        if self._rendered is None:
            self._rendered = tuple(block for machine in self.machines.values() for block in machine.blocks)
        return self._rendered

    def _render(self, machine: Machine) -> None:
        sample, disk_sample = self._machine_sample(machine), self._disk_sample(machine)
        if sample == machine.sample and disk_sample == machine.disk_sample:
            return
        own = machine.blocks[0] if sample == machine.sample else machine_block(self._vault, sample)
        if disk_sample is None:
            machine.blocks = (own,)
        elif disk_sample == machine.disk_sample:
            machine.blocks = (own, machine.blocks[1])
        else:
            machine.blocks = (own, disk_block(self._vault, disk_sample))
        machine.sample, machine.disk_sample = sample, disk_sample
        self._rendered = None

    def _machine_sample(self, machine: Machine) -> MachineSample:
        operation, source = self._operation(machine)
        if operation is not None and operation.host:
            machine.location = (operation.vcenter, operation.host)
        appliance = self.names.of_item(machine.item)
        calendar = self._calendars.get(appliance.casefold(), _ALWAYS_OPEN)
        vcenter, host = machine.location
        key = machine.item.id.lower()
        return MachineSample(
            item=machine.item,
            vm_id=machine.vm_id,
            appliance=appliance,
            vcenter=vcenter,
            host=host,
            operation=operation,
            source=source,
            changed=machine.tracker.changed,
            due=self._next_cycle_due(machine, calendar),
            left_health=self._left_healths.get(key),
            left_state=self._left_states.get(key),
        )

    @staticmethod
    def _next_cycle_due(machine: Machine, calendar: BlackoutCalendar) -> float | None:
        """None also until details were read that may have the duration of a cycle, if none is known yet."""
        if machine.tracker.duration is None and (machine.finished or machine.requested_at is None):
            return None
        return machine.tracker.next_cycle_due(calendar)

    def _disk_sample(self, machine: Machine) -> DiskSample | None:
        if machine.details is None:
            return None
        progress = machine.item.running and self._recent(machine)
        return DiskSample(machine.item.name, machine.vm_id, machine.read_at, machine.details.disks, progress)

    def _operation(self, machine: Machine) -> tuple[GatewayOperation | None, str]:
        """The gateway's operation on a machine and its source: the list, or else the details."""
        if machine.item.operation is not None:
            return machine.item.operation, "list"
        operation = machine.details.operation if machine.details else None
        if operation is not None and (machine.item.paused or not self._recent(machine)):
            operation = operation.without_progress()
        return operation, "get"

    def _recent(self, machine: Machine) -> bool:
        return self._now - machine.read <= PROGRESS_MAX_AGE
