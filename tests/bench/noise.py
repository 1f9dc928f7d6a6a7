"""Thirty days without a fault, in which only the watchdog may fire: what an estate does by itself is no alert.

Two sites and two exporters on both of them (a pair for high availability) run on a simulated clock against the parts of
the lab: cycles run and change, machines are added, moved and removed, services and exporters restart, vCenter ends its
sessions, a host goes into maintenance, an appliance has blackout windows in office hours, the clocks go back an hour,
and on that weekend three machines are tested, migrated and switched off. Both pages are recorded every five minutes,
and Prometheus' own rule engine evaluates the shipped rules over them.

`python -m tests.bench.noise [DAYS]`. A day takes about a minute.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

import yaml

from tests.bench.figures import at_most, report
from tests.e2e.recording import MINUTE, Recording
from tests.e2e.simulation import Schedules, SimulatedClock, SimulatedExporter, run_until
from tests.e2e.test_quiet_day import WATCHDOG
from tests.e2e.workload import Workload
from tests.lab.arm import Blackout, Pace
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.settings import CHECKS

DAYS: Final = 30
EVERY: Final = 5
"""Minutes between two scrapes."""
DAY: Final = 24 * 60
ZONE: Final = "Europe/Paris"
START: Final = datetime(2026, 10, 19, tzinfo=ZoneInfo(ZONE)).timestamp()
"""A Monday; on the Sunday after it the clocks go back."""
CYCLES: Final = (240.0, 900.0, 2 * 3600.0, 6 * 3600.0)
"""Seconds of a cycle, each up to half longer. One that takes more than twelve hours is late, and alerts say so."""
WINDOWS: Final = " | ".join(f"{day};8:00;10h" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))
SCHEDULES: Final[Schedules] = dict.fromkeys(CHECKS, ("1h", "4h")) | {
    "vsphere": ("30m", "2h"),
    "replication": ("10m", "1h"),
    "servicebus": ("6h", "1d"),
    "eventhubs": ("6h", "1d"),
    "storage_benchmark": ("1d", "3d"),
}

Event = Callable[[Workload], Awaitable[None]]

_ONCE: Final[dict[tuple[int, int], Event]] = {
    (1, 600): Workload.pause,
    (1, 900): Workload.resume,
    (2, 600): Workload.add_machine,
    (8, 600): Workload.remove_machine,
}
"""By day and minute."""
_CUTOVER: Final = (
    (4, Workload.test_migrate),
    (4, Workload.clean_up),
    (5, Workload.migrate),
    (6, Workload.complete_migration),
)
_MIGRATED: Final = (5, 6, 7)


def events(day: int, minute: int) -> list[Event]:
    """What happens in a minute of a day."""
    weekly = {
        (1, 780): Workload.enter_maintenance,
        (1, 900): Workload.exit_maintenance,
        (2, 330): Workload.restart_service,
    }
    daily = {60: Workload.migrate_with_vmotion, 1020: Workload.expire_sessions}
    return [
        event
        for event in (_ONCE.get((day, minute)), weekly.get((day % 7, minute)), daily.get(minute))
        if event is not None
    ]


async def cut_over(workload: Workload, day: int, minute: int) -> None:
    """The steps of the weekend, an hour and a half apart for each machine."""
    for step, (on, event) in enumerate(_CUTOVER):
        for place, machine in enumerate(_MIGRATED):
            if day == on and minute == 600 + 240 * (step % 2) + 30 * place:
                await event(workload, machine)


async def recorded(center: DataCenter, clock: SimulatedClock, directory: Path, days: int) -> Recording:
    """The pages of both exporters."""
    recording = Recording(clock.time(), EVERY)
    async with (
        SimulatedExporter(center, clock, directory / "a", SCHEDULES) as first,
        SimulatedExporter(center, clock, directory / "b", SCHEDULES) as second,
    ):
        workload = Workload(center, CYCLES)
        for minute in range(0, days * DAY, EVERY):
            day, of_day = divmod(minute, DAY)
            for one, restarts in ((first, 240), (second, 700)):
                if of_day == restarts and day % 3 == 0:
                    await one.stop()
                if of_day == restarts + EVERY and day % 3 == 0:
                    await one.start()
            await workload.advance()
            for event in events(day, of_day):
                await event(workload)
            await cut_over(workload, day, of_day)
            await run_until(START + minute * MINUTE, clock, first, second)
            recording.scrape(first.page(), second.page())
            if not of_day:
                print(f"day {day}", flush=True)
    return recording


async def main(days: int) -> None:
    """Simulate, and print what fired beside the watchdog."""
    began, clock = time.monotonic(), SimulatedClock(START)
    with TemporaryDirectory() as name:
        directory = Path(name)
        async with data_center(directory / "lab", strict=True, clock=clock, cycles=Pace()) as center:
            paris, *_ = center.project.appliances
            paris.blackout = Blackout(WINDOWS, ZONE)
            config = yaml.safe_load(center.config.read_text(encoding="utf-8"))
            config["appliances"][0] |= {"blackout_windows": WINDOWS, "time_zone": ZONE}
            center.config.write_text(yaml.safe_dump(config), encoding="utf-8")
            recording = await recorded(center, clock, directory, days)
        simulated = time.monotonic() - began
        others = await recording.alerts(directory, "month", WATCHDOG)
    print(f"{days} days, two sites, two exporters, simulated in {simulated:.0f} s, {len(recording.series())} series")
    print(others)
    report("lines about alerts beside the watchdog", [len(others.splitlines())], digits=0, goal=at_most(0))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else DAYS))
