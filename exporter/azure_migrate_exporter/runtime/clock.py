"""Time as collectors and the engine see it, so that tests can turn it by hand."""

import asyncio
import time
from typing import Final, Protocol


class Clock(Protocol):
    """Wall time for timestamps, monotonic time for durations, and a sleep that goes with them."""

    def time(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""

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
