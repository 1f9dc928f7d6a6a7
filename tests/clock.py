"""A clock that a test advances."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable

REAL_TIMEOUT = 10.0
"""Seconds of real time to wait for an event that should happen at once."""


class FakeClock:
    """Wall time starts at `now`; `advance` wakes sleepers in order, each at its due time."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._offset = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def time(self) -> float:
        return self._now + self._offset

    def step(self, seconds: float) -> None:
        """Set the wall clock, as NTP or an operator does; the monotonic one goes on."""
        self._offset += seconds

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), future))
        await future

    async def advance(self, seconds: float) -> None:
        end = self._now + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._now = max(self._now, due)
            if not future.done():
                future.set_result(None)
                await settle()
        self._now = end
        await settle()


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(25):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that another thread or a socket fulfils."""
    deadline = time.monotonic() + REAL_TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it never happened")
        await asyncio.sleep(0.002)
