"""A small vCenter and a collector of it, for test files that need no other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from azure_migrate_exporter.collectors.protocol import Collector
from tests.integration.vsphere import running, settings
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=4, hosts=2) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def no_session_remains(vcenter: LabVCenter) -> AsyncIterator[None]:
    """After each test the account has no session on the server."""
    yield
    vcenter.proxy.clear()
    assert await vcenter.sessions() == 0


@pytest_asyncio.fixture(loop_scope="module")
async def collector(vcenter: LabVCenter, tmp_path: Path) -> AsyncIterator[Collector]:
    async with running(settings(vcenter, tmp_path, request_timeout="2s")) as made:
        yield made
