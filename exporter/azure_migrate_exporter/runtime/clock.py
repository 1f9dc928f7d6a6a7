"""The clock of collectors and the engine. Tests replace it with one that they advance."""

import asyncio
import time
from typing import Final, Protocol


class Clock(Protocol):
    """Wall time for timestamps, monotonic time for durations, and a sleep on the same clock."""

    def time(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes backwards."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class _SystemClock:
    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


SYSTEM_CLOCK: Final[Clock] = _SystemClock()
