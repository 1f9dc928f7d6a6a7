"""Bytes that the benchmarks of one target may send in one UTC day, counted across restarts."""

from datetime import UTC, datetime

from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.state import StateStore


class Budget:
    """A run reserves its full size before it starts, so that neither a crash nor a second process overdraws."""

    def __init__(self, state: StateStore, name: str, limit: int, clock: Clock) -> None:
        self._state = state
        self._name = name
        self._limit = limit
        self._clock = clock

    @property
    def used(self) -> int:
        """Bytes sent or reserved today."""
        saved = self._state.load(self._name)
        used = saved.get("bytes", 0) if saved.get("day") == self._today() else 0
        return used if isinstance(used, int) else 0

    def reserve(self, size: int) -> bool:
        """Whether `size` more bytes fit in what is left of today; if so they count as used."""
        used = self.used
        if used + size > self._limit:
            return False
        self._save(used + size)
        return True

    def settle(self, reserved: int, sent: int) -> None:
        """Replace a reservation by what was really sent. After midnight it counts for the new day."""
        self._save(max(self.used - reserved, 0) + sent)

    def _save(self, used: int) -> None:
        self._state.save(self._name, {"day": self._today(), "bytes": used})

    def _today(self) -> str:
        return f"{datetime.fromtimestamp(self._clock.time(), UTC):%Y-%m-%d}"
