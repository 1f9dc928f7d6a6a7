"""`alerts/tests/`: unit tests for promtool, one for each case of an alert, with the whole text of its annotations."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from azure_migrate_exporter.failures.model import Language
from generate.alerts.model import Alert, Case, ExpectedAlert, Group
from generate.alerts.promql import add_matchers
from generate.alerts.rendering.annotations import annotations
from generate.alerts.rendering.renderers import ExpectedRenderer
from generate.alerts.rendering.rules import document, labels, levels, part_names
from generate.alerts.samples import KEPT, labels_of
from generate.alerts.values import Values

TARGET: Final = 'instance="exporter:9878",job="azure-migrate-exporter"'
"""Labels of the scrape target. Alerts must not have them, since they change when the exporter moves."""


def page(group: Group, groups: Mapping[str, Group], values: Values, language: Language) -> str:
    """The file of a group's tests."""
    loaded = [*(groups[name] for name in group.depends_on), group]
    root = "../" * len(PurePosixPath(group.path).parts)
    return document(
        {
            "rule_files": [f"{root}rules/{one.path}" for one in loaded],
            "evaluation_interval": group.evaluation_interval or group.interval or "1m",
            "group_eval_order": [name for one in loaded for name in part_names(one, values)],
            "tests": [
                _test(alert, case, group.sample_interval, values, language)
                for alert in group.alerts
                if levels(alert, values)
                for case in alert.cases
            ],
        }
    )


def _test(alert: Alert, case: Case, interval: str, values: Values, language: Language) -> dict[str, Any]:
    expected = [one for alerts in case.alerts for one in _expected(alert, alerts, values, language)]
    return {
        "name": f"{alert.full_name}: {case.name}",
        "interval": interval,
        "input_series": [
            {"series": scraped(series, values), "values": samples} for series, samples in case.series.items()
        ],
        "alert_rule_test": [{"eval_time": case.eval_time, "alertname": alert.full_name, "exp_alerts": expected}],
    }


def _expected(alert: Alert, expected: ExpectedAlert, values: Values, language: Language) -> Iterator[dict[str, Any]]:
    texts = annotations(alert, values, lambda: ExpectedRenderer(alert, values, language, expected))
    all_labels = {**labels_of(alert), **expected.labels}
    own = {name: all_labels[name] for name in alert.labels if all_labels[name]}
    own |= dict.fromkeys(values.keep_labels, KEPT)
    for severity in levels(alert, values):
        if not expected.levels or severity in expected.levels:
            yield {"exp_labels": {**labels(alert, severity, values), **own}, "exp_annotations": texts}


def scraped(series: str, values: Values) -> str:
    """A series with the labels of the scrape target and the operator's own; ALERTS is not scraped."""
    kept = [f'{label}="{KEPT}"' for label in values.keep_labels]
    if series.startswith("ALERTS{"):
        return ",".join([series.removesuffix("}"), *kept]) + "}"
    target = [] if 'instance="' in series else [TARGET]
    return add_matchers(series, ",".join([*target, *kept]))
