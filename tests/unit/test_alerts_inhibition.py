"""Who silences whom in the example for Alertmanager, seen from the definitions of the alerts."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.groups import GROUPS
from generate.alerts.model import SEVERITIES, Alert
from generate.alerts.rendering.rules import labels, levels
from generate.alerts.values import load

FILE = Path(__file__).parents[2] / "alerts" / "alertmanager" / "alertmanager.yml"
RULES: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["inhibit_rules"]
VALUES = load()
TOLD = {"AzureMigrateRecentPathOutage": "critical"}
"""Alerts that tell nobody and stand for a page that was sent, and its severity."""
SOME = "some value"
"""Stands for the value of a label that the query's result brings."""


def every_level() -> Iterator[Mapping[str, str]]:
    """The labels of every alert at every level."""
    for alert in (alert for group in GROUPS for alert in group.alerts):
        yield from (labels_of(alert, severity) for severity in levels(alert, VALUES))


def labels_of(alert: Alert, severity: Any) -> Mapping[str, str]:
    return {"alertname": alert.full_name, **dict.fromkeys(alert.labels, SOME), **labels(alert, severity, VALUES)}


def matches(found: Mapping[str, str], matcher: str) -> bool:
    parsed = re.fullmatch(r'(\w+)(=~|!~|!=|=)"(.*)"', matcher)
    assert parsed is not None, matcher
    name, how, wanted = parsed.groups()
    value = found.get(name, "")
    if value == SOME:
        return True  # it can be any
    same = re.fullmatch(wanted, value) is not None if "~" in how else value == wanted
    return same != how.startswith("!")


def matched(matchers: list[str]) -> list[Mapping[str, str]]:
    return [found for found in every_level() if all(matches(found, matcher) for matcher in matchers)]


@pytest.mark.parametrize("rule", RULES, ids=[str(number) for number in range(len(RULES))])
class TestEveryRule:
    def test_speaks_of_alerts_that_exist(self, rule: dict[str, Any]) -> None:
        assert matched(rule["source_matchers"])
        assert matched(rule["target_matchers"])

    def test_never_silences_what_is_worse(self, rule: dict[str, Any]) -> None:
        found = matched(rule["source_matchers"])
        sources = {TOLD.get(one["alertname"], one["severity"]) for one in found}
        targets = {found["severity"] for found in matched(rule["target_matchers"])}
        rank = SEVERITIES.index
        assert max(map(rank, sources)) <= min(map(rank, targets)), f"{sources} over {targets}"

    def test_compares_something_that_the_source_always_has(self, rule: dict[str, Any]) -> None:
        """Two labels that neither has count as equal: a rule must not silence the whole estate for that."""
        shared = set(rule.get("equal", ()))
        if shared:
            for found in matched(rule["source_matchers"]):
                assert shared & found.keys(), found["alertname"]
