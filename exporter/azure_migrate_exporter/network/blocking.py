"""Connections for SDKs and uploads that block in threads of their own: the same way, phases and errors as `connect`."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Final

from azure_migrate_exporter.network.address import Socket
from azure_migrate_exporter.network.connect import OnPhase, open_connection
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext, tls_failure
from azure_migrate_exporter.reasons import CheckError, Reason

BlockingSocket = socket.socket | ssl.SSLSocket

HANDSHAKE_TIMEOUT: Final = 10.0
"""Seconds without a byte in a TLS handshake."""


def open_blocking(
    host: str,
    port: int,
    *,
    proxy: Proxy | None = None,
    timeout: float | None = None,
    on_start: Callable[[Callable[[], None]], None] = lambda _cut: None,
    on_phase: OnPhase = lambda _phase, _seconds: None,
) -> Socket:
    """A connected socket without TLS that blocks for at most `timeout` seconds a call. Raises `CheckError`.

    Not for a thread that runs an event loop: it runs one of its own until the connection is open. `on_start` is given
    a function with which any thread can end that: then ConnectionAbortedError is raised. `on_phase`: see `connect`.
    """

    async def opened() -> Socket:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine of Runner.run is a task
        on_start(lambda: _call_in(loop, task.cancel))
        return await open_connection(host, port, proxy=proxy, on_phase=on_phase)

    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            sock = runner.run(opened())
    except asyncio.CancelledError as error:
        raise ConnectionAbortedError("the connection was cut by its owner") from error
    sock.settimeout(timeout)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _call_in(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended: there is nothing left to cut
        loop.call_soon_threadsafe(function)


def wrap_tls(sock: Socket, tls: TlsContext, host: str) -> ssl.SSLSocket:
    """A TLS socket on a connected one, which belongs to it from then on, before its handshake."""
    return tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)


def shake_hands(sock: ssl.SSLSocket, where: str, proxy: Proxy | None = None) -> None:
    """Do the TLS handshake with `where` (host and port). Closes the socket and raises `CheckError` if it fails."""
    timeout = sock.gettimeout()
    try:
        sock.settimeout(HANDSHAKE_TIMEOUT if timeout is None else min(timeout, HANDSHAKE_TIMEOUT))
        sock.do_handshake()
        sock.settimeout(timeout)
    except TimeoutError as error:
        sock.close()
        raise CheckError(Reason.TIMEOUT, f"no TLS with {where}: no answer to the handshake") from error
    except OSError as error:
        sock.close()
        failure = tls_failure(error, where, proxy)
        if failure is None:
            raise
        raise failure from error


def cut(sock: BlockingSocket | None) -> None:
    """End whatever another thread does with `sock`: sending, receiving, or a handshake."""
    if sock is not None:
        with contextlib.suppress(OSError):
            # The plain socket's method: SSLSocket.shutdown would let the next write go out unencrypted.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
