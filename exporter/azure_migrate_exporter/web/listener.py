"""Listening sockets and the acceptance of connections, plain or TLS.

The loop that accepts is our own: a connection counts from its acceptance, before any TLS handshake, and an error of the
operating system (no descriptor left) closes an idle connection where asyncio would stop accepting for a second.
"""

import asyncio
import os
import select
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from typing import Final

import structlog

from azure_migrate_exporter.network.connect import end_transport_of
from azure_migrate_exporter.reasons.windows_numbers import WINDOWS_NUMBERS, WINSOCK
from azure_migrate_exporter.web.connections import Connection, Connections
from azure_migrate_exporter.web.http_metrics import ClosedBecause
from azure_migrate_exporter.web.limits import Limits
from azure_migrate_exporter.web.listen_address import ListenAddress, ListenError

BACKLOG: Final = 1024
ACCEPT_PAUSE: Final = 0.02
"""Seconds after an error of accept, in which the closed connection gives its descriptor back."""

log = structlog.get_logger()

ProtocolFactory = Callable[[], asyncio.Protocol]


async def listening_sockets(address: ListenAddress) -> list[socket.socket]:
    """One socket for each address behind `address`, bound and listening. Raises `ListenError`."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    try:
        found = await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, where in dict.fromkeys(found):
            sockets.append(_listening_socket(family, kind, protocol, where))
    except OSError as error:
        for one in sockets:
            one.close()
        raise ListenError(f"cannot listen on {address}: {_text(error)}") from error
    return sockets


def _text(error: OSError) -> str:
    """What the system says. Windows says it in its own language, so the name of the number follows, for a search."""
    number = getattr(error, "winerror", None) or error.errno
    name, _ = WINDOWS_NUMBERS.get(number, ("", None)) if number and number >= WINSOCK else ("", None)
    text = error.strerror or str(error)
    return f"{text} ({name})" if name else text


def _listening_socket(family: int, kind: int, protocol: int, where: tuple[object, ...]) -> socket.socket:
    listener = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def accepting(
    listener: socket.socket,
    factory: ProtocolFactory,
    connections: Connections,
    limits: Limits,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[None]:
    """Accept connections inside the block; `listener` is closed at its end, open connections are not."""
    acceptor = _Acceptor(factory, connections, limits, tls)
    task = asyncio.create_task(acceptor.accept_forever(listener), name="accept")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        listener.close()
        await acceptor.stop()


class _Acceptor:
    """Accepts connections and makes them known to `connections`."""

    def __init__(
        self, factory: ProtocolFactory, connections: Connections, limits: Limits, tls: ssl.SSLContext | None
    ) -> None:
        self._factory = factory
        self._connections = connections
        self._limits = limits
        self._tls = tls
        self._handshakes: set[asyncio.Task[None]] = set()

    async def accept_forever(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, address = await loop.sock_accept(listener)
            except ConnectionError:
                continue  # the client left before it was accepted
            except OSError as error:
                if _has_pending(listener):
                    self._connections.note(f"accept_{error.errno}")
                    self._connections.close_longest_idle(ClosedBecause.NO_DESCRIPTOR)
                await asyncio.sleep(ACCEPT_PAUSE)
                continue
            try:
                self._accepted(sock, str(address[0]) if address else "")
            except Exception:  # a bug that costs one connection must not cost all that come after it
                log.exception("a connection could not be registered")
                sock.close()
            await asyncio.sleep(0)  # what was accepted gets its turn before the next one is

    def _accepted(self, sock: socket.socket, address: str) -> None:
        connection = self._connections.accepted(address)
        unclaimed = ExitStack()  # a task that is cancelled before its first step leaves its socket to nobody
        unclaimed.callback(sock.close)
        connection.task = asyncio.create_task(self._establish(sock, connection, unclaimed))
        self._handshakes.add(connection.task)
        connection.task.add_done_callback(self._handshakes.discard)
        connection.task.add_done_callback(lambda _: unclaimed.close())

    async def _establish(self, sock: socket.socket, connection: Connection, unclaimed: ExitStack) -> None:
        """Agree on TLS, if asked for, and hand the connection to the HTTP server. Claims `sock`."""
        unclaimed.pop_all()
        established = False
        try:
            sock.setblocking(False)
            with suppress(OSError):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            transport, protocol = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: _Tracked(self._factory(), lambda: self._connections.ended(connection)),
                sock,
                ssl=self._tls,
                ssl_handshake_timeout=self._limits.handshake if self._tls else None,
                ssl_shutdown_timeout=self._limits.handshake if self._tls else None,
            )
            established = True
            self._connections.established(connection, protocol.inner, transport)
        except (OSError, asyncio.IncompleteReadError):
            pass  # no handshake, or the client left
        finally:
            if not established:
                end_transport_of(sock)
                self._connections.ended(connection)

    async def stop(self) -> None:
        """End the handshakes in progress."""
        for task in self._handshakes:
            task.cancel()
        await asyncio.gather(*self._handshakes, return_exceptions=True)


def _has_pending(listener: socket.socket) -> bool:
    """Whether a connection waits to be accepted: Linux lacks the descriptor before it looks for a connection."""
    if sys.platform == "win32":
        return True
    else:  # noqa: RET505 - mypy checks each system by its branch
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        return bool(poll.poll(0))


class _Tracked(asyncio.Protocol):
    """A protocol that calls `on_lost` when its connection ends, and otherwise `inner`."""

    def __init__(self, inner: asyncio.Protocol, on_lost: Callable[[], None]) -> None:
        self.inner = inner
        self._on_lost = on_lost
        self.connection_made = inner.connection_made  # type: ignore[method-assign]
        self.data_received = inner.data_received  # type: ignore[method-assign]
        self.eof_received = inner.eof_received  # type: ignore[method-assign]
        self.pause_writing = inner.pause_writing  # type: ignore[method-assign]
        self.resume_writing = inner.resume_writing  # type: ignore[method-assign]

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.BaseProtocol.connection_lost`."""
        self._on_lost()
        self.inner.connection_lost(exc)
