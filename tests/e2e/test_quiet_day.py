"""A day without any fault fires no alert.

The real engine with every collector of the lab runs in this process on a simulated clock, against the real parts and
stand-ins, which change during the day. A scrape of each minute is recorded, and Prometheus' own rule engine (promtool)
evaluates the shipped rules, with their original durations, over the 1,440 pages.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.recording import MINUTE, Recording
from tests.e2e.simulation import SimulatedClock, SimulatedExporter, run_until
from tests.e2e.workload import Workload
from tests.lab.arm import Pace
from tests.lab.datacenter import data_center
from tests.lab.settings import CHECKS

pytestmark = pytest.mark.timeout(400)

DAY: Final = 24 * 60
STOPS: Final = (240, 700, 1180)
STARTS: Final = (241, 703, 1181)
"""Minutes in which the exporter is stopped and started again."""
WATCHDOG: Final = "AzureMigrateWatchdog"


async def recorded(directory: Path, minutes: int, faults: Mapping[int, tuple[str, bool]]) -> Recording:
    """The pages of a day, or of its first minutes. `faults`: the fault to switch on or off, by minute."""
    clock = SimulatedClock()
    began = clock.time()
    recording = Recording(began)
    lab = data_center(directory / "lab", strict=True, clock=clock, cycles=Pace())
    async with lab as center, SimulatedExporter(center, clock, directory) as subject:
        workload = Workload(center)
        for minute in range(minutes):
            if minute in faults:
                name, on = faults[minute]
                await center.switch(name, on=on)
            if minute in STOPS:
                await subject.stop()
            if minute in STARTS:
                await subject.start()
            await workload.minute(minute)
            await run_until(began + minute * MINUTE, clock, subject)
            recording.scrape(subject.page())
    return recording


async def test_no_alert_fires_on_a_day_without_faults(tmp_path: Path) -> None:
    recording = await recorded(tmp_path, DAY, {})
    assert recording.labels("azure_migrate_collector_success", "collector") == {*CHECKS}
    assert "server-new" in recording.labels("azure_migrate_replication_info", "vm")
    assert await recording.alerts(tmp_path, "day", WATCHDOG) == ""


async def test_a_fault_during_the_simulation_fires_its_alerts(tmp_path: Path) -> None:
    recording = await recorded(tmp_path, 60, {10: ("gateway-stopped", True), 30: ("gateway-stopped", False)})
    expected = ("AzureMigrateGatewayServiceNotRunning", "AzureMigrateRecentPathOutage")
    assert await recording.alerts(tmp_path, "fault", WATCHDOG, *expected) == ""
    assert "AzureMigrateGatewayServiceNotRunning" in await recording.alerts(tmp_path, "incomplete", WATCHDOG)
