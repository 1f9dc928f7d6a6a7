"""The rules, checked by promtool and pint."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.files import files
from generate.alerts.groups import GROUPS
from generate.alerts.values import FILE, Values, load
from tests.lab import tools

ALERTS = tools.ROOT / "alerts"
TESTED = [group for group in GROUPS if group.alerts]
DEADLINE = 900
"""Seconds for the slowest file on a loaded machine."""


def run(program: tools.Program, *arguments: object, cwd: Path = tools.ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program.command, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd, timeout=DEADLINE
    )


def write(directory: Path, values: Values, language: Any = None) -> Path:
    for name, text in files(values, language).items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory


def check(directory: Path) -> subprocess.CompletedProcess[str]:
    return run(tools.promtool(), "check", "rules", *sorted((directory / "rules").rglob("*.yml")))


def test_promtool_accepts_every_rule() -> None:
    done = check(ALERTS)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize("group", TESTED, ids=[group.name for group in TESTED])
def test_each_alert_fires_as_its_cases_expect(group: Any) -> None:
    done = run(tools.promtool(), "test", "rules", ALERTS / "tests" / group.path)
    assert done.returncode == 0, done.stderr[-4000:]


def test_a_case_fails_after_a_change_of_its_rule(tmp_path: Path) -> None:
    write(tmp_path, load())
    rules = tmp_path / "rules" / "capacity.yml"
    rules.write_text(rules.read_text().replace("host:azure_migrate_nfc_buffer_usage:ratio) >= ", "x) >= 2 * "))
    done = run(tools.promtool(), "test", "rules", tmp_path / "tests" / "capacity.yml")
    assert done.returncode == 1
    assert "AzureMigrateNfcBufferFull: Azure reports 30 of 32 MB" in done.stderr


@pytest.mark.parametrize(("threshold", "severities"), [(None, ["warning"]), ("0.95", []), ("0.5", ["warning"])])
def test_a_threshold_is_changed_in_one_file_of_constants(
    tmp_path: Path, threshold: str | None, severities: list[str]
) -> None:
    files = [ALERTS / "rules" / "appliance.yml"]
    if threshold:
        constants = yaml.safe_load((ALERTS / "rules" / "thresholds.yml").read_text())
        wanted = {"alert": "AzureMigrateApplianceMemoryHigh", "severity": "warning", "number": "threshold"}
        (rule,) = [rule for group in constants["groups"] for rule in group["rules"] if rule["labels"] == wanted]
        rule["expr"] = f"vector({threshold})"
        files.append(tmp_path / "thresholds.yml")
        files[-1].write_text(yaml.safe_dump(constants))
    page = 'appliance="paris",instance="exporter:9878"'
    expected = 'count by (severity) (ALERTS{alertname="AzureMigrateApplianceMemoryHigh",alertstate="firing"})'
    test = {
        "interval": "1m",
        "input_series": [
            {"series": f"azure_migrate_appliance_memory_used_bytes{{{page}}}", "values": "90x60"},
            {"series": f"azure_migrate_appliance_memory_capacity_bytes{{{page}}}", "values": "100x60"},
        ],
        "promql_expr_test": [
            {
                "expr": expected,
                "eval_time": "40m",
                "exp_samples": [{"labels": f'{{severity="{severity}"}}', "value": 1} for severity in severities],
            }
        ],
    }
    written = {"rule_files": [str(path) for path in files], "evaluation_interval": "1m", "tests": [test]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(written))
    done = run(tools.promtool(), "test", "rules", tmp_path / "test.yml")
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_runbook_of_an_alert_is_at_the_exporter_that_says_its_address(tmp_path: Path) -> None:
    written = yaml.safe_load((ALERTS / "tests" / "path.yml").read_text())
    cases = [case for case in written["tests"] if any(one["exp_alerts"] for one in case["alert_rule_test"])]
    series = 'azure_migrate_exporter_web_external_url_info{external_url="https://amx.example/migrate",instance="a"}'
    cases[0]["input_series"].append({"series": series, "values": "1x1000"})
    expected = [alert["exp_annotations"] for one in cases[0]["alert_rule_test"] for alert in one["exp_alerts"]]
    for annotations in expected:
        page = annotations["runbook_url"].rpartition("/")[2]
        annotations["runbook_url"] = f"https://amx.example/migrate/runbooks/{page}"
    files = [str((ALERTS / "tests" / path).resolve()) for path in written["rule_files"]]
    (tmp_path / "test.yml").write_text(yaml.safe_dump({**written, "rule_files": files, "tests": cases[:1]}))
    done = run(tools.promtool(), "test", "rules", tmp_path / "test.yml")
    assert expected
    assert done.returncode == 0, done.stderr[-2000:]


VARIED_GROUPS = ("appliance", "path", "capacity", "vsphere", "vsphere_machines")
"""Groups whose rules have labels, annotation queries, joins and commands."""


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize(
    ("changes", "groups"),
    [
        pytest.param({"language": "fr"}, [group.path for group in TESTED], id="French"),
        pytest.param(
            {
                "keep_labels": ["cluster", "site"],
                "extra_labels": {"team": "migration"},
                "runbook_base_url": "https://wiki.example.com",
                "numbers": {"history": "14d"},
            },
            [group.path for group in TESTED if group.name in VARIED_GROUPS],
            id="labels of the operator",
        ),
    ],
)
def test_an_operators_own_set_passes_its_tests(tmp_path: Path, changes: dict[str, Any], groups: list[str]) -> None:
    values = yaml.safe_load(FILE.read_text())
    changes = {**changes, "numbers": {**values["numbers"], **changes.get("numbers", {})}}
    write(tmp_path, Values.model_validate({**values, **changes}))
    done = check(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr

    def test(group: str) -> subprocess.CompletedProcess[str]:
        return run(tools.promtool(), "test", "rules", tmp_path / "tests" / group)

    with ThreadPoolExecutor(2) as threads:
        for done in threads.map(test, groups):
            assert done.returncode == 0, done.stderr[-4000:]


# --- pint ------------------------------------------------------------------------------------------------------------


def lint(*paths: Path) -> subprocess.CompletedProcess[str]:
    options = ("--offline", "--no-color", "--config", ALERTS / "pint.hcl")
    return run(tools.pint(), *options, "lint", "--min-severity=info", "--fail-on=info", *paths)


@pytest.mark.timeout(DEADLINE)
def test_pint_finds_nothing() -> None:
    done = lint(ALERTS / "rules")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(DEADLINE)
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("          fix: ", "          fixed: ", "`fix` annotation is required"),
        ("$labels.appliance", "$labels.applianze", "alerts/template"),
        ("component: appliance", "component: The Appliance", "`component` label value"),
        (") >= scalar", ") * scalar", "alerts/comparison"),
        ("AzureMigrateApplianceDown", "ApplianceDown", "rule/name"),
    ],
)
def test_pint_enforces_its_configuration(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (ALERTS / "rules" / "appliance.yml").read_text()
    assert old in text
    changed = tmp_path / "changed.yml"
    changed.write_text(text.replace(old, new))
    done = lint(changed)
    assert done.returncode == 1
    assert message in done.stderr + done.stdout
