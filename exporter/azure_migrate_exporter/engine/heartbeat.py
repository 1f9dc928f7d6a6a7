"""The heartbeat of an event loop: how late it runs what is due, seen from any thread."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

INTERVAL: Final = 1.0
"""Seconds between two beats."""
WINDOW: Final = 60.0
"""Seconds for which the largest lag is remembered: longer than most scrape intervals."""


class Heartbeat:
    """Beats in one event loop. `monotonic` is injected by tests."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last = monotonic()
        self._worst: list[tuple[float, float]] = []
        """When a lag was seen and how long it was, the largest of the window first."""

    async def beat_forever(self) -> None:
        """Beat until cancelled."""
        while True:
            self.beat()
            await asyncio.sleep(INTERVAL)

    def beat(self) -> None:
        """Note that the loop runs now."""
        now = self._monotonic()
        lag = max(0.0, now - self._last - INTERVAL)
        self._last = now
        larger = [(when, worst) for when, worst in self._worst if worst > lag and now - when < WINDOW]
        self._worst = [*larger, (now, lag)]

    @property
    def age(self) -> float:
        """Seconds since the last beat."""
        return self._monotonic() - self._last

    @property
    def lag(self) -> float:
        """Seconds that the loop is late: the most of the last minute, or the delay of the beat that is due."""
        worst = max((lag for _, lag in self._worst), default=0.0)
        return max(worst, self.age - INTERVAL)
