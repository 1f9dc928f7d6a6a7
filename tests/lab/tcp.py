"""A TCP or TLS listener whose network can be broken while it runs: the ground under the lab's stand-ins.

Without a protocol of its own it accepts, and stays silent until the client leaves: an ESXi host's port 902, the port of
a key vault or of an appliance, as far as the exporter looks.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.lab.ca import LabCA

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_LINGER_NOT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends a reset."""
_RECEIVE_BUFFER: Final = 64 * 1024
"""Bytes that wait in the kernel, and after decryption. With the megabytes that the kernel gives on loopback, a stand-in
that reads slowly takes lumps of half a second, as no line does."""


class Fault(StrEnum):
    """What can be wrong with a listener."""

    NONE = "none"
    CLOSED = "closed"
    """Nothing listens: refused."""
    DROPPED = "dropped"
    """A firewall drops: a SYN is never answered."""
    SILENT = "silent"
    """Accepts and never says a byte, not even of TLS."""
    RESET = "reset"
    """Accepts, and resets at the first byte."""
    EXPIRED = "expired"
    """Shows a certificate of the lab's CA that has ended."""
    STRANGER = "stranger"
    """Shows a certificate of a CA that no client trusts."""


@dataclass(frozen=True, slots=True)
class Certificates:
    """What a TLS listener can show."""

    valid: ssl.SSLContext
    expired: ssl.SSLContext
    stranger: ssl.SSLContext

    @classmethod
    def issue(cls, ca: LabCA, directory: Path, name: str, *identities: str) -> Self:
        """Certificates for the identities (those of loopback if none is given), with their files in `directory`.

        Clients may show a certificate of `ca` too.
        """
        valid = ca.issue(name, *identities).server_context()
        valid.load_verify_locations(ca.bundle)
        valid.verify_mode = ssl.CERT_OPTIONAL
        stranger = LabCA(directory / f"{name}-stranger")
        return cls(
            valid,
            ca.issue(f"{name}-expired", *identities, expired=True).server_context(),
            stranger.issue(name, *identities).server_context(),
        )

    def shown(self, fault: Fault) -> ssl.SSLContext | None:
        """What is shown under a fault; None if it never comes to TLS."""
        if fault in {Fault.SILENT, Fault.RESET}:
            return None
        return {Fault.EXPIRED: self.expired, Fault.STRANGER: self.stranger}.get(fault, self.valid)


async def hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read and discard until the client leaves."""
    while await reader.read(65536):
        pass


async def close_server(server: asyncio.Server) -> None:
    """Stop listening, once the connections that are already accepted are set up.

    `Server.close` alone loses a connection that was accepted in the same iteration of the loop, and never closes it.
    """
    with suppress(NotImplementedError):  # Windows' loop, which has no readers, loses none
        for sock in server.sockets:
            asyncio.get_running_loop().remove_reader(sock)
    await asyncio.sleep(0)
    server.close()


class TcpListener:
    """One address and port, with or without TLS. `switch` changes what is wrong; the port stays the same."""

    def __init__(
        self,
        serve: Serve = hold,
        *,
        certificates: Certificates | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.host = host
        self.port = port
        self.fault = Fault.NONE
        self.accepted = 0
        """Connections that were accepted so far (and, with TLS, shook hands)."""
        self._serve = serve
        self._certificates = certificates
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._sockets: list[socket.socket] = []

    async def __aenter__(self) -> Self:
        # Bound and never listening: it keeps the port ours while nothing listens there.
        self._holder = self._bound()
        self.port = self._holder.getsockname()[1]
        await self.switch(self.fault)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stop()
        self._holder.close()

    async def switch(self, fault: Fault) -> None:
        """Break the network in that way, or repair it; open connections are cut."""
        await self._stop()
        self.fault = fault
        if fault is Fault.DROPPED:
            self._drop()
        elif fault is not Fault.CLOSED:
            tls = self._certificates.shown(fault) if self._certificates else None
            self._server = await asyncio.start_server(self._accept, sock=self._bound(), ssl=tls)

    def _bound(self) -> socket.socket:
        sock = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)  # accepted connections inherit it
        sock.bind((self.host, self.port))
        return sock

    def _drop(self) -> None:
        """Fill the queue of a listener that never accepts: the kernel drops every further SYN."""
        listener = self._bound()
        listener.listen(0)
        self._sockets = [listener]
        for _ in range(2):
            client = socket.socket(listener.family)
            client.setblocking(False)
            client.connect_ex((self.host, self.port))
            self._sockets.append(client)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        if writer.get_extra_info("ssl_object") is not None:
            transport: Any = writer.transport  # asyncio's own, whose buffer for reading has no type
            transport.set_read_buffer_limits(_RECEIVE_BUFFER)
        try:
            if self.fault is Fault.RESET:
                await reader.read(1)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            elif self.fault is Fault.SILENT:
                await hold(reader, writer)
            else:
                await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            pass  # the client left, or we stop
        finally:
            writer.transport.abort()
            del self._connections[task]

    async def _stop(self) -> None:
        for sock in self._sockets:
            sock.close()
        self._sockets = []
        if self._server is not None:
            await close_server(self._server)
            for task in [*self._connections]:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)
            await self._server.wait_closed()
            self._server = None
