"""The measurements of one run of a collector: samples of metrics of the table, with labels and a value."""

import re
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable
from functools import cached_property
from typing import Final

from azure_migrate_exporter.exposition.metric import Metric, MetricType
from azure_migrate_exporter.redaction import redact_label

_ESCAPES: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_TO_ESCAPE: Final = re.compile(r'[\\"\n]')


class Histogram:
    """A cumulative histogram that is kept across runs; its owner adds it to the measurements of each run."""

    def __init__(self, metric: Metric) -> None:
        self._bounds = metric.buckets
        self._counts = [0] * (len(metric.buckets) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        """Count one observation, in the metric's unit."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum += value

    @property
    def count(self) -> int:
        """Number of observations so far."""
        return sum(self._counts)

    def cumulative(self) -> list[tuple[str, int]]:
        """Pairs of upper bound as rendered and observations up to it, ending in ``+Inf``."""
        total, pairs = 0, []
        for bound, count in zip([*map(_number, self._bounds), "+Inf"], self._counts, strict=True):
            total += count
            pairs.append((bound, total))
        return pairs


Value = float | tuple[tuple[tuple[str, int], ...], float]


Samples = dict[tuple[Metric, tuple[str, ...]], Value]


class Block:
    """An immutable set of samples, rendered once however often it is scraped."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    @property
    def samples(self) -> Samples:
        """Every sample by metric and label values."""
        return self._samples

    @cached_property
    def chunks(self) -> dict[Metric, bytes]:
        """The rendered lines of each family. Sample lines are the same in text and OpenMetrics."""
        lines: dict[Metric, list[str]] = {}
        for (metric, values), value in self.samples.items():
            lines.setdefault(metric, []).append(_render(metric, values, value))
        return {metric: "".join(rendered).encode() for metric, rendered in lines.items()}


class LeanBlock(Block):
    """A block that stores a function instead of samples, which take more memory than their rendered lines.

    For thousands of blocks. `write` must always write the same samples.
    """

    def __init__(self, write: "Callable[[Measurements], None]") -> None:
        super().__init__({})
        self._write = write

    @property
    def samples(self) -> Samples:
        """All samples, written again."""
        out = Measurements()
        self._write(out)
        return out.block().samples


class Measurements:
    """Collects the samples of a run. Writing a series again replaces its value."""

    def __init__(self) -> None:
        self._samples: Samples = {}
        self._kept: tuple[Block, ...] = ()

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Record a gauge's value, or a counter's total so far. Label values that are not valid text are repaired."""
        self._samples[metric, _label_values(metric, labels)] = float(value)

    def state(
        self, metric: Metric, states: Iterable[str], current: str, *, label: str = "state", **labels: str
    ) -> None:
        """Record a state set: every state with 0 or 1. A `current` that is none of them sets all to 0."""
        for state in states:
            self.set(metric, state == current, **labels, **{label: state})

    def current_state(
        self,
        metric: Metric,
        states: Container[str],
        current: str,
        left: str | None,
        *,
        label: str = "state",
        **labels: str,
    ) -> None:
        """Record a state set of few series: `current` with 1, and with 0 the state that was `left` a moment ago.

        A state that is none of `states` has no series.
        """
        for state, value in ((left, 0), (current, 1)):
            if state is not None and state in states:
                self.set(metric, value, **labels, **{label: state})

    def histogram(self, metric: Metric, histogram: Histogram, **labels: str) -> None:
        """Record the current state of a histogram."""
        self._samples[metric, _label_values(metric, labels)] = (tuple(histogram.cumulative()), histogram.sum)

    def keep(self, block: Block) -> None:
        """Add a block of an earlier run, which is not rendered again."""
        self._kept += (block,)

    def keep_all(self, blocks: tuple[Block, ...]) -> None:
        """Add many blocks. If nothing else is written, `blocks()` returns the same tuple, so that an unchanged tuple
        shows that nothing changed.
        """
        self._kept = (*self._kept, *blocks) if self._kept else blocks

    def block(self) -> Block:
        """The samples written with `set`, `state` and `histogram`, as one block."""
        return Block(dict(self._samples))

    def blocks(self) -> tuple[Block, ...]:
        """The kept blocks, then the written samples."""
        return (*self._kept, self.block()) if self._samples else self._kept


def _label_values(metric: Metric, labels: dict[str, str]) -> tuple[str, ...]:
    try:
        values = tuple([redact_label(labels[name]) for name in metric.labels])
    except KeyError as missing:
        raise TypeError(f"{metric.name} needs the label {missing}") from None
    if len(values) != len(labels):
        raise TypeError(f"{metric.name} has no label {sorted(set(labels) - set(metric.labels))}")
    return values


def _render(metric: Metric, values: tuple[str, ...], value: Value) -> str:
    pairs = [f'{name}="{_escaped(text)}"' for name, text in zip(metric.labels, values, strict=True)]
    if metric.type is not MetricType.HISTOGRAM:
        labels = f"{{{','.join(pairs)}}}" if pairs else ""
        return f"{metric.name}{labels} {_number(value)}\n"  # type: ignore[arg-type]
    buckets, total = value  # type: ignore[misc]
    labels = f"{{{','.join(pairs)}}}" if pairs else ""
    bounds = [",".join([*pairs, f'le="{bound}"']) for bound, _ in buckets]
    lines = [f"{metric.name}_bucket{{{le}}} {count}\n" for le, (_, count) in zip(bounds, buckets, strict=True)]
    lines += [f"{metric.name}_sum{labels} {_number(total)}\n", f"{metric.name}_count{labels} {buckets[-1][1]}\n"]
    return "".join(lines)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _TO_ESCAPE.search(text) else text


def _number(value: float) -> str:
    text = repr(value)
    return {"inf": "+Inf", "-inf": "-Inf", "nan": "NaN"}.get(text, text)
