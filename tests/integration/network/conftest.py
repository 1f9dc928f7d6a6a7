"""The lab's services, each test with its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.lab.ca import LabCA
from tests.lab.checks import Services


@pytest.fixture
async def services(lab_ca: LabCA, tmp_path: Path) -> AsyncIterator[Services]:
    async with Services(lab_ca, tmp_path) as running:
        yield running
