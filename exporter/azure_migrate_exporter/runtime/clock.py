"""The clock of collectors and the engine. Tests replace it with one that they advance."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Protocol

STEP: Final = 2.0
"""Seconds by which the system's clock must jump to count as stepped; less is followed at once."""
STEP_SETTLES: Final = 60.0
"""Seconds after which a step counts as a correction."""


class Clock(Protocol):
    """Wall time for timestamps, monotonic time for durations, and a sleep on the same clock."""

    def time(self) -> float:
        """Unix seconds. A step of the system's clock is followed once it has lasted `STEP_SETTLES`."""

    def monotonic(self) -> float:
        """Seconds of a clock that never goes backwards."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The system's clocks. A wall clock that is wrong for some seconds is not followed."""

    def __init__(self, wall: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._offset = wall() - monotonic()
        self._step: tuple[float, float] | None = None
        """When the newest step was seen (monotonic seconds), and the offset since then."""

    def time(self) -> float:
        """See `Clock.time`."""
        now = self._monotonic()
        offset = self._wall() - now
        if abs(offset - self._offset) < STEP:
            self._offset, self._step = offset, None
            return now + offset
        step = self._step
        if step is None or abs(offset - step[1]) >= STEP:
            step = self._step = now, offset
        if now - step[0] >= STEP_SETTLES:
            self._offset, self._step = offset, None
        return now + self._offset

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return self._monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)


SYSTEM_CLOCK: Final[Clock] = SystemClock()
