"""Parts that several test files share, and the rule that no test leaves a connection open."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from tests.clock import until
from tests.lab import resolver
from tests.lab.azurite import Azurite, azurite
from tests.lab.ca import LabCA
from tests.lab.name_server import NameServer


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
