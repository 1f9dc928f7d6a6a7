"""Connections for SDKs and uploads that block in threads of their own: the same way, phases and errors as `connect`."""

import asyncio
import contextlib
import socket
import ssl
from typing import Final

from azure_migrate_exporter.network.address import Socket
from azure_migrate_exporter.network.connect import open_connection
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.network.tls import TlsContext, tls_failure
from azure_migrate_exporter.reasons import CheckError, Reason

BlockingSocket = socket.socket | ssl.SSLSocket

HANDSHAKE_TIMEOUT: Final = 10.0
"""Seconds without a byte in a TLS handshake."""


def open_blocking(host: str, port: int, *, proxy: Proxy | None = None, timeout: float | None = None) -> Socket:
    """A connected socket without TLS that blocks for at most `timeout` seconds a call. Raises `CheckError`.

    Not for a thread that runs an event loop: it runs one of its own until the connection is open.
    """
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        sock = runner.run(open_connection(host, port, proxy=proxy))
    sock.settimeout(timeout)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


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
