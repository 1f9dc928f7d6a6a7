"""The rules and dashboards of the chart, and the values that change them."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generate.alerts.values import load as alert_values
from tests.chart.manifests import CHART, NAME, Manifests, example, render, template
from tests.lab.promtool import promtool
from tests.lab.tools import ROOT


def rules_of(manifests: Manifests) -> list[dict[str, Any]]:
    groups = [group for found in manifests.all("PrometheusRule") for group in found["spec"]["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def alerts_of(manifests: Manifests, name: str) -> dict[str, dict[str, Any]]:
    """The levels of an alert by their severity."""
    return {rule["labels"]["severity"]: rule for rule in rules_of(manifests) if rule.get("alert") == name}


def rules(**values: Any) -> Manifests:
    return render(prometheusRule={"enabled": True, **values})


@pytest.mark.parametrize("name", ["defaults", "operators"])
async def test_prometheus_accepts_every_rule(name: str, tmp_path: Path) -> None:
    manifests = example(name) if name != "defaults" else rules()
    files = []
    for found in manifests.all("PrometheusRule"):
        files.append(tmp_path / f"{found['metadata']['name']}.yml")
        files[-1].write_text(yaml.safe_dump(found["spec"]), encoding="utf-8")
    assert files
    code, output = await promtool("check", "rules", *map(str, files))
    assert code == 0, output


def test_every_object_is_small_enough_for_every_operator() -> None:
    """Azure's operator takes 20 rules a group; kubectl writes the whole object to an annotation besides."""
    found = list(rules(optional=True).all("PrometheusRule"))
    assert len({item["metadata"]["name"] for item in found}) == len(found)
    groups = [group for item in found for group in item["spec"]["groups"]]
    assert len({group["name"] for group in groups}) == len(groups)
    assert max(len(group["rules"]) for group in groups) <= 20
    assert max(len(json.dumps(item)) for item in found) <= 150_000


def test_rules_on_other_exporters_are_optional() -> None:
    optional = {path.stem.replace("_", "-") for path in (CHART / "files" / "rules" / "en" / "optional").glob("*.yml")}
    assert optional
    for manifests, wanted in ((rules(), set()), (rules(optional=True), optional)):
        names = {found["metadata"]["name"].removeprefix(f"{NAME}-") for found in manifests.all("PrometheusRule")}
        assert names & optional == wanted


def test_an_alert_or_one_of_its_levels_can_be_disabled() -> None:
    untouched = len(rules_of(rules()))
    whole = rules(alerts={"AzureMigrateHeartbeatMissing": {"enabled": False}})
    assert not alerts_of(whole, "AzureMigrateHeartbeatMissing")
    assert len(rules_of(whole)) == untouched - 2
    level = rules(alerts={"AzureMigrateHeartbeatMissing": {"warning": {"enabled": False}}})
    assert set(alerts_of(level, "AzureMigrateHeartbeatMissing")) == {"critical"}


def thresholds_of(manifests: Manifests, alert: str) -> dict[tuple[str, str], str]:
    """The recorded constants of an alert by severity and name."""
    labelled = [rule for rule in rules_of(manifests) if rule.get("labels", {}).get("alert") == alert]
    return {(rule["labels"]["severity"], rule["labels"]["number"]): rule["expr"] for rule in labelled}


def test_a_threshold_can_be_changed() -> None:
    name, key = "AzureMigrateApplianceMemoryHigh", ("critical", "threshold")
    changed = thresholds_of(rules(alerts={name: {"critical": {"thresholds": {"threshold": 0.9}}}}), name)
    assert (thresholds_of(rules(), name)[key], changed[key]) == ("vector(0.95)", "vector(0.9)")
    off = thresholds_of(rules(alerts={name: {"critical": {"thresholds": {"threshold": 0}}}}), name)
    assert off[key] == "vector(0)"


def test_a_threshold_that_does_not_exist_is_refused() -> None:
    changes = {"AzureMigrateApplianceMemoryHigh": {"critical": {"thresholds": {"treshold": 1}}}}
    done = template({"prometheusRule": {"enabled": True, "alerts": changes}})
    assert "AzureMigrateApplianceMemoryHigh.critical.thresholds: there is no number treshold" in done.errors


def test_duration_and_severity_of_a_level_can_be_changed() -> None:
    before = alerts_of(rules(), "AzureMigrateApplianceDown")["critical"]
    changed = {"critical": {"for": "1h", "severity": "warning"}}
    after = alerts_of(rules(alerts={"AzureMigrateApplianceDown": changed}), "AzureMigrateApplianceDown")["warning"]
    assert before["for"] != after["for"] == "1h"
    assert {**before["labels"], "severity": "warning"} == after["labels"]
    assert (before["expr"], before["annotations"]) == (after["expr"], after["annotations"])


def test_every_alert_has_the_labels_and_addresses_of_the_operator() -> None:
    alerts = [rule for rule in rules_of(example("operators")) if "alert" in rule]
    assert {rule["labels"]["team"] for rule in alerts} == {"migration"}
    for rule in alerts:
        annotations = rule["annotations"]
        page, _, labels = annotations["runbook_url"].partition("?")
        assert page == f"https://wiki.example.com/runbooks/{rule['alert']}.md"
        assert not labels or "urlquery }}" in labels
        assert annotations["dashboard_url"].startswith("https://grafana.example.com/d/")
        assert ".invalid" not in str(annotations)


def test_the_default_addresses_are_those_of_the_alert_values() -> None:
    values = alert_values()
    assert yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))["prometheusRule"]["urls"] == {
        "runbooks": values.runbook_base_url or "",
        "documentation": values.documentation_base_url,
        "dashboards": values.dashboards.base_url,
    }


def test_the_texts_are_in_the_language_of_the_values_and_nothing_else_differs() -> None:
    english, french = rules(optional=True), rules(optional=True, language="fr")
    for one, other in zip(rules_of(english), rules_of(french), strict=True):
        assert {**one, "annotations": other.get("annotations")} == {**other, "annotations": other.get("annotations")}
    (down,) = alerts_of(rules(language="fr"), "AzureMigrateApplianceDown").values()
    assert down["annotations"]["summary"] == "Une appliance ne répond pas."


def test_a_language_without_texts_is_refused() -> None:
    done = template({"prometheusRule": {"enabled": True, "language": "de"}})
    assert done.code == 1
    assert "language" in done.errors
    assert "fr" in done.errors


def test_without_an_address_of_the_operator_the_runbooks_are_found_as_in_the_rules_themselves() -> None:
    shipped = rules()
    for path in (ROOT / "alerts" / "rules").glob("*.yml"):
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        wanted = {rule["alert"]: rule["annotations"] for group in groups for rule in group["rules"] if "alert" in rule}
        for name, annotations in wanted.items():
            made = alerts_of(shipped, name).values()
            assert {rule["annotations"]["runbook_url"] for rule in made} == {annotations["runbook_url"]}


@pytest.mark.parametrize(
    ("alerts", "message"),
    [
        ({"NoSuchAlert": {"enabled": False}}, "prometheusRule.alerts.NoSuchAlert: there is no such alert"),
        (
            {"AzureMigrateApplianceDown": {"info": {"for": "5m"}}},
            "prometheusRule.alerts.AzureMigrateApplianceDown.info: the alert has no such level",
        ),
    ],
)
def test_a_change_to_an_alert_that_does_not_exist_is_refused(alerts: dict[str, Any], message: str) -> None:
    done = template({"prometheusRule": {"enabled": True, "alerts": alerts}})
    assert done.code == 1
    assert message in done.errors


# --- the dashboards --------------------------------------------------------------------------------------------------


def test_each_dashboard_is_a_config_map_for_grafana() -> None:
    manifests = example("operators")
    files = {path.name: path for path in (CHART / "files" / "dashboards").glob("*.json")}
    found = {key: item for item in manifests.all("ConfigMap") for key in item["data"] if key.endswith(".json")}
    assert found.keys() == files.keys()
    for name, item in found.items():
        assert json.loads(item["data"][name]) == json.loads(files[name].read_text(encoding="utf-8"))
        assert item["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert item["metadata"]["annotations"] == {"grafana_folder": "Azure Migrate"}
        grafana = manifests.one("GrafanaDashboard", item["metadata"]["name"])
        assert grafana["spec"] == {
            "instanceSelector": {"matchLabels": {"dashboards": "grafana"}},
            "folder": "Azure Migrate",
            "configMapRef": {"name": item["metadata"]["name"], "key": name},
        }


def test_a_release_with_everything_fits_into_its_secret() -> None:
    compressed = gzip.compress(b"".join(path.read_bytes() for path in sorted(CHART.rglob("*")) if path.is_file()))
    assert len(base64.b64encode(compressed)) < 500_000  # the limit of Kubernetes is 1 MiB, with the objects
