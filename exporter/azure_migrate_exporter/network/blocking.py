"""Connections for SDKs and uploads that block in threads of their own: the same way, phases and errors as `connect`."""

import asyncio
import contextlib
import socket
import ssl
from typing import Final

from azure_migrate_exporter.network.address import Socket, authority
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


def start_tls(sock: Socket, tls: TlsContext, host: str, port: int) -> ssl.SSLSocket:
    """Shake hands on a connected socket, which belongs to the result from then on. Raises `CheckError`."""
    secured = tls.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    timeout = secured.gettimeout()
    try:
        secured.settimeout(HANDSHAKE_TIMEOUT if timeout is None else min(timeout, HANDSHAKE_TIMEOUT))
        secured.do_handshake()
        secured.settimeout(timeout)
    except TimeoutError as error:
        secured.close()
        text = f"no TLS with {authority(host, port)}: no answer to the handshake"
        raise CheckError(Reason.TIMEOUT, text) from error
    except OSError as error:
        secured.close()
        failure = tls_failure(error, authority(host, port))
        if failure is None:
            raise
        raise failure from error
    return secured


def cut(sock: BlockingSocket | None) -> None:
    """End whatever another thread does with `sock`: sending, receiving, or a handshake."""
    if sock is not None:
        with contextlib.suppress(OSError):
            # The plain socket's method: SSLSocket.shutdown would let the next write go out unencrypted.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
