"""The events of an ordinary day: machines are added, moved and removed, cycles run, services restart."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle
from typing import Final

from tests.lab.arm import Pace, Stage
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.stages import RUNNING
from tests.lab.datacenter import DataCenter

HOUR: Final = 3600.0
CYCLES: Final = (240.0, 900.0, 2 * HOUR, 6 * HOUR, 24 * HOUR)
"""Seconds of a delta cycle: the pauses between cycles are then 1, 1, 1, 3 and 12 hours."""
SERVICE: Final = "asrgwy"

Event = Callable[["Workload"], Awaitable[None]]


class Workload:
    """Changes of the data centre while the exporter runs."""

    def __init__(self, center: DataCenter, cycles: Sequence[float] = CYCLES) -> None:
        self._center = center
        self._snapshots: set[str] = set()
        """Instance UUIDs of the machines that have the snapshot of a cycle."""
        for machine, seconds in zip(center.project.machines, cycle(cycles), strict=False):
            machine.pace = Pace(delta=seconds)
            machine.scatter()

    async def minute(self, number: int) -> None:
        """Apply the changes of one minute of the day."""
        await self.advance()
        if event := EVENTS.get(number):
            await event(self)

    async def advance(self) -> None:
        """What happens by itself until now: cycles begin and end, with their snapshots."""
        self._center.project.advance()
        await self._update_snapshots()

    async def _update_snapshots(self) -> None:
        """Take the snapshot of each cycle that began, and remove that of each cycle that ended."""
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
        """The replication of a vCenter machine."""
        vm_id = self._center.vcenter.machines[number].vm_id
        return next(machine for machine in self._center.project.machines if machine.uuid == vm_id)

    async def migrate_with_vmotion(self) -> None:
        """Move machines to other hosts, as an administrator or DRS does."""
        center = self._center.vcenter
        for number in (1, 4, 6):
            await center.machines[number].move_to(center.hosts[(number + 1) % len(center.hosts)])

    async def add_machine(self) -> None:
        """Create a machine and start its initial replication."""
        vcenter = self._center.vcenter
        machine = await vcenter.add_machine("server-new", vcenter.hosts[2])
        await machine.track_changes()
        paris, *_ = self._center.project.appliances
        paris.machine(machine.name, uuid=machine.vm_id, stage=Stage.ENABLING, pace=Pace())

    async def remove_machine(self) -> None:
        """Stop the replication of a machine and delete it."""
        vcenter = self._center.vcenter
        self._replicated(3).disable()
        self._snapshots.discard(vcenter.machines[3].vm_id)
        await vcenter.remove_machine(vcenter.machines[3])

    async def pause(self) -> None:
        """Pause the replication of a machine."""
        self._replicated(0).pause()

    async def resume(self) -> None:
        """Resume the paused replication."""
        self._replicated(0).resume()

    async def test_migrate(self, number: int = 5) -> None:
        """Start the test migration of a vCenter machine."""
        self._replicated(number).test_migrate()

    async def clean_up(self, number: int = 5) -> None:
        """Clean up the test migration."""
        self._replicated(number).clean_up()

    async def migrate(self, number: int = 5) -> None:
        """Migrate the tested machine."""
        self._replicated(number).migrate()

    async def complete_migration(self, number: int = 5) -> None:
        """Stop the replication of the migrated machine and switch it off."""
        self._replicated(number).disable()
        await self._center.vcenter.machines[number].set_power(on=False)

    async def enter_maintenance(self) -> None:
        """Move all machines away from a host and put it into maintenance mode."""
        center = self._center.vcenter
        host = center.hosts[3]
        for machine in center.machines:
            if await center.admin.read(machine.reference, "runtime.host") == host.reference:
                await machine.move_to(center.hosts[0])
        await host.set_maintenance(on=True)

    async def exit_maintenance(self) -> None:
        """End the maintenance of the host."""
        await self._center.vcenter.hosts[3].set_maintenance(on=False)

    async def restart_service(self) -> None:
        """Restart the gateway service, as an update of the appliance does."""
        self._center.windows.restart(SERVICE)

    async def expire_sessions(self) -> None:
        """End every vCenter session, as maintenance of vCenter does."""
        await self._center.vcenter.expire_sessions()


EVENTS: Final[Mapping[int, Event]] = {
    60: Workload.migrate_with_vmotion,
    150: Workload.pause,
    200: Workload.add_machine,
    260: Workload.resume,
    330: Workload.restart_service,
    420: Workload.test_migrate,
    480: Workload.clean_up,
    540: Workload.migrate,
    600: Workload.migrate_with_vmotion,
    660: Workload.complete_migration,
    780: Workload.enter_maintenance,
    900: Workload.exit_maintenance,
    1020: Workload.expire_sessions,
    1140: Workload.remove_machine,
    1260: Workload.migrate_with_vmotion,
}
"""By minute of the day."""
