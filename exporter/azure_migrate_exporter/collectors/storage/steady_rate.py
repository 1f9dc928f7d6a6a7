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
SUSTAINED: Final = 1 / 4
"""Part of the time so far for which the estimates must have agreed, within `PRECISE`. Beside another flow the rate
swings for seconds: one look of many is precise by chance, a fifth from the truth."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Bytes per second, and half of the width of its confidence interval (95 %) as a ratio of it."""

    bytes_per_second: float
    uncertainty: float

    @property
    def is_precise(self) -> bool:
        """Whether it is as sure as it need be."""
        return self.uncertainty <= PRECISE


class SteadyRate:
    """Takes how much had arrived at a time, again and again."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._totals: list[int] = []
        self._rates: list[Rate | None] = []
        """What was known at each time."""

    def add(self, now: float, total: int) -> None:
        """`total` bytes had arrived at the time `now`, in seconds; neither ever falls."""
        self._times.append(now)
        self._totals.append(total)
        self._rates.append(self._estimate())

    @property
    def is_settled(self) -> bool:
        """Whether it need not be measured any longer: the rate is precise, and has been the same for long enough."""
        rate = self.estimate()
        if rate is None or not rate.is_precise:
            return False
        first, last = self._times[0], self._times[-1]
        recent = self._rates[bisect_left(self._times, last - (last - first) * SUSTAINED) :]
        values = [one.bytes_per_second if one else 0.0 for one in recent]
        return max(values) - min(values) <= PRECISE * rate.bytes_per_second

    def estimate(self) -> Rate | None:
        """The rate so far; None while nothing is steady yet, or nothing arrives.

        The longer it takes, the later begins the time that counts. Where the rate still rises, or swings, its parts
        differ, and the rate is uncertain.
        """
        return self._rates[-1] if self._rates else None

    def _estimate(self) -> Rate | None:
        first, last = self._times[0], self._times[-1]
        if last - first < SHORTEST:
            return None
        start = first + (last - first) * WARM_UP
        bounds = [min(last, start + (last - start) * part / PARTS) for part in range(PARTS + 1)]  # rounded, past it
        edges = [bisect_left(self._times, bound) for bound in bounds]
        rates = [self._rate(*edge) for edge in pairwise(edges) if edge[0] < edge[1]]
        if len(rates) < PARTS or not (mean := fmean(rates)):
            return None
        return Rate(self._rate(edges[0], edges[-1]), STUDENT * stdev(rates) / PARTS**0.5 / mean)

    def _rate(self, start: int, end: int) -> float:
        return (self._totals[end] - self._totals[start]) / (self._times[end] - self._times[start])
