"""How long an exchange with the service takes: on an idle line, and while the upload fills it.

The difference is what the upload costs everybody else (bufferbloat). Each exchange is the opening of a connection of
its own: it waits in the queue in front of the line as everybody's packets do, and every system can measure it.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median
from typing import Final

from azure_migrate_exporter.network.blocking import open_blocking
from azure_migrate_exporter.network.proxy import Proxy
from azure_migrate_exporter.reasons import CheckError
from azure_migrate_exporter.runtime.cleanup import run_cleanup
from azure_migrate_exporter.runtime.threads import DaemonThreads

IDLE_SAMPLES: Final = 5
INTERVAL: Final = 0.1
"""Seconds between two connections under load."""
WARM_UP: Final = 1 / 3
"""Part of the connections under load that does not count: the queue fills meanwhile."""
_UNWIND: Final = 1.5
"""Seconds that the thread gets to end."""


class LineLatency:
    """Medians in seconds, None where nothing was measured. Made by `measured_latency`.

    A connection that cannot be opened says nothing here: the upload fails then, with its reason.
    """

    def __init__(self, host: str, port: int, proxy: Proxy | None) -> None:
        self._address = host, port
        self._proxy = proxy
        self._over = threading.Event()
        self._end_opening: Callable[[], None] = lambda: None
        self._seen: list[float] = []
        self.idle: float | None = None
        self.loaded: float | None = None

    def measure_idle(self) -> None:
        """Open a few connections, one after the other, until one fails. Blocks."""
        while len(self._seen) < IDLE_SAMPLES and not self._over.is_set() and self._open():
            pass
        self.idle, self._seen = _median(self._seen), []

    def measure_loaded(self) -> None:
        """Open connections until `stop`. Blocks."""
        while not self._over.wait(INTERVAL):
            self._open()
        self.loaded = _median(self._seen[int(len(self._seen) * WARM_UP) :])

    def stop(self) -> None:
        """End the measurement, from any thread."""
        self._over.set()
        self._end_opening()

    def _open(self) -> bool:
        """Open one connection, and close it. Returns whether it could be had."""
        try:
            open_blocking(*self._address, proxy=self._proxy, on_start=self._on_start, on_phase=self._on_phase).close()
        except (CheckError, ConnectionAbortedError):
            return False
        return True

    def _on_start(self, end: Callable[[], None]) -> None:
        self._end_opening = end
        if self._over.is_set():
            end()

    def _on_phase(self, phase: str, seconds: float) -> None:
        if phase == "connect":
            self._seen.append(seconds)


@asynccontextmanager
async def measured_latency(host: str, port: int, proxy: Proxy | None) -> AsyncIterator[LineLatency]:
    """Measure the idle line, then the loaded one for as long as the context lasts: `loaded` is there at its end."""
    latency = LineLatency(host, port, proxy)
    threads, loop = DaemonThreads("latency", 1), asyncio.get_running_loop()
    measuring: list[asyncio.Future[None]] = []

    async def stop() -> None:
        latency.stop()
        threads.shutdown()
        await asyncio.wait(measuring)

    async with run_cleanup(stop, _UNWIND):
        measuring.append(loop.run_in_executor(threads, latency.measure_idle))
        await asyncio.shield(measuring[0])
        measuring.append(loop.run_in_executor(threads, latency.measure_loaded))
        yield latency


def _median(seconds: list[float]) -> float | None:
    return median(seconds) if seconds else None
