"""Two exporters watch a vCenter, and one of them loses it: what it still shows of it is old, and must not page."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.test_alerts_rules import ALERTS, run
from tests.lab import tools

STATE = re.compile(r"azure_migrate_(?:vsphere_|datastore_|nfc_)")
OTHER_EVIDENCE = re.compile(r'ALERTS|.*source="azure"')
INSTANCE = 'instance="exporter:9878"'
UP = 'azure_migrate_vcenter_up{vcenter="vc",instance="%s:9878"}'
COUNTERS = {"AzureMigrateSnapshotTasksFailing", "AzureMigrateCbtReset"}
"""Alerts on what was counted: an exporter that lost its vCenter counts nothing."""


def cases() -> list[Any]:
    """The cases in which an alert on the state of a vCenter fires."""
    found = []
    for name in ("vsphere", "capacity"):
        written = yaml.safe_load((ALERTS / "tests" / f"{name}.yml").read_text(encoding="utf-8"))
        for case in written["tests"]:
            fires = {one["alertname"] for one in case["alert_rule_test"] if one["exp_alerts"]} - COUNTERS
            shown = [one["series"] for one in case["input_series"]]
            if fires and any(map(STATE.match, shown)) and not any(map(OTHER_EVIDENCE.match, shown)):
                found.append(pytest.param(written, case, id=case["name"]))
    return found


def lost(case: dict[str, Any]) -> dict[str, Any]:
    """The case as an exporter shows it that lost its vCenter, beside one that reads it and has nothing to say."""
    series = [
        {**one, "series": one["series"].replace(INSTANCE, 'instance="lost:9878"')}
        for one in case["input_series"]
        if not one["series"].startswith("azure_migrate_vcenter_up")
    ]
    up = [{"series": UP % name, "values": f"{value}x5000"} for name, value in (("lost", 0), ("exporter", 1))]
    nothing = [{**one, "exp_alerts": []} for one in case["alert_rule_test"]]
    return {**case, "input_series": series + up, "alert_rule_test": nothing}


@pytest.mark.parametrize(("written", "case"), cases())
def test_what_an_exporter_shows_of_a_vcenter_that_it_lost_does_not_page(
    tmp_path: Path, written: dict[str, Any], case: dict[str, Any]
) -> None:
    files = [str((ALERTS / "tests" / path).resolve()) for path in written["rule_files"]]
    (tmp_path / "test.yml").write_text(yaml.safe_dump({**written, "rule_files": files, "tests": [lost(case)]}))
    done = run(tools.promtool(), "test", "rules", tmp_path / "test.yml")
    assert done.returncode == 0, done.stderr[-2000:]
