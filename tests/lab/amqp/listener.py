"""A listener whose connections can be met with every fault that happens before the first byte of a protocol."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Final

from typing_extensions import override

from azure_migrate_exporter.network.connect import end_transport_of
from tests.lab.amqp.certificates import Certificates
from tests.lab.amqp.faults import Faults
from tests.lab.amqp.record import Record

_NOT_AMQP: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Protocol = Callable[[], asyncio.BaseProtocol]


class Listener:
    """Accepts on one port of 127.0.0.1 and hands what comes in to `protocol`, behind TLS if it has certificates."""

    def __init__(
        self, protocol: Protocol, faults: Faults, record: Record, certificates: Certificates | None = None
    ) -> None:
        self._protocol = protocol
        self._faults = faults
        self._record = record
        self._certificates = certificates
        self._reserved: socket.socket | None = None
        """Bound and never listening: no other program gets the port while connections are refused."""
        self._listener: socket.socket | None = None
        self._greeting: dict[asyncio.Task[None], socket.socket] = {}
        self._silent: list[socket.socket] = []
        self._transports: list[asyncio.BaseTransport] = []
        self.port = 0

    async def open(self) -> None:
        """Listen: on a port of the system's choice the first time, on the same one ever after."""
        if self._listener is not None:
            return
        if self._reserved is None:
            self._reserved = _bound(0)
            self.port = self._reserved.getsockname()[1]
        listener = self._listener = _bound(self.port)
        listener.setblocking(False)
        listener.listen()
        # Not sock_accept: cancelled at the wrong moment, it loses a connection that is accepted already.
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    async def close(self) -> None:
        """Stop listening for good, and release the port."""
        await self.shut()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    async def shut(self) -> None:
        """Stop listening: new connections are refused, and those that exist are cut."""
        if self._listener is None:
            return
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        self._listener = None
        greeting = dict(self._greeting)
        for task in greeting:
            task.cancel()
        await asyncio.gather(*greeting, return_exceptions=True)
        for sock in greeting.values():
            end_transport_of(sock)
        for sock in self._silent:
            sock.close()
        for transport in self._transports:
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        self._silent, self._transports = [], []

    def owns(self, task: "asyncio.Task[object]") -> bool:
        """Whether a task accepts connections here."""
        return task in self._greeting

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, _ = listener.accept()
        except OSError:
            return  # the client has left already
        sock.setblocking(False)
        self._record.connections += 1
        unclaimed = contextlib.ExitStack()  # a task that is cancelled before its first step leaves its socket to nobody
        unclaimed.callback(sock.close)
        task = asyncio.create_task(self._greet(sock, unclaimed))
        self._greeting[task] = sock
        task.add_done_callback(self._greeting.pop)
        task.add_done_callback(lambda _: unclaimed.close())

    async def _greet(self, sock: socket.socket, unclaimed: contextlib.ExitStack) -> None:
        """Meet a connection with the fault, or with the protocol. Claims `sock`."""
        unclaimed.pop_all()
        fault = self._faults.accept
        if fault == "silent":
            self._silent.append(sock)
            return
        if fault == "close":
            sock.close()
            return
        # A client that does not like our certificate, or gives up, is no concern of ours.
        with contextlib.suppress(OSError):
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                self._choose(), sock, ssl=self._context()
            )
            self._transports = [t for t in self._transports if not t.is_closing()] + [transport]

    def _choose(self) -> Protocol:
        match self._faults.accept:
            case "silent_after_tls":
                return asyncio.Protocol
            case "http":
                return _Http
            case _:
                return self._protocol

    def _context(self) -> ssl.SSLContext | None:
        return self._certificates.context(self._faults.certificate) if self._certificates else None


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    return sock


class _Http(asyncio.Protocol):
    """Answers whatever it receives as a web server would."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    @override
    def data_received(self, data: bytes) -> None:
        self._transport.write(_NOT_AMQP)
        self._transport.close()
