"""A token bucket: how long a sender must wait so that it never exceeds a rate."""

import threading
from collections.abc import Callable
from typing import Final

TICK: Final = 0.02
"""Seconds of traffic that are sent at once."""


class TokenBucket:
    """Shared by the threads of one upload. It starts empty, so not even its first second exceeds the rate."""

    def __init__(self, bytes_per_second: float, clock: Callable[[], float]) -> None:
        self.burst: Final = max(int(bytes_per_second * TICK), 1)
        """Bytes to send at once."""
        self._rate = bytes_per_second
        self._clock = clock
        self._free_at = clock()
        self._lock = threading.Lock()

    def reserve(self, size: int) -> float:
        """Seconds to wait before `size` bytes are sent. Time in which nothing was sent is not made up for."""
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now) + size / self._rate
            return self._free_at - now
