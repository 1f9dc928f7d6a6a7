"""One run of a collector through the engine, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass

from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.engine.runner import run
from azure_migrate_exporter.exposition.measurements import Value
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK


@dataclass(frozen=True, slots=True)
class Measured:
    """How the run ended (`reason` is None for a success) and its samples."""

    reason: Reason | None
    message: str
    samples: Mapping[tuple[Metric, tuple[str, ...]], Value]

    def value(self, metric: Metric, **labels: str) -> Value | None:
        """The one sample of `metric` with these labels; None if there is none."""
        wanted = labels.items()
        found = [
            value
            for (sampled, values), value in self.samples.items()
            if sampled is metric and wanted <= dict(zip(metric.labels, values, strict=True)).items()
        ]
        assert len(found) < 2, f"{metric.name} has {len(found)} samples with {labels}"
        return found[0] if found else None


async def measure(collector: Collector, *, timeout: float = 20) -> Measured:
    """Run `collector` once, within `timeout` seconds."""
    result = await run(collector, timeout, SYSTEM_CLOCK)
    samples = {key: value for block in result.blocks for key, value in block.samples.items()}
    return Measured(result.outcome.reason, result.outcome.message, samples)
