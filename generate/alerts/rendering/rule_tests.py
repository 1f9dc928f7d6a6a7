"""The cases of each alert as unit tests for promtool: what fires, and every word that it says then."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from azure_migrate_exporter.failures.model import Language
from generate.alerts.model import Alert, Case, Fires, Group
from generate.alerts.promql import matching
from generate.alerts.rendering.annotations import annotations
from generate.alerts.rendering.renderers import Expected
from generate.alerts.rendering.rules import document, labels, levels
from generate.alerts.values import Values

TARGET: Final = 'instance="exporter:9878",job="azure-migrate-exporter"'
"""Labels that a scrape adds to each series. No alert may have them: they change when the exporter moves."""


KEPT: Final = "here"
"""Value of each of the operator's own labels in the cases."""


def page(group: Group, groups: Mapping[str, Group], values: Values, language: Language) -> str:
    """The file of a group's tests."""
    needed = [groups[name] for name in group.needs]
    up = "../" * (len(PurePosixPath(group.path).parts))
    return document(
        {
            "rule_files": [f"{up}rules/{one.path}" for one in (*needed, group)],
            "evaluation_interval": group.evaluation_interval,
            "group_eval_order": [f"azure-migrate-{one.name}" for one in (*needed, group)],
            "tests": [
                _test(alert, case, values, language)
                for alert in group.alerts
                if levels(alert, values)
                for case in alert.cases
            ],
        }
    )


def _test(alert: Alert, case: Case, values: Values, language: Language) -> dict[str, Any]:
    expected = [one for fires in case.fires for one in _expected(alert, fires, values, language)]
    return {
        "name": f"{alert.full_name}: {case.about}",
        "interval": "1m",
        "input_series": [
            {"series": _labelled(series, values), "values": samples} for series, samples in case.series.items()
        ],
        "alert_rule_test": [{"eval_time": case.at, "alertname": alert.full_name, "exp_alerts": expected}],
    }


def _expected(alert: Alert, fires: Fires, values: Values, language: Language) -> Iterator[dict[str, Any]]:
    if missing := set(alert.labels) - fires.labels.keys():
        raise ValueError(f"{alert.name}: a case leaves out {', '.join(sorted(missing))}")
    words = annotations(alert, values, lambda: Expected(alert, values, language, fires))
    own = {name: value for name, value in fires.labels.items() if value} | dict.fromkeys(values.keep_labels, KEPT)
    for severity in levels(alert, values):
        if not fires.levels or severity in fires.levels:
            yield {"exp_labels": {**labels(alert, severity, values), **own}, "exp_annotations": words}


def _labelled(series: str, values: Values) -> str:
    """`series` with what a scrape adds, and the operator's own labels. What rules make (ALERTS) comes of no scrape."""
    kept = [f'{label}="{KEPT}"' for label in values.keep_labels]
    if series.startswith("ALERTS{"):
        return ",".join([series.removesuffix("}"), *kept]) + "}"
    return matching(series, ",".join([TARGET, *kept]))
