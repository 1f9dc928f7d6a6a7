"""The ESXi collector against a listener that stands for the NFC port of a host (error 1022)."""

from collections.abc import AsyncIterator

import pytest

from azure_migrate_exporter.collectors import esxi
from azure_migrate_exporter.collectors.protocol import Context, Target
from azure_migrate_exporter.config.esxi import EsxiTarget
from azure_migrate_exporter.exposition.metrics import ESXI_TCP_CONNECT_DURATION, ESXI_TCP_UP
from azure_migrate_exporter.reasons import Reason
from tests.lab.tcp import Fault, TcpListener
from tests.measured import Measured, measure


@pytest.fixture
async def host() -> AsyncIterator[TcpListener]:
    async with TcpListener(host="127.0.4.1") as listener:
        yield listener


async def check(host: str, port: int, *, timeout: float = 20) -> Measured:
    return await measure(esxi.create(Target(host, "site1", EsxiTarget(host, port)), Context()), timeout=timeout)


async def test_a_host_whose_port_opens_is_up(host: TcpListener) -> None:
    seen = await check(host.host, host.port)
    assert (seen.reason, seen.value(ESXI_TCP_UP, appliance="site1", host="127.0.4.1")) == (None, 1)
    duration = seen.value(ESXI_TCP_CONNECT_DURATION, appliance="site1", host="127.0.4.1")
    assert isinstance(duration, float)
    assert duration > 0


async def test_a_host_without_nfc_service_is_refused(host: TcpListener) -> None:
    await host.switch(Fault.CLOSED)
    seen = await check(host.host, host.port)
    assert (seen.reason, seen.value(ESXI_TCP_UP)) == (Reason.REFUSED, 0)
    assert seen.message == f"connection to 127.0.4.1:{host.port} refused"
    assert seen.value(ESXI_TCP_CONNECT_DURATION) is None


async def test_a_firewall_that_drops_is_a_timeout(host: TcpListener) -> None:
    await host.switch(Fault.DROPPED)
    seen = await check(host.host, host.port, timeout=0.5)
    assert (seen.reason, seen.value(ESXI_TCP_UP)) == (Reason.TIMEOUT, 0)


async def test_a_host_that_does_not_resolve_is_dns() -> None:
    seen = await check("esx01.invalid", 902)
    assert (seen.reason, seen.value(ESXI_TCP_UP, host="esx01.invalid")) == (Reason.DNS, 0)


async def test_a_name_that_cannot_exist_is_dns_too() -> None:
    name = f"{'e' * 64}.example"
    seen = await check(name, 902)
    assert (seen.reason, seen.message) == (Reason.DNS, f"{name} does not resolve: not a valid host name")
