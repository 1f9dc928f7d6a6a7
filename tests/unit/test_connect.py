"""Connecting: every address is tried, the telling error wins, and nothing stays open."""

import asyncio
import gc
import socket
import threading

import pytest

from azure_migrate_exporter.network.address import _RESOLVERS, AddressInfo, authority, first_that_connects, resolve
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import silence_limit
from tests.lab.tcp import Fault, TcpListener

UNREACHABLE = "127.255.255.255"
"""Broadcast on loopback: no TCP connection can go there, whatever the machine's network."""


def address(host: str, port: int) -> AddressInfo:
    return (socket.AF_INET, socket.SOCK_STREAM, 0, "", (host, port))


async def test_an_address_that_drops_does_not_hold_up_the_next_one() -> None:
    async with TcpListener() as dead, TcpListener() as alive:
        await dead.switch(Fault.DROPPED)
        with await first_that_connects([address(dead.host, dead.port), address(alive.host, alive.port)]) as sock:
            assert sock.getpeername() == (alive.host, alive.port)


async def test_an_address_that_refuses_is_followed_by_the_next_one() -> None:
    async with TcpListener() as dead, TcpListener() as alive:
        await dead.switch(Fault.CLOSED)
        with await first_that_connects([address(dead.host, dead.port), address(alive.host, alive.port)]) as sock:
            assert sock.getpeername() == (alive.host, alive.port)


@pytest.mark.parametrize("unreachable_first", [True, False])
async def test_a_refusal_says_more_than_a_missing_route(*, unreachable_first: bool) -> None:
    async with TcpListener() as closed:
        await closed.switch(Fault.CLOSED)
        addresses = [address(UNREACHABLE, closed.port), address(closed.host, closed.port)]
        with pytest.raises(ConnectionRefusedError) as caught:
            await first_that_connects(addresses if unreachable_first else addresses[::-1])
    assert caught.value.filename == closed.host


async def test_no_route_is_unreachable() -> None:
    with pytest.raises(CheckError) as caught:
        async with connect(UNREACHABLE, 902):
            pass
    assert caught.value.reason is Reason.UNREACHABLE
    assert caught.value.message == f"connection to {UNREACHABLE}:902 impossible: no route"


async def test_the_address_behind_a_name_is_told() -> None:
    async with TcpListener() as closed:
        await closed.switch(Fault.CLOSED)
        with pytest.raises(CheckError) as caught:
            async with connect("localhost", closed.port):
                pass
    assert caught.value.message in {
        f"connection to localhost:{closed.port} (127.0.0.1) refused",
        f"connection to localhost:{closed.port} (::1) refused",
    }


async def test_phases_are_told_as_each_ends() -> None:
    phases: list[str] = []
    async with TcpListener() as listener:
        async with connect(listener.host, listener.port, on_phase=lambda phase, _: phases.append(phase)):
            assert phases == ["dns", "connect"]
        await listener.switch(Fault.CLOSED)
        with pytest.raises(CheckError):
            async with connect(listener.host, listener.port, on_phase=lambda phase, _: phases.append(phase)):
                pass
    assert phases == ["dns", "connect", "dns"]


async def test_the_connection_is_closed_when_its_user_fails() -> None:
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()
        left.set()

    async with TcpListener(serve) as listener:
        with pytest.raises(KeyError):
            async with connect(listener.host, listener.port):
                raise KeyError("the user's own")
        async with asyncio.timeout(10):
            await left.wait()


@pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.SILENT])
async def test_a_cancelled_connection_leaves_no_socket_open(fault: Fault) -> None:
    """A socket that is left open is a ResourceWarning, and that is an error here."""
    async with TcpListener() as listener:
        await listener.switch(fault)

        async def hang() -> None:
            async with connect(listener.host, listener.port):
                await asyncio.Event().wait()

        task = asyncio.create_task(hang())
        await asyncio.wait({task}, timeout=0.1)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        del task
        gc.collect()


async def test_an_address_needs_no_name_server_and_no_thread_that_waits_for_one() -> None:
    released = threading.Event()
    busy = [_RESOLVERS.submit(released.wait, 30) for _ in range(32)]
    try:
        async with asyncio.timeout(5):
            ((*_, (v4, *_)),), ((*_, (v6, *_)),) = await resolve("127.0.0.1", 902), await resolve("::1", 902)
    finally:
        released.set()
    assert (v4, v6) == ("127.0.0.1", "::1")
    assert all(call.result(5) for call in busy)


def test_places_are_written_as_people_write_them() -> None:
    assert authority("esx01.example", 902) == "esx01.example:902"
    assert authority("2001:db8::1", 902) == "[2001:db8::1]:902"


async def test_a_check_may_take_less_silence_for_a_failure() -> None:
    async with TcpListener() as dead:
        await dead.switch(Fault.DROPPED)
        with silence_limit(0.05), pytest.raises(CheckError, match=r"timed out: no answer in 0\.1 s") as caught:
            async with connect(dead.host, dead.port):
                pass
        assert caught.value.reason is Reason.TIMEOUT
