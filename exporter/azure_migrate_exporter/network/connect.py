"""Name resolution, TCP and TLS of one path, each with its time: the first half of every reachability check."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.network import classify
from azure_migrate_exporter.runtime.threads import DaemonThreads

OnPhase = Callable[[str, float], None]
AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]

HEAD_START: Final = 0.25
"""Seconds that an address has for itself before the next one is tried beside it (RFC 8305 recommends this)."""

_RESOLVERS: Final = DaemonThreads("resolver", 32)
"""Its own threads: names that a dead DNS server does not answer must not hold up what else runs in threads."""

_SEEN: Final = {
    Reason.REFUSED: "refused",
    Reason.UNREACHABLE: "impossible: no route",
    Reason.RESET: "reset",
    Reason.TIMEOUT: "timed out",
}


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

    Every address that the name has is tried. Raises `CheckError` with one line that names host and port, chained to the
    OSError or `ssl.SSLError` behind it. Has no deadline of its own: the engine sets one.
    """
    started = time.monotonic()
    addresses = await _resolve(host, port)
    on_phase("dns", time.monotonic() - started)

    started = time.monotonic()
    sock = await _open(host, port, addresses)
    writer = None
    try:
        on_phase("connect", time.monotonic() - started)
        started = time.monotonic()
        writer = await _wrap(sock, tls, server_hostname or host, place(host, port))
        if tls:
            on_phase("tls", time.monotonic() - started)
        yield writer
    finally:
        if writer is None:
            sock.close()
        else:
            # abort, not close: a peer that never answers the TLS goodbye must not hold us.
            writer.transport.abort()


def place(host: str, port: int) -> str:
    """Host and port as a person writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _resolve(host: str, port: int) -> Sequence[AddressInfo]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(_RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except socket.gaierror as error:
        raise CheckError(Reason.DNS, f"{host} does not resolve: {error.strerror}") from error
    except ValueError as error:  # UnicodeError among them: a label that is empty or too long
        raise CheckError(Reason.DNS, f"{host} does not resolve: not a valid host name") from error
    return found


async def _open(host: str, port: int, addresses: Sequence[AddressInfo]) -> socket.socket:
    try:
        return await first_that_connects(addresses)
    except OSError as error:
        reason = classify(error)
        if reason is None:
            raise
        seen = _SEEN.get(reason, error.strerror or str(error))
        raise CheckError(reason, f"connection to {place(host, port)}{_by_address(host, error)} {seen}") from error


def _by_address(host: str, error: OSError) -> str:
    """The address behind a name, so that a wrong DNS entry is seen at once."""
    return "" if error.filename in {None, host} else f" ({error.filename})"


async def first_that_connects(addresses: Sequence[AddressInfo]) -> socket.socket:
    """A socket connected to the first of `addresses` that answers.

    The next address is tried when the one before has failed, or has had its head start: a name whose IPv6 address is
    not routed is as fast as its IPv4 address. If none answers, raises the OSError that says most, with the address as
    its `filename`: a refusal comes from the peer, "no route" often only tells that we have no IPv6.
    """
    opened: list[socket.socket] = []
    errors: list[OSError] = []
    try:
        await _race(addresses, opened, errors)
    except BaseException:
        _close(opened)
        raise
    _close(opened[1:])
    if opened:
        return opened[0]
    raise max(errors, key=lambda error: classify(error) is not Reason.UNREACHABLE)


async def _race(addresses: Sequence[AddressInfo], opened: list[socket.socket], errors: list[OSError]) -> None:
    """Fill `opened` with at least one connected socket, or `errors` with one error for each address."""
    news = asyncio.Event()

    async def attempt(address: AddressInfo) -> None:
        try:
            opened.append(await _connect_to(address))
        except OSError as error:
            errors.append(error)
        news.set()

    async with asyncio.TaskGroup() as group:
        attempts = []
        for address in addresses:
            news.clear()
            attempts.append(group.create_task(attempt(address)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEAD_START):
                    await news.wait()
            if opened:
                break
        while not opened and len(errors) < len(attempts):
            news.clear()
            await news.wait()
        for task in attempts:
            task.cancel()


def _close(sockets: Sequence[socket.socket]) -> None:
    for sock in sockets:
        sock.close()


async def _connect_to(info: AddressInfo) -> socket.socket:
    family, kind, protocol, _, address = info
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):
            error.filename = address[0]
        raise
    return sock


async def _wrap(
    sock: socket.socket, tls: ssl.SSLContext | None, server_hostname: str, where: str
) -> asyncio.StreamWriter:
    try:
        _, writer = await asyncio.open_connection(sock=sock, ssl=tls, server_hostname=server_hostname if tls else None)
    except ssl.SSLCertVerificationError as error:
        text = f"the certificate of {where} does not verify: {error.verify_message}"
        raise CheckError(Reason.TLS, text) from error
    except ssl.SSLError as error:
        raise CheckError(Reason.TLS, f"no TLS with {where}: {error.reason or error.strerror}") from error
    except ConnectionError as error:
        raise CheckError(Reason.RESET, f"{where} cut the connection in the TLS handshake") from error
    return writer
