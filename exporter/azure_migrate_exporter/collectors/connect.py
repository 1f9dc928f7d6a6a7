"""Name resolution, TCP and TLS of one path, each with its time: the first half of every reachability check."""

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from azure_migrate_exporter.reasons import CheckError, Reason

OnPhase = Callable[[str, float], None]


@asynccontextmanager
async def connect(
    host: str,
    port: int,
    *,
    tls: ssl.SSLContext | None = None,
    server_hostname: str | None = None,
    on_phase: OnPhase = lambda _phase, _seconds: None,
) -> AsyncIterator[asyncio.StreamWriter]:
    """Open a connection and close it again, telling `on_phase` how long dns, connect and tls took as each ends.

    Every address that the name has is tried in turn, as Test-NetConnection does. Raises OSError (refused,
    unreachable, …), `ssl.SSLError`, or `CheckError` (dns). Has no deadline of its own: the engine sets one.
    """
    loop = asyncio.get_running_loop()
    started = time.monotonic()
    try:
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        text = error.strerror if isinstance(error, socket.gaierror) else "not a valid host name"
        raise CheckError(Reason.DNS, f"{host} does not resolve: {text}") from error
    on_phase("dns", time.monotonic() - started)

    started = time.monotonic()
    sock = await _first_that_connects(addresses)
    on_phase("connect", time.monotonic() - started)

    writer = None
    try:
        started = time.monotonic()
        _, writer = await asyncio.open_connection(
            sock=sock, ssl=tls, server_hostname=(server_hostname or host) if tls else None
        )
        if tls:
            on_phase("tls", time.monotonic() - started)
        yield writer
    finally:
        if writer is None:
            sock.close()
        else:
            # abort, not close: a peer that never answers the TLS goodbye must not hold us.
            writer.transport.abort()


async def _first_that_connects(addresses: list[tuple]) -> socket.socket:  # type: ignore[type-arg]
    loop = asyncio.get_running_loop()
    first_error: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        sock = socket.socket(family, kind, protocol)
        sock.setblocking(False)
        try:
            await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            first_error = first_error or error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise first_error or OSError("the name has no address")
