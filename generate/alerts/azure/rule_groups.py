"""The rule groups of Azure Monitor, checked against its limits."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from azure_migrate_exporter.config.base import parse_duration
from azure_migrate_exporter.failures.model import Language
from generate.alerts.azure import inhibition
from generate.alerts.azure.annotations import LONGEST, annotations, length
from generate.alerts.azure.expressions import Joined, Parameter, Value
from generate.alerts.azure.levels import Level, levels_of
from generate.alerts.inhibit_rules import inhibit_rules
from generate.alerts.model import Alert, Group, RecordingRule, Severity
from generate.alerts.rendering.rules import MOST_RULES, Rule, expression, part_name, parts
from generate.alerts.values import Values

PAGES: Final = "actionGroupId"
TICKETS: Final = "ticketActionGroupId"
SEVERITIES: Final[dict[Severity, int]] = {"critical": 0, "warning": 2, "info": 4}
"""Azure calls 0 "Critical" and 2 "Warning". What notifies nobody is 4, "Verbose": 3 is the default of other rules."""
ACTIONS: Final[dict[Severity, tuple[str, ...]]] = {"critical": (PAGES,), "warning": (TICKETS,), "info": ()}
"""The parameters with the action groups of a severity."""
LEFT_OUT: Final = frozenset({"Watchdog"})
"""Alerts that need Alertmanager: an alert of Azure is sent once, so it is no heartbeat."""
MOST_LABELS: Final = 10
MOST_EXTRA_LABELS: Final = MOST_LABELS - 3
"""Besides severity, component and failure."""
SHORTEST_INTERVAL, LONGEST_INTERVAL = "1m", "15m"
"""Limits of a group's interval, of the time after which an alert is resolved, and the shortest `for`."""


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """The properties of a resource `prometheusRuleGroups`."""

    name: str
    interval: str
    """An ISO 8601 duration."""
    rules: list[dict[str, Any]]
    """Values of templates."""


class RuleGroups(NamedTuple):
    """The groups of the two templates."""

    main: list[RuleGroup]
    optional: list[RuleGroup]
    """Those on metrics of windows_exporter and blackbox_exporter."""


def rule_groups(groups: Sequence[Group], values: Values, language: Language) -> RuleGroups:
    """All groups. Raises ValueError for what Azure Monitor refuses."""
    compiler = _Compiler(groups, values, language)
    if len(values.extra_labels) > MOST_EXTRA_LABELS:
        raise ValueError(f"extra_labels: Azure Monitor takes {MOST_LABELS} labels, so give at most {MOST_EXTRA_LABELS}")
    made = RuleGroups(*([*compiler.groups(optional=optional)] for optional in (False, True)))
    _check([*made.main, *made.optional])
    return made


class _Compiler:
    def __init__(self, groups: Sequence[Group], values: Values, language: Language) -> None:
        self._groups = groups
        self._values = values
        self._language: Language = language
        self._levels = [level for level in levels_of(groups, values) if level.alert.name not in LEFT_OUT]
        self._clauses = [inhibition.clauses(level, self._levels, inhibit_rules(), values) for level in self._levels]

    def groups(self, *, optional: bool) -> Iterator[RuleGroup]:
        """The groups of one template; its recorded causes come first."""
        chosen = [group for group in self._groups if group.optional == optional]
        causes = self._causes({alert.name for group in chosen for alert in group.alerts})
        recorded = [rule for level in causes for rule in inhibition.recordings(level, SHORTEST_INTERVAL, self._values)]
        name = "optional-causes" if optional else "causes"
        for number, start in enumerate(range(0, len(recorded), MOST_RULES)):
            yield RuleGroup(part_name(name, number), iso8601(SHORTEST_INTERVAL), recorded[start : start + MOST_RULES])
        for group in chosen:
            rules = [rule for rule in group.rules if not (isinstance(rule, Alert) and rule.name in LEFT_OUT)]
            for number, part in enumerate(parts(rules, self._values)):
                written = [one for rule in part for one in self._rules(rule)]
                yield RuleGroup(part_name(group.name, number), iso8601(_bounded(group.interval or "1m")), written)

    def _causes(self, names: set[str]) -> list[Level]:
        """The alerts of these names that inhibit others, or whose state a query asks for."""
        sources = {id(one) for found in self._clauses for clause in found for one in clause.sources}
        asked = {name for level in self._levels for name in inhibition.recorded_names(level.expr)}
        return [
            level
            for level in self._levels
            if level.alert.name in names and (id(level) in sources or level.alert.full_name in asked)
        ]

    def _rules(self, rule: Rule) -> Iterator[dict[str, Value]]:
        if isinstance(rule, RecordingRule):
            fixed: dict[str, Any] = {"labels": dict(rule.labels)} if rule.labels else {}
            expr = expression(rule.expr, self._values, self._values.shared)
            yield {"record": rule.record, "expression": expr, **fixed}
            return
        texts: dict[str, Value] = {**annotations(rule, self._values, self._language)}
        for level, found in zip(self._levels, self._clauses, strict=True):
            if level.alert is rule:
                expr = inhibition.uninhibited(
                    inhibition.recorded_alerts(level.expr), found, self._values.keep_firing_for
                )
                yield _alert(level, expr, texts)


def _alert(level: Level, expr: str, texts: dict[str, Value]) -> dict[str, Value]:
    actions: list[Value] = [{"actionGroupId": Parameter(name)} for name in ACTIONS[level.severity]]
    own: dict[str, Value] = {name: value for name, value in level.fixed.items() if name != "alertname"}
    return {
        "alert": level.alert.full_name,
        "expression": expr,
        "for": iso8601(max(level.times["for"], SHORTEST_INTERVAL, key=parse_duration)),
        "labels": own,
        "annotations": texts,
        "severity": SEVERITIES[level.severity],
        "resolveConfiguration": {
            "autoResolved": True,
            "timeToResolve": iso8601(_bounded(level.times["keep_firing_for"])),
        },
        **({"actions": actions} if actions else {}),
    }


def _bounded(duration: str) -> str:
    return min(max(duration, SHORTEST_INTERVAL, key=parse_duration), LONGEST_INTERVAL, key=parse_duration)


def iso8601(duration: str) -> str:
    """``PT1H30M`` for ``1h30m``. Raises ValueError for a part of a second."""
    seconds = parse_duration(duration)
    if seconds != int(seconds):
        raise ValueError(f"{duration}: Azure Monitor takes whole seconds")
    found, rest = "", int(seconds)
    for unit, size in (("H", 3600), ("M", 60), ("S", 1)):
        count, rest = divmod(rest, size)
        found += f"{count}{unit}" if count else ""
    return f"PT{found or '0S'}"


_NAME: Final = re.compile(r"[^:@/#{}%&+*<>?]{1,260}")
_LABEL: Final = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")


def _check(groups: Iterable[RuleGroup]) -> None:
    """Raises ValueError for a group that Azure Monitor refuses."""
    problems = [f"{group.name}: {problem}" for group in groups for problem in _problems(group)]
    if problems:
        raise ValueError("\n".join(problems))


def _problems(group: RuleGroup) -> Iterator[str]:
    if not _NAME.fullmatch(group.name):
        yield "not a name of a rule group"
    if not 1 <= len(group.rules) <= MOST_RULES:
        yield f"{len(group.rules)} rules; Azure Monitor takes 1 to {MOST_RULES}"
    for rule in group.rules:
        name, labels = rule.get("alert") or rule["record"], rule.get("labels", {})
        if len(labels) > MOST_LABELS:
            yield f"{name}: {len(labels)} labels; Azure Monitor takes {MOST_LABELS}"
        yield from (f"{name}: {label} is not a label name" for label in labels if not _LABEL.fullmatch(label))
        for key, text in rule.get("annotations", {}).items():
            written = text.suffix if isinstance(text, Joined) else str(text)
            if length(written) > LONGEST:
                yield f"{name}: {key} has {length(written)} characters; Azure Monitor takes {LONGEST}"
