"""A metric: name, type, unit, help and label names. `azure_migrate_exporter.exposition.metrics` declares them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "azure_migrate_"
UNITS: Final = ("seconds", "bytes", "ratio", "bytes_per_second")


class MetricType(StrEnum):
    """The types of the exposition format in use."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """One row of the table. Identity is the object itself; `name` is the full exported name."""

    name: str
    type: MetricType
    help: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()

    @property
    def family(self) -> str:
        """The OpenMetrics family: a counter's name without ``_total``."""
        return self.name.removesuffix("_total") if self.type is MetricType.COUNTER else self.name

    @property
    def unit(self) -> str:
        """The base unit at the end of the family name, or an empty string."""
        return max((u for u in UNITS if self.family.endswith(f"_{u}")), key=len, default="")


TABLE: Final[dict[str, Metric]] = {}
"""Every metric by its full name, in the order of declaration, which is that of the page; there large families come
first."""


def _declare(metric: Metric) -> Metric:
    if metric.name in TABLE:
        raise ValueError(f"metric {metric.name} is declared twice")
    TABLE[metric.name] = metric
    return metric


def gauge(name: str, help: str, *labels: str) -> Metric:  # noqa: A002 - "help" is the term of the format
    """Declare a gauge; `name` is written without the common prefix."""
    return _declare(Metric(PREFIX + name, MetricType.GAUGE, help, labels))


def counter(name: str, help: str, *labels: str) -> Metric:  # noqa: A002
    """Declare a counter; its name ends in ``_total``."""
    return _declare(Metric(PREFIX + name, MetricType.COUNTER, help, labels))


def histogram(name: str, help: str, *labels: str, buckets: tuple[float, ...]) -> Metric:  # noqa: A002
    """Declare a classic histogram with these upper bounds; ``+Inf`` is added when it is rendered."""
    return _declare(Metric(PREFIX + name, MetricType.HISTOGRAM, help, labels, buckets))
