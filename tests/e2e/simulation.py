"""The real engine and collectors in this process, on a clock that jumps to the next due time."""

import heapq
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Self

import yaml

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.runtime.state import DirectoryState
from tests.clock import FakeClock, settle, until
from tests.lab.datacenter import DataCenter
from tests.lab.process import write_yaml
from tests.lab.settings import CHECKS

PATHS: Final = ("15m", "1h")
"""Interval of a check, and the age at which its result is stale."""
OTHERS: Final = {
    "vsphere": ("10m", "1h"),  # a change of vCenter triggers a run
    "replication": ("10m", "1h"),
    "servicebus": ("1h", "4h"),  # its SDK takes half a second of real time to open a connection
    "eventhubs": ("1h", "4h"),
    "storage_benchmark": ("6h", "13h"),
}


class SimulatedClock(FakeClock):
    """A clock that starts at the current time and jumps from one due time to the next."""

    def __init__(self) -> None:
        super().__init__(float(round(time.time())))

    async def wake_next(self, end: float) -> bool:
        """Jump to the next due time and wake its sleeper; False if no sleeper is due by `end`."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers or self._sleepers[0][0] > end:
            return False
        self._now, _, sleeper = heapq.heappop(self._sleepers)
        sleeper.set_result(None)
        await settle()
        return True


class SimulatedExporter:
    """The exporter's engine with its page. It can be stopped and started again; leaving the block stops it."""

    def __init__(self, center: DataCenter, clock: SimulatedClock, directory: Path) -> None:
        self._clock = clock
        self._state = directory / "state"
        config = yaml.safe_load(center.config.read_text())
        self._config = write_yaml(directory / "exporter.yml", _with_day_schedules(config))
        self._engine: Engine | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the engine as `serve` does, but in the current event loop."""
        self._engine = Engine(Context(clock=self._clock, state=DirectoryState(self._state)), Page())
        reloader = Reloader(self._config, self._engine, self._clock)
        await self._stack.enter_async_context(self._engine.running())
        assert await reloader.reload() == ()

    async def stop(self) -> None:
        """Stop every check. The persistent state stays in its directory."""
        await self._stack.aclose()
        self._engine = None

    async def run_until(self, end: float) -> None:
        """Advance the clock to `end`. The clock stands still while a check runs."""
        await until(self._idle)
        while await self._clock.wake_next(end):
            await until(self._idle)
        await self._clock.advance(end - self._clock.time())

    def page(self) -> str | None:
        """The body of a scrape; None while the exporter is stopped."""
        if self._engine is None:
            return None
        return b"".join(self._engine.page.response(openmetrics=False)).decode()

    def _idle(self) -> bool:
        running = self._engine._running.values() if self._engine else ()
        return all(one.job._running_since is None for one in running)


def _with_day_schedules(config: dict[str, Any]) -> dict[str, Any]:
    """The lab's configuration with intervals long enough to simulate a day within a minute or two."""
    schedules = dict.fromkeys(CHECKS, PATHS) | OTHERS
    return {
        **config,
        "schedules": {name: {"interval": often, "stale_after": old} for name, (often, old) in schedules.items()},
    }
