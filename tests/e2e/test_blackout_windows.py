"""An appliance that starts no cycle in office hours: with its windows in the configuration no cycle is late.

Nothing else is quiet then.

The real engine runs on a simulated clock against the lab, whose appliance keeps to its windows; Prometheus' own rule
engine evaluates the shipped rules over the recorded pages.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench.noise import EVERY, SCHEDULES
from tests.e2e.recording import MINUTE, Recording
from tests.e2e.simulation import SimulatedClock, SimulatedExporter, run_until
from tests.e2e.test_quiet_day import WATCHDOG
from tests.e2e.workload import Workload
from tests.lab.arm import Blackout, Pace
from tests.lab.datacenter import data_center

pytestmark = pytest.mark.timeout(400)

MONDAY = datetime(2026, 10, 12, 4, tzinfo=UTC).timestamp()
WINDOW = "Monday;6:00;18h"
HOURS = 20
STOPS, STARTS = 480, 600
"""Minutes between which the gateway service is stopped: longer than the hour between two checks of `SCHEDULES`."""
GATEWAY = ("AzureMigrateGatewayServiceNotRunning", "AzureMigrateRecentPathOutage")


async def monday(directory: Path, settings: dict[str, Any]) -> Recording:
    """The pages of the Monday; at noon the gateway service of the appliance is stopped for two hours."""
    clock = SimulatedClock(MONDAY)
    recording = Recording(clock.time(), EVERY)
    async with data_center(directory / "lab", strict=True, clock=clock, cycles=Pace()) as center:
        for appliance in center.project.appliances:
            appliance.blackout = Blackout(WINDOW)
        config = yaml.safe_load(center.config.read_text(encoding="utf-8"))
        config["appliances"] = [{**one, **settings} for one in config["appliances"]]
        center.config.write_text(yaml.safe_dump(config), encoding="utf-8")
        async with SimulatedExporter(center, clock, directory / "exporter", SCHEDULES) as subject:
            workload = Workload(center)
            for minute in range(0, HOURS * 60, EVERY):
                if minute in {STOPS, STARTS}:
                    await center.switch("gateway-stopped", on=minute == STOPS)
                await workload.advance()
                await run_until(MONDAY + minute * MINUTE, clock, subject)
                recording.scrape(subject.page())
    return recording


async def test_in_a_window_no_cycle_is_late_and_other_alerts_fire(tmp_path: Path) -> None:
    recording = await monday(tmp_path, {"blackout_windows": WINDOW, "time_zone": "UTC"})
    assert await recording.alerts(tmp_path, "configured", WATCHDOG, *GATEWAY) == ""


async def test_without_the_window_in_the_configuration_the_cycles_are_late(tmp_path: Path) -> None:
    recording = await monday(tmp_path, {})
    assert "AzureMigrateReplicationCycleOverdue" in await recording.alerts(tmp_path, "unknown", WATCHDOG, *GATEWAY)
