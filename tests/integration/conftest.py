"""Parts that several test files share, and the rule that no test leaves a connection open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.clock import until
from tests.lab import resolver
from tests.lab.azurite import Azurite, azurite
from tests.lab.ca import LabCA
from tests.lab.forward_proxy import ForwardProxy, forward_proxy
from tests.lab.name_server import NameServer

PROXY_USERS = {"exporter": "proxy-s3cret"}
"""Who may use `proxy_with_password`."""


def pytest_configure() -> None:
    """Make `name_server` possible while no thread runs yet; where this is not, the fixture says so."""
    with contextlib.suppress(OSError, AttributeError):  # not root; not Linux
        resolver.isolate()


@pytest.fixture(scope="session")
def lab_ca(tmp_path_factory: pytest.TempPathFactory) -> LabCA:
    return LabCA(tmp_path_factory.mktemp("ca"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def blob_service(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    async with azurite(["migratelsa1612849844"], lab_ca, tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
async def open_proxy(tmp_path: Path) -> AsyncIterator[ForwardProxy]:
    """A forward proxy that everyone may use and that passes TLS through."""
    async with forward_proxy(tmp_path / "open-proxy") as proxy:
        yield proxy


@pytest.fixture
async def proxy_with_password(tmp_path: Path) -> AsyncIterator[ForwardProxy]:
    """A forward proxy for `PROXY_USERS` that passes TLS through."""
    async with forward_proxy(tmp_path / "proxy-with-password", users=PROXY_USERS) as proxy:
        yield proxy


@pytest.fixture
async def intercepting_proxy(tmp_path: Path, lab_ca: LabCA) -> AsyncIterator[ForwardProxy]:
    """A forward proxy that everyone may use, which reads TLS with a CA of its own and trusts the lab's."""
    async with forward_proxy(tmp_path / "intercepting-proxy", intercept=True, trusted=lab_ca.bundle) as proxy:
        yield proxy


@pytest.fixture
def name_server() -> Iterator[NameServer]:
    """The only name server of this process, and of every program that it starts meanwhile.

    The C library waits a second for its answer; `resolver.asking` in a test makes that longer.
    """
    with NameServer() as server, resolver.asking(server.address, "timeout:1 attempts:1"):
        yield server


@pytest.fixture(autouse=True)
async def nothing_stays_open() -> AsyncIterator[None]:
    """A connection that was closed still says goodbye in TLS, and waits for the answer: the loop must not end before.

    One that was never closed fails its own test here, not the one that happens to run when Python finds it.
    """
    yield
    loop: Any = asyncio.get_running_loop()

    def left() -> list[Any]:
        return [transport for transport in loop._transports.values() if transport._sock is not None]

    try:
        await until(lambda: not left())
    except TimeoutError:
        pytest.fail(f"left open: {left()}")
