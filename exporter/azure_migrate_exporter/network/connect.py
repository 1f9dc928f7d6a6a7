"""One connection, phase by phase: proxy, dns, connect, tls. Each phase has its time and its own deadline."""

import asyncio
import contextlib
import ctypes
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from azure_migrate_exporter.network.address import Socket, authority, open_socket, resolve
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext, tls_failure
from azure_migrate_exporter.network.tunnel import open_tunnel, reach
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import time_limit, within_deadline

OnPhase = Callable[[str, float], None]
"""Called with the name of a phase and its seconds as it ends."""

T = TypeVar("T")

TLS_TIMEOUT: Final = 10.0
"""Seconds for a TLS handshake."""


@asynccontextmanager
async def connect(
    host: str,
    port: int,
    *,
    tls: TlsContext | None = None,
    server_hostname: str | None = None,
    proxy: Proxy | None = None,
    on_phase: OnPhase = lambda _phase, _seconds: None,
) -> AsyncIterator[asyncio.StreamWriter]:
    """Open a connection and close it again; `on_phase` gets the seconds of each phase as it ends.

    Directly these are ``dns``, ``connect`` and ``tls``; every address of the name is tried. Through a proxy they are
    ``proxy`` (the proxy is reached), ``connect`` (it has opened the connection) and ``tls``. Raises `CheckError` with
    one line that names the phase's host, port and address, chained to the exception behind it.
    """
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    sock = await open_connection(host, port, proxy=proxy, on_phase=on_phase)
    step = attach(sock, lambda: protocol, authority(host, port), tls, server_hostname or host, proxy)
    transport = await _timed("tls" if tls else "", step, on_phase)
    writer = asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())
    try:
        yield writer
    finally:
        # abort, not close: a peer that never answers the TLS close must not hold us.
        writer.transport.abort()


async def open_connection(
    host: str, port: int, *, proxy: Proxy | None = None, on_phase: OnPhase = lambda _phase, _seconds: None
) -> Socket:
    """A connected, non-blocking socket, without TLS. Raises as `connect` does."""
    if proxy is None:
        addresses = await _timed("dns", resolve(host, port), on_phase)
        return await _timed("connect", open_socket(host, port, addresses), on_phase)
    sock = await _timed("proxy", reach(proxy), on_phase)
    try:
        await _timed("connect", open_tunnel(sock, proxy, host, port), on_phase)
    except BaseException:
        sock.close()
        raise
    return sock


async def _timed(phase: str, step: Awaitable[T], on_phase: OnPhase) -> T:
    started = time.monotonic()
    result = await step
    if phase:
        on_phase(phase, time.monotonic() - started)
    return result


async def attach(
    sock: Socket,
    protocol: Callable[[], asyncio.Protocol],
    where: str,
    tls: TlsContext | None,
    server_hostname: str,
    proxy: Proxy | None = None,
) -> asyncio.Transport:
    """A transport over a connected socket, which belongs to it from then on, after the handshake if there is `tls`.

    `where` is the host and port that an error names; `proxy` is the one on the way. Raises `CheckError`.
    """
    seconds = within_deadline(TLS_TIMEOUT)
    name = server_hostname if tls else None
    try:
        async with time_limit(seconds):
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_connection(protocol, sock=sock, ssl=tls, server_hostname=name)
    except BaseException as error:
        end_transport_of(sock)
        if isinstance(error, TimeoutError):
            text = f"no TLS with {where}: no answer to the handshake in {seconds:.1f} s"
            raise CheckError(Reason.TIMEOUT, text) from error
        failure = tls_failure(error, where, proxy) if isinstance(error, OSError) else None
        if failure is None:
            raise
        raise failure from error
    return transport


def end_transport_of(sock: Socket) -> None:
    """Let the transport over `sock` find its connection at its end, and close it; for one that could not be had.

    asyncio keeps a TLS transport of which it was cancelled before or after the handshake. A descriptor that is closed
    under it goes to the next connection, which the event loop then refuses ("File descriptor N is used by transport").
    """
    with contextlib.suppress(OSError):  # not connected any more
        sock.shutdown(socket.SHUT_RDWR)
    if sys.platform == "win32" and sock.fileno() != -1:  # a read that waits there learns nothing of the shutdown
        ctypes.CDLL("kernel32").CancelIoEx(ctypes.c_void_p(sock.fileno()), None)
