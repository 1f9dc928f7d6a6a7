"""A project in the lab's Resource Manager, on a clock turned by hand, and a client for it."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import FakeClock
from tests.integration.lab.arm import Client, site_recovery
from tests.lab.arm import LabArm, LabProject
from tests.lab.ca import LabCA


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def arm(lab_ca: LabCA, clock: FakeClock) -> AsyncIterator[LabArm]:
    async with LabArm(lab_ca, clock=clock) as running:
        yield running


@pytest.fixture
def project(arm: LabArm) -> LabProject:
    return arm.project("contoso")


@pytest.fixture
async def client(arm: LabArm, lab_ca: LabCA, project: LabProject) -> AsyncIterator[Client]:
    async with site_recovery(arm, lab_ca, project) as running:
        yield running
