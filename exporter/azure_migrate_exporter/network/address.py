"""Names and addresses: resolution with a deadline of its own, and the first address that connects."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import SplitResult

from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.network import classify
from azure_migrate_exporter.runtime.deadline import time_limit, within_deadline, within_silence
from azure_migrate_exporter.runtime.threads import DaemonThreads

AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
Socket = socket.socket

DNS_TIMEOUT: Final = 5.0
"""Seconds for one name."""
CONNECT_TIMEOUT: Final = 10.0
"""Seconds for TCP, all addresses of a name together; less for a check that has a limit of its own."""
HEAD_START: Final = 0.25
"""Seconds that an address has for itself before the next one is tried beside it (RFC 8305 recommends this)."""

_RESOLVERS: Final = DaemonThreads("resolver", 32)
"""Threads of their own: names that a dead DNS server does not answer must not hold up what else runs in threads."""

_OUTCOMES: Final = {
    Reason.REFUSED: "refused",
    Reason.UNREACHABLE: "impossible: no route",
    Reason.RESET: "reset",
    Reason.TIMEOUT: "timed out",
}


def authority(host: str, port: int) -> str:
    """Host and port as in a URL, IPv6 addresses in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def authority_of(url: SplitResult) -> str:
    """Host and port of an http or https URL; the port of its scheme if it names none."""
    return authority(url.hostname or "", url.port or (443 if url.scheme == "https" else 80))


async def resolve(host: str, port: int) -> Sequence[AddressInfo]:
    """The addresses of `host` for TCP. Raises `CheckError` (dns), also when the name server does not answer in time.

    An address stands for itself: it needs no name server, and no thread that may be busy with one.
    """
    with contextlib.suppress(socket.gaierror, ValueError):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    loop = asyncio.get_running_loop()
    seconds = within_deadline(DNS_TIMEOUT)
    lookup = loop.run_in_executor(_RESOLVERS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    try:
        async with time_limit(seconds):
            return await lookup
    except TimeoutError as error:
        text = f"{host} does not resolve: the name server gave no answer in {seconds:.1f} s"
        raise CheckError(Reason.DNS, text) from error
    except socket.gaierror as error:
        raise CheckError(Reason.DNS, f"{host} does not resolve: {error.strerror}") from error
    except ValueError as error:  # UnicodeError among them: a label that is empty or too long
        raise CheckError(Reason.DNS, f"{host} does not resolve: not a valid host name") from error


async def open_socket(host: str, port: int, addresses: Sequence[AddressInfo]) -> Socket:
    """A connected, non-blocking socket to one of `addresses`, which are those of `host`.

    Raises `CheckError` with one line that names host, port and the address behind the name.
    """
    seconds = within_deadline(within_silence(CONNECT_TIMEOUT))
    try:
        async with time_limit(seconds):
            return await first_that_connects(addresses)
    except OSError as error:
        reason = classify(error)
        if reason is None:
            raise
        where = authority(host, port)
        if error.errno is None and reason is Reason.TIMEOUT:
            tried = ", ".join(dict.fromkeys(str(info[4][0]) for info in addresses))
            shown = "" if tried == host else f" ({tried})"
            raise CheckError(reason, f"connection to {where}{shown} timed out: no answer in {seconds:.1f} s") from error
        outcome = _OUTCOMES.get(reason, error.strerror or str(error))
        shown = "" if error.filename in {None, host} else f" ({error.filename})"
        raise CheckError(reason, f"connection to {where}{shown} {outcome}") from error


async def first_that_connects(addresses: Sequence[AddressInfo]) -> Socket:
    """A socket connected to the first of `addresses` that answers.

    The next address is tried when the one before has failed, or has had its head start: a name whose IPv6 address is
    not routed is as fast as its IPv4 address. If none answers, raises the OSError that says most, with the address as
    its `filename`: a refusal comes from the peer, "no route" often only means that this machine has no IPv6.
    """
    opened: list[Socket] = []
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


async def _race(addresses: Sequence[AddressInfo], opened: list[Socket], errors: list[OSError]) -> None:
    """Fill `opened` with at least one connected socket, or `errors` with one error for each address."""
    ended = asyncio.Event()

    async def attempt(address: AddressInfo) -> None:
        try:
            opened.append(await _connect_to(address))
        except OSError as error:
            errors.append(error)
        ended.set()

    async with asyncio.TaskGroup() as group:
        attempts = []
        for address in addresses:
            ended.clear()
            attempts.append(group.create_task(attempt(address)))
            with contextlib.suppress(TimeoutError):
                async with time_limit(HEAD_START):
                    await ended.wait()
            if opened:
                break
        while not opened and len(errors) < len(attempts):
            ended.clear()
            await ended.wait()
        for task in attempts:
            task.cancel()


def _close(sockets: Sequence[Socket]) -> None:
    for sock in sockets:
        sock.close()


async def _connect_to(info: AddressInfo) -> Socket:
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
