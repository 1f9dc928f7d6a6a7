"""Requests in any minute: lists are never held up, what reads machines one by one waits for what they leave."""

from collections import deque
from typing import Final

from azure_migrate_exporter.runtime.clock import Clock

MINUTE: Final = 60.0
BURSTS: Final = 15
"""Runs in which everything that is asked for now and then has been asked for."""


class Budget:
    """At most `limit` requests in any minute, as long as lists alone do not need more.

    Lists come in bursts, one a run. So a machine is read only if after it a burst as large as any of late would still
    fit into the same minute; and one at a time, spread evenly.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._spent: deque[float] = deque()
        self._bursts = deque([0], maxlen=BURSTS)
        self._next = float("-inf")

    def begin_burst(self) -> None:
        """A run begins: what is spent with `spend` until the next one begins is its burst."""
        self._bursts.append(0)

    def spend(self) -> None:
        """A request of a list, which never waits."""
        self._bursts[-1] += 1
        self._spent.append(self._clock.monotonic())

    async def turn(self) -> None:
        """Wait for the turn of a request that can wait, and take it."""
        while (wait := self._wait()) > 0:
            await self._clock.sleep(wait)
        self.take()

    def take(self) -> None:
        """Such a request that does not wait all the same."""
        now = self._clock.monotonic()
        self._next = max(self._next + MINUTE / self._limit, now)
        self._spent.append(now)

    def _wait(self) -> float:
        """Seconds until a turn may be; at least, for meanwhile others may come."""
        now = self._clock.monotonic()
        while self._spent and self._spent[0] <= now - MINUTE:
            self._spent.popleft()
        room = self._limit - max(self._bursts)
        if len(self._spent) >= room:
            return self._spent[0] + MINUTE - now if self._spent else MINUTE
        return max(0.0, self._next - now)
