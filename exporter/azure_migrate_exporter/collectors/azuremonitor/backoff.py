"""Leaving Azure Monitor alone after it has said that there are too many calls: longer each time."""

from typing import Final

from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock

FIRST: Final = 120.0
LONGEST: Final = 3600.0


class Backoff:
    """Azure Monitor answers 529 (metrics) or 429 (logs), and does not say for how long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pause = 0.0
        self._until = 0.0

    def check(self) -> None:
        """Raises `CheckError` (throttled) while it is to be left alone."""
        wait = self._until - self._clock.monotonic()
        if self._pause and wait > 0:
            raise CheckError(Reason.THROTTLED, f"Azure Monitor had too many calls; the next one is in {wait:.0f} s")

    def refused(self) -> None:
        """It has said so (again)."""
        self._pause = min(2 * self._pause, LONGEST) if self._pause else FIRST
        self._until = self._clock.monotonic() + self._pause

    def answered(self) -> None:
        """It has answered everything."""
        self._pause = 0.0
