"""How soon work that is triggered again and again may be repeated: cheap work soon, expensive work later."""

from dataclasses import dataclass
from typing import Final

_RATIO: Final = 4
"""Pause in durations of the work before it: repeated work takes at most a fifth of the time."""


@dataclass(frozen=True, slots=True)
class Pacing:
    """Limits of the pause between two repetitions, in seconds."""

    least: float
    most: float

    def pause_after(self, duration: float) -> float:
        """Seconds to wait after work that took `duration` seconds."""
        return min(max(_RATIO * duration, self.least), self.most)
