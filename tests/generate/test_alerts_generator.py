"""Values, PromQL and texts: the rules follow an operator's changes, and a wrong value is reported in one line."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner

from azure_migrate_exporter.cli import main as exporter
from azure_migrate_exporter.config.base import parse_duration
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.commands import paste
from azure_migrate_exporter.failures.model import Text
from generate.alerts.__main__ import main
from generate.alerts.files import files
from generate.alerts.groups import GROUPS
from generate.alerts.groups.appliance.services import APPLIANCE_DOWN, GATEWAY_NOT_RUNNING
from generate.alerts.groups.vsphere.vcenter import SNAPSHOT_STALLED
from generate.alerts.model import ExpectedAlert
from generate.alerts.promql import add_matchers, fill, keep_labels, parameters
from generate.alerts.rendering import rules
from generate.alerts.rendering.renderers import ExpectedRenderer, TemplateRenderer
from generate.alerts.values import FILE, Values, load
from generate.files import generated

VALUES = load()
WRITTEN: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
"""The committed values as YAML has them."""
COMMITTED = {name.removeprefix("alerts/"): text for name, text in generated().items() if name.startswith("alerts/")}
"""What is made of them, by path below `alerts/`."""


def changed(**changes: Any) -> Values:
    return Values.model_validate({**WRITTEN, **changes})


def with_alert(name: str, levels: Any) -> Values:
    """The committed values with another entry for one alert."""
    return changed(alerts={**WRITTEN["alerts"], name: levels})


def alerts(values: Values) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for group in GROUPS:
        for part in yaml.load(rules.page(group, values, "en"), yaml.CSafeLoader)["groups"]:
            for rule in part["rules"]:
                if "alert" in rule:
                    found.setdefault(rule["alert"], []).append(rule)
    return found


ALERTS = alerts(VALUES)


def test_every_ruler_takes_every_group_and_the_levels_of_an_alert_are_in_one() -> None:
    """Mimir and Azure Monitor limit a group to 20 rules, and Mimir a tenant to 70 groups, by default."""
    made = {name: text for name, text in files(VALUES).items() if name.startswith("rules/")}
    groups = [group for text in made.values() for group in yaml.load(text, yaml.CSafeLoader)["groups"]]
    assert max(len(group["rules"]) for group in groups) <= 20
    assert len({group["name"] for group in groups}) == len(groups) <= 70
    homes: dict[str, set[str]] = {}
    for group in groups:
        for rule in group["rules"]:
            homes.setdefault(rule.get("alert", ""), set()).add(group["name"])
    assert [alert for alert, names in homes.items() if alert and len(names) > 1] == []


# --- PromQL ----------------------------------------------------------------------------------------------------------


def test_numbers_are_put_in_and_durations_also_as_seconds() -> None:
    assert fill("x > $limit or y[$window] > $window_seconds", {"limit": 0.5, "window": "1h30m"}) == (
        "x > 0.5 or y[1h30m] > 5400"
    )
    assert parameters("x > $limit or y[$window] > $window_seconds") == {"limit", "window"}


def test_a_capture_group_of_a_regular_expression_is_not_a_number() -> None:
    assert fill('label_replace(x, "a", "$1", "b", "(.+)")', {}) == 'label_replace(x, "a", "$1", "b", "(.+)")'


def test_matchers_are_added_only_to_metrics_of_the_exporter() -> None:
    assert add_matchers('azure_migrate_a / up{x="y"} + job:azure_migrate_b:sum{c="d"}', 'site="p"') == (
        'azure_migrate_a{site="p"} / up{x="y"} + job:azure_migrate_b:sum{c="d",site="p"}'
    )


def test_kept_labels_stay_in_every_aggregation_and_join() -> None:
    assert keep_labels("max by (a, b) (x) and on () y", ["cluster"]) == "max by (a, b, cluster) (x) and on (cluster) y"


# --- values ----------------------------------------------------------------------------------------------------------


def test_an_alert_can_be_disabled() -> None:
    values = with_alert("CbtReset", {"enabled": False, "info": {"for": "0s", "window": "1h"}})
    assert "AzureMigrateCbtReset" not in alerts(values)
    assert "runbooks/AzureMigrateCbtReset.md" not in files(values)


def test_threshold_time_and_severity_come_from_the_values() -> None:
    values = with_alert("ApplianceMemoryHigh", {"info": {"for": "7m", "threshold": 0.77}})
    [rule] = alerts(values)["AzureMigrateApplianceMemoryHigh"]
    assert rule["for"] == "7m"
    assert rule["labels"]["severity"] == "info"
    assert rule["expr"].endswith("or on () vector(0.77))")


def test_every_level_outlives_a_restart_of_two_minutes() -> None:
    for levels in alerts(changed()).values():
        for rule in levels:
            assert parse_duration(rule["keep_firing_for"]) >= 300, rule["alert"]


def test_a_level_may_have_its_own_time_to_go_on() -> None:
    values = with_alert("ApplianceDown", {"critical": {"for": "5m", "keep_firing_for": "15m"}})
    assert alerts(values)["AzureMigrateApplianceDown"][0]["keep_firing_for"] == "15m"
    values = with_alert("ApplianceDown", {"critical": {"for": "5m", "keep_firing_for": "0s"}})
    assert "keep_firing_for" not in alerts(values)["AzureMigrateApplianceDown"][0]


def test_labels_selectors_and_addresses_come_from_the_values() -> None:
    values = changed(
        extra_labels={"team": "migration"},
        keep_labels=["cluster"],
        runbook_base_url="https://wiki.example.com/runbooks/",
        selectors={**WRITTEN["selectors"], "metrics": 'site="paris"', "exporter": 'job="amx"'},
    )
    made = alerts(values)
    [down] = made["AzureMigrateApplianceDown"]
    assert down["labels"]["team"] == "migration"
    assert 'max by (appliance, cluster) (azure_migrate_appliance_up{site="paris"})' in down["expr"]
    assert "cluster=%q" in down["annotations"]["description"]
    page = "https://wiki.example.com/runbooks/AzureMigrateApplianceDown.md"
    assert down["annotations"]["runbook_url"] == page + "?appliance={{ $labels.appliance | urlquery }}"
    assert made["AzureMigrateExporterDown"][0]["expr"] == 'min by (job, instance, cluster) (up{job="amx"}) == 0'


def test_the_language_comes_from_the_values_or_the_flag() -> None:
    french = changed(language="fr")
    assert alerts(french)  # page() takes the language as an argument; the file set reads the values
    made = files(french)
    assert "Une appliance ne répond pas." in made["rules/appliance.yml"]
    assert "## Signification" in made["runbooks/AzureMigrateApplianceDown.md"]
    assert "An appliance does not answer." in files(french, "en")["rules/appliance.yml"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("ApplianceDown: {critical: {for: 5}}", "alerts.ApplianceDown.critical: Value error, not a duration"),
        (
            "ApplianceDown: {critical: {}}",
            "alerts.ApplianceDown.critical: Value error, give the duration before the alert fires",
        ),
        ("ApplianceDown: {}", "alerts.ApplianceDown: Value error, give a level (critical, warning, info)"),
        ("ApplianceDown: {urgent: {for: 5m}}", "alerts.ApplianceDown.urgent: Extra inputs are not permitted"),
        (
            "ApplianceDown: {critical: {for: 5m, threshold: 1}}",
            "ApplianceDown, critical: the query needs nothing, values.yml gives threshold",
        ),
        (
            "ApplianceMemoryHigh: {critical: {for: 5m}}",
            "ApplianceMemoryHigh, critical: the query needs threshold, values.yml gives nothing",
        ),
        ("NoSuchAlert: {critical: {for: 5m}}", "values.yml: there is no alert NoSuchAlert"),
    ],
)
def test_a_wrong_value_is_reported_in_one_line(tmp_path: Path, change: str, message: str) -> None:
    own = tmp_path / "values.yml"
    own.write_text(yaml.safe_dump({**WRITTEN, "alerts": {**WRITTEN["alerts"], **yaml.safe_load(change)}}))
    result = CliRunner().invoke(main, ["--values", str(own), "--output", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert message in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_the_command_writes_the_whole_set(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--output", str(tmp_path), "--lang", "fr"])
    assert result.exit_code == 0, result.output
    written = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert written == {name for name in COMMITTED if not name.startswith("azure/")}


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_name_in_a_command_is_quoted_as_the_exporter_quotes_it() -> None:
    labels = {"vcenter": "vc", "vm": "Bob's web", "vm_id": "5015", "operation": "create_snapshot"}
    renderer = ExpectedRenderer(SNAPSHOT_STALLED, VALUES, "en", ExpectedAlert(labels))
    for command in ("Get-VM -Name {vm}", "azure-migrate-exporter collect vsphere {vcenter}", "do {vm} '{vm}'"):
        assert renderer.command(command) == paste(command, labels)


def test_a_placeholder_without_label_or_query_is_an_error() -> None:
    wrong = replace(APPLIANCE_DOWN, description=Text("{datastore} is full.", "{datastore} est plein."))
    with pytest.raises(ValueError, match=r"ApplianceDown: no label and no query for \{datastore\}"):
        TemplateRenderer(wrong, VALUES, "en").prose(wrong.description)


def test_the_fix_is_that_of_the_catalogue_with_the_real_names() -> None:
    [rule] = ALERTS["AzureMigrateGatewayServiceNotRunning"]
    assert GATEWAY_NOT_RUNNING.causes[0] in CATALOGUE["dispose_artefacts_timed_out"].causes
    assert "Start-Service -Name asrgwy" in rule["annotations"]["fix"]
    assert "the appliance {{ $labels.appliance }}" in rule["annotations"]["fix"]


# --- runbooks --------------------------------------------------------------------------------------------------------

RUNBOOKS = {name: text for name, text in COMMITTED.items() if name.startswith("runbooks/Azure")}


@pytest.mark.parametrize("name", RUNBOOKS)
class TestRunbooks:
    def test_no_section_is_missing_or_empty(self, name: str) -> None:
        sections = re.split(r"^## ", RUNBOOKS[name], flags=re.MULTILINE)
        headings = [section.splitlines()[0] for section in sections[1:]]
        assert headings == ["Meaning", "Impact", "Diagnosis", "Mitigation", "Silence", "Links"]
        assert all(len(section.strip().splitlines()) > 1 for section in sections[1:])

    def test_the_diagnosis_begins_with_a_command_of_the_exporter(self, name: str) -> None:
        diagnosis = RUNBOOKS[name].split("## Diagnosis")[1].split("## Mitigation")[0]
        assert diagnosis.split("```console\n")[1].startswith("$ azure-migrate-exporter diagnose")
        assert "```promql" in diagnosis

    def test_nothing_is_unfinished_or_not_filled_in(self, name: str) -> None:
        page = RUNBOOKS[name]
        assert not re.search(r"TODO|FIXME|XXX|TBD|lorem", page)
        outside = re.sub(r"```promql.*?```", "", page, flags=re.DOTALL)
        assert not re.search(r"(?<!@)\{\w+\}|\$labels|\{\{", outside)

    def test_each_placeholder_is_explained_before_it_is_used(self, name: str) -> None:
        above, _, steps = RUNBOOKS[name].split("## Mitigation")[1].partition("\n1. ")
        for placeholder in re.findall(r"<[A-Za-z][^<>]*>", steps.split("## Links")[0].replace("\\", "")):
            assert f"- `{placeholder}`: " in above

    def test_each_command_of_the_exporter_is_valid(self, name: str) -> None:
        commands = re.findall(r"^(?:\$ | +)(azure-migrate-exporter .+)$", RUNBOOKS[name], re.MULTILINE)
        assert commands
        for command in commands:
            words = shlex.split(command)[1:]
            sub = exporter.commands[words[0]]
            assert isinstance(sub, click.Command)
            sub.make_context(words[0], words[1:], resilient_parsing=False)


SITES = ("https://learn.microsoft.com/", "https://go.microsoft.com/", "https://knowledge.broadcom.com/")


def test_every_link_of_a_rule_points_to_a_page_that_exists() -> None:
    docs = Path(__file__).parents[2] / "docs"
    for made in ALERTS.values():
        url = made[0]["annotations"]["documentation_url"]
        assert url.startswith(SITES) or (docs / url.rsplit("/", 1)[1]).is_file()
        runbook = made[0]["annotations"]["runbook_url"].partition("?")[0].rsplit("/", 1)[1]
        assert f"runbooks/{runbook}" in RUNBOOKS
