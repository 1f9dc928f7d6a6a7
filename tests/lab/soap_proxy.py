"""A TLS proxy in front of a SOAP server, with faults that can be switched while it runs.

It terminates TLS with a certificate of the lab and forwards each call to the server behind it over plain HTTP. Instead
of forwarding it can answer with a typed fault, close the connection, wait, or rewrite the reply. It counts calls and
bytes and keeps the newest requests, so that a test can check which calls a client made.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

import aiohttp
from aiohttp import web
from pyVmomi import SoapAdapter
from pyVmomi.VmomiSupport import GetWsdlName, Object

from tests.lab.tcp import close_server

ANY: Final = "*"
"""Instead of the name of a method: every call."""

HOST: Final = "127.0.0.1"

_METHOD: Final = re.compile(rb"<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)")
_ENVELOPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{message}</faultstring>"
    "<detail>{detail}</detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
)
_CLOSE_DEADLINE: Final = 2.0
_REQUEST_HEADERS: Final = ("Content-Type", "Cookie", "SOAPAction", "User-Agent")
_REPLY_HEADERS: Final = ("Content-Type", "Set-Cookie")


@dataclass(frozen=True, slots=True)
class Call:
    """A request: the SOAP method (the HTTP verb for a request without one), its path, headers and body."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply: HTTP status, headers and body, and the pause after each byte of the body in seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    drip: float = 0.0


Forward = Callable[[Call], Awaitable[Answer]]
Fault = Callable[[Call, Forward], Awaitable[Answer]]


@dataclass(eq=False, slots=True)
class Switch:
    """One fault that is switched on: for a method, and for a number of calls or until it is switched off."""

    method: str
    fault: Fault
    left: int | None
    switches: list["Switch"] = field(repr=False)

    def off(self) -> None:
        """Switch the fault off, if it is on."""
        if self in self.switches:
            self.switches.remove(self)

    def matches(self, call: Call) -> bool:
        """Whether the fault applies to this call, which is then counted."""
        if self.method not in (call.method, ANY):
            return False
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                self.off()
        return True


class SoapProxy:
    """The proxy: an async context manager that listens on 127.0.0.1, on a port of its own.

    Attributes:
        port: where it listens; the port stays ours while the server is down.
        upstream: URL of the server behind it; another one may take its place.
        calls: number of calls by method.
        answered: when a method was last answered, in seconds of the monotonic clock.
        bytes_received, bytes_sent: bytes of request bodies and of reply bodies.
        requests: the newest requests, oldest first.
    """

    def __init__(self, upstream: str, tls: ssl.SSLContext, *, keep: int = 1000) -> None:
        self.upstream = upstream
        self._tls = tls
        self._switches: list[Switch] = []
        self._connections = web.Server(self._handle, handler_cancellation=True)
        self._listener: asyncio.Server | None = None
        self._answering = asyncio.Event()
        self._silent: set[_SilentConnection] = set()
        self._news = asyncio.Event()
        self._client: aiohttp.ClientSession
        self._reserved: socket.socket
        self.port = 0
        self.calls: Counter[str] = Counter()
        self.answered: dict[str, float] = {}
        self.bytes_received = 0
        self.bytes_sent = 0
        self.requests: deque[Call] = deque(maxlen=keep)

    async def __aenter__(self) -> Self:
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),  # a blocked WaitForUpdatesEx must not delay other calls
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        self._reserved = _bound(0)
        self.port = self._reserved.getsockname()[1]
        await self.serve()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        self._reserved.close()
        await self._client.close()

    # --- faults of the whole server --------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Serve again after `refuse` or `fall_silent`; calls that wait for an answer get it now."""
        self._abort(self._silent)
        self._answering.set()
        await self._listen(self._connections, self._tls)

    async def refuse(self) -> None:
        """Close every connection and refuse new ones, as when vCenter is down."""
        await self._stop_listening()
        self._abort((*self._connections.connections, *self._silent))
        await self._connections.shutdown(_CLOSE_DEADLINE)
        self._connections = web.Server(self._handle, handler_cancellation=True)

    async def fall_silent(self) -> None:
        """Send nothing any more: no answer on open connections, no handshake on new ones."""
        self._answering.clear()
        await self._listen(lambda: _SilentConnection(self._silent), None)

    # --- faults of single calls ------------------------------------------------------------------------------------

    def fail(self, method: str, fault: Any, message: str = "", *, times: int | None = None) -> Switch:
        """Answer with a typed fault, an object such as `vim.fault.NoPermission(…)`, instead of forwarding the call."""
        answer = Answer(500, {"Content-Type": 'text/xml; charset="utf-8"'}, envelope(fault, message))

        async def refuse(_: Call, __: Forward) -> Answer:
            return answer

        return self.switch(method, refuse, times=times)

    def hang_up(self, method: str = ANY, *, times: int | None = None) -> Switch:
        """Close the connection instead of answering."""

        async def drop(_: Call, __: Forward) -> Answer:
            raise ConnectionAbortedError

        return self.switch(method, drop, times=times)

    def respond(
        self, method: str, body: bytes, *, status: int = 200, content_type: str = "text/html", times: int | None = None
    ) -> Switch:
        """Answer with this instead of forwarding the call, as a proxy or a block page in between does."""
        answer = Answer(status, {"Content-Type": content_type}, body)

        async def reply(_: Call, __: Forward) -> Answer:
            return answer

        return self.switch(method, reply, times=times)

    def lose_answer(self, method: str, *, times: int | None = None) -> Switch:
        """Forward the call, and close the connection instead of passing the answer on."""

        async def lose(call: Call, forward: Forward) -> Answer:
            await forward(call)
            raise ConnectionAbortedError

        return self.switch(method, lose, times=times)

    def drip(self, method: str, seconds: float, *, times: int | None = None) -> Switch:
        """Send the body of the answer byte by byte, with a pause after each."""

        async def slow_down(call: Call, forward: Forward) -> Answer:
            return replace(await forward(call), drip=seconds)

        return self.switch(method, slow_down, times=times)

    def hold(self, method: str = ANY, *, times: int | None = None) -> Switch:
        """Take the call and never answer it."""

        async def wait(_: Call, __: Forward) -> Answer:
            await asyncio.Event().wait()
            raise ConnectionAbortedError

        return self.switch(method, wait, times=times)

    def delay(self, method: str, seconds: float, *, times: int | None = None) -> Switch:
        """Forward the call only after a while."""

        async def wait(call: Call, forward: Forward) -> Answer:
            await asyncio.sleep(seconds)
            return await forward(call)

        return self.switch(method, wait, times=times)

    def rewrite(self, method: str, pattern: str, replacement: str, *, times: int | None = None) -> Switch:
        """Replace what matches a regular expression (`.` matches newlines too) in the replies to a method."""
        expression = re.compile(pattern.encode(), re.DOTALL)

        async def edit(call: Call, forward: Forward) -> Answer:
            answer = await forward(call)
            return replace(answer, body=expression.sub(replacement.encode(), answer.body))

        return self.switch(method, edit, times=times)

    def switch(self, method: str, fault: Fault, *, times: int | None = None) -> Switch:
        """Switch on a fault: a function of the call and of what would answer it, or raises ConnectionAbortedError.

        The fault that was switched on last is applied first.
        """
        switch = Switch(method, fault, times, self._switches)
        self._switches.append(switch)
        return switch

    def clear(self) -> None:
        """Switch off all faults of single calls."""
        self._switches.clear()

    async def called(self, method: str, times: int = 1) -> None:
        """Return once a method has been called `times` times since the counters were reset."""
        while self.calls[method] < times:
            await self._news.wait()

    def reset_counters(self) -> None:
        """Reset the counts of calls and bytes, and drop the kept requests."""
        self.calls.clear()
        self.requests.clear()
        self.bytes_received = self.bytes_sent = 0

    # --- handling of a call ----------------------------------------------------------------------------------------

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        found = _METHOD.search(body)
        headers = {name: request.headers[name] for name in _REQUEST_HEADERS if name in request.headers}
        call = Call(found[1].decode() if found else request.method, request.path, headers, body)
        self.calls[call.method] += 1
        self._news.set()
        self._news = asyncio.Event()
        self.bytes_received += len(body)
        self.requests.append(call)
        try:
            answer = await self._through_faults(call)
            await self._answering.wait()
        except (ConnectionAbortedError, aiohttp.ClientError):  # the second: the server behind us went away
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        self.bytes_sent += len(answer.body)
        self.answered[call.method] = time.monotonic()
        if answer.drip:
            return await _dripping(request, answer)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def _through_faults(self, call: Call) -> Answer:
        forward: Forward = self._forward
        for switch in [switch for switch in self._switches if switch.matches(call)]:
            forward = _wrapped(switch.fault, forward)
        return await forward(call)

    async def _forward(self, call: Call) -> Answer:
        if not call.path.startswith("/sdk"):  # other paths of the simulator do not exist in vCenter
            return Answer(404, {}, b"")
        verb = "POST" if call.body else "GET"
        async with self._client.request(
            verb, self.upstream + call.path, data=call.body or None, headers=call.headers
        ) as reply:
            headers = {name: reply.headers[name] for name in _REPLY_HEADERS if name in reply.headers}
            return Answer(reply.status, headers, await reply.read())

    # --- sockets ---------------------------------------------------------------------------------------------------

    async def _listen(self, protocol: Callable[[], asyncio.BaseProtocol], tls: ssl.SSLContext | None) -> None:
        await self._stop_listening()
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(protocol, sock=_bound(self.port), ssl=tls)

    @staticmethod
    def _abort(connections: Iterable[Any]) -> None:
        for connection in tuple(connections):
            if connection.transport is not None:
                connection.transport.abort()

    async def _stop_listening(self) -> None:
        if self._listener is not None:
            await close_server(self._listener)
            self._listener = None


class _SilentConnection(asyncio.Protocol):
    """The server's end of a connection that was accepted and is not served."""

    def __init__(self, others: set["_SilentConnection"]) -> None:
        self._others = others
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            self._others.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        self._others.discard(self)


async def _dripping(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_length = len(answer.body)
    with contextlib.suppress(ConnectionError):  # the client gave up
        await response.prepare(request)
        for byte in answer.body:
            await response.write(bytes([byte]))
            await asyncio.sleep(answer.drip)
    return response


def _bound(port: int) -> socket.socket:
    """A socket bound to a port of 127.0.0.1 that other sockets of this process may share.

    One that does not listen reserves the port: connections to it are refused, and no other process is assigned it.
    """
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((HOST, port))
    return bound


def _wrapped(fault: Fault, forward: Forward) -> Forward:
    async def through(call: Call) -> Answer:
        return await fault(call, forward)

    return through


def envelope(fault: Any, message: str) -> bytes:
    """The SOAP envelope of a typed fault."""
    info = Object(name=f"{GetWsdlName(type(fault))}Fault", type=object, version=fault._version, flags=0)
    detail = SoapAdapter.SerializeFaultDetail(fault, info)
    return _ENVELOPE.format(message=message or GetWsdlName(type(fault)), detail=detail).encode()
