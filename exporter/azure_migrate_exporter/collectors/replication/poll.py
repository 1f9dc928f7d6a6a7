"""One thing that a run asks Azure for, apart from all others."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

KEPT: Final = 900.0
"""Seconds for which what Azure said last is shown while it does not answer, or asks not to be asked."""
_EARLY: Final = 10.0
"""Seconds by which a part may be due already: runs come a little early or late."""


@dataclass(slots=True, eq=False)
class Part:
    """Asked for with `read`, at most each `every` seconds. `told` is when it last was, on the monotonic clock."""

    read: Callable[[], Awaitable[None]]
    every: float = 0.0
    told: float = float("-inf")

    def due(self, now: float) -> bool:
        """Whether to ask for it in a run at `now`."""
        return now - self.told >= self.every - _EARLY

    def fresh(self, now: float) -> bool:
        """Whether what was told still is shown."""
        return now - self.told <= self.every + KEPT
