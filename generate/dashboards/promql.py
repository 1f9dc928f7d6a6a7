"""Selectors of PromQL that cannot name what does not exist: a renamed metric or label fails the build."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from azure_migrate_exporter.exposition.metric import Metric, MetricType
from azure_migrate_exporter.exposition.metrics import REPLICATION_INFO
from generate.alerts.groups import GROUPS
from generate.alerts.model import PREFIX, RecordingRule

VAULT: Final = 'vault=~"$vault"'
APPLIANCE: Final = 'appliance=~"$appliance"'
VCENTER: Final = 'vcenter=~"$vcenter"'
MACHINE: Final = 'vm_id=~"$vm_id"'
COLLECTOR: Final = 'collector=~"$collector"'

OURS: Final = f'alertname=~"{PREFIX}.+"'
FIRING: Final = f'{OURS},alertname!="{PREFIX}Watchdog",alertstate="firing"'
"""Alerts that somebody should see."""

FOREIGN: Final = {
    "ALERTS": "Prometheus writes it for each alert of its rules",
    "ALERTS_FOR_STATE": "Prometheus writes into it when each alert began",
    "up": "Prometheus writes it for each target",
    "scrape_duration_seconds": "Prometheus writes it for each target",
    "scrape_samples_scraped": "Prometheus writes it for each target",
    "process_resident_memory_bytes": "of every exporter's process, and so not in the table of our own",
    "process_cpu_seconds_total": "of every exporter's process, and so not in the table of our own",
    "process_open_fds": "of every exporter's process, and so not in the table of our own",
    "process_max_fds": "of every exporter's process, and so not in the table of our own",
}
"""Metrics that others write, and who."""

_MATCHER: Final = re.compile(r'(\w+)(?:=~|!~|!=|=)".*"')


def of(metric: Metric, *matchers: str, **labels: str) -> str:
    """A selector: matchers as PromQL writes them, and labels with their values, of which one that begins with ~ is a
    pattern. Raises ValueError for a label that the metric does not have.
    """
    return _of(metric, metric.name, (*matchers, *_matching(labels)))


def part_of(metric: Metric, part: str, *matchers: str, **labels: str) -> str:
    """The same of a part of a histogram: ``bucket``, ``count`` or ``sum``."""
    if metric.type is not MetricType.HISTOGRAM:
        raise ValueError(f"{metric.name} is no histogram")
    return _of(metric, f"{metric.name}_{part}", (*matchers, *_matching(labels)))


def either(*metrics: Metric, matchers: str = "") -> str:
    """Series of any of these metrics."""
    names = "|".join(metric.name for metric in metrics)
    inside = ",".join(filter(None, (f'__name__=~"{names}"', matchers)))
    return f"{{{inside}}}"


def recorded(name: str, *matchers: str) -> str:
    """A series that the rules of `alerts/` record. Raises ValueError if none does."""
    if name not in records():
        raise ValueError(f"no rule records {name}")
    return _selector(name, matchers)


def foreign(name: str, *matchers: str, **labels: str) -> str:
    """A series that is not ours. Raises ValueError for one that `FOREIGN` does not explain."""
    if name not in FOREIGN:
        raise ValueError(f"FOREIGN does not say who writes {name}")
    return _selector(name, (*matchers, *_matching(labels)))


@cache
def records() -> frozenset[str]:
    """Names of everything that is recorded."""
    return frozenset(rule.record for group in GROUPS for rule in group.rules if isinstance(rule, RecordingRule))


def of_appliances(expr: str) -> str:
    """Only those series of machines that belong to the chosen appliances and vaults."""
    return f"{expr} and on (vm_id, vault) {of(REPLICATION_INFO, VAULT, APPLIANCE)}"


def values_of(selector: str, label: str) -> str:
    """A variable's query: all values of a label."""
    return f"label_values({selector}, {label})"


def _matching(labels: Mapping[str, str]) -> Iterator[str]:
    for label, value in labels.items():
        yield f'{label}=~"{value[1:]}"' if value.startswith("~") else f'{label}="{value}"'


def _of(metric: Metric, name: str, matchers: tuple[str, ...]) -> str:
    for matcher in matchers:
        found = _MATCHER.fullmatch(matcher)
        if found is None or found[1] not in metric.labels:
            raise ValueError(f"{metric.name} has no label for {matcher}")
    return _selector(name, matchers)


def _selector(name: str, matchers: tuple[str, ...]) -> str:
    return f"{name}{{{','.join(matchers)}}}" if matchers else name
