"""The generated files of `alerts/`, in one language."""

import re
from collections.abc import Iterable
from typing import Final

from azure_migrate_exporter.failures.model import Language
from generate.alerts.groups import GROUPS
from generate.alerts.inhibit_rules import ALERTMANAGER
from generate.alerts.rendering import rule_tests, rules, runbooks
from generate.alerts.rendering.rules import levels
from generate.alerts.values import Values

_EQUAL: Final = re.compile(r"(equal: (?:&\w+ )?\[[^\]]*?)(\s*\])")
BY_NAME: Final = {group.name: group for group in GROUPS}


def files(values: Values, language: Language | None = None) -> dict[str, str]:
    """The files' content by their path below `alerts/`. Raises ValueError if `values` do not match the alerts."""
    language = language or values.language
    check_names(values)
    made = rule_files(values, language)
    for group in GROUPS:
        made[f"tests/{group.path}"] = rule_tests.page(group, BY_NAME, values, language)
        for alert in group.alerts:
            if levels(alert, values):
                made[f"runbooks/{alert.full_name}.md"] = runbooks.page(alert, values, language)
    made["runbooks/README.md"] = runbooks.index(GROUPS, values, language)
    if values.keep_labels:
        made["alertmanager/alertmanager.yml"] = with_labels(
            ALERTMANAGER.read_text(encoding="utf-8"), values.keep_labels
        )
    return made


def rule_files(values: Values, language: Language) -> dict[str, str]:
    """The files of Prometheus' rules alone, by their path below `alerts/`."""
    made = {f"rules/{group.path}": rules.page(group, values, language) for group in GROUPS}
    made["rules/thresholds.yml"] = rules.thresholds((alert for group in GROUPS for alert in group.alerts), values)
    return made


def with_labels(alertmanager: str, labels: Iterable[str]) -> str:
    """The configuration of Alertmanager with `labels` in the `equal` of every inhibition rule."""
    return _EQUAL.sub(lambda match: ", ".join([match[1], *labels]) + match[2], alertmanager)


def check_names(values: Values) -> None:
    """Raise ValueError if the values name an alert that does not exist."""
    if unknown := sorted(values.alerts.keys() - {alert.name for group in GROUPS for alert in group.alerts}):
        raise ValueError(f"values.yml: there is no alert {', '.join(unknown)}")
