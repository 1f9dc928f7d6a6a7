"""PromQL of the dashboards. A metric or label that does not exist is an error when the files are generated."""

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
MACHINE: Final = 'vm_id="$vm_id"'
COLLECTOR: Final = 'collector=~"$collector"'

ALERTS: Final = f'alertname=~"{PREFIX}.+"'
FIRING: Final = f'{ALERTS},alertname!="{PREFIX}Watchdog",alertstate="firing"'
"""Firing alerts, without the watchdog."""

LOST: Final = -1
"""Value of a timeline where nothing is measured although it was at the start or the end of the time range."""

EXTERNAL: Final = {
    "ALERTS": "written by Prometheus for each alert of its rules",
    "ALERTS_FOR_STATE": "written by Prometheus with the start time of each alert",
    "up": "written by Prometheus for each target",
    "scrape_duration_seconds": "written by Prometheus for each target",
    "scrape_samples_scraped": "written by Prometheus for each target",
    "process_resident_memory_bytes": "exported by every process, and therefore not in the exporter's table of metrics",
    "process_cpu_seconds_total": "exported by every process, and therefore not in the exporter's table of metrics",
    "process_open_fds": "exported by every process, and therefore not in the exporter's table of metrics",
    "process_max_fds": "exported by every process, and therefore not in the exporter's table of metrics",
}
"""Metrics that are not in the exporter's table, and their origin."""

_MATCHER: Final = re.compile(r'(\w+)(?:=~|!~|!=|=)".*"')


def selector(metric: Metric, *matchers: str, **labels: str) -> str:
    """A selector with matchers in PromQL notation, and labels with a value or, after ``~``, a regular expression.

    Raises ValueError for a label that the metric does not have.
    """
    return _checked_selector(metric, metric.name, (*matchers, *_matchers(labels)))


def histogram(metric: Metric, part: str, *matchers: str, **labels: str) -> str:
    """A selector of a part of a histogram: ``bucket``, ``count`` or ``sum``."""
    if metric.type is not MetricType.HISTOGRAM:
        raise ValueError(f"{metric.name} is not a histogram")
    return _checked_selector(metric, f"{metric.name}_{part}", (*matchers, *_matchers(labels)))


def any_of(*metrics: Metric, matchers: str = "") -> str:
    """A selector of the series of several metrics."""
    names = "|".join(metric.name for metric in metrics)
    inside = ",".join(filter(None, (f'__name__=~"{names}"', matchers)))
    return f"{{{inside}}}"


def recorded(name: str, *matchers: str) -> str:
    """A selector of a recording rule of `alerts/`. Raises ValueError if there is none."""
    if name not in records():
        raise ValueError(f"no rule records {name}")
    return _selector(name, matchers)


def external(name: str, *matchers: str, **labels: str) -> str:
    """A selector of a metric of `EXTERNAL`. Raises ValueError for any other."""
    if name not in EXTERNAL:
        raise ValueError(f"EXTERNAL does not explain {name}")
    return _selector(name, (*matchers, *_matchers(labels)))


@cache
def records() -> frozenset[str]:
    """Names of all recording rules."""
    return frozenset(rule.record for group in GROUPS for rule in group.rules if isinstance(rule, RecordingRule))


def max_by(by: str, metric: Metric, *matchers: str, **labels: str) -> str:
    """The maximum of a metric by labels."""
    return f"max by ({by}) ({selector(metric, *matchers, **labels)})"


def min_by(by: str, metric: Metric, *matchers: str, **labels: str) -> str:
    """The minimum of a metric by labels."""
    return f"min by ({by}) ({selector(metric, *matchers, **labels)})"


def lowest(by: str, metric: Metric, *matchers: str, **labels: str) -> str:
    """For a timeline: the minimum of each interval, however long, and `LOST` where the series is missing."""
    series = selector(metric, *matchers, **labels)
    return f"min by ({by}) (min_over_time({series}[$__interval])) or {lost(by, series)}"


def highest(by: str, metric: Metric, *matchers: str, **labels: str) -> str:
    """For a timeline: the maximum of each interval, however long, and `LOST` where the series is missing."""
    series = selector(metric, *matchers, **labels)
    return f"max by ({by}) (max_over_time({series}[$__interval])) or {lost(by, series)}"


def lost(by: str, series: str) -> str:
    """`LOST` for what exists at the start or the end of the time range."""
    return f"{LOST} * group by ({by}) ({series} @ start() or {series} @ end())"


def state_of(
    by: str, metric: Metric, good: Mapping[str, str], others: Mapping[str, int], *matchers: str, **labels: str
) -> str:
    """For a timeline: 1 while a state set was `good` for a whole interval, else the number of the state, or 0.

    `good` is the label of the state set and its good state, `others` are numbers by regular expressions of states.
    """
    known = selector(metric, *matchers, **labels, **good)
    parts = [f"min by ({by}) (min_over_time({known}[$__interval])) == 1"]
    for states, number in others.items():
        other = dict.fromkeys(good, f"~{states}")
        parts.append(f"{number} * ({max_by(by, metric, *matchers, **labels, **other)} == 1)")
    return " or ".join([*parts, f"0 * max by ({by}) ({known})", lost(by, known)])


def top(expr: str) -> str:
    """The 20 highest series at each time: a graph of thousands cannot be read."""
    return f"topk(20, {expr})"


def new_events(by: str, series: str) -> str:
    """The growth of counters in each interval: bars that add up, unlike `increase`, which extrapolates.

    A series that appears counts in full if its vault had counters before.
    """
    before = f"{series} offset $__interval"
    grown = f"clamp_min({series} - {before}, 0) or ({series} unless {before}) and on (vault) {before}"
    return f"sum by ({by}) ({grown})"


def per_second(by: str, series: str) -> str:
    """The growth of counters in each interval, per second.

    It reads two samples of each series, where `rate` of a month reads every one; a restart counts as no growth.
    """
    grown = f"clamp_min({series} - {series} offset $__interval, 0)"
    return f"1000 * sum by ({by}) ({grown}) / $__interval_ms"


def of_appliances(expr: str) -> str:
    """Series of machines, restricted to the selected appliances and vaults."""
    return f"{expr} and on (vm_id, vault) {selector(REPLICATION_INFO, VAULT, APPLIANCE)}"


def label_values(series: str, label: str) -> str:
    """The query of a variable: all values of a label."""
    return f"label_values({series}, {label})"


def _matchers(labels: Mapping[str, str]) -> Iterator[str]:
    for label, value in labels.items():
        yield f'{label}=~"{value[1:]}"' if value.startswith("~") else f'{label}="{value}"'


def _checked_selector(metric: Metric, name: str, matchers: tuple[str, ...]) -> str:
    for matcher in matchers:
        found = _MATCHER.fullmatch(matcher)
        if found is None or found[1] not in metric.labels:
            raise ValueError(f"{metric.name} has no label for {matcher}")
    return _selector(name, matchers)


def _selector(name: str, matchers: tuple[str, ...]) -> str:
    return f"{name}{{{','.join(matchers)}}}" if matchers else name
