"""The open connections of the server. A new one always gets in: at a limit, the one that was idle longest is closed."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from azure_migrate_exporter.web.http_metrics import ClosedBecause, HttpMetrics
from azure_migrate_exporter.web.limits import Limits

SWEEP_INTERVAL: Final = 2.0
"""Seconds between two searches for connections that have been idle too long."""
LOG_INTERVAL: Final = 60.0
"""Seconds between two log lines about closed connections."""

log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Connection:
    """One connection, from its acceptance on. Times are those of the event loop."""

    address: str
    since: float
    """When it was accepted, or its last request ended."""
    task: "asyncio.Task[Any] | None" = None
    """What accepts it: the TLS handshake."""
    protocol: asyncio.BaseProtocol | None = None
    transport: asyncio.Transport | None = None
    """None until TLS is agreed on."""
    requests: int = 0
    """Requests in progress."""
    seen_request: bool = False

    def close(self) -> None:
        """Close it at once, whatever state it is in."""
        if self.task is not None:
            self.task.cancel()
        if self.transport is not None:
            self.transport.abort()


class Connections:
    """Every open connection, counted from its acceptance."""

    def __init__(self, limits: Limits, http: HttpMetrics) -> None:
        self._limits = limits
        self._http = http
        self._open: dict[Connection, None] = {}
        self._by_protocol: dict[asyncio.BaseProtocol, Connection] = {}
        self._addresses: Counter[str] = Counter()
        self._unlogged: Counter[str] = Counter()
        self._logged_at = float("-inf")

    @property
    def _limit(self) -> int:
        return min(self._limits.connections, max(8, descriptors() // 4))

    def __len__(self) -> int:
        return len(self._open)

    def accepted(self, address: str) -> Connection:
        """Register a new connection; close others if there are too many."""
        if self._addresses[address] >= max(1, int(self._limit * self._limits.share_of_an_address)):
            self.close_longest_idle(ClosedBecause.ADDRESS_LIMIT, address)
        elif len(self._open) >= self._limit:
            self.close_longest_idle(ClosedBecause.LIMIT)
        connection = Connection(address, asyncio.get_running_loop().time())
        self._open[connection] = None
        self._addresses[address] += 1
        self._http.connections = len(self._open)
        return connection

    def established(
        self, connection: Connection, protocol: asyncio.BaseProtocol, transport: asyncio.BaseTransport
    ) -> None:
        """The connection can carry requests now."""
        connection.protocol, connection.transport = protocol, transport  # type: ignore[assignment]
        connection.task = None
        self._by_protocol[protocol] = connection
        if connection not in self._open:
            connection.close()

    def ended(self, connection: Connection) -> None:
        """The connection is closed, by whichever side."""
        if connection in self._open:
            del self._open[connection]
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]
        if connection.protocol is not None:
            self._by_protocol.pop(connection.protocol, None)
        self._http.connections = len(self._open)

    @contextmanager
    def in_request(self, protocol: asyncio.BaseProtocol) -> Iterator[None]:
        """Inside the block the connection is not idle."""
        connection = self._by_protocol.get(protocol)
        if connection is None:
            yield
            return
        connection.requests += 1
        connection.seen_request = True
        try:
            yield
        finally:
            connection.requests -= 1
            connection.since = asyncio.get_running_loop().time()

    def close_longest_idle(self, because: ClosedBecause, address: str | None = None) -> None:
        """Close the connection that was idle longest, of `address` if given; if none is idle, the oldest request."""
        candidates = [one for one in self._open if address in {None, one.address}]
        if candidates:
            self._close(min(candidates, key=lambda one: (one.requests > 0, one.since)), because)

    def _close(self, connection: Connection, because: ClosedBecause) -> None:
        self._http.count_closed(because)
        self.note(because)
        self.ended(connection)
        connection.close()

    def note(self, event: str) -> None:
        """Count `event`, and log all that were counted at most once in `LOG_INTERVAL`."""
        self._unlogged[event] += 1
        now = asyncio.get_running_loop().time()
        if now - self._logged_at >= LOG_INTERVAL:
            self._logged_at = now
            closed = " ".join(f"{name}={count}" for name, count in self._unlogged.items())
            log.warning("connections closed or refused", open=len(self._open), limit=self._limit, closed=closed)
            self._unlogged.clear()

    async def sweep_forever(self) -> None:
        """Close connections that send no request in time."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(SWEEP_INTERVAL, self._limits.first_head / 2))
            now = loop.time()
            for connection in list(self._open):
                idle = now - connection.since
                if connection.requests:
                    continue
                if not connection.seen_request and idle > self._limits.first_head:
                    self._close(connection, ClosedBecause.NO_REQUEST)
                elif idle > self._limits.idle + self._limits.first_head:
                    self._close(connection, ClosedBecause.IDLE)


def descriptors() -> int:
    """How many files and sockets the process may open."""
    if sys.platform == "win32":
        return 8192
    else:  # noqa: RET505 - mypy checks each system by its branch
        import resource  # noqa: PLC0415 - exists on POSIX only

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return soft if soft != resource.RLIM_INFINITY else 65536
