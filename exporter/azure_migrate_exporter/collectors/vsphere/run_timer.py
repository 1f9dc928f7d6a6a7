"""When a run is worthwhile before the interval ends: after an update of the watch, and while a task runs."""

import asyncio
from typing import Any, Final

from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.pacing import Pacing

SETTLE: Final = 0.05
"""Seconds to wait after an update: the changes of one operation come in groups."""
PACING: Final = Pacing(least=0.1, most=1.0)
"""Between a run and the next one before the interval ends."""
TASK_INTERVAL: Final = 2.5
"""Seconds between two polls of the tasks while one of them runs: vCenter sends no updates of the progress."""
TASK_PAUSE: Final = 1.0
"""Least seconds between two polls of the tasks that updates trigger."""


class RunTimer:
    """Waits for the next early run, and decides which runs poll the tasks.

    Every run that the interval brings polls them. An early run does so if the last poll is `TASK_PAUSE` old; if it is
    not, another early run follows for it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._update = asyncio.Event()
        self._early = False
        self._earliest = float("-inf")
        self._polled = float("-inf")
        self._next_poll = float("inf")

    @property
    def updated(self) -> bool:
        """Whether an update waits for a run."""
        return self._update.is_set()

    def notify(self) -> None:
        """An update arrived that a run would show, or the watch ended."""
        self._update.set()

    def clear(self) -> None:
        """What arrived so far is part of the present run."""
        self._update.clear()

    def must_poll(self) -> bool:
        """Whether the present run polls the tasks. If not, an early run will."""
        early, self._early = self._early, False
        due = min(self._polled + TASK_PAUSE, self._next_poll)
        if not early or self._clock.monotonic() >= due:
            return True
        self._next_poll = due
        return False

    def polled(self, *, running: bool) -> None:
        """The tasks were polled. `running` is whether one of them runs."""
        self._polled = self._clock.monotonic()
        self._next_poll = self._polled + TASK_INTERVAL if running else float("inf")

    def poll_again(self) -> None:
        """The next run polls the tasks, whatever brings it: nothing is known of them, or a poll may fail."""
        self._polled, self._next_poll = float("-inf"), float("inf")

    def run_ended(self, duration: float) -> None:
        """A run ended that took `duration` seconds."""
        self._earliest = self._clock.monotonic() + PACING.pause_after(duration)

    async def wait(self) -> None:
        """Return when an early run is worthwhile."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._update.wait())]
        if self._next_poll < float("inf"):
            waits.append(asyncio.ensure_future(self._clock.sleep(self._next_poll - self._clock.monotonic())))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        await self._clock.sleep(max(SETTLE, self._earliest - self._clock.monotonic()))
        self._early = True
