"""One alert at one severity, and what is known of its labels before it fires."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generate.alerts.inhibit_rules import Matcher
from generate.alerts.model import HEALTH_RANKS, Alert, Group, Severity
from generate.alerts.rendering.rules import expression, labels, levels
from generate.alerts.values import Values


@dataclass(frozen=True, slots=True)
class Level:
    """An alert at one severity. Its rule gives it the fixed labels, and its query the others."""

    alert: Alert
    severity: Severity
    expr: str
    """The query with its numbers."""
    times: Mapping[str, str]
    """`for` and `keep_firing_for`."""
    fixed: Mapping[str, str]
    """`alertname`, `severity`, `component`, and `failure` if it is a documented one."""

    def decide(self, matcher: Matcher) -> bool | None:
        """Whether the alert matches; None if that depends on the result of its query."""
        if self.varies(matcher.label):
            return None
        return matcher.matches(self.fixed.get(matcher.label, ""))

    def may_match(self, matchers: Iterable[Matcher]) -> bool:
        """Whether no fixed label rules it out."""
        return all(self.decide(matcher) is not False for matcher in matchers)

    def varies(self, label: str) -> bool:
        """Whether the label comes from the result of the query."""
        return label not in self.fixed and label in self.alert.labels

    def always_has(self, label: str) -> bool:
        """Whether the label is never empty."""
        return label in self.fixed or (label in self.alert.labels and label not in self.alert.optional_labels)


def levels_of(groups: Iterable[Group], values: Values) -> Iterator[Level]:
    """Every alert at each of its severities, the least severe first, as its rules are evaluated."""
    for alert in (alert for group in groups for alert in group.alerts):
        yield from levels_of_alert(alert, values)


def levels_of_alert(alert: Alert, values: Values) -> Iterator[Level]:
    """The alert at each of its severities, the least severe first."""
    for severity, numbers in reversed([*levels(alert, values).items()]):
        known: dict[str, Any] = {**values.shared, **numbers, "rank": HEALTH_RANKS[severity]}
        times = {"keep_firing_for": values.keep_firing_for, **numbers}
        yield Level(
            alert,
            severity,
            expression(alert.expr, values, known).strip(),
            {name: times[name] for name in ("for", "keep_firing_for")},
            {"alertname": alert.full_name, **labels(alert, severity, values)},
        )
