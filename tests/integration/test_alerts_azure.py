"""The rule groups of Azure Monitor, converted back and evaluated by promtool: causes fire alone."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_migrate_exporter.config.base import parse_duration
from generate.alerts.azure.files import files
from generate.alerts.azure.inhibition import FIRING, clauses, recorded_alerts, uninhibited
from generate.alerts.azure.levels import Level, levels_of
from generate.alerts.groups import GROUPS
from generate.alerts.inhibit_rules import inhibit_rules
from generate.alerts.model import Alert, Case, Group
from generate.alerts.rendering.rule_tests import scraped
from generate.alerts.rendering.rules import labels, levels, part_names
from generate.alerts.samples import labels_of
from generate.alerts.values import load
from tests.integration.test_alerts_rules import DEADLINE, run
from tests.lab import tools

VALUES = load()
ALERTS = {alert.name: alert for group in GROUPS for alert in group.alerts}
LEVELS = [level for level in levels_of(GROUPS, VALUES) if level.alert.name != "Watchdog"]


@cache
def groups() -> list[dict[str, Any]]:
    """The rule groups as Prometheus has them, with the defaults of the parameters."""
    found = []
    for name, text in files(VALUES).items():
        if name.endswith(".json"):
            template = json.loads(text)
            defaults = {key: one.get("defaultValue", "") for key, one in template["parameters"].items()}
            found += [_group(resource, defaults) for resource in template["resources"]]
    return found


def _group(resource: dict[str, Any], defaults: Mapping[str, str]) -> dict[str, Any]:
    rules = [
        {
            **{key: rule[key] for key in ("record", "alert", "labels") if key in rule},
            "expr": rule["expression"],
            **({"for": duration(rule["for"])} if "for" in rule else {}),
            **({"annotations": _texts(rule["annotations"], defaults)} if "alert" in rule else {}),
        }
        for rule in resource["properties"]["rules"]
    ]
    return {"name": resource["name"], "interval": duration(resource["properties"]["interval"]), "rules": rules}


def duration(written: str) -> str:
    return written.removeprefix("PT").lower()


def _texts(texts: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    joined = re.compile(r"\[concat\(parameters\('(\w+)'\), '(.*)'\)\]")
    return {name: joined.sub(lambda match: defaults[match[1]] + match[2], text) for name, text in texts.items()}


def write(directory: Path, chosen: list[dict[str, Any]], *, annotations: bool = False) -> Path:
    """A file of rules."""
    path = directory / "azure.yml"
    made = [
        {
            **group,
            "rules": [{k: v for k, v in rule.items() if annotations or k != "annotations"} for rule in group["rules"]],
        }
        for group in chosen
    ]
    path.write_text(yaml.safe_dump({"groups": made}, sort_keys=False))
    return path


def needed(alerts: Collection[str], files_of: Collection[str], causes: Collection[str]) -> list[dict[str, Any]]:
    """The rules of these alerts, the recording rules of these files of `rules/`, and the recorded causes."""
    names = {name for group in GROUPS if group.name in files_of for name in part_names(group, VALUES)}
    found = []
    for group in groups():
        rules = [
            rule
            for rule in group["rules"]
            if rule.get("alert") in alerts
            or ("causes" in group["name"] and rule["labels"]["alert"] in causes)
            or ("record" in rule and group["name"] in names)
        ]
        if rules:
            found.append({**group, "rules": rules})
    # Recorded series first, as if a minute had passed.
    return sorted(found, key=lambda group: ("evidence" not in group["name"], "causes" not in group["name"]))


def promtool_test(tmp_path: Path, chosen: list[dict[str, Any]], tests: list[dict[str, Any]]) -> None:
    """Evaluate the groups in their order."""
    document = {
        "rule_files": [str(write(tmp_path, chosen))],
        "evaluation_interval": "1m",
        "group_eval_order": [group["name"] for group in chosen],
        "tests": tests,
    }
    path = tmp_path / "tests.yml"
    path.write_text(yaml.safe_dump(document))
    done = run(tools.promtool(), "test", "rules", path)
    assert done.returncode == 0, done.stderr[-6000:]


def test_promtool_accepts_every_rule_and_every_annotation(tmp_path: Path) -> None:
    done = run(tools.promtool(), "check", "rules", write(tmp_path, groups(), annotations=True))
    assert done.returncode == 0, done.stdout + done.stderr


# --- each alert by itself --------------------------------------------------------------------------------------------


def _series(written: Mapping[str, str]) -> list[dict[str, str]]:
    """The series of a case, with the recorded causes in place of ALERTS; those that are pending are not recorded."""
    return [
        {"series": recorded_alerts(name) if name.startswith("ALERTS{") else scraped(name, VALUES), "values": samples}
        for name, samples in written.items()
        if 'alertstate="pending"' not in name
    ]


def _expected(alert: Alert, case: Case) -> Iterator[dict[str, Any]]:
    """The most severe level of each alert of a case: it inhibits the others."""
    for one in case.alerts:
        severity = next(name for name in levels(alert, VALUES) if not one.levels or name in one.levels)
        yield {"exp_labels": {**labels(alert, severity, VALUES), **_own(alert, case)}}


def _own(alert: Alert, case: Case) -> dict[str, str]:
    """The labels of the first alert that a case expects."""
    values = {**labels_of(alert), **case.alerts[0].labels}
    return {name: values[name] for name in alert.labels if values[name]}


def firing_case(alert: Alert) -> Case:
    """The first case in which exactly one alert of a name fires."""
    return next(case for case in alert.cases if len(case.alerts) == 1)


def minutes(eval_time: str) -> float:
    return parse_duration(eval_time) / 60


TESTED = [
    alert
    for alert in ALERTS.values()
    if any(len(case.alerts) == 1 and minutes(case.eval_time) <= 120 for case in alert.cases[:1])
    and alert.name != "Watchdog"
]
"""Alerts with a short first case. The others differ in nothing that a longer time would show."""


def by_group() -> list[Any]:
    return [
        pytest.param([alert for alert in group.alerts if alert in TESTED], group, id=group.name)
        for group in GROUPS
        if any(alert in TESTED for alert in group.alerts)
    ]


def _test(alert: Alert, name: str, series: list[dict[str, str]], expected: list[dict[str, Any]]) -> dict[str, Any]:
    case = firing_case(alert)
    # No alert fires at the first evaluation: `for` is at least a minute.
    time = f"{minutes(case.eval_time) + 1:g}m"
    return {
        "name": f"{alert.full_name}: {name}",
        "interval": "1m",
        "input_series": [*_series(case.series), *series],
        "alert_rule_test": [{"eval_time": time, "alertname": alert.full_name, "exp_alerts": expected}],
    }


def _cause(source: Level, own: Mapping[str, str], on: Collection[str], place: str = "") -> dict[str, str]:
    """The recorded series of a cause of the same thing, or of another place."""
    fixed = {"alert" if name == "alertname" else name: value for name, value in source.fixed.items()}
    varying = {name: place or own.get(name, "") if name in on else "any" for name in source.alert.labels}
    if "failure" in varying and "failure" not in on:
        varying["failure"] = own.get("failure", "")
    found = {**varying, **fixed}
    return {
        "series": f"{FIRING}{{{','.join(f'{k}={json.dumps(v)}' for k, v in found.items() if v)}}}",
        "values": "1x240",
    }


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize(("alerts", "group"), by_group())
def test_each_alert_fires_alone_but_not_during_any_of_its_causes_in_the_same_place(
    tmp_path: Path, alerts: list[Alert], group: Group
) -> None:
    tests = []
    for alert in alerts:
        case = firing_case(alert)
        own, fires = _own(alert, case), [*_expected(alert, case)]
        tests.append(_test(alert, case.name, [], fires))
        level = next(
            one
            for one in LEVELS
            if one.fixed.items() <= {"alertname": alert.full_name, **fires[0]["exp_labels"]}.items()
        )
        for clause in clauses(level, LEVELS, inhibit_rules(), VALUES):
            source = next((one for one in clause.sources if _may_explain(one, own, clause.on)), None)
            if source is None:
                continue
            affected = all(matcher.matches(own.get(matcher.label, "")) for matcher in clause.only)
            series = _cause(source, {**own, **_failure(level, source)}, clause.on)
            tests.append(_test(alert, f"inhibited by {source.alert.name}", [series], [] if affected else fires))
            if clause.on:
                elsewhere = _cause(source, {**own, **_failure(level, source)}, clause.on, "elsewhere")
                tests.append(_test(alert, f"{source.alert.name} elsewhere", [elsewhere], fires))
    names = [alert.full_name for alert in alerts]
    promtool_test(tmp_path, needed(names, (*group.depends_on, group.name), names), tests)


def _may_explain(source: Level, own: Mapping[str, str], on: Collection[str]) -> bool:
    """Whether the fixed labels of a cause are those of the alert."""
    return all(source.fixed.get(label, own.get(label, "")) == own.get(label, "") for label in on)


def _failure(target: Level, source: Level) -> dict[str, str]:
    """The failure that a cause must have to explain that of its consequence."""
    failure = target.fixed.get("failure", "")
    return {"failure": failure} if failure and source.varies("failure") else {}


PAIRS = [
    ("ApplianceDown", "HeartbeatMissing"),
    ("ApplianceDown", "CacheStorageUnreachable"),
    ("GatewayServiceNotRunning", "ServiceBusUnreachable"),
    ("GatewayServiceNotRunning", "DisposeArtefactsTimedOut"),
    ("ServiceBusUnreachable", "DisposeArtefactsTimedOut"),
    ("CacheStorageUnreachable", "DiskUploadTimedOut"),
    ("EsxiUnreachable", "ServerRefusedConnection"),
    ("VCenterDown", "DatastoreFull"),
    ("VCenterDown", "ConsolidationNeeded"),
    ("MachineInaccessible", "ConsolidationNeeded"),
    ("ConsolidationStalled", "SnapshotTooOld"),
]


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize(("cause", "consequence"), PAIRS)
def test_of_a_cause_and_its_consequence_only_the_cause_fires(tmp_path: Path, cause: str, consequence: str) -> None:
    """From the series of the exporter: the cause is recorded by the rules. Without that, the consequence fires."""
    source, target = ALERTS[cause], ALERTS[consequence]
    both = {**lasting(firing_case(target)), **lasting(firing_case(source))}
    time = max(firing_case(source).eval_time, firing_case(target).eval_time, key=minutes)
    names = [source.full_name, target.full_name]
    for causes in (names, [target.full_name]):
        expected = [] if causes == names else [*_expected(target, firing_case(target))]
        test = {
            "name": f"{cause} explains {consequence}",
            "interval": "1m",
            "input_series": _series(both),
            "alert_rule_test": [
                {"eval_time": time, "alertname": target.full_name, "exp_alerts": expected},
                {
                    "eval_time": time,
                    "alertname": source.full_name,
                    "exp_alerts": [*_expected(source, firing_case(source))],
                },
            ],
        }
        promtool_test(tmp_path, needed(names, [group.name for group in GROUPS], causes), [test])


def lasting(case: Case) -> dict[str, str]:
    """The series of a case, with a last value that goes on."""
    return {name: re.sub(r"x\d+$", "x600", samples) for name, samples in case.series.items()}


def test_a_rule_for_some_results_of_a_query_leaves_the_others(tmp_path: Path) -> None:
    """The throttled account explains its benchmark, not another collector that fails."""
    [target] = [one for one in LEVELS if one.alert.name == "CollectorFailing"]
    [found] = [one for one in clauses(target, LEVELS, inhibit_rules(), VALUES) if one.only]
    query = "max by (collector, appliance) (x)"
    throttled = f'{FIRING}{{alert="AzureMigrateStorageThrottled",appliance="paris"}}'
    series = [
        'x{collector="storage_benchmark",appliance="paris"}',
        'x{collector="gateway",appliance="paris"}',
        throttled,
    ]
    test = {
        "interval": "1m",
        "input_series": [{"series": one, "values": "1x10"} for one in series],
        "promql_expr_test": [
            {
                "expr": uninhibited(query, [found], "5m"),
                "eval_time": "5m",
                "exp_samples": [{"labels": '{appliance="paris",collector="gateway"}', "value": 1}],
            }
        ],
    }
    promtool_test(tmp_path, groups()[:1], [test])
