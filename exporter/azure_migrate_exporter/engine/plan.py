"""Which jobs the settings require: the targets of each collector, and the schedule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azure_migrate_exporter.collectors.protocol import Target
from azure_migrate_exporter.collectors.registry import COLLECTORS, CollectorSpec
from azure_migrate_exporter.config.base import Schedule
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.effective_settings import merge_discovered
from azure_migrate_exporter.engine.sharding import WHOLE, Assignment
from azure_migrate_exporter.runtime.blackboard import Blackboard


@dataclass(frozen=True, slots=True)
class Plan:
    """A job that has to run."""

    spec: CollectorSpec
    target: Target[Any]
    schedule: Schedule

    @property
    def key(self) -> tuple[str, str]:
        """Collector and target name."""
        return self.spec.name, self.target.name


def plans(
    settings: Settings,
    blackboard: Blackboard,
    collectors: Mapping[str, CollectorSpec] = COLLECTORS,
    assignment: Assignment | None = None,
) -> Iterator[Plan]:
    """Every job that `settings` require of a shard, given what it discovered so far."""
    assigned = assignment or Assignment(settings, WHOLE)
    merged = merge_discovered(assigned.own_discoveries(settings), blackboard)
    for spec in collectors.values():
        schedule = schedule_of(spec, settings)
        for target in spec.targets(merged, blackboard):
            if assigned.owns(spec.name, target):
                yield Plan(spec, target, schedule)


def schedule_of(spec: CollectorSpec, settings: Settings) -> Schedule:
    """The collector's default schedule with the configured changes.

    If only the interval is made longer, `stale_after` grows in proportion; results would otherwise expire between runs.
    """
    changes = settings.schedules.get(spec.name)
    if changes is None:
        return spec.schedule
    intervals = (changes.interval or 0.0) / spec.schedule.interval
    kept = {"stale_after": spec.schedule.stale_after * max(1.0, intervals)}
    return spec.schedule.model_copy(update=kept | changes.model_dump(exclude_none=True))
