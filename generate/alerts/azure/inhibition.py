"""Inhibition without Alertmanager: the causes that fire are recorded, and their consequences have them as `unless`.

A cause counts as firing when its condition held for nine tenths of its `for`: a missing evaluation lifts no inhibition.
Like Alertmanager, this does not ask whether the cause is itself inhibited.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from azure_migrate_exporter.config.base import parse_duration
from generate.alerts.azure.levels import Level
from generate.alerts.inhibit_rules import InhibitRule, Matcher
from generate.alerts.values import Values

CONDITION: Final = "alert:azure_migrate_alert_condition:group"
"""1 for each result of the query of an alert that inhibits others."""
FIRING: Final = "alert:azure_migrate_alert_firing:count_over_time"
"""1 while such an alert fires: what ``ALERTS`` is in Prometheus, with the name of the alert in the label `alert`."""
_NAME: Final = "alert"
_MARK: Final = "inhibited_by"
"""A label that exists only within a query."""
_ALERTS: Final = re.compile(r"\bALERTS\{([^}]*)\}")
_STATE: Final = 'alertstate="firing"'
_HELD: Final = 0.9


@dataclass(frozen=True, slots=True)
class Clause:
    """One inhibition rule, applied to one alert."""

    sources: tuple[Level, ...]
    selector: str
    """The recorded causes."""
    on: tuple[str, ...]
    """Labels whose values decide."""
    only: tuple[Matcher, ...] = ()
    """Conditions on labels that come from the alert's own query."""


def clauses(target: Level, levels: Sequence[Level], rules: Iterable[InhibitRule], values: Values) -> list[Clause]:
    """What inhibits an alert, in the order of the rules."""
    found = (_clause(rule, target, levels, values) for rule in rules if target.may_match(rule.target))
    return [clause for clause in found if clause is not None]


def _clause(rule: InhibitRule, target: Level, levels: Sequence[Level], values: Values) -> Clause | None:
    equal = (*rule.equal, *values.keep_labels)
    sources = tuple(
        one
        for one in levels
        if one is not target and one.may_match(rule.source) and all(_can_equal(label, one, target) for label in equal)
    )
    if not sources:
        return None
    matchers = {one.label: one for one in rule.source}
    matchers |= {label: Matcher(label, "=", target.fixed[label]) for label in equal if label in target.fixed}
    compared = [label for label in equal if label not in target.fixed]
    kept = set(values.keep_labels)
    on = tuple(label for label in compared if label in kept or any(one.varies(label) for one in (target, *sources)))
    selector = ",".join(_written(matcher) for matcher in matchers.values())
    only = tuple(matcher for matcher in rule.target if target.decide(matcher) is None)
    return Clause(sources, f"{FIRING}{{{selector}}}", on, only)


def _can_equal(label: str, source: Level, target: Level) -> bool:
    """Whether both alerts can have the same value of a label."""
    if source.varies(label) or target.varies(label):
        absent = (one for one in (source, target) if not one.varies(label) and label not in one.fixed)
        return not any(other.always_has(label) for one in absent for other in (source, target) if other is not one)
    return source.fixed.get(label, "") == target.fixed.get(label, "")


def _written(matcher: Matcher) -> str:
    return str(Matcher(_NAME, matcher.operator, matcher.wanted) if matcher.label == "alertname" else matcher)


def uninhibited(expr: str, found: Iterable[Clause], keep: str) -> str:
    """The query without the results that a cause inhibits, or inhibited within the time `keep`."""
    for clause in found:
        source = clause.selector if keep == "0s" else f"max_over_time({clause.selector}[{keep}])"
        for number, matcher in enumerate(clause.only):
            if matcher.operator not in {"=", "=~"}:
                raise ValueError(f"an inhibition rule cannot have {matcher}: its label comes from the alert's query")
            mark = f"{_MARK}_{number}"
            wanted = matcher.wanted if "~" in matcher.operator else re.escape(matcher.wanted)
            expr = f'label_replace({expr}, "{mark}", "yes", "{matcher.label}", "{wanted}")'
            source = f'label_replace({source}, "{mark}", "yes", "", "")'
        marks = [f"{_MARK}_{number}" for number, _ in enumerate(clause.only)]
        expr = f"({expr})\nunless on ({', '.join((*clause.on, *marks))}) {source}"
        for mark in marks:
            expr = f'label_replace({expr}, "{mark}", "", "", "")'
    return expr


def recordings(level: Level, interval: str, values: Values) -> list[dict[str, Any]]:
    """The rules that record whether an alert fires: its condition, and whether that held long enough."""
    fixed = {
        _NAME if name == "alertname" else name: value
        for name, value in level.fixed.items()
        if name not in values.extra_labels
    }
    own = ",".join(str(Matcher(label, "=", fixed[label])) for label in (_NAME, "severity"))
    window = max(level.times["for"], interval, key=parse_duration)
    needed = max(int(parse_duration(window) / parse_duration(interval) * _HELD), 1)
    by = ", ".join((*level.alert.labels, *values.keep_labels))
    return [
        {"record": CONDITION, "expression": f"group by ({by}) (\n{recorded_alerts(level.expr)}\n)", "labels": fixed},
        {
            "record": FIRING,
            "expression": f"(count_over_time({CONDITION}{{{own}}}[{window}]) >= bool {needed}) == 1",
            "labels": fixed,
        },
    ]


def recorded_alerts(expr: str) -> str:
    """The query with the recorded causes in place of ``ALERTS``. Raises ValueError if it asks for another state."""

    def selector(match: re.Match[str]) -> str:
        matchers = match[1].split(",")
        if _STATE not in matchers:
            raise ValueError(f"only firing alerts are recorded: {match[0]}")
        matchers.remove(_STATE)
        return f"{FIRING}{{{','.join(matchers)}}}".replace("alertname", _NAME)

    return _ALERTS.sub(selector, expr)


def recorded_names(expr: str) -> set[str]:
    """Patterns of the names of the alerts whose state the query asks for."""
    found = (re.search(r'alertname=~?"([^"]*)"', match[1]) for match in _ALERTS.finditer(expr))
    return {name for one in found if one for name in one[1].split("|")}
