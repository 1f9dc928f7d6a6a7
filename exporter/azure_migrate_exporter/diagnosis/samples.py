"""The measurements of runs, selected by metric and labels."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.exposition.metric import Metric

Labels = Mapping[str, str]


class Samples:
    """The measurements of one or several runs. Of a histogram, the value is the sum."""

    def __init__(self, blocks: Iterable[Block]) -> None:
        self._of: defaultdict[Metric, list[tuple[Labels, float]]] = defaultdict(list)
        for block in blocks:
            for (metric, values), value in block.samples.items():
                labels = dict(zip(metric.labels, values, strict=True))
                self._of[metric].append((labels, value[1] if isinstance(value, tuple) else value))

    def all(self, metric: Metric, **labels: str) -> Iterator[tuple[Labels, float]]:
        """Labels and value of each series that has these labels."""
        return ((own, value) for own, value in self._of.get(metric, ()) if labels.items() <= own.items())

    def first(self, metric: Metric, **labels: str) -> float | None:
        """The value of the first such series; None if there is none."""
        return next((value for _, value in self.all(metric, **labels)), None)

    def state(self, metric: Metric, label: str = "state", **labels: str) -> str | None:
        """The state that a state set is in."""
        return next((own[label] for own, value in self.all(metric, **labels) if value), None)
