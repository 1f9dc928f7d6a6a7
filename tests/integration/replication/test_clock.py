"""A wall clock of the exporter that is stepped, and of which Azure knows nothing."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from tests.clock import FakeClock
from tests.integration.replication import HOUR, MINUTE, live, running, settings
from tests.lab.arm import LabAppliance, LabArm, LabProject


@pytest.mark.parametrize("step", [3 * HOUR, -3 * HOUR, -48 * HOUR])
async def test_a_stepped_clock_drops_no_series(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock, step: float
) -> None:
    paris.machine("web")
    own = FakeClock(clock.time())
    async with running(settings(arm, project, tmp_path), Context(own)) as collector:
        await live(collector, own, MINUTE)
        before = await live(collector, own, MINUTE)
        own.step(step)
        after = await live(collector, own, 6 * MINUTE)
    assert before.samples.keys() <= after.samples.keys()
