"""Every check whose service has a name, with a name server that refuses, fails, or says nothing."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from dns.rcode import Rcode

from azure_migrate_exporter.reasons import Reason
from tests.integration.network import DIRECT, PROXIED, check
from tests.lab import resolver
from tests.lab.ca import LabCA
from tests.lab.checks import CHECKS, Services
from tests.lab.name_server import NameServer
from tests.lab.stranger_server import Place
from tests.lab.tcp import Fault, TcpListener

HOST = "service.lab.example"

everyone = pytest.mark.parametrize("name", [*PROXIED, *DIRECT])


@pytest.fixture
async def services(lab_ca: LabCA, tmp_path: Path) -> AsyncIterator[Services]:
    async with Services(lab_ca, tmp_path, vcenter=True) as running:
        yield running


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    """A name server for which the C library waits longer than any run here."""
    with NameServer() as server, resolver.asking(server.address, "timeout:5 attempts:1"):
        yield server


def place(services: Services, name: str) -> Place:
    return HOST, services.places[CHECKS[name].service][1]


@everyone
@pytest.mark.parametrize("rcode", [Rcode.NXDOMAIN, Rcode.SERVFAIL, Rcode.REFUSED])
async def test_a_name_that_does_not_resolve(
    services: Services, name_server: NameServer, name: str, rcode: Rcode
) -> None:
    name_server.set_failure(HOST, rcode)
    seen = await check(services, name, at=place(services, name))
    assert seen.reason is (Reason.IDENTITY if name == "entra" else Reason.DNS)
    assert f"{HOST} does not resolve: " in seen.message


@everyone
async def test_a_name_server_that_is_silent_is_dns_and_no_time_out(
    services: Services, name_server: NameServer, name: str
) -> None:
    name_server.set_silent(HOST)
    began = time.monotonic()
    seen = await check(services, name, at=place(services, name), timeout=2)
    assert time.monotonic() - began < 2.5
    assert seen.reason is (Reason.IDENTITY if name == "entra" else Reason.DNS)
    assert f"{HOST} does not resolve: the name server gave no answer in 1." in seen.message


@pytest.mark.parametrize("name", ["keyvault", "esxi", "appliance", "windows_exporter"])
async def test_a_name_of_which_one_address_is_dead_works(
    services: Services, name_server: NameServer, name: str
) -> None:
    host, port = place(services, name)
    async with TcpListener(host="127.0.0.7", port=port) as dead:
        for fault in (Fault.DROPPED, Fault.CLOSED):
            await dead.switch(fault)
            name_server.set_addresses(HOST, dead.host, "127.0.0.1")
            assert (await check(services, name, at=(host, port))).reason is None
