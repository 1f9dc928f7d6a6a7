"""`alerts/azure/`: the rule groups are within every limit of Azure Monitor, and Bicep and ARM say the same."""

import json
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.mgmt.prometheusrulegroups.models import PrometheusRule, PrometheusRuleGroupProperties
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pycep import BicepParser

from generate.alerts.__main__ import main
from generate.alerts.azure.annotations import fitting
from generate.alerts.azure.expressions import Joined
from generate.alerts.azure.files import files
from generate.alerts.azure.inhibition import clauses, recorded_alerts, uninhibited
from generate.alerts.azure.levels import Level, levels_of
from generate.alerts.azure.rule_groups import RuleGroup, iso8601
from generate.alerts.azure.templates import arm_template, bicep
from generate.alerts.groups import GROUPS
from generate.alerts.inhibit_rules import inhibit_rules
from generate.alerts.rendering.rules import levels
from generate.alerts.values import FILE, Values, load

VALUES = load()
WRITTEN = yaml.safe_load(FILE.read_text(encoding="utf-8"))
MADE = files(VALUES)
TEMPLATES = {name: json.loads(text) for name, text in MADE.items() if name.endswith(".json")}
LEVELS = [level for level in levels_of(GROUPS, VALUES) if level.alert.name != "Watchdog"]
LONG = "The rest is elsewhere."


def resources() -> list[dict[str, Any]]:
    return [resource for template in TEMPLATES.values() for resource in template["resources"]]


def rules() -> list[dict[str, Any]]:
    return [rule for resource in resources() for rule in resource["properties"]["rules"]]


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def seconds(duration: str) -> int:
    """The seconds of a duration like PT1H30M."""
    parsed = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", duration)
    assert parsed, duration
    hours, minutes, rest = (int(part or 0) for part in parsed.groups())
    return hours * 3600 + minutes * 60 + rest


def changed(**changes: Any) -> Values:
    return Values.model_validate({**WRITTEN, **changes})


# --- limits ----------------------------------------------------------------------------------------------------------


def test_a_group_has_at_most_20_rules_and_a_template_at_most_4_mb() -> None:
    names = [resource["name"] for resource in resources()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[^:@/#{}%&+*<>?]+", name)] == []
    sizes = {resource["name"]: len(resource["properties"]["rules"]) for resource in resources()}
    assert {name: size for name, size in sizes.items() if not 1 <= size <= 20} == {}
    assert max(len(text.encode()) for text in MADE.values()) < 4_000_000


def test_an_annotation_has_at_most_1024_characters() -> None:
    found = [
        (rule["alert"], name, len(text.encode("utf-16-le")) // 2)
        for rule in alerts()
        for name, text in rule["annotations"].items()
    ]
    assert [one for one in found if one[2] > 1024] == []


def test_a_rule_has_at_most_10_labels_and_no_label_is_reserved() -> None:
    for rule in rules():
        labels = rule.get("labels", {})
        assert len(labels) <= 10
        assert [name for name in labels if not re.fullmatch(r"(?!__)[a-zA-Z_]\w{0,1023}", name)] == []
        assert max(map(len, labels.values()), default=0) <= 1024


def test_intervals_and_resolution_take_1_to_15_minutes_and_no_alert_fires_at_once() -> None:
    for resource in resources():
        assert 60 <= seconds(resource["properties"]["interval"]) <= 900
    for rule in alerts():
        assert 60 <= seconds(rule["resolveConfiguration"]["timeToResolve"]) <= 900
        assert seconds(rule["for"]) >= 60


def test_no_rule_asks_for_alerts_and_annotations_only_contain_labels_and_the_value() -> None:
    """What Microsoft's own rule groups have in their annotations; `query` and its kind are not known to work."""
    allowed = r'\$labels\.\w+|\$value|printf "%\.\df" \$value'
    for rule in rules():
        assert not re.search(r"\bALERTS\b", rule["expression"]), rule["expression"]
        for text in rule.get("annotations", {}).values():
            actions = re.findall(r"\{\{(.*?)\}\}", text)
            assert [one for one in actions if not re.fullmatch(allowed, one.strip())] == [], text
            assert text.count("{{") == text.count("}}") == len(actions)


def test_labels_in_annotations_are_those_of_the_alert() -> None:
    labels = {alert.full_name: set(alert.labels) for group in GROUPS for alert in group.alerts}
    for rule in alerts():
        for text in rule["annotations"].values():
            assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels[rule["alert"]], text


def test_the_runbook_has_a_constant_address_and_names_are_not_pasted_into_commands() -> None:
    for rule in alerts():
        assert rule["annotations"]["runbook_url"] == (f"[concat(parameters('runbookBaseUrl'), '/{rule['alert']}.md')]")
        for name in ("begin", "fix"):
            commands = [line for line in rule["annotations"][name].splitlines() if line.startswith("   ")]
            assert [line for line in commands if "$labels" in line] == []


# --- what an alert becomes -------------------------------------------------------------------------------------------


def test_every_level_of_every_alert_is_there_once_but_the_watchdog() -> None:
    expected = {
        (alert.full_name, severity) for group in GROUPS for alert in group.alerts for severity in levels(alert, VALUES)
    }
    found = [(rule["alert"], rule["labels"]["severity"]) for rule in alerts()]
    assert len(set(found)) == len(found)
    assert expected - set(found) == {("AzureMigrateWatchdog", "info")}
    assert set(found) <= expected


@pytest.mark.parametrize(
    ("severity", "number", "actions"),
    [
        ("critical", 0, [{"actionGroupId": "[parameters('actionGroupId')]"}]),
        ("warning", 2, [{"actionGroupId": "[parameters('ticketActionGroupId')]"}]),
        ("info", 4, None),
    ],
)
def test_critical_pages_warning_makes_a_ticket_and_info_notifies_nobody(
    severity: str, number: int, actions: list[dict[str, str]] | None
) -> None:
    found = [rule for rule in alerts() if rule["labels"]["severity"] == severity]
    assert found
    assert [rule for rule in found if (rule["severity"], rule.get("actions")) != (number, actions)] == []


def test_the_action_group_of_the_tickets_is_that_of_the_pages_unless_another_is_given() -> None:
    for template in TEMPLATES.values():
        declared = template["parameters"]
        required = [name for name, one in declared.items() if "defaultValue" not in one]
        assert required == ["azureMonitorWorkspaceId", "actionGroupId"]
        assert declared["ticketActionGroupId"]["defaultValue"] == "[parameters('actionGroupId')]"


def test_microsofts_model_knows_every_property() -> None:
    """A property that the model does not have is not sent by their tools."""
    fields = {
        kind: {field._rest_name for field in kind({})._attr_to_rest_field.values()}
        for kind in (PrometheusRule, PrometheusRuleGroupProperties)
    }
    for resource in resources():
        properties = resource["properties"]
        assert properties.keys() <= fields[PrometheusRuleGroupProperties]
        for rule in properties["rules"]:
            assert rule.keys() <= fields[PrometheusRule]
            read = PrometheusRule(rule)
            if "alert" in rule:
                assert read.for_property == timedelta(seconds=seconds(rule["for"]))
                assert read.severity in range(5)


def test_every_recorded_series_that_a_rule_uses_is_recorded() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    # A name with colons, outside of quotes.
    used = {
        name
        for rule in rules()
        for name in re.findall(r"\b[a-z_]+:azure_migrate\w+(?::\w+)?", re.sub(r'"[^"]*"', "", rule["expression"]))
    }
    assert used <= recorded


def test_every_cause_that_an_inhibition_names_is_recorded() -> None:
    recorded = {
        (rule["labels"]["alert"], rule["labels"]["severity"])
        for rule in rules()
        if "alert_firing" in rule.get("record", "")
    }
    needed = {
        (one.alert.full_name, one.severity)
        for level in LEVELS
        for clause in clauses(level, LEVELS, inhibit_rules(), VALUES)
        for one in clause.sources
    }
    assert needed <= recorded
    outages = {"AzureMigrateApplianceDown", "AzureMigrateNfcBufferFull", "AzureMigrateEsxiHostNotResponding"}
    assert outages <= {name for name, _ in recorded}


# --- inhibition ------------------------------------------------------------------------------------------------------


def level(name: str, severity: str) -> Level:
    return next(one for one in LEVELS if (one.alert.name, one.severity) == (name, severity))


def inhibitors(name: str, severity: str) -> list[tuple[str, str]]:
    """The labels that decide and the selector of everything that inhibits an alert."""
    found = clauses(level(name, severity), LEVELS, inhibit_rules(), VALUES)
    return [(", ".join(clause.on), clause.selector.partition("{")[2].removesuffix("}")) for clause in found]


@pytest.mark.parametrize(
    ("name", "severity", "expected"),
    [
        ("VCenterDown", "critical", []),
        ("ApplianceDown", "critical", []),
        ("DatastoreFillingUp", "critical", [("vcenter", 'alert="AzureMigrateVCenterDown"')]),
        ("GatewayServiceNotRunning", "critical", [("appliance", 'alert="AzureMigrateApplianceDown"')]),
    ],
)
def test_what_inhibits_an_alert_is_what_alertmanager_would_inhibit_it_by(
    name: str, severity: str, expected: list[tuple[str, str]]
) -> None:
    assert [one for one in inhibitors(name, severity) if one in expected] == expected
    if not expected:
        assert inhibitors(name, severity) == []


def test_the_more_severe_level_inhibits_the_less_severe_one_of_the_same_thing() -> None:
    own = 'alert="AzureMigrateApplianceMemoryHigh",severity="critical"'
    assert ("appliance", own) in [
        (on, selector.split(",component")[0]) for on, selector in inhibitors("ApplianceMemoryHigh", "warning")
    ]
    assert not any("MemoryHigh" in selector for _, selector in inhibitors("ApplianceMemoryHigh", "critical"))


def test_a_condition_on_a_label_of_the_query_leaves_other_results_alone() -> None:
    [found] = [
        one for one in clauses(level("CollectorFailing", "warning"), LEVELS, inhibit_rules(), VALUES) if one.only
    ]
    assert [str(matcher) for matcher in found.only] == ['collector="storage_benchmark"']
    query = uninhibited("x", [found], "5m")
    assert '"inhibited_by_0", "yes", "collector", "storage_benchmark"' in query
    assert query.endswith('"inhibited_by_0", "", "", "")')


def test_the_operators_own_labels_decide_too() -> None:
    values = changed(keep_labels=["cluster"])
    found = [one for one in levels_of(GROUPS, values) if one.alert.name != "Watchdog"]
    [target] = [one for one in found if (one.alert.name, one.severity) == ("GatewayServiceNotRunning", "critical")]
    assert all("cluster" in clause.on for clause in clauses(target, found, inhibit_rules(), values))


def test_only_firing_alerts_are_recorded() -> None:
    with pytest.raises(ValueError, match="only firing alerts are recorded"):
        recorded_alerts('ALERTS{alertname="X",alertstate="pending"}')


# --- texts that fit --------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=400).map(lambda text: text.replace("\n", " ") + "\n"), max_size=12))
def test_a_text_that_is_too_long_keeps_whole_steps_and_says_where_the_others_are(steps: list[str]) -> None:
    text = fitting(steps, LONG)
    assert len(text.encode("utf-16-le")) // 2 <= 1024
    whole = "".join(steps).rstrip("\n")
    if text != whole:
        assert text.endswith(LONG)
        assert text.removesuffix(LONG) in ["".join(steps[:count]) for count in range(len(steps))]


def test_a_long_fix_begins_with_its_first_steps() -> None:
    [rule] = [rule for rule in alerts() if rule["alert"] == "AzureMigrateCacheStorageUnreachable"]
    assert rule["annotations"]["fix"].startswith("1. ")
    assert rule["annotations"]["fix"].endswith("All steps are in the runbook (runbook_url).")


def test_what_only_a_query_knows_is_an_ellipsis_or_left_out() -> None:
    texts = {rule["alert"]: rule["annotations"]["description"] for rule in alerts()}
    assert texts["AzureMigrateFabricUnhealthy"] == "The health of {{ $labels.appliance }} in the vault is …."
    assert texts["AzureMigrateCacheStorageUnreachable"].endswith("of {{ $labels.appliance }} fails: ….")


def test_the_texts_are_french_on_request() -> None:
    french = files(VALUES, "fr")["azure/azure-migrate.json"]
    assert "Une appliance ne répond pas." in french
    assert "Toutes les étapes sont dans la procédure (runbook_url)." in french


# --- Bicep and ARM ---------------------------------------------------------------------------------------------------


class Read:
    """What a Bicep file contains, with its strings as Bicep's language specification reads them."""

    def __init__(self, text: str) -> None:
        self.parsed = BicepParser().parse(text=text)
        multi_line = re.findall(r"'''\n?(.*?)'''", text, re.DOTALL)
        single = re.findall(r"'((?:[^'\\\n]|\\.)*)'", re.sub(r"'''.*?'''", "''", text, flags=re.DOTALL))
        self._verbatim = set(multi_line) - set(single)
        self.parameters = set(self.parsed["parameters"])

    def value(self, found: Any) -> Any:
        """A value as an ARM template has it."""
        if isinstance(found, dict):
            return {self.value_of_key(key): self.value(one) for key, one in found.items()}
        if isinstance(found, list):
            return [self.value(one) for one in found]
        if not isinstance(found, str) or found in self._verbatim:
            return found
        if found in self.parameters:
            return f"[parameters('{found}')]"
        if joined := re.fullmatch(r"\$\{(\w+)\}(.*)", found):
            return f"[concat(parameters('{joined[1]}'), '{joined[2]}')]"
        return unescaped(found)

    @staticmethod
    def value_of_key(key: str) -> str:
        return key.removeprefix("'").removesuffix("'")


def unescaped(text: str) -> str:
    codes = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", "$": "$"}
    return re.sub(r"\\(.)", lambda match: codes[match[1]], text)


@cache
def read(name: str) -> Read:
    return Read(MADE[name])


@pytest.mark.parametrize("name", ["azure/azure-migrate", "azure/optional"])
def test_bicep_and_arm_describe_the_same_resources(name: str) -> None:
    found = read(f"{name}.bicep")
    written = [
        {"type": one["type"], "apiVersion": one["api_version"], **found.value(one["config"])}
        for one in found.parsed["resources"].values()
    ]
    assert written == TEMPLATES[f"{name}.json"]["resources"]


@pytest.mark.parametrize("name", ["azure/azure-migrate", "azure/optional"])
def test_bicep_and_arm_declare_the_same_parameters(name: str) -> None:
    declared = TEMPLATES[f"{name}.json"]["parameters"]
    assert list(read(f"{name}.bicep").parsed["parameters"]) == list(declared)
    for key, one in read(f"{name}.bicep").parsed["parameters"].items():
        default = declared[key].get("defaultValue")
        described: list[Any] = one["decorators"]
        assert [unescaped(decorator["argument"]) for decorator in described] == [
            declared[key]["metadata"]["description"]
        ]
        assert one["type"] == "string"
        if isinstance(one["default"], dict):  # resourceGroup().location
            assert default == "[resourceGroup().location]"
        else:
            assert read(f"{name}.bicep").value(one["default"]) == default


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t'\\${}[]\""), min_size=1, max_size=60
)


@given(TEXTS)
def test_every_text_comes_back_from_bicep_and_from_arm(text: str) -> None:
    group = RuleGroup("g", "PT1M", [{"record": "r", "expression": text, "labels": {"with-dash": "x"}}])
    [resource] = json.loads(arm_template([group], VALUES))["resources"]
    in_arm = resource["properties"]["rules"][0]["expression"]
    assert (in_arm.removeprefix("[") if text.startswith("[") else in_arm) == text
    assert literal(bicep([group], VALUES)) == text


def literal(written: str) -> str:
    """The text of the property `expression`, read as the language specification of Bicep says."""
    rest = written.partition("expression: ")[2]
    if rest.startswith("'''"):
        return rest.removeprefix("'''").removeprefix("\n").partition("'''")[0]
    parsed = re.match(r"'((?:[^'\\\n$]|\\.|\$(?!\{))*)'", rest)
    assert parsed, rest
    return unescaped(parsed[1])


@pytest.mark.parametrize(
    ("duration", "written"),
    [("1m", "PT1M"), ("90s", "PT1M30S"), ("1h30m", "PT1H30M"), ("1d", "PT24H"), ("0s", "PT0S"), ("12h", "PT12H")],
)
def test_durations_are_those_of_iso_8601(duration: str, written: str) -> None:
    assert iso8601(duration) == written


def test_a_part_of_a_second_is_refused() -> None:
    with pytest.raises(ValueError, match="250ms: Azure Monitor takes whole seconds"):
        iso8601("250ms")


# --- the command -----------------------------------------------------------------------------------------------------


def run(tmp_path: Path, **changes: Any) -> Any:
    own = tmp_path / "values.yml"
    own.write_text(yaml.safe_dump({**WRITTEN, **changes}))
    return CliRunner().invoke(main, ["--for", "azure", "--values", str(own), "--output", str(tmp_path / "out")])


def test_the_command_writes_the_templates_with_the_operators_addresses(tmp_path: Path) -> None:
    result = run(tmp_path, runbook_base_url="https://wiki.example.com/runbooks", extra_labels={"team": "migration"})
    assert result.exit_code == 0, result.output
    written = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*"))
    assert written == sorted(MADE)
    template = json.loads((tmp_path / "out" / "azure" / "azure-migrate.json").read_text())
    assert template["parameters"]["runbookBaseUrl"]["defaultValue"] == "https://wiki.example.com/runbooks"


def test_more_labels_than_azure_takes_are_refused_in_one_line(tmp_path: Path) -> None:
    result = run(tmp_path, extra_labels={f"label{number}": "x" for number in range(8)})
    assert result.exit_code == 1
    assert result.output == "Error: extra_labels: Azure Monitor takes 10 labels, so give at most 7\n"
    assert run(tmp_path, extra_labels={f"label{number}": "x" for number in range(7)}).exit_code == 0


def test_a_disabled_alert_is_in_no_template(tmp_path: Path) -> None:
    disabled = {**WRITTEN["alerts"], "ApplianceDown": {"enabled": False, "critical": {"for": "5m"}}}
    assert run(tmp_path, alerts=disabled).exit_code == 0
    template = json.loads((tmp_path / "out" / "azure" / "azure-migrate.json").read_text())
    names = {rule.get("alert") for one in template["resources"] for rule in one["properties"]["rules"]}
    assert "AzureMigrateApplianceDown" not in names
    assert "AzureMigrateCacheStorageUnreachable" in names


def test_a_joined_value_is_one_text_with_a_parameter() -> None:
    group = RuleGroup("g", "PT1M", [{"record": "r", "expression": Joined("base", "/it's")}])
    assert "'${base}/it\\'s'" in bicep([group], VALUES)
    assert "[concat(parameters('base'), '/it''s')]" in arm_template([group], VALUES)
