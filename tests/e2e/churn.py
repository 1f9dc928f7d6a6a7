"""What happens on an ordinary day: machines come, move and go, cycles run, people pause and migrate, things restart."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from itertools import cycle
from typing import Final

from tests.lab.arm import Pace, Stage
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.stages import RUNNING
from tests.lab.datacenter import DataCenter

HOUR: Final = 3600.0
CYCLES: Final = (240.0, 900.0, 2 * HOUR, 6 * HOUR, 24 * HOUR)
"""Seconds of a delta cycle: the rests between them are of 1, 1, 1, 3 and 12 hours."""
SERVICE: Final = "asrgwy"

Event = Callable[["Churn"], Awaitable[None]]


class Churn:
    """The life of the data centre beside the exporter."""

    def __init__(self, center: DataCenter) -> None:
        self._center = center
        self._snapshots: set[str] = set()
        """Machines, by instance UUID, that have the snapshot of a cycle."""
        for machine, seconds in zip(center.project.machines, cycle(CYCLES), strict=False):
            machine.pace = Pace(delta=seconds)
            machine.scatter()

    async def minute(self, number: int) -> None:
        """One minute of the day."""
        self._center.project.advance()
        await self._snapshot()
        if event := EVENTS.get(number):
            await event(self)

    async def _snapshot(self) -> None:
        """A cycle begins with a snapshot in vCenter and ends with its removal."""
        stages = {machine.uuid: machine.stage for machine in self._center.project.machines}
        now = datetime.fromtimestamp(self._center.clock.time(), UTC)
        for machine in self._center.vcenter.machines:
            runs = stages.get(machine.vm_id) in RUNNING
            if runs and machine.vm_id not in self._snapshots:
                await machine.take_snapshot(created=now)
                self._snapshots.add(machine.vm_id)
            elif not runs and machine.vm_id in self._snapshots:
                await machine.remove_snapshots()
                self._snapshots.discard(machine.vm_id)

    def _replicated(self, number: int) -> LabMachine:
        """The replication of a machine of vCenter."""
        vm_id = self._center.vcenter.machines[number].vm_id
        return next(machine for machine in self._center.project.machines if machine.uuid == vm_id)

    # What happens.

    async def moves(self) -> None:
        """Compute vMotion, by hand or by DRS."""
        center = self._center.vcenter
        for number in (1, 4, 6):
            await center.machines[number].move_to(center.hosts[(number + 1) % len(center.hosts)])

    async def added(self) -> None:
        """A new machine, and its initial replication."""
        vcenter = self._center.vcenter
        machine = await vcenter.add_machine("server-new", vcenter.hosts[2])
        await machine.track_changes()
        paris, *_ = self._center.project.appliances
        paris.machine(machine.name, uuid=machine.vm_id, stage=Stage.ENABLING, pace=Pace())

    async def removed(self) -> None:
        """A machine that nobody needs any more."""
        vcenter = self._center.vcenter
        self._replicated(3).disable()
        self._snapshots.discard(vcenter.machines[3].vm_id)
        await vcenter.remove_machine(vcenter.machines[3])

    async def paused(self) -> None:
        """Somebody wants the line for himself."""
        self._replicated(0).pause()

    async def resumed(self) -> None:
        """And has done what he wanted."""
        self._replicated(0).resume()

    async def tested(self) -> None:
        """A test migration."""
        self._replicated(5).test_migrate()

    async def cleaned(self) -> None:
        """Its end."""
        self._replicated(5).clean_up()

    async def migrated(self) -> None:
        """The real one."""
        self._replicated(5).migrate()

    async def completed(self) -> None:
        """The machine runs in Azure: here it is switched off, and its replication ends."""
        self._replicated(5).disable()
        await self._center.vcenter.machines[5].set_power(on=False)

    async def empties_host(self) -> None:
        """A host goes into maintenance: its machines move away first."""
        center = self._center.vcenter
        host = center.hosts[3]
        for machine in center.machines:
            if await center.admin.read(machine.reference, "runtime.host") == host.reference:
                await machine.move_to(center.hosts[0])
        await host.set_maintenance(on=True)

    async def returns_host(self) -> None:
        """And comes back."""
        await self._center.vcenter.hosts[3].set_maintenance(on=False)

    async def service_restarts(self) -> None:
        """The appliance updates itself."""
        self._center.windows.restart(SERVICE)

    async def session_ends(self) -> None:
        """VCenter's own maintenance ends every session."""
        await self._center.vcenter.expire_sessions()


EVENTS: Final[Mapping[int, Event]] = {
    60: Churn.moves,
    150: Churn.paused,
    200: Churn.added,
    260: Churn.resumed,
    330: Churn.service_restarts,
    420: Churn.tested,
    480: Churn.cleaned,
    540: Churn.migrated,
    600: Churn.moves,
    660: Churn.completed,
    780: Churn.empties_host,
    900: Churn.returns_host,
    1020: Churn.session_ends,
    1140: Churn.removed,
    1260: Churn.moves,
}
"""By minute of the day."""
