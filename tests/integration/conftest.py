"""Parts that several test files share because they take seconds to start."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.lab.azurite import Azurite, azurite
from tests.lab.ca import LabCA


@pytest.fixture(scope="session")
def lab_ca(tmp_path_factory: pytest.TempPathFactory) -> LabCA:
    return LabCA(tmp_path_factory.mktemp("ca"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def blob_service(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with azurite(["migratelsa1612849844"], lab_ca, tmp_path_factory.mktemp("azurite")) as running:
        yield running
