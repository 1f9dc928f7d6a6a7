"""The page of `/probe`: the measurements of one run, with the success and duration metrics of probing exporters."""

from collections.abc import Iterable
from typing import Final

from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.exposition.metric import Metric, MetricType
from azure_migrate_exporter.exposition.text import families, render

# Not in the table: all probing exporters use these names, so they have no prefix.
_SUCCESS: Final = Metric("probe_success", MetricType.GAUGE, "Whether the probe worked.", ())
_DURATION: Final = Metric("probe_duration_seconds", MetricType.GAUGE, "How long the probe took.", ())
_FAILURE: Final = Metric("probe_failure_info", MetricType.GAUGE, "Always 1; why the probe failed.", ("reason",))


def render_probe(blocks: Iterable[Block], reason: str | None, duration: float, *, openmetrics: bool) -> bytes:
    """A complete body. `reason` is None for a success, `duration` in seconds."""
    about = Block({(_SUCCESS, ()): float(reason is None), (_DURATION, ()): duration})
    if reason is not None:
        about.samples[_FAILURE, (reason,)] = 1.0
    lines = [piece for text, om, body in families(about) for piece in (om if openmetrics else text, body)]
    return b"".join(lines) + render(blocks, openmetrics=openmetrics)
