"""Connections of threads: the phases and errors of `connect`, and an end that another thread can bring about."""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.network.blocking import cut, open_blocking, shake_hands, wrap_tls
from azure_migrate_exporter.network.certificates import certificate_in
from azure_migrate_exporter.network.http_connection import HttpConnection
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import client_context, unverified_context
from azure_migrate_exporter.reasons import CheckError, Reason
from tests.clock import until
from tests.lab.ca import LabCA
from tests.lab.http import Request, Response, http
from tests.lab.tcp import Certificates, Fault, TcpListener


async def answer(_: Request) -> Response:
    return Response(200, b"whole")


class Server(TcpListener):
    """HTTP over TLS."""

    def __init__(self, directory: Path) -> None:
        self.ca = LabCA(directory / "ca")
        self.directory = directory
        super().__init__(http(answer), certificates=Certificates.issue(self.ca, directory, "server"))

    def connection(self, **options: Any) -> HttpConnection:
        values = {"tls": client_context(self.ca.bundle), "timeout": 5.0, **options}
        return HttpConnection("localhost", self.port, **values)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(tmp_path) as running:
        yield running


async def in_thread(call: Any, *args: Any) -> Any:
    return await asyncio.to_thread(call, *args)


def ask(connection: HttpConnection) -> bytes:
    with contextlib.closing(connection):
        connection.request("GET", "/")
        return connection.getresponse().read()


async def test_a_request_and_its_answer(server: Server) -> None:
    assert await in_thread(ask, server.connection()) == b"whole"


async def test_every_failure_has_the_words_of_connect(server: Server) -> None:
    place = f"localhost:{server.port}"
    expected = {
        Fault.EXPIRED: (Reason.TLS, f"the certificate of {place} does not verify: certificate has expired"),
        Fault.RESET: (Reason.RESET, f"{place} cut the connection in the TLS handshake"),
        Fault.SILENT: (Reason.TIMEOUT, f"no TLS with {place}: no answer to the handshake"),
    }
    for fault, (reason, message) in expected.items():
        await server.switch(fault)
        with pytest.raises(CheckError) as caught:
            await in_thread(ask, server.connection(timeout=0.3))
        assert (caught.value.reason, caught.value.message) == (reason, message)
    await server.switch(Fault.CLOSED)
    with pytest.raises(CheckError) as caught:
        await in_thread(ask, server.connection())
    assert caught.value.reason is Reason.REFUSED


async def test_a_server_that_ends_the_connection_in_the_handshake_has_cut_it(tmp_path: Path) -> None:
    async def leave(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(65536)  # what is left unread would make a reset of the end

    context = client_context(LabCA(tmp_path / "ca").bundle)
    async with TcpListener(leave) as listener:
        connection = HttpConnection("localhost", listener.port, tls=context, timeout=5.0)
        with pytest.raises(CheckError) as caught:
            await in_thread(ask, connection)
        text = f"localhost:{listener.port} cut the connection in the TLS handshake"
    assert (caught.value.reason, caught.value.message) == (Reason.RESET, text)


async def test_a_pinned_certificate_is_the_only_one(server: Server, tmp_path: Path) -> None:
    own = certificate_in(server.ca.directory / "server.pem")
    assert await in_thread(ask, server.connection(tls=unverified_context(), certificate=own)) == b"whole"
    other = certificate_in(LabCA(tmp_path / "other").issue("other").chain)
    with pytest.raises(CheckError, match="shows another certificate than the one in certificate_file"):
        await in_thread(ask, server.connection(tls=unverified_context(), certificate=other))


async def test_the_way_through_a_proxy_is_the_tunnel(server: Server) -> None:
    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 No\r\n\r\n")
        await writer.drain()

    async with TcpListener(tunnel) as proxy:
        with pytest.raises(CheckError, match="wants credentials") as caught:
            await in_thread(ask, server.connection(proxy=Proxy(proxy.host, proxy.port)))
    assert caught.value.reason is Reason.PROXY


# --- cut by another thread -------------------------------------------------------------------------------------------


class Hanging:
    """A request in a thread, which `cut` ends."""

    def __init__(self, connection: HttpConnection) -> None:
        self.connection = connection
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            ask(self.connection)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def cut(self) -> float:
        """Cut, and give the seconds that the thread took to end."""
        began = time.monotonic()
        self.connection.cut()
        self.thread.join(5)
        assert not self.thread.is_alive()
        return time.monotonic() - began


async def test_a_cut_ends_a_read(server: Server) -> None:
    reached = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reached.set()
        await reader.read()

    server._serve = silent
    hanging = Hanging(server.connection(timeout=60))
    await asyncio.wait_for(reached.wait(), 5)
    assert await asyncio.to_thread(hanging.cut) < 1
    assert hanging.error is not None


async def test_a_cut_ends_a_handshake(server: Server) -> None:
    await server.switch(Fault.SILENT)
    hanging = Hanging(server.connection(timeout=60))
    await until(lambda: server.accepted > 0)
    assert await asyncio.to_thread(hanging.cut) < 1
    assert isinstance(hanging.error, CheckError | ConnectionAbortedError)


async def test_a_cut_before_the_connection_is_open_ends_it_once_it_is(server: Server) -> None:
    connection = server.connection(timeout=60)
    connection.cut()
    with pytest.raises(ConnectionAbortedError, match="cut by its owner"):
        await in_thread(ask, connection)


async def test_a_cut_ends_a_connection_that_is_being_opened(server: Server) -> None:
    await server.switch(Fault.DROPPED)
    hanging = Hanging(server.connection(timeout=60))
    assert await asyncio.to_thread(hanging.cut) < 1
    assert hanging.error is not None


def test_a_cut_of_nothing_is_nothing() -> None:
    cut(None)


async def test_a_failed_handshake_closes_its_socket(server: Server) -> None:
    await server.switch(Fault.STRANGER)

    def shake() -> int:
        sock = open_blocking("127.0.0.1", server.port, timeout=2)
        secured = wrap_tls(sock, client_context(server.ca.bundle), "localhost")
        with pytest.raises(CheckError) as caught:
            shake_hands(secured, f"localhost:{server.port}")
        assert caught.value.reason is Reason.TLS
        return secured.fileno()

    assert await in_thread(shake) == -1
