"""Totals over the machines of each appliance: a dashboard of thousands of machines reads these few series."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from azure_migrate_exporter.collectors.replication.machine_series import HEALTHS, STATES, MachineSample
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements

BEHIND: Final = 3600.0
"""Seconds after its due time from which a cycle that has not begun counts as late, as in the shipped alert."""
NOT_COPIED: Final = frozenset(state for state in STATES if state.startswith(("none", "enable_", "initial_")))
"""States of a machine whose initial replication has not completed."""


@dataclass(slots=True)
class MachineTotals:
    """The machines of one appliance, added one by one."""

    states: Counter[str] = field(default_factory=Counter)
    healths: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    with_errors: int = 0
    behind: int = 0
    copied: int = 0
    running: int = 0
    unknown: int = 0
    """Machines of which it is not known yet whether data moves."""
    upload: float = 0.0
    bytes_left: float = 0.0
    oldest_change: float | None = None

    def add(self, sample: MachineSample, size: float | None, now: float) -> None:
        """Add a machine with the size of its disks, if that is known. `now` is in Unix seconds."""
        item = sample.item
        self.states[item.state] += 1
        self.healths[item.health] += 1
        for failure in {failure for _, failure in item.errors}:
            self.failures[failure] += 1
        self.with_errors += bool(item.errors)
        self.behind += sample.due is not None and now - sample.due > BEHIND
        self.copied += item.state not in NOT_COPIED
        self.unknown += sample.operation is None and size is None
        if sample.operation is not None and sample.operation.upload is not None:
            self.running += 1
            self.upload += sample.operation.upload
        if item.state in NOT_COPIED and size is not None:
            self.bytes_left += size * (1 - dict(item.progress).get("initial", 0.0))
        if sample.changed is not None and item.cycling:
            self.oldest_change = min(sample.changed, self.oldest_change or sample.changed)

    def write(self, out: Measurements, **labels: str) -> None:
        """Write the totals; `labels` are vault and appliance."""
        for state in STATES:
            out.set(metrics.REPLICATION_MACHINES_BY_STATE, self.states[state], **labels, state=state)
        for health in HEALTHS:
            out.set(metrics.REPLICATION_MACHINES_BY_HEALTH, self.healths[health], **labels, health=health)
        for failure, count in sorted(self.failures.items()):
            out.set(metrics.REPLICATION_MACHINES_BY_FAILURE, count, **labels, failure=failure)
        for metric, value in (
            (metrics.REPLICATION_MACHINES_WITH_ERRORS, self.with_errors),
            (metrics.REPLICATION_MACHINES_BEHIND, self.behind),
            (metrics.REPLICATION_MACHINES_COPIED, self.copied),
            (metrics.REPLICATION_MACHINES_UPLOADING, self.running),
            (metrics.REPLICATION_TOTAL_UPLOAD, self.upload),
            (metrics.REPLICATION_COPY_REMAINING, self.bytes_left),
        ):
            out.set(metric, value, **labels)
        if self.oldest_change is not None:
            out.set(metrics.REPLICATION_OLDEST_POINT_CHANGE_TIMESTAMP, self.oldest_change, **labels)


def totals_by_appliance(
    machines: Iterable[tuple[MachineSample, float | None]], now: float
) -> Mapping[str, MachineTotals]:
    """The totals of a vault: of its machines, each with the size of its disks."""
    totals: defaultdict[str, MachineTotals] = defaultdict(MachineTotals)
    for sample, size in machines:
        totals[sample.appliance].add(sample, size, now)
    return totals
