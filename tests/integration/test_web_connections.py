"""Connections: a scrape always gets in, whatever other clients hold open. Over real sockets, plain and TLS."""

import asyncio
import contextlib
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import trustme

from azure_migrate_exporter.web.limits import Limits
from tests.clock import REAL_TIMEOUT, until
from tests.webserver import WebServer, web_server

HEALTHY = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(params=["plain", "tls"])
def web_config(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    if request.param == "plain":
        return None
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "pem")
    file = tmp_path / "web.yml"
    file.write_text("tls_server_config: {cert_file: pem, key_file: pem}")
    return file


async def scrape(server: WebServer) -> int:
    """The status of a scrape on a connection of its own."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    timeout = aiohttp.ClientTimeout(REAL_TIMEOUT)
    async with aiohttp.ClientSession(server.url, timeout=timeout) as client, client.get("/metrics", ssl=context) as got:
        await got.read()
        return got.status


async def closed(reader: asyncio.StreamReader) -> bool:
    """Whether the server closes this connection."""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(REAL_TIMEOUT):
            return await reader.read() == b""
    return True


@contextlib.asynccontextmanager
async def silent(server: WebServer, number: int) -> AsyncIterator[list[socket.socket]]:
    """Connections that never say anything."""
    with contextlib.ExitStack() as stack:
        sockets = []
        for _ in range(number):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, (server.host, server.port))
            sockets.append(sock)
        yield sockets


@pytest.mark.usefixtures("many_descriptors")
@pytest.mark.parametrize("number", [256, 2000])
async def test_a_scrape_is_answered_beside_silent_connections(
    tmp_path: Path, web_config: Path | None, number: int
) -> None:
    async with web_server(tmp_path, web_config=web_config) as server:
        async with silent(server, number // 2), asyncio.TaskGroup() as scrapes:
            for _ in range(5):
                scrapes.create_task(scrape(server))
            async with silent(server, number - number // 2):
                assert [await scrape(server) for _ in range(5)] == [200] * 5
        assert server.context.http.connections <= Limits().connections


async def test_at_the_limit_the_longest_idle_connection_is_closed(tmp_path: Path) -> None:
    async with web_server(tmp_path, limits=Limits(connections=3, share_of_an_address=1)) as server:
        held = [await asyncio.open_connection(server.host, server.port) for _ in range(3)]
        for number in (1, 2, 0):
            reader, writer = held[number]
            writer.write(HEALTHY)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            await reader.readuntil(b"healthy\n")
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(HEALTHY)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        assert await closed(held[1][0]), "the one that was idle longest"
        assert not held[2][0].at_eof()
        assert not held[0][0].at_eof()
        for _, other in held:
            other.close()
        writer.close()


async def test_a_scrape_gets_in_when_several_addresses_together_reach_the_limit(tmp_path: Path) -> None:
    async with web_server(tmp_path, limits=Limits(connections=4)) as server, contextlib.AsyncExitStack() as stack:
        for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.6"):
            reader, writer = await asyncio.open_connection(server.host, server.port, local_addr=(address, 0))
            stack.callback(writer.close)
            writer.write(HEALTHY)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        lines = b"".join(piece for family in server.context.http.families() for piece in family).decode()
        assert 'connections_closed_total{cause="limit"} 2.0' in lines


async def test_one_address_cannot_take_all_connections(tmp_path: Path) -> None:
    async with web_server(tmp_path, limits=Limits(connections=8)) as server:
        async with silent(server, 20):
            await until(lambda: server.context.http.connections <= 4)
        lines = b"".join(piece for family in server.context.http.families() for piece in family).decode()
        assert 'connections_closed_total{cause="address_limit"} 16.0' in lines


async def test_a_connection_without_a_first_request_is_closed(tmp_path: Path, web_config: Path | None) -> None:
    async with web_server(tmp_path, web_config=web_config, limits=Limits(first_head=0.1)) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(b"GET / HT")
        assert await closed(reader)
        writer.close()
        await until(lambda: server.context.http.connections == 0)


async def test_without_a_descriptor_left_an_idle_connection_makes_room(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with web_server(tmp_path) as server, asyncio.timeout(REAL_TIMEOUT):
        reader, writer = await asyncio.open_connection(server.host, server.port)
        await until(lambda: server.context.http.connections == 1)
        with socket.socket() as client, no_descriptor_left():
            client.setblocking(False)
            await loop.sock_connect(client, (server.host, server.port))
            await loop.sock_sendall(client, HEALTHY)
            assert await loop.sock_recv(client, 12) == b"HTTP/1.1 200"
        assert await closed(reader)
        writer.close()


@contextlib.contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Let the process open nothing more inside the block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as one:
        lowest_free = one.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
