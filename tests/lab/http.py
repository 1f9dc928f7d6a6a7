"""HTTP/1.1 on a `TcpListener`, as little as the lab's Windows endpoints need; state may belong to a connection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from tests.lab.tcp import Serve


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `headers` are in lower case; `connection` is shared by all requests of one connection."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    connection: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; headers as pairs, for some come twice."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    """Whether the connection ends in the middle of the body."""


Handler = Callable[[Request], Awaitable[Response]]


def http(handler: Handler) -> Serve:
    """What a `TcpListener` serves when `handler` answers each request."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls = writer.get_extra_info("ssl_object")
        connection = {"client_certificate": tls.getpeercert() if tls else None}
        while request := await _read(reader, connection):
            response = await handler(request)
            sent = response.body[: len(response.body) // 2] if response.cut else response.body
            writer.write(_head(response) + sent)
            await writer.drain()
            if response.cut:
                return

    return serve


async def _read(reader: asyncio.StreamReader, connection: dict[str, Any]) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body, connection)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unassigned"  # 529 is Azure's own


def _head(response: Response) -> bytes:
    lines = [
        f"HTTP/1.1 {response.status} {_phrase(response.status)}",
        f"Content-Length: {len(response.body)}",
        *(f"{name}: {value}" for name, value in response.headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
