"""Put requests of our own against real sockets: early answers, closed connections, and cutting from another thread."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.storage.upload import AnswerError, expect_created
from azure_migrate_exporter.network.http_connection import PutConnection
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.reasons.classify import classify
from tests.clock import REAL_TIMEOUT, until
from tests.lab.ca import LabCA
from tests.lab.tcp import Certificates, Fault, Serve, TcpListener, hold

PIECES = [memoryview(bytes(256 * 1024))] * 32
SIZE = 8 * 1024 * 1024
CREATED = b"HTTP/1.1 201 Created\r\nx-ms-request-id: 1\r\nContent-Length: 0\r\n\r\n"
HEADERS = {"x-test": "1", "x-ms-version": "2021-08-06"}


@pytest.fixture
def ca(tmp_path: Path) -> LabCA:
    return LabCA(tmp_path / "ca")


@asynccontextmanager
async def connection(
    serve: Serve, ca: LabCA, directory: Path, *, tls: bool = True, fault: Fault = Fault.NONE
) -> AsyncIterator[tuple[PutConnection, TcpListener]]:
    certificates = Certificates.issue(ca, directory, "blob") if tls else None
    async with TcpListener(serve, certificates=certificates) as listener:
        await listener.switch(fault)
        trusted = ca.client_context() if tls else None
        client = PutConnection("localhost", listener.port, tls=trusted, timeout=REAL_TIMEOUT, headers=HEADERS)
        yield client, listener
        client.close()


async def put(client: PutConnection) -> None:
    expect_created(client.where, await asyncio.to_thread(client.put, "/c/b?comp=block", PIECES))


async def failure(client: PutConnection) -> Exception:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the tests look at what it is
        await put(client)
    return caught.value


async def read_body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(SIZE)
    return head


@pytest.mark.parametrize("tls", [True, False])
async def test_one_connection_serves_every_put(ca: LabCA, tmp_path: Path, tls: bool) -> None:  # noqa: FBT001
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heads.append(await read_body(reader))
            writer.write(CREATED)

    async with connection(serve, ca, tmp_path, tls=tls) as (client, listener):
        await put(client)
        await put(client)
        assert (listener.accepted, client.sent) == (1, 2 * SIZE)
        assert client.acknowledged is not None
        assert 2 * SIZE < client.acknowledged < 2 * SIZE * 1.01  # with heads and TLS
    assert len(heads) == 2
    assert b"x-test: 1\r\n" in heads[0]
    assert b"x-ms-version: 2021-08-06\r\n" in heads[0]


async def test_a_server_that_wants_a_new_connection_gets_one(ca: LabCA, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_body(reader)
        writer.write(CREATED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        await writer.drain()

    async with connection(serve, ca, tmp_path) as (client, listener):
        await put(client)
        await put(client)
        assert listener.accepted == 2


async def test_a_refusal_that_comes_before_the_body_is_read_is_the_error(ca: LabCA, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"<Error><Code>ServerBusy</Code><Message>Later.\nRequestId:1</Message></Error>"
        head = f"HTTP/1.1 503 Busy\r\nx-ms-error-code: ServerBusy\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async with connection(serve, ca, tmp_path, tls=False) as (client, _):
        error = await failure(client)
    assert isinstance(error, AnswerError)
    assert (error.status_code, error.error_code, error.message) == (503, "ServerBusy", "Later.")
    assert classify(error) is Reason.THROTTLED


@pytest.mark.parametrize("tls", [True, False])
async def test_a_connection_that_ends_while_we_send_is_a_reset(
    ca: LabCA,
    tmp_path: Path,
    tls: bool,  # noqa: FBT001
) -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with connection(serve, ca, tmp_path, tls=tls) as (client, _):
        assert classify(await failure(client)) is Reason.RESET


async def test_a_connection_that_ends_before_the_answer_is_a_reset(ca: LabCA, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_body(reader)

    async with connection(serve, ca, tmp_path) as (client, _):
        assert classify(await failure(client)) is Reason.RESET


async def test_what_is_not_http_is_protocol(ca: LabCA, tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_body(reader)
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await writer.drain()

    async with connection(serve, ca, tmp_path) as (client, _):
        assert classify(await failure(client)) is Reason.PROTOCOL


async def _read_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("serve", "fault"),
    [(hold, Fault.SILENT), (_read_nothing, Fault.NONE), (hold, Fault.NONE)],
    ids=["in the handshake", "while it sends", "while it waits"],
)
async def test_another_thread_can_cut_it_at_any_moment(ca: LabCA, tmp_path: Path, serve: Serve, fault: Fault) -> None:
    async with connection(serve, ca, tmp_path, fault=fault) as (client, _):
        running = asyncio.create_task(put(client))
        await until(lambda: client.sock is not None)
        if fault is Fault.NONE:
            await until(lambda: client.sent > 0)
        client.cut()
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is means nothing once it was cut
            await asyncio.wait_for(running, REAL_TIMEOUT / 2)


async def test_what_was_cut_before_it_began_never_begins(ca: LabCA, tmp_path: Path) -> None:
    async with connection(hold, ca, tmp_path) as (client, listener):
        client.cut()
        await failure(client)
        assert listener.accepted == 0
