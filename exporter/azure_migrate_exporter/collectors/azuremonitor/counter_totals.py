"""Counters summed up from the increases that Azure reports."""

from collections import Counter
from typing import Final

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metric import Metric

MAX_SERIES: Final = 1000
"""Distinct label sets of one metric; the others are summed up under "other"."""

Labels = tuple[tuple[str, str], ...]


class CounterTotals:
    """Totals by metric and labels.

    A series is exported as 0 first, and with its total from the next run on: Prometheus sees no increase in the first
    value of a series, and Azure reports most errors only once there is something to count.
    """

    def __init__(self) -> None:
        self._totals: dict[tuple[Metric, Labels], float] = {}
        self._series: Counter[Metric] = Counter()
        self._exported: set[tuple[Metric, Labels]] = set()

    def add(self, metric: Metric, amount: float, **labels: str) -> None:
        """Add an increase; an amount of 0 only creates the series."""
        key = metric, tuple(labels.items())
        if key not in self._totals:
            if self._series[metric] >= MAX_SERIES:
                key = metric, tuple((name, "other") for name in labels)
            self._series[metric] += key not in self._totals
        self._totals[key] = self._totals.get(key, 0.0) + amount

    def write(self, out: Measurements) -> None:
        """Write every total."""
        for (metric, labels), total in self._totals.items():
            exported = (metric, labels) in self._exported
            out.set(metric, total if exported else 0, **dict(labels))
        self._exported.update(self._totals)
