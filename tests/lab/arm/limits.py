"""The rate limit of ARM: a token bucket for the reads of each subscription."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadAllowance:
    """Whether a read is allowed, and how many more are."""

    remaining: int
    retry_after: int | None = None
    """Seconds until the next read is allowed, if this one is refused."""


class Limits:
    """As documented: 250 reads at once, 25 more a second. Change the attributes, or do not enforce them at all."""

    def __init__(self) -> None:
        self.burst = 250.0
        self.refill = 25.0
        """Reads a second."""
        self.enforced = True
        self._buckets: dict[str, tuple[float, float]] = {}

    def read(self, subscription: str, now: float) -> ReadAllowance:
        """Take one read out of the subscription's bucket; `now` is of a monotonic clock."""
        level, since = self._buckets.get(subscription.lower(), (self.burst, now))
        level = min(self.burst, level + (now - since) * self.refill)
        allowed = level >= 1
        level = max(0.0, level - 1) if allowed else level
        self._buckets[subscription.lower()] = level, now
        if allowed or not self.enforced:
            return ReadAllowance(int(min(level, 1e9)))
        return ReadAllowance(0, max(1, math.ceil((1 - level) / self.refill)))
