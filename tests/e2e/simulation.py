"""The real engine and collectors in this process, on a clock that jumps to the next due time."""

import heapq
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, Self

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

Schedules = Mapping[str, tuple[str, str]]

OF_A_DAY: Final[Schedules] = dict.fromkeys(CHECKS, ("15m", "1h")) | {
    "vsphere": ("10m", "1h"),  # a change of vCenter triggers a run
    "replication": ("10m", "1h"),
    "servicebus": ("1h", "4h"),  # its SDK takes half a second of real time to open a connection
    "eventhubs": ("1h", "4h"),
    "storage_benchmark": ("6h", "13h"),
}
"""Intervals long enough to simulate a day within a minute or two."""


class SimulatedClock(FakeClock):
    """A clock that jumps from one due time to the next. It starts now, if no time in Unix seconds is given."""

    def __init__(self, start: float | None = None) -> None:
        super().__init__(float(round(time.time())) if start is None else start)

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
    """The exporter's engine with its page. It can be stopped and started again; leaving the block stops it.

    `schedules`: interval of each check, and the age at which its result is stale.
    """

    def __init__(
        self, center: DataCenter, clock: SimulatedClock, directory: Path, schedules: Schedules = OF_A_DAY
    ) -> None:
        self._clock = clock
        self._state = directory / "state"
        config = yaml.safe_load(center.config.read_text())
        written = {name: {"interval": often, "stale_after": old} for name, (often, old) in schedules.items()}
        directory.mkdir(exist_ok=True)
        self._config = write_yaml(directory / "exporter.yml", {**config, "schedules": written})
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

    def page(self) -> str | None:
        """The body of a scrape; None while the exporter is stopped.

        It shows every run that has ended: the engine renders in a thread, for which the clock does not wait.
        """
        if self._engine is None:
            return None
        assert self._engine.page.publish() == []
        return b"".join(self._engine.page.response(openmetrics=False)).decode()

    def idle(self) -> bool:
        """Whether no check runs."""
        running = self._engine._running.values() if self._engine else ()
        return all(one.job._running_since is None for one in running)


async def run_until(end: float, clock: SimulatedClock, *exporters: SimulatedExporter) -> None:
    """Advance the clock to `end`. The clock stands still while a check runs."""

    def idle() -> bool:
        return all(one.idle() for one in exporters)

    await until(idle)
    while await clock.wake_next(end):
        await until(idle)
    await clock.advance(end - clock.time())
