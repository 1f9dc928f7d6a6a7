"""The way through an HTTP proxy: reach it, and let it connect to the destination (CONNECT, RFC 9110 section 9.3.6)."""

import asyncio
import re
from typing import Final

from azure_migrate_exporter.network.address import Socket, authority, open_socket, resolve
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.deadline import time_limit, within_deadline

TUNNEL_TIMEOUT: Final = 15.0
"""Seconds for the answer to CONNECT: the proxy resolves the name and connects within it."""

_LONGEST_HEAD: Final = 64 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r)")


async def reach(proxy: Proxy) -> Socket:
    """A connection to the proxy itself. Raises `CheckError` (proxy), whatever keeps it from being reached."""
    try:
        return await open_socket(proxy.host, proxy.port, await resolve(proxy.host, proxy.port))
    except CheckError as error:
        raise CheckError(Reason.PROXY, f"the proxy {proxy} is not reached: {error.message}") from error


async def open_tunnel(sock: Socket, proxy: Proxy, host: str, port: int) -> None:
    """Let `proxy`, at the other end of `sock`, connect to `host`. Raises `CheckError`: see `refusal`."""
    destination = authority(host, port)
    head = f"CONNECT {destination} HTTP/1.1\r\nHost: {destination}\r\n"
    if proxy.authorization:
        head += f"Proxy-Authorization: {proxy.authorization}\r\n"
    seconds = within_deadline(TUNNEL_TIMEOUT)
    try:
        async with time_limit(seconds):
            status = await _exchange(sock, head.encode("ascii") + b"\r\n")
    except TimeoutError as error:
        text = f"the proxy {proxy} gave no answer to CONNECT {destination} in {seconds:.1f} s"
        raise CheckError(Reason.PROXY, text) from error
    except OSError as error:
        text = f"the proxy {proxy} cut the connection in answer to CONNECT {destination}"
        raise CheckError(Reason.PROXY, text) from error
    if status != 200:
        raise refusal(proxy, status, destination)


def refusal(proxy: Proxy | None, status: int, destination: str) -> CheckError:
    """The error for a proxy that answers `status` (0 for what is no HTTP) in place of a connection to `destination`.

    Only 502 to 504 speak of the way behind the proxy; whatever else it says is the proxy's own refusal.
    """
    name = f"the proxy {proxy}" if proxy else "a proxy"
    if status == 407:
        has_credentials = proxy is not None and proxy.username
        what = "refuses the credentials" if has_credentials else "wants credentials"
        return CheckError(Reason.PROXY, f"{name} {what} (407): set username and password in the section proxy")
    if status == 504:
        return CheckError(Reason.TIMEOUT, f"{name} got no answer from {destination} (504)")
    if status in {502, 503}:
        return CheckError(Reason.UNREACHABLE, f"{name} cannot connect to {destination} ({status})")
    if status == 0:
        return CheckError(Reason.PROXY, f"what answers as {name} is no HTTP proxy")
    return CheckError(Reason.PROXY, f"{name} refuses to connect to {destination} ({status})")


async def _exchange(sock: Socket, request: bytes) -> int:
    """The status that the proxy answers with; 0 if its answer is no HTTP, or says more before the client has spoken."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, request)
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        received = await loop.sock_recv(sock, 4096)
        if not received:
            raise ConnectionResetError("closed without a whole answer")
        head += received
    head, end, more = head.partition(b"\r\n\r\n")
    match = _STATUS.match(head + end)
    status = int(match[1]) if match and end else 0
    return 0 if status == 200 and more else status
