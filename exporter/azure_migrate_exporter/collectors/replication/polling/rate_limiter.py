"""The limit of requests a minute: lists never wait, reads of single machines wait for what the lists leave."""

from collections import deque
from typing import Final

from azure_migrate_exporter.runtime.clock import Clock

MINUTE: Final = 60.0
RECENT_RUNS: Final = 15
"""Runs among which is one of every list that is not read in each run."""


class RateLimiter:
    """At most `limit` requests in any minute, as long as lists alone do not need more.

    Lists come in bursts, one burst a run. So a single read starts only if the largest recent burst would still fit into
    the same minute after it; single reads are spread evenly.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._requests: deque[float] = deque()
        self._bursts = deque([0], maxlen=RECENT_RUNS)
        self._next_read = float("-inf")

    def start_run(self) -> None:
        """Start a new burst: the list requests until the next run belong to it."""
        self._bursts.append(0)

    def count_list_request(self) -> None:
        """Count a request of a list, which never waits."""
        self._bursts[-1] += 1
        self._count(self._clock.monotonic())

    async def acquire(self) -> None:
        """Wait until a single read may start, and count it."""
        while (seconds := self._delay()) > 0:
            await self._clock.sleep(seconds)
        self.count_read()

    def count_read(self) -> None:
        """Count a single read that does not wait."""
        now = self._clock.monotonic()
        self._next_read = max(self._next_read + MINUTE / self._limit, now)
        self._count(now)

    def _count(self, now: float) -> None:
        self._forget_before(now - MINUTE)
        self._requests.append(now)

    def _forget_before(self, time: float) -> None:
        while self._requests and self._requests[0] <= time:
            self._requests.popleft()

    def _delay(self) -> float:
        """Least number of seconds until a single read may start; other requests may come in between."""
        now = self._clock.monotonic()
        self._forget_before(now - MINUTE)
        available = self._limit - max(self._bursts)
        if len(self._requests) >= available:
            return self._requests[0] + MINUTE - now if self._requests else MINUTE
        return max(0.0, self._next_read - now)
