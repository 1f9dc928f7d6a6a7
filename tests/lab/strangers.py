"""Whatever may answer in the place of a service: real sockets, real TLS, and nothing that means well.

A `StrangerServer` stands before a service of the lab and passes requests on. `let` puts a stranger in its place: for
every request, or for those that `takes` accepts.
"""

import asyncio
import gzip
import re
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import Enum
from functools import cache
from http import HTTPStatus
from pathlib import Path
from time import time
from typing import Any, Final, Protocol, Self

from tests.lab.ca import HOSTS, LabCA
from tests.lab.tcp import Certificates, Fault, TcpListener, hold

Place = tuple[str, int]
"""Host and port."""

RETRY_AFTER: Final = 20
"""Seconds for which a stranger that limits wants no request."""
HUGE: Final = 100 * 1000 * 1000
"""Bytes of a huge body, or of a small one once it is unpacked."""
DRIP: Final = 0.2
"""Seconds between two bytes of an answer that drips."""

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


# --- answers ---------------------------------------------------------------------------------------------------------


def response(status: int, body: bytes = b"", *headers: tuple[str, str]) -> bytes:
    """A whole HTTP answer."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unassigned"
    lines = [f"HTTP/1.1 {status} {phrase}", f"Content-Length: {len(body)}", *(f"{n}: {v}" for n, v in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


HTML: Final = ("Content-Type", "text/html; charset=utf-8")
JSON: Final = ("Content-Type", "application/json")

_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1>block-page-text</body></html>"
PAGE_TEXT: Final = "block-page-text"
"""What is in every page of a stranger, and in no message of the product."""


def page(status: int, *headers: tuple[str, str]) -> Act:
    """A page for a browser, as a proxy, a front door or a block page has it."""
    title = "Blocked" if status < 400 else HTTPStatus(status).phrase

    async def act(conversation: Conversation) -> None:
        await conversation.say(response(status, _PAGE.format(title).encode(), HTML, *headers))

    return act


def body(content: bytes, *headers: tuple[str, str], status: int = 200) -> Act:
    """An answer with that body."""

    async def act(conversation: Conversation) -> None:
        await conversation.say(response(status, content, *headers))

    return act


def own(status: int, *headers: tuple[str, str]) -> Act:
    """The service's own refusal."""

    async def act(conversation: Conversation) -> None:
        await conversation.say(conversation.own(status, "", *headers))

    return act


def raw(*parts: bytes) -> Act:
    """Bytes, whatever they are."""

    async def act(conversation: Conversation) -> None:
        await conversation.say(*parts)

    return act


async def _nothing(_: Conversation) -> None:
    """Say nothing."""


async def _plain_http(conversation: Conversation) -> None:
    await conversation.reader.read(1)
    await page(400)(conversation)


async def _redirect(conversation: Conversation) -> None:
    await conversation.say(response(302, b"", HTML, ("Location", conversation.elsewhere)))


async def _echo(conversation: Conversation) -> None:
    """Put the whole request, with whatever secret is in it, into the message of a refusal."""
    said = (conversation.head + conversation.body).decode("latin-1")
    await conversation.say(conversation.own(400, " ".join(said.split())))


async def _echo_page(conversation: Conversation) -> None:
    said = (conversation.head + conversation.body).decode("latin-1")
    await conversation.say(response(400, _PAGE.format(said).encode("latin-1"), HTML))


async def _drip(conversation: Conversation) -> None:
    for byte in response(200, b'{"value": [' + b" " * 10_000, JSON):
        await conversation.say(bytes([byte]))
        await asyncio.sleep(DRIP)


async def _endless_headers(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        await conversation.say(f"X-Filler-{number}: {'v' * 1000}\r\n".encode())


async def _huge(conversation: Conversation) -> None:
    await conversation.say(
        f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {HUGE}\r\n\r\n".encode()
    )
    chunk = b" " * 1_000_000
    for _ in range(HUGE // len(chunk)):
        await conversation.say(chunk)


async def _chunked_without_end(conversation: Conversation) -> None:
    await conversation.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"fffff\r\n" + b" " * 0xFFFFF + b"\r\n"
    for _ in range(HUGE // len(chunk)):
        await conversation.say(chunk)


@cache
def _packed() -> bytes:
    return gzip.compress(b" " * HUGE, 9)


async def _bomb(conversation: Conversation) -> None:
    await conversation.say(response(200, _packed(), JSON, ("Content-Encoding", "gzip")))


_HALF: Final = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"value": ['


def _date() -> str:
    return formatdate(time() + RETRY_AFTER, usegmt=True)


async def _own_429_date(conversation: Conversation) -> None:
    await conversation.say(conversation.own(429, "", ("Retry-After", _date())))


# --- the strangers ---------------------------------------------------------------------------------------------------

_LIST: Final = (
    # The network.
    Stranger("refused", "refuses the connection", Fault.CLOSED),
    Stranger("dropped", "drops every packet", Fault.DROPPED),
    Stranger("reset_at_connect", "resets the connection at its first byte", Fault.RESET),
    Stranger("silent_after_connect", "accepts the connection and says nothing", Fault.SILENT),
    Stranger("silent_after_tls", "says nothing after the TLS handshake", greets=_nothing, end=End.HOLD),
    Stranger("closed_after_tls", "closes after the TLS handshake", greets=_nothing, end=End.CLOSE),
    Stranger("reset_after_tls", "resets after the TLS handshake", greets=_nothing, end=End.RESET),
    Stranger("silent_after_request", "takes the request and says nothing", answers=_nothing, end=End.HOLD),
    Stranger("closed_after_request", "takes the request and closes", answers=_nothing, end=End.CLOSE),
    Stranger("reset_after_request", "takes the request and resets", answers=_nothing, end=End.RESET),
    Stranger("half_head", "closes within the headers", answers=raw(b"HTTP/1.1 200 OK\r\nContent-Ty"), end=End.CLOSE),
    Stranger("half_answer", "closes within the body", answers=raw(_HALF), end=End.CLOSE),
    Stranger("half_answer_silent", "stops within the body", answers=raw(_HALF), end=End.HOLD),
    Stranger("drip", "answers one byte at a time", answers=_drip, end=End.HOLD),
    # Names.
    Stranger("name_gone", "the name does not exist"),
    Stranger("name_server_failing", "the name server fails (SERVFAIL)"),
    Stranger("name_server_silent", "the name server does not answer"),
    Stranger("first_address_dead", "the first of two addresses drops every packet"),
    # TLS.
    Stranger("unknown_ca", "shows a certificate of an unknown CA", Fault.STRANGER),
    Stranger("expired", "shows an expired certificate", Fault.EXPIRED),
    Stranger("other_name", "shows the certificate of another name", shown=Shown.OTHER_NAME),
    Stranger("plain_http", "speaks HTTP without TLS", shown=Shown.NOTHING, greets=_plain_http, end=End.CLOSE),
    Stranger(
        "garbage_for_tls",
        "answers the handshake with random bytes",
        shown=Shown.NOTHING,
        greets=raw(bytes(range(256)) * 4),
        end=End.HOLD,
    ),
    # What is no answer.
    Stranger("garbage", "answers with random bytes", answers=raw(bytes(range(1, 256)) * 8), end=End.CLOSE),
    Stranger("smtp", "greets as a mail server", answers=raw(b"220 mail.example ESMTP\r\n\r\n"), end=End.HOLD),
    Stranger("endless_headers", "sends headers without end", answers=_endless_headers, end=End.CLOSE),
    Stranger("huge_body", "sends 100 MB", answers=_huge, end=End.CLOSE),
    Stranger("chunked_without_end", "sends chunks without end", answers=_chunked_without_end, end=End.CLOSE),
    Stranger("gzip_bomb", "sends 100 kB that unpack to 100 MB", answers=_bomb),
    # Somebody else's answer.
    Stranger("html_200", "200, HTML", answers=page(200)),
    Stranger("empty_200", "200, empty", answers=body(b"")),
    Stranger("object_200", "200, `{}`", answers=body(b"{}", JSON)),
    Stranger("null_200", "200, `null`", answers=body(b"null", JSON)),
    Stranger("list_200", "200, `[]`", answers=body(b"[]", JSON)),
    Stranger("foreign_json_200", "200, foreign JSON", answers=body(b'{"status": "ok", "value": "all well"}', JSON)),
    Stranger(
        "foreign_xml_200",
        "200, foreign XML",
        answers=body(b'<?xml version="1.0"?><rss><a/></rss>', ("Content-Type", "text/xml")),
    ),
    Stranger("redirect", "302 to elsewhere", answers=_redirect),
    Stranger("html_401", "401, HTML", answers=page(401)),
    Stranger("html_403", "403, HTML", answers=page(403)),
    Stranger("html_404", "404, HTML", answers=page(404)),
    Stranger("html_407", "407, HTML", answers=page(407, ("Proxy-Authenticate", 'Basic realm="proxy"'))),
    Stranger("html_429", "429, HTML", answers=page(429)),
    Stranger("html_500", "500, HTML", answers=page(500)),
    Stranger("html_502", "502, HTML", answers=page(502)),
    Stranger("html_503", "503, HTML", answers=page(503)),
    Stranger("html_511", "511, HTML of a captive portal", answers=page(511)),
    # The service's own.
    Stranger("own_401", "the service's own 401", answers=own(401)),
    Stranger("own_403", "the service's own 403", answers=own(403)),
    Stranger("own_429", "the service's own 429, no Retry-After", answers=own(429)),
    Stranger(
        "own_429_seconds", "the same, Retry-After in seconds", answers=own(429, ("Retry-After", str(RETRY_AFTER)))
    ),
    Stranger("own_429_date", "the same, Retry-After as a date", answers=_own_429_date),
    Stranger("own_429_garbage", "the same, Retry-After: soon", answers=own(429, ("Retry-After", "soon"))),
    Stranger("own_429_huge", "the same, Retry-After in 3,000 years", answers=own(429, ("Retry-After", "99999999999"))),
    Stranger("own_500", "the service's own 500", answers=own(500)),
    Stranger("own_503", "the service's own 503", answers=own(503)),
    # Secrets.
    Stranger("echo", "a refusal of the service with the request in its text", answers=_echo),
    Stranger("echo_page", "a page with the request in its text", answers=_echo_page),
)

STRANGERS: Final = {stranger.name: stranger for stranger in _LIST}
"""Every stranger by name."""
