"""A day on which nothing is wrong wakes nobody.

The real engine with every collector of the lab runs in this process on a clock that leaves out the waiting, against the
real parts and stand-ins, which live through the day with it. Its page is kept each minute, and the real Prometheus
rule engine (promtool) evaluates the rules as they ship, with their own times, over the 1,440 pages.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.churn import Churn
from tests.e2e.recording import MINUTE, Recording
from tests.e2e.simulation import JumpingClock, Subject
from tests.lab.arm import Pace
from tests.lab.datacenter import data_center
from tests.lab.settings import CHECKS

pytestmark = pytest.mark.timeout(400)

DAY: Final = 24 * 60
STOPS: Final = (240, 700, 1180)
STARTS: Final = (241, 703, 1181)
"""Minutes in which the exporter is stopped and started again."""
WATCHDOG: Final = "AzureMigrateWatchdog"


async def simulated(directory: Path, minutes: int, faults: Mapping[int, tuple[str, bool]]) -> Recording:
    """The pages of a day, or of its first minutes. `faults` are switched on or off in their minute."""
    clock = JumpingClock()
    began = clock.time()
    recording = Recording(began)
    lab = data_center(directory / "lab", strict=True, clock=clock, cycles=Pace())
    async with lab as center, Subject(center, clock, directory) as subject:
        churn = Churn(center)
        for minute in range(minutes):
            if minute in faults:
                name, on = faults[minute]
                await center.switch(name, on=on)
            if minute in STOPS:
                await subject.stop()
            if minute in STARTS:
                await subject.start()
            await churn.minute(minute)
            await subject.live_until(began + minute * MINUTE)
            recording.scrape(subject.page())
    return recording


async def test_a_quiet_day_wakes_nobody(tmp_path: Path) -> None:
    recording = await simulated(tmp_path, DAY, {})
    assert recording.labels("azure_migrate_collector_success", "collector") == {*CHECKS}
    assert "server-new" in recording.labels("azure_migrate_replication_info", "vm")
    assert await recording.alerts(tmp_path, "quiet", WATCHDOG) == ""


async def test_an_hour_that_is_not_quiet_is_noticed(tmp_path: Path) -> None:
    recording = await simulated(tmp_path, 60, {10: ("gateway-stopped", True), 30: ("gateway-stopped", False)})
    fired = ("AzureMigrateGatewayServiceNotRunning", "AzureMigrateRecentPathOutage")
    assert await recording.alerts(tmp_path, "loud", WATCHDOG, *fired) == ""
    assert "AzureMigrateGatewayServiceNotRunning" in await recording.alerts(tmp_path, "too-quiet", WATCHDOG)
