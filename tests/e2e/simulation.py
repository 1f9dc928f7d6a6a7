"""The real engine and its real collectors, in this process, on a clock that jumps to whatever is due next."""

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
"""Interval of a check, and the age at which what it saw is stale."""
OTHERS: Final = {
    "vsphere": ("10m", "1h"),  # it looks at once when something changes
    "replication": ("10m", "1h"),
    "servicebus": ("1h", "4h"),  # its SDK takes half a second of real time to open a connection
    "eventhubs": ("1h", "4h"),
    "storage_benchmark": ("6h", "13h"),
}


class JumpingClock(FakeClock):
    """A clock that begins now and leaves out the time in which nothing happens."""

    def __init__(self) -> None:
        super().__init__(float(round(time.time())))

    async def wake_next(self, end: float) -> bool:
        """Go on to the next moment at which somebody wants to be woken; False if that is after `end`."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers or self._sleepers[0][0] > end:
            return False
        self._now, _, sleeper = heapq.heappop(self._sleepers)
        sleeper.set_result(None)
        await settle()
        return True


class Subject:
    """An exporter that can be started, asked for its page, and stopped. At the end of the block it is stopped."""

    def __init__(self, center: DataCenter, clock: JumpingClock, directory: Path) -> None:
        self._clock = clock
        self._state = directory / "state"
        self._config = write_yaml(directory / "exporter.yml", _a_days(yaml.safe_load(center.config.read_text())))
        self._engine: Engine | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Run as `serve` does, but in this loop."""
        self._engine = Engine(Context(clock=self._clock, state=DirectoryState(self._state)), Page())
        reloader = Reloader(self._config, self._engine, self._clock)
        await self._stack.enter_async_context(self._engine.running())
        assert await reloader.reload() == ()

    async def stop(self) -> None:
        """End every check. What is to outlive it stays in its directory."""
        await self._stack.aclose()
        self._engine = None

    async def live_until(self, end: float) -> None:
        """Let time pass. While a check runs it stands still."""
        await until(self._at_rest)
        while await self._clock.wake_next(end):
            await until(self._at_rest)
        await self._clock.advance(end - self._clock.time())

    def page(self) -> str | None:
        """What a scrape gets; None if nobody answers."""
        if self._engine is None:
            return None
        return b"".join(self._engine.page.response(openmetrics=False, gzip=False)).decode()

    def _at_rest(self) -> bool:
        running = self._engine._running.values() if self._engine else ()
        return all(one.job._running_since is None for one in running)


def _a_days(config: dict[str, Any]) -> dict[str, Any]:
    """The lab's configuration with intervals for a day that is to pass in a minute or two."""
    schedules = dict.fromkeys(CHECKS, PATHS) | OTHERS
    return {
        **config,
        "schedules": {name: {"interval": often, "stale_after": old} for name, (often, old) in schedules.items()},
    }
