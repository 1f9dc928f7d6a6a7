"""What stands between an exporter and its storage account: a TLS front before Azurite that can be slow, or refuse.

What can be wrong with the network (closed, dropped, silent, reset, certificates) is `tests.lab.tcp.Fault`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from tests.lab.azurite import Azurite
from tests.lab.tcp import Certificates, TcpListener

_CHUNK: Final = 16 * 1024
_NOT_FORWARDED: Final = frozenset({"host", "connection", "keep-alive", "transfer-encoding", "content-length"})


class Refusal(Enum):
    """How the real service refuses: status, code, and its sentence."""

    THROTTLED = (503, "ServerBusy", "The server is busy.")
    SAS_EXPIRED = (
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly.",
    )
    FORBIDDEN = (
        403,
        "AuthorizationPermissionMismatch",
        "This request is not authorized to perform this operation using this permission.",
    )
    FULL = (507, "InsufficientStorage", "There is not enough space to store the blob.")
    BROKEN = (500, "InternalError", "The server encountered an internal error. Please retry the request.")
    NO_ANSWER = (0, "", "")
    """Takes the request and never answers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as another server than Azure's, or one that Azurite cannot give. The content type is a header too."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    def encode(self) -> bytes:
        """The bytes on the wire."""
        return _answer(self.status, "Answered", list(self.headers), self.body)


@dataclass(frozen=True, slots=True)
class BlobRequest:
    """The head of a request. `headers` keep their case."""

    method: str
    target: str
    headers: dict[str, str]
    size: int

    @property
    def kind(self) -> str:
        """What is asked for: `put block`, `put blocklist`, `put blob`, `list`, `delete`."""
        if self.method != "PUT":
            return {"DELETE": "delete", "GET": "list"}.get(self.method, self.method)
        return next(
            (f"put {comp}" for comp in ("blocklist", "block") if f"comp={comp}&" in f"{self.target}&"), "put blob"
        )


class BlobProxy(TcpListener):
    """Forwards to Azurite. Every attribute may be changed while it runs."""

    def __init__(self, azurite: Azurite, certificates: Certificates) -> None:
        super().__init__(self._talk, certificates=certificates)
        self.rate: float | None = None
        """Bytes per second at which bodies are taken, over all connections together; None for as fast as it goes."""
        self.requests: Counter[str] = Counter()
        """Requests so far by `BlobRequest.kind`, refused ones included."""
        self.received: Counter[str] = Counter()
        """Bytes of their bodies."""
        self._azurite = azurite
        self._refusal: Refusal | Answer | None = None
        self._kinds: frozenset[str] = frozenset()
        self._free_at = 0.0

    async def __aenter__(self) -> Self:
        # Azurite drops a connection that is idle for some seconds, now and then just as we send on it, and a body that
        # we pass on cannot be sent twice.
        connector = aiohttp.TCPConnector(ssl=self._azurite.ca.client_context(), limit=0, keepalive_timeout=2.0)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        await super().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, traceback)
        await self._session.close()

    def endpoint(self, account: str) -> str:
        """Address of an account behind this proxy."""
        return self._azurite.endpoint(account, self.port)

    def refuse(self, refusal: Refusal | Answer | None, *kinds: str) -> None:
        """Answer requests of these kinds (see `BlobRequest.kind`; all if none is given) like that; None ends it."""
        self._refusal = refusal
        self._kinds = frozenset(kinds)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await _head(reader)) is not None:
            self.requests[request.kind] += 1
            self.received[request.kind] += request.size
            refusal = self._refusal if not self._kinds or request.kind in self._kinds else None
            if refusal is Refusal.NO_ANSWER:
                await reader.read()
                return
            if refusal is not None:
                answer = refusal.encode() if isinstance(refusal, Answer) else _refused(refusal)
                async for _ in self._body(reader, request.size):
                    pass
            else:
                try:
                    answer = await self._forward(request, reader)
                except aiohttp.ClientError as error:
                    raise ConnectionResetError("Azurite and we lost each other") from error
            writer.write(answer)
            await writer.drain()

    async def _forward(self, request: BlobRequest, reader: asyncio.StreamReader) -> bytes:
        url = URL(f"https://localhost:{self._azurite.port}{request.target}", encoded=True)
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_FORWARDED}
        async with self._session.request(
            request.method,
            url,
            headers={**headers, "Content-Length": str(request.size)},
            data=self._body(reader, request.size) if request.size else None,
            skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),  # some are signed
        ) as response:
            body = await response.read()
            kept = [(name, value) for name, value in response.headers.items() if name.lower() not in _NOT_FORWARDED]
            return _answer(response.status, response.reason or "", kept, body)

    async def _body(self, reader: asyncio.StreamReader, size: int) -> AsyncIterator[bytes]:
        while size > 0:
            chunk = await reader.read(min(size, _CHUNK))
            if not chunk:
                raise ConnectionResetError("the client left in the middle of a body")
            size -= len(chunk)
            await self._pace(len(chunk))
            yield chunk

    async def _pace(self, size: int) -> None:
        if self.rate is None:
            return
        now = asyncio.get_running_loop().time()
        self._free_at = max(self._free_at, now) + size / self.rate
        await asyncio.sleep(self._free_at - now)


async def _head(reader: asyncio.StreamReader) -> BlobRequest | None:
    try:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = first.split(" ", 2)
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    size = next((int(value) for name, value in headers.items() if name.lower() == "content-length"), 0)
    return BlobRequest(method, target, headers, size)


def _refused(refusal: Refusal) -> bytes:
    status, code, sentence = refusal.value
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{sentence}</Message></Error>'
    return _answer(status, code, [("x-ms-error-code", code), ("Content-Type", "application/xml")], body.encode())


def _answer(status: int, reason: str, headers: list[tuple[str, str]], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}", *(f"{n}: {v}" for n, v in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
