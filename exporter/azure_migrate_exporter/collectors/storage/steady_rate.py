"""The rate of a transfer once it is steady, and how sure that is."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Final

WARM_UP: Final = 1 / 3
"""Part of the time so far that does not count: TCP finds its speed in it."""
SHORTEST: Final = 1.5
"""Seconds before which nothing is steady."""
PARTS: Final = 8
"""Equal parts of the time that counts, the rates of which are compared."""
STUDENT: Final = 2.365
"""Quantile of Student's distribution for a confidence of 95 % and `PARTS` - 1 degrees of freedom."""
PRECISE: Final = 0.03
"""Uncertainty at which a longer measurement would say the same."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Bytes per second, and half of the width of its confidence interval (95 %) as a ratio of it."""

    bytes_per_second: float
    uncertainty: float

    @property
    def is_precise(self) -> bool:
        """Whether it need not be measured any longer."""
        return self.uncertainty <= PRECISE


class SteadyRate:
    """Takes how much had arrived at a time, again and again."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._totals: list[int] = []

    def add(self, now: float, total: int) -> None:
        """`total` bytes had arrived at the time `now`, in seconds; neither ever falls."""
        self._times.append(now)
        self._totals.append(total)

    def estimate(self) -> Rate | None:
        """The rate so far; None while nothing is steady yet, or nothing arrives.

        The longer it takes, the later begins the time that counts. Where the rate still rises, or swings, its parts
        differ, and the rate is uncertain.
        """
        if not self._times or self._times[-1] - self._times[0] < SHORTEST:
            return None
        first, last = self._times[0], self._times[-1]
        start = first + (last - first) * WARM_UP
        edges = [bisect_left(self._times, start + (last - start) * part / PARTS) for part in range(PARTS + 1)]
        rates = [self._rate(*edge) for edge in pairwise(edges) if edge[0] < edge[1]]
        if len(rates) < PARTS or not (mean := fmean(rates)):
            return None
        return Rate(self._rate(edges[0], edges[-1]), STUDENT * stdev(rates) / PARTS**0.5 / mean)

    def _rate(self, start: int, end: int) -> float:
        return (self._totals[end] - self._totals[start]) / (self._times[end] - self._times[start])
