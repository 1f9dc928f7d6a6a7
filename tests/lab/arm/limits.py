"""The rate limit of ARM: a token bucket for the reads of each subscription."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """Whether a read may be done, and what the next ones may count on."""

    remaining: int
    retry_after: int | None = None
    """Seconds after which to ask again, if this one was refused."""


class Limits:
    """As documented: 250 reads at once, 25 more a second. Change the attributes, or do not enforce them at all."""

    def __init__(self) -> None:
        self.burst = 250.0
        self.refill = 25.0
        """Reads a second."""
        self.enforced = True
        self._buckets: dict[str, tuple[float, float]] = {}

    def read(self, subscription: str, now: float) -> Grant:
        """Take one read out of the subscription's bucket; `now` is of a monotonic clock."""
        level, since = self._buckets.get(subscription.lower(), (self.burst, now))
        level = min(self.burst, level + (now - since) * self.refill)
        allowed = level >= 1
        level = max(0.0, level - 1) if allowed else level
        self._buckets[subscription.lower()] = level, now
        if allowed or not self.enforced:
            return Grant(int(min(level, 1e9)))
        return Grant(0, max(1, math.ceil((1 - level) / self.refill)))
