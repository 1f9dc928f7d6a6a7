"""Counters over what Azure tells in pieces."""

from collections import Counter
from typing import Final

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metric import Metric

MOST_SERIES: Final = 1000
"""Different labels of one metric that are told apart."""

Labels = tuple[tuple[str, str], ...]


class Tally:
    """Totals by metric and labels.

    A series is shown as 0 first, and with its total from the next run on: Prometheus sees no increase in a series that
    begins with it, and Azure tells of most errors when there is something to count.
    """

    def __init__(self) -> None:
        self._totals: dict[tuple[Metric, Labels], float] = {}
        self._series: Counter[Metric] = Counter()
        self._shown: set[tuple[Metric, Labels]] = set()

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """Count; an amount of 0 only makes the series known."""
        key = metric, tuple(labels.items())
        if key not in self._totals:
            if self._series[metric] >= MOST_SERIES:
                key = metric, tuple((name, "other") for name in labels)
            self._series[metric] += key not in self._totals
        self._totals[key] = self._totals.get(key, 0.0) + amount

    def write(self, out: Measurements) -> None:
        """Write every total."""
        for (metric, labels), total in self._totals.items():
            known = (metric, labels) in self._shown
            out.set(metric, total if known else 0, **dict(labels))
        self._shown.update(self._totals)
