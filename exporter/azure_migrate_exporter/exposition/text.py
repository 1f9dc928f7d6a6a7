"""Rendering blocks as the Prometheus text format or OpenMetrics."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.exposition.metric import TABLE, Metric

OPENMETRICS_EOF: Final = b"# EOF\n"
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})
_OPENMETRICS_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def header(metric: Metric, *, openmetrics: bool) -> bytes:
    """The header lines of a family. Only these differ between the two formats."""
    if not openmetrics:
        text = metric.help.translate(_HELP_ESCAPES)
        return f"# HELP {metric.name} {text}\n# TYPE {metric.name} {metric.type}\n".encode()
    unit = f"# UNIT {metric.family} {metric.unit}\n" if metric.unit else ""
    text = metric.help.translate(_OPENMETRICS_HELP_ESCAPES)
    return f"# HELP {metric.family} {text}\n# TYPE {metric.family} {metric.type}\n{unit}".encode()


def render(blocks: Iterable[Block], *, openmetrics: bool = False) -> bytes:
    """All samples of `blocks`, family by family in the order of the table."""
    chunks: dict[Metric, list[bytes]] = {}
    for block in blocks:
        for metric, chunk in block.chunks.items():
            chunks.setdefault(metric, []).append(chunk)
    parts = [
        header(metric, openmetrics=openmetrics) + b"".join(chunks[metric])
        for metric in TABLE.values()
        if metric in chunks
    ]
    return b"".join(parts) + (OPENMETRICS_EOF if openmetrics else b"")


def families(block: Block) -> list[tuple[bytes, bytes, bytes]]:
    """The families of `block` for the tail of a page: header in text, header in OpenMetrics, sample lines."""
    return [(*_both_headers(metric), lines) for metric, lines in block.chunks.items()]


@cache
def _both_headers(metric: Metric) -> tuple[bytes, bytes]:
    return header(metric, openmetrics=False), header(metric, openmetrics=True)
