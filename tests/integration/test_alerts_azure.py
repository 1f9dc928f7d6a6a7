"""The rule groups of Azure Monitor, converted back and evaluated by promtool: causes fire alone, without an Alertmanager."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.azure.files import files
from generate.alerts.azure.inhibition import recorded_alerts
from generate.alerts.groups import GROUPS
from generate.alerts.model import Alert, Case
from generate.alerts.rendering.rule_tests import TARGET
from generate.alerts.rendering.rules import labels, levels
from generate.alerts.samples import labels_of
from generate.alerts.values import load
from tests.integration.test_alerts_rules import DEADLINE, run
from tests.lab import tools

VALUES = load()
ALERTS = {alert.name: alert for group in GROUPS for alert in group.alerts}
TESTED = [alert for alert in ALERTS.values() if alert.name != "Watchdog"]


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


def write(directory: Path, *, annotations: bool = True) -> Path:
    """A file of rules."""
    path = directory / "azure.yml"
    made = [
        {
            **group,
            "rules": [{k: v for k, v in rule.items() if annotations or k != "annotations"} for rule in group["rules"]],
        }
        for group in groups()
    ]
    path.write_text(yaml.safe_dump({"groups": made}, sort_keys=False))
    return path


def promtool_test(tmp_path: Path, tests: list[dict[str, Any]], *, annotations: bool = False) -> None:
    """Evaluate every group, the recorded series first."""
    names = [group["name"] for group in groups()]
    document = {
        "rule_files": [str(write(tmp_path, annotations=annotations))],
        "evaluation_interval": "1m",
        "group_eval_order": sorted(names, key=lambda name: "causes" not in name),
        "tests": tests,
    }
    path = tmp_path / "tests.yml"
    path.write_text(yaml.safe_dump(document))
    done = run(tools.promtool(), "test", "rules", path)
    assert done.returncode == 0, done.stderr[-6000:]


def test_promtool_accepts_every_rule_and_every_annotation(tmp_path: Path) -> None:
    done = run(tools.promtool(), "check", "rules", write(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr


# --- each alert by itself --------------------------------------------------------------------------------------------


def _series(written: Mapping[str, str]) -> list[dict[str, str]]:
    """The series of a case, with the recorded causes in place of ALERTS, which is not recorded when it is pending."""
    found = []
    for name, samples in written.items():
        if name.startswith("ALERTS{"):
            if 'alertstate="firing"' in name:
                found.append({"series": recorded_alerts(name), "values": samples})
        else:
            end = "}" if "{" in name else ""
            target = "" if 'instance="' in name else TARGET
            inside = ",".join(filter(None, (name.partition("{")[2].removesuffix("}"), target)))
            found.append(
                {"series": f"{name.partition('{')[0]}{{{inside}}}" if inside else name + end, "values": samples}
            )
    return found


def _expected(alert: Alert, case: Case) -> Iterator[dict[str, Any]]:
    """The most severe level of each alert of a case: it inhibits the others."""
    for one in case.alerts:
        severity = next(name for name in levels(alert, VALUES) if not one.levels or name in one.levels)
        all_labels = {**labels_of(alert), **one.labels}
        own = {name: all_labels[name] for name in alert.labels if all_labels[name]}
        yield {"exp_labels": {**labels(alert, severity, VALUES), **own}}


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize("group", [group for group in GROUPS if group.alerts], ids=lambda group: group.name)
def test_each_alert_fires_as_its_cases_expect(tmp_path: Path, group: Any) -> None:
    tests = [
        {
            "name": f"{alert.full_name}: {case.name}",
            "interval": group.interval or "1m",
            "input_series": _series(case.series),
            "alert_rule_test": [
                {
                    "eval_time": case.eval_time,
                    "alertname": alert.full_name,
                    "exp_alerts": [*_expected(alert, case)],
                }
            ],
        }
        for alert in group.alerts
        if alert in TESTED
        for case in alert.cases
    ]
    promtool_test(tmp_path, tests)
