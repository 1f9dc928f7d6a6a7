"""A vault of the lab with one appliance, on a clock turned by hand. A test file may make its own appliance of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clock import FakeClock
from tests.lab.arm import LabAppliance, LabArm, LabProject
from tests.lab.ca import LabCA


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def arm(tmp_path: Path, clock: FakeClock) -> AsyncIterator[LabArm]:
    async with LabArm(LabCA(tmp_path), clock=clock) as started:
        yield started


@pytest.fixture
def project(arm: LabArm) -> LabProject:
    return arm.project("contoso")


@pytest.fixture
def paris(project: LabProject) -> LabAppliance:
    return project.appliance("paris")
