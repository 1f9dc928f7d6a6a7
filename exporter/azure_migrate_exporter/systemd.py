"""What systemd is told, and what it hands over: readiness and watchdog (sd_notify), and listening sockets.

Uses `socket` directly: these are local sockets that systemd itself gives, not a way out.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final

FIRST_DESCRIPTOR: Final = 3
"""Of the sockets that systemd hands over (sd_listen_fds)."""


def notify(state: str) -> None:
    """Send `state` (``READY=1``) to systemd, if it started us and wants to know. Never raises."""
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path[:1] not in {"/", "@"}:
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)
        sock.sendto(state.encode(), "\0" + path[1:] if path[0] == "@" else path)


async def keep_watchdog_quiet(healthy: Callable[[], bool]) -> None:
    """Tell systemd's watchdog, twice in its interval, that the process is alive, as long as `healthy`."""
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
