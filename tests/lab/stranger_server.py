"""A listener before a service of the lab, which passes requests on, or has a stranger answer in the service's place."""

import asyncio
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, Protocol, Self

from tests.lab.ca import HOSTS, LabCA
from tests.lab.tcp import Certificates, Fault, TcpListener, hold

Place = tuple[str, int]
"""Host and port."""

_LINGER_NOT: Final = struct.pack("ii", 1, 0)


class Own(Protocol):
    """How a service itself refuses."""

    def __call__(self, status: int, text: str = "", *headers: tuple[str, str]) -> bytes:
        """A whole HTTP answer that only the service would give; `text` is in its message."""


@dataclass(slots=True)
class Conversation:
    """One connection to a stranger, and the request that it took last."""

    reader: asyncio.StreamReader = field(repr=False)
    writer: asyncio.StreamWriter = field(repr=False)
    own: Own
    elsewhere: str
    """Where a redirect leads."""
    head: bytes = b""
    body: bytes = b""

    async def say(self, *parts: bytes) -> None:
        """Send."""
        for part in parts:
            if self.writer.transport.is_closing():
                raise ConnectionResetError
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)  # drain alone never yields on a connection that is gone


Act = Callable[[Conversation], Awaitable[None]]


class End(Enum):
    """How a connection goes on after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    HOLD = "hold"


class Speaks(Enum):
    """What is spoken with a service."""

    PLAIN = "nothing, over TCP alone"
    TLS = "nothing, over TLS"
    HTTP = "HTTP over TLS"
    BYTES = "a protocol of bytes over TLS"
    WEBSOCKET = "a protocol of bytes in a WebSocket"


class Shown(Enum):
    """What a stranger shows in the TLS handshake."""

    VALID = "valid"
    OTHER_NAME = "other name"
    NOTHING = "no TLS at all"


@dataclass(frozen=True, slots=True)
class Stranger:
    """One way to answer.

    Attributes:
        name: as the table of cells has it.
        words: what it does, for a person.
        fault: what is wrong with the network or the certificate.
        shown: what it shows in the handshake.
        greets: what it does before any request; then it reads none.
        answers: what it does with each request.
    """

    name: str
    words: str
    fault: Fault = Fault.NONE
    shown: Shown = Shown.VALID
    greets: Act | None = None
    answers: Act | None = None
    end: End = End.KEEP

    @property
    def is_in_answers(self) -> bool:
        """Whether the network and the certificate are as always."""
        return self.answers is not None


class StrangerServer(TcpListener):
    """A listener before the service at `upstream`, whose own refusals are those of `own`.

    Attributes:
        requests: how many requests a stranger has taken.
        elsewhere: URL that redirects lead to.
    """

    def __init__(self, ca: LabCA, directory: Path, upstream: Place, own: Own, speaks: Speaks) -> None:
        self._valid = _shared(ca, directory)
        super().__init__(self._talk, certificates=self._valid if speaks is not Speaks.PLAIN else None)
        self._upstream = upstream
        self._own = own
        self._speaks = speaks
        self._client = ca.client_context()
        self.stranger: Stranger | None = None
        self.takes: Callable[[bytes, bytes], bool] = lambda _head, _body: True
        self.requests = 0
        self.elsewhere = ""
        self._waiting: dict[asyncio.Task[Any], tuple[bytes, bytes]] = {}
        """Requests that the service has not answered yet."""

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return len(self._connections)

    async def let(self, stranger: Stranger | None) -> None:
        """Put a stranger in the service's place, or with None the service again.

        Open connections are cut if it is the network that changes; otherwise only those on which a request waits for
        the service that the stranger would have taken.
        """
        before, self.stranger = self.stranger, stranger
        self.requests = self.accepted = 0
        if all(one is None or one.is_in_answers for one in (before, stranger)) and self._server is not None:
            for task in [task for task, request in self._waiting.items() if stranger and self.takes(*request)]:
                task.cancel()
            return
        shown = stranger.shown if stranger else Shown.VALID
        if self._speaks is not Speaks.PLAIN:
            self._certificates = {
                Shown.VALID: self._valid,
                Shown.OTHER_NAME: _other_name(self._valid),
                Shown.NOTHING: None,
            }[shown]
        await self.switch(stranger.fault if stranger else Fault.NONE)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stranger = self.stranger
        conversation = Conversation(reader, writer, self._own, self.elsewhere)
        if stranger is not None and stranger.greets is not None:
            await stranger.greets(conversation)
            await _end(conversation, stranger.end)
        elif self._speaks is Speaks.HTTP:
            await self._serve_requests(conversation)
        elif self._speaks is Speaks.BYTES or self._speaks is Speaks.WEBSOCKET:
            await self._serve_stream(conversation)
        else:
            await hold(reader, writer)

    async def _serve_stream(self, conversation: Conversation) -> None:
        """A protocol that both sides speak at any time: its first bytes meet the stranger, or the service has them."""
        reader, writer, stranger = conversation.reader, conversation.writer, self.stranger
        until_end = reader.readuntil(b"\r\n\r\n") if self._speaks is Speaks.WEBSOCKET else reader.read(8)
        conversation.head = await until_end
        if not conversation.head:
            return
        if stranger is not None and stranger.answers is not None:
            self.requests += 1
            await stranger.answers(conversation)
            await _end(conversation, stranger.end)
            return
        host, port = self._upstream
        there = await asyncio.open_connection(host, port, ssl=self._client)
        try:
            there[1].write(conversation.head)
            await _first_of(_pipe(reader, there[1]), _pipe(there[0], writer))
        finally:
            there[1].transport.abort()

    async def _serve_requests(self, conversation: Conversation) -> None:
        service: _Service | None = None
        try:
            while request := await _read_request(conversation.reader):
                conversation.head, conversation.body = request
                stranger = self.stranger
                if stranger is not None and stranger.answers is not None and self.takes(*request):
                    self.requests += 1
                    await stranger.answers(conversation)
                    if stranger.end is not End.KEEP:
                        await _end(conversation, stranger.end)
                        return
                    continue
                service = service or await _Service.connect(self._upstream, self._client)
                await conversation.say(await self._passed_on(conversation.reader, service, request))
        finally:
            if service is not None:
                service.close()

    async def _passed_on(
        self, reader: asyncio.StreamReader, service: "_Service", request: tuple[bytes, bytes]
    ) -> bytes:
        """The service's answer, which may take its time, while the client waits for it."""
        task = asyncio.current_task()
        assert task is not None
        answer, left = asyncio.ensure_future(service.answer(*request)), asyncio.ensure_future(reader.read(1))
        self._waiting[task] = request
        try:
            await asyncio.wait((answer, left), return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionResetError
            return await answer
        finally:
            del self._waiting[task]
            answer.cancel()
            left.cancel()


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while received := await source.read(65536):
        sink.write(received)
        await sink.drain()


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


_HOST: Final = re.compile(rb"\r\nhost:[^\r]*\r\n", re.IGNORECASE)


class _Service:
    """A connection to the service that is passed requests."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, place: Place, tls: ssl.SSLContext) -> Self:
        host, port = place
        return cls(*await asyncio.open_connection(host, port, ssl=tls))

    async def answer(self, head: bytes, body: bytes) -> bytes:
        # Azurite reads the account's name from a host name.
        self._writer.write(_HOST.sub(b"\r\nHost: localhost\r\n", head) + body)
        await self._writer.drain()
        answer = await self._reader.readuntil(b"\r\n\r\n")
        return answer + await _read_body(self._reader, answer)

    def close(self) -> None:
        self._writer.transport.abort()


async def _read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        return head, await _read_body(reader, head)
    except asyncio.IncompleteReadError:
        return None


async def _read_body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n")[1:])
    headers = {name.strip(): value.strip() for name, _, value in lines}
    if headers.get(b"transfer-encoding") == b"chunked":
        body = b""
        while not body.endswith(b"0\r\n\r\n"):
            body += await reader.readuntil(b"\r\n")
        return body
    return await reader.readexactly(int(headers.get(b"content-length", b"0")))


async def _end(conversation: Conversation, end: End) -> None:
    if end is End.HOLD:
        await hold(conversation.reader, conversation.writer)
    elif end is End.RESET:
        sock = conversation.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    elif end is End.CLOSE:
        conversation.writer.close()
        await hold(conversation.reader, conversation.writer)


# --- certificates ----------------------------------------------------------------------------------------------------

_ISSUED: Final[dict[Path, Certificates]] = {}
_OTHER: Final[dict[int, Certificates]] = {}


def _shared(ca: LabCA, directory: Path) -> Certificates:
    """One set of certificates for all strangers of a lab: making keys takes longer than most cells."""
    if ca.bundle not in _ISSUED:
        _ISSUED[ca.bundle] = Certificates.issue(ca, directory, "stranger-at", "localhost", "127.0.0.1", HOSTS)
        other = ca.issue("stranger-other-name", "other.example").server_context()
        _OTHER[id(_ISSUED[ca.bundle])] = Certificates(other, other, other)
    return _ISSUED[ca.bundle]


def _other_name(valid: Certificates) -> Certificates:
    return _OTHER[id(valid)]
