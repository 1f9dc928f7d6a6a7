"""A connection that is given up at any loop turn: its descriptor is closed by its transport, never under it.

A descriptor that is closed under a transport goes to the next connection, of which the transport then reads, or which
the event loop refuses with "File descriptor N is used by transport".
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from azure_migrate_exporter.network.connect import attach, end_transport_of
from azure_migrate_exporter.network.tls import client_context
from azure_migrate_exporter.web.connections import Connection, Connections
from azure_migrate_exporter.web.http_metrics import ClosedBecause, HttpMetrics
from azure_migrate_exporter.web.limits import Limits
from azure_migrate_exporter.web.listener import accepting
from tests.clock import REAL_TIMEOUT, until
from tests.lab.ca import LabCA

TURNS = 200
"""Loop turns after which every closed connection is gone: some come with the peer's next segment."""


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> LabCA:
    return LabCA(tmp_path_factory.mktemp("ca"))


async def turns(number: int) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def cancelled_at(turn: int, task: "asyncio.Task[Any]") -> bool:
    """Cancel `task` after so many turns; False if it had ended by then."""
    await turns(turn)
    going_on = task.cancel()
    await asyncio.wait({task})
    return going_on and task.cancelled()


async def expect_free_numbers(until: int) -> None:
    """The next connections get the descriptors up to this number, and none is somebody else's."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        number = -1
        while number < until:
            successor = stack.enter_context(socket.socket())
            number = successor.fileno()
            successor.setblocking(False)
            await asyncio.get_running_loop().sock_connect(successor, listener.getsockname())


async def expect_closed(sock: socket.socket, number: int) -> None:
    """`sock`, whose descriptor was `number`, is closed soon."""
    for _ in range(TURNS):
        if sock.fileno() == -1:
            break
        await asyncio.sleep(0.001)
    assert sock.fileno() == -1
    await expect_free_numbers(number)


class CountingConnections(Connections):
    """Counts those that were accepted: with one that was not, the listener would end before it is closed."""

    count = 0

    def accepted(self, address: str) -> Connection:
        self.count += 1
        return super().accepted(address)


@asynccontextmanager
async def server(context: ssl.SSLContext | None) -> AsyncIterator[tuple[str, int]]:
    held: set[asyncio.Task[None] | None] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(asyncio.current_task())
        with contextlib.suppress(OSError):
            await reader.read()
        writer.transport.abort()

    listening = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=context)
    async with listening:
        yield listening.sockets[0].getsockname()
        await asyncio.gather(*filter(None, held))
        await turns(TURNS)


async def connected(address: tuple[str, int]) -> socket.socket:
    sock = socket.socket()
    sock.setblocking(False)
    await asyncio.get_running_loop().sock_connect(sock, address)
    return sock


@pytest.mark.parametrize("tls", [True, False])
async def test_a_connection_of_ours_that_is_given_up_at_any_turn(ca: LabCA, tls: bool) -> None:  # noqa: FBT001
    context = client_context(ca.bundle) if tls else None
    async with server(ca.issue("server").server_context() if tls else None) as address:
        turn = 1  # before its first turn it has no connection yet
        while True:
            sock = await connected(address)
            number = sock.fileno()
            step = asyncio.create_task(attach(sock, asyncio.Protocol, "lab", context, "127.0.0.1"))
            if not await cancelled_at(turn, step):
                step.result().abort()
                break
            await expect_closed(sock, number)
            turn += 1
    assert turn > (3 if tls else 1)


@pytest.mark.parametrize("tls", [True, False])
async def test_a_connection_to_us_that_is_closed_at_any_turn(ca: LabCA, tls: bool) -> None:  # noqa: FBT001
    """As when there are too many: the one that was idle longest is closed, in its handshake too."""
    shown = ca.issue("server").server_context() if tls else None
    context = client_context(ca.bundle) if tls else None
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    connections = CountingConnections(Limits(), HttpMetrics())
    async with accepting(listener, asyncio.Protocol, connections, Limits(), shown):
        for turn in range(40 if tls else 10):
            sock = await connected(listener.getsockname())
            client = asyncio.create_task(attach(sock, asyncio.Protocol, "us", context, "127.0.0.1"))
            await turns(turn)
            connections.close_longest_idle(ClosedBecause.LIMIT)
            await turns(20)
            await expect_free_numbers(sock.fileno() + 4)
            client.cancel()
            await asyncio.wait({client})
            number = sock.fileno()
            end_transport_of(sock)
            await expect_closed(sock, number)
            await until(lambda: connections.count > turn)  # noqa: B023 - called in the same turn
    assert len(connections) == 0


class ClosesAtOnce(Connections):
    """Has too many: the newest connection is closed before its task takes a step."""

    def accepted(self, address: str) -> Connection:
        asyncio.get_running_loop().call_soon(self.close_longest_idle, ClosedBecause.LIMIT)
        return super().accepted(address)


async def test_a_connection_to_us_that_is_closed_before_its_first_step() -> None:
    """A socket that is left to the garbage collector is a ResourceWarning, which fails the test."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    connections = ClosesAtOnce(Limits(), HttpMetrics())
    async with accepting(listener, asyncio.Protocol, connections, Limits()):
        with contextlib.closing(await connected(listener.getsockname())) as sock:
            received = asyncio.get_running_loop().sock_recv(sock, 1)
            assert await asyncio.wait_for(received, REAL_TIMEOUT) == b""
    assert len(connections) == 0
