"""The interface to systemd: readiness and watchdog (sd_notify), and socket activation.

Uses `socket` directly: these are local sockets of systemd, not connections to peers.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

ListeningSocket = socket.socket

FIRST_DESCRIPTOR: Final = 3
"""Of the sockets that systemd hands over (sd_listen_fds)."""


def notify(state: str) -> None:
    """Send `state` (``READY=1``) to systemd, if it started the process and expects notifications. Never raises."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if sys.platform != "win32" and path[:1] in {"/", "@"}:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            sock.sendto(state.encode(), "\0" + path[1:] if path[0] == "@" else path)


async def notify_watchdog(healthy: Callable[[], bool]) -> None:
    """Notify systemd's watchdog twice in its interval, as long as `healthy` returns true."""
    try:
        interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    except ValueError:
        interval = 0.0
    if interval <= 0 or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        if healthy():
            notify("WATCHDOG=1")
        await asyncio.sleep(interval / 2)


def listening_sockets() -> list[socket.socket]:
    """The sockets that systemd hands over; none if it hands over none."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    try:
        count = int(os.environ.get("LISTEN_FDS", "0"))
    except ValueError:
        return []
    sockets = [socket.socket(fileno=descriptor) for descriptor in range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + count)]
    for one in sockets:
        one.setblocking(False)
        os.set_inheritable(one.fileno(), False)
    return sockets
