"""The appliance collector against a listener that stands for the configuration manager's port."""

from collections.abc import AsyncIterator

import pytest

from azure_migrate_exporter.collectors import appliance
from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.exposition.metrics import APPLIANCE_UP
from azure_migrate_exporter.reasons import Reason
from tests.lab.tcp import Fault, TcpListener
from tests.measured import Measured, measure


@pytest.fixture
async def manager() -> AsyncIterator[TcpListener]:
    async with TcpListener() as listener:
        yield listener


async def check(address: str, port: int, *, timeout: float = 20) -> Measured:
    settings = ApplianceSettings(name="site1", address=address, port=port)
    return await measure(appliance.create(Target("site1", "site1", settings), Context()), timeout=timeout)


async def test_an_appliance_that_answers_is_up(manager: TcpListener) -> None:
    seen = await check(manager.host, manager.port)
    assert (seen.reason, seen.value(APPLIANCE_UP, appliance="site1")) == (None, 1)


async def test_an_appliance_whose_service_is_off_is_refused(manager: TcpListener) -> None:
    await manager.switch(Fault.CLOSED)
    seen = await check(manager.host, manager.port)
    assert (seen.reason, seen.value(APPLIANCE_UP)) == (Reason.REFUSED, 0)
    assert seen.message == f"connection to 127.0.0.1:{manager.port} refused"


async def test_an_appliance_that_is_switched_off_is_a_timeout(manager: TcpListener) -> None:
    await manager.switch(Fault.DROPPED)
    seen = await check(manager.host, manager.port, timeout=0.5)
    assert (seen.reason, seen.value(APPLIANCE_UP)) == (Reason.TIMEOUT, 0)


async def test_an_unknown_name_is_dns() -> None:
    seen = await check("appliance.invalid", 44368)
    assert (seen.reason, seen.value(APPLIANCE_UP)) == (Reason.DNS, 0)


async def test_an_appliance_that_comes_back_is_up_again(manager: TcpListener) -> None:
    await manager.switch(Fault.CLOSED)
    assert (await check(manager.host, manager.port)).reason is Reason.REFUSED
    await manager.switch(Fault.NONE)
    assert (await check(manager.host, manager.port)).value(APPLIANCE_UP) == 1
