"""All machines of a vault, and the series that follow. Pure: no network, and its times are given to it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from azure_migrate_exporter.collectors.replication.appliance_names import Names
from azure_migrate_exporter.collectors.replication.cycle_schedule import Track, Windows
from azure_migrate_exporter.collectors.replication.gateway import Operation
from azure_migrate_exporter.collectors.replication.item import Details, Item
from azure_migrate_exporter.collectors.replication.readings import Readings
from azure_migrate_exporter.collectors.replication.series import DiskFacts, MachineFacts, disk_block, machine_block
from azure_migrate_exporter.config.blackout import Blackout
from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.reasons import CheckError

DETAILS_KEPT: Final = 3600.0
"""Seconds for which what was read of one machine is shown."""
NUMBERS_KEPT: Final = 600.0
"""Seconds for which the speeds and the progress in it are: the cycle that they belong to may be over."""
_OPEN: Final = Windows(Blackout())


@dataclass(slots=True, eq=False)
class Machine:
    """One machine of the newest list, what was read of it alone, and what is shown."""

    item: Item
    vm_id: str
    track: Track
    place: tuple[str, str] = ("", "")
    """vCenter and ESXi host, as the gateway last told them."""
    details: Details | None = None
    read: float = 0.0
    """When the details were read, in Unix seconds."""
    asked: float | None = None
    """When they were last asked for, on the monotonic clock."""
    urgent: bool = False
    """Whether something happened to it since then."""
    problem: CheckError | None = None
    """Why they could not be read, as long as they cannot."""
    failures: int = 0
    """How often in a row they could not."""
    facts: MachineFacts | None = None
    disk_facts: DiskFacts | None = None
    blocks: tuple[Block, ...] = ()


class Fleet:
    """Takes in lists and details, and renders what they change. `saved` is what `dump` gave before a restart."""

    def __init__(self, vault: str, blackouts: Iterable[tuple[str, Blackout]], saved: Mapping[str, Any]) -> None:
        self._vault = vault
        self._windows = {name.casefold(): Windows(blackout) for name, blackout in blackouts}
        self._saved = saved
        self._stale: set[str] = set()
        self._shown: tuple[Block, ...] | None = None
        self._listed = 0.0
        self.machines: dict[str, Machine] = {}
        """By item id in lower case."""
        self.names = Names()
        self.readings = Readings()
        self.visible = False
        """Whether the newest list is new enough to be shown."""

    # --- what comes in ---

    def update(self, item: Item, now: float) -> None:
        """Take in a machine of a list."""
        key = item.id.lower()
        machine = self.machines.get(key)
        if machine is None:
            track = Track.restore(self._saved.get(item.vm_id), now)
            machine = self.machines[key] = Machine(item, item.vm_id, track, urgent=item.in_trouble)
        if item.in_trouble and (item.errors != machine.item.errors or not machine.item.in_trouble):
            machine.urgent = True
        machine.item, self._listed = item, now
        machine.track.observe(item, now)
        self._stale.add(key)

    def end_of_list(self, listed: Iterable[Item]) -> None:
        """Drop the machines that are not listed any more, and tell apart those that share an id."""
        items = {item.id.lower(): item for item in listed}
        for key in self.machines.keys() - items.keys():
            del self.machines[key]
            self._stale.discard(key)
            self._shown = None
        holders: Counter[str] = Counter()
        for key in sorted(items):  # a machine that two appliances replicate is listed twice
            vm_id = items[key].vm_id
            holders[vm_id] += 1
            self.machines[key].vm_id = vm_id if holders[vm_id] == 1 else f"{vm_id} ({holders[vm_id]})"
        self._saved = {}
        self.visible = True

    def learn(self, key: str, details: Details, now: float, monotonic: float) -> None:
        """Take in the details of a machine, unless it has left meanwhile."""
        machine = self.machines.get(key)
        if machine is None:
            return
        machine.details, machine.read = replace(details, monitoring=None), now  # the readings have it
        machine.problem, machine.failures = None, 0
        machine.asked, machine.urgent = monotonic, False
        machine.track.hear(details.operation)
        if details.operation is not None and details.operation.host:
            machine.place = (details.operation.vcenter, details.operation.host)
        if details.monitoring is not None:
            self.readings.learn(machine.item, machine.place, details.monitoring, monotonic)
        self._stale.add(key)

    def refuse(self, key: str, problem: CheckError | None, monotonic: float) -> None:
        """Take in that the details of a machine cannot be read: it is gone (None), or there is a problem."""
        machine = self.machines.get(key)
        if machine is None:
            return
        machine.asked, machine.urgent = monotonic, False
        machine.problem, machine.failures = problem, machine.failures + 1
        if problem is None:
            machine.details = None
            self._stale.add(key)

    def forgive(self) -> None:
        """Take in that what was refused of late was refused for all of them."""
        for machine in self.machines.values():
            machine.problem, machine.failures = None, 0

    def renamed(self) -> None:
        """Take in that `names` may have changed."""
        self._stale.update(self.machines)

    # --- what goes out ---

    def items(self) -> Iterator[Item]:
        """The machines as they were listed."""
        return (machine.item for machine in self.machines.values())

    @property
    def vm_ids(self) -> frozenset[str]:
        """Instance UUIDs of the machines."""
        return frozenset(item.vm_id for item in self.items())

    @property
    def problems(self) -> list[CheckError]:
        """Why details of machines cannot be read. One failure of one that was read before is no matter."""
        return [
            machine.problem
            for machine in self.machines.values()
            if machine.problem is not None and (machine.failures > 1 or machine.details is None)
        ]

    def dump(self) -> dict[str, Any]:
        """What must outlive a restart."""
        return {machine.item.vm_id: machine.track.dump() for machine in self.machines.values()}

    def render(self, limit: int) -> bool:
        """Look again at no more than `limit` machines that may have changed. Whether some are left."""
        for _ in range(min(limit, len(self._stale))):
            self._rebuild(self.machines[self._stale.pop()])
        return bool(self._stale)

    def blocks(self) -> tuple[Block, ...]:
        """Every block rendered so far: the very same tuple as before if nothing changed."""
        if not self.visible:
            return ()
        if self._shown is None:
            self._shown = tuple(block for machine in self.machines.values() for block in machine.blocks)
        return self._shown

    def expire(self, now: float) -> None:
        """Drop details that are too old."""
        for key, machine in self.machines.items():
            if machine.details is not None and now - machine.read > DETAILS_KEPT:
                machine.details = None
                self._stale.add(key)

    def _rebuild(self, machine: Machine) -> None:
        facts, disk_facts = self._facts(machine), self._disk_facts(machine)
        if facts == machine.facts and disk_facts == machine.disk_facts:
            return
        own = machine.blocks[0] if facts == machine.facts else machine_block(self._vault, facts)
        if disk_facts is None:
            machine.blocks = (own,)
        elif disk_facts == machine.disk_facts:
            machine.blocks = (own, machine.blocks[1])
        else:
            machine.blocks = (own, disk_block(self._vault, disk_facts))
        machine.facts, machine.disk_facts = facts, disk_facts
        self._shown = None

    def _facts(self, machine: Machine) -> MachineFacts:
        item = machine.item
        operation, source = self._operation(machine)
        if operation is not None and operation.host:
            machine.place = (operation.vcenter, operation.host)
        appliance = self.names.of_item(item)
        windows = self._windows.get(appliance.casefold(), _OPEN)
        track = machine.track
        return MachineFacts(
            item, machine.vm_id, appliance, *machine.place, operation, source, track.changed, track.due(windows)
        )

    def _disk_facts(self, machine: Machine) -> DiskFacts | None:
        if machine.details is None:
            return None
        numbers = machine.item.running and self._recent(machine)
        return DiskFacts(machine.item.name, machine.vm_id, machine.read, machine.details.disks, numbers)

    def _operation(self, machine: Machine) -> tuple[Operation | None, str]:
        """What the gateway does with a machine: as the list tells, or else as its details do."""
        if machine.item.operation is not None:
            return machine.item.operation, "list"
        told = machine.details.operation if machine.details else None
        if told is not None and (machine.item.paused or not self._recent(machine)):
            told = told.blank()
        return told, "get"

    def _recent(self, machine: Machine) -> bool:
        return self._listed - machine.read <= NUMBERS_KEPT
