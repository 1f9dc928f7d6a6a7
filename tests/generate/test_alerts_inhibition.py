"""The inhibition rules of the example for Alertmanager, applied to the definitions of the alerts."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.files import with_labels
from generate.alerts.groups import GROUPS
from generate.alerts.model import SEVERITIES, Alert
from generate.alerts.rendering.rules import labels, levels
from generate.alerts.values import load

FILE = Path(__file__).parents[2] / "alerts" / "alertmanager" / "alertmanager.yml"
RULES: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["inhibit_rules"]
VALUES = load()
NOTIFIED = {"AzureMigrateRecentPathOutage": "critical", "AzureMigrateMachineCauseReported": "critical"}
"""Alerts without a notification that represent an earlier page, and its severity."""
ANY = "any value"
"""The value of a label that comes from the query's result."""


def every_level() -> Iterator[Mapping[str, str]]:
    """The labels of every alert at every level."""
    for alert in (alert for group in GROUPS for alert in group.alerts):
        yield from (labels_of(alert, severity) for severity in levels(alert, VALUES))


def labels_of(alert: Alert, severity: Any) -> Mapping[str, str]:
    return {"alertname": alert.full_name, **dict.fromkeys(alert.labels, ANY), **labels(alert, severity, VALUES)}


def matches(alert: Mapping[str, str], matcher: str) -> bool:
    parsed = re.fullmatch(r'(\w+)(=~|!~|!=|=)"(.*)"', matcher)
    assert parsed is not None, matcher
    name, operator, wanted = parsed.groups()
    value = alert.get(name, "")
    if value == ANY:
        return True
    equal = re.fullmatch(wanted, value) is not None if "~" in operator else value == wanted
    return equal != operator.startswith("!")


def matched(matchers: list[str]) -> list[Mapping[str, str]]:
    return [alert for alert in every_level() if all(matches(alert, matcher) for matcher in matchers)]


@pytest.mark.parametrize("rule", RULES, ids=[str(number) for number in range(len(RULES))])
class TestEveryRule:
    def test_matches_alerts_that_exist(self, rule: dict[str, Any]) -> None:
        assert matched(rule["source_matchers"])
        assert matched(rule["target_matchers"])

    def test_never_inhibits_a_more_severe_alert(self, rule: dict[str, Any]) -> None:
        found = matched(rule["source_matchers"])
        sources = {NOTIFIED.get(one["alertname"], one["severity"]) for one in found}
        targets = {found["severity"] for found in matched(rule["target_matchers"])}
        rank = SEVERITIES.index
        assert max(map(rank, sources)) <= min(map(rank, targets)), f"{sources} over {targets}"

    def test_compares_the_operators_own_labels(self, rule: dict[str, Any]) -> None:
        assert set(rule["equal"]) >= {"cluster", "site", "tenant"}


def test_the_labels_of_an_operator_are_compared_too() -> None:
    written = with_labels(FILE.read_text(encoding="utf-8"), ("datacentre", "customer"))
    for own, shipped in zip(yaml.safe_load(written)["inhibit_rules"], RULES, strict=True):
        assert own == {**shipped, "equal": [*shipped["equal"], "datacentre", "customer"]}
