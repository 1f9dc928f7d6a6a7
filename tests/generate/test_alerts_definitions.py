"""Every alert is complete: a fix, texts in two languages, positive and negative cases, and metrics that exist."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from azure_migrate_exporter.exposition import metrics as _table  # noqa: F401 - fills TABLE
from azure_migrate_exporter.exposition.metric import TABLE, MetricType
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups import GROUPS
from generate.alerts.groups.failures import alert_name
from generate.alerts.model import Alert, Case, Group, RecordingRule
from generate.alerts.rendering.annotations import annotations, missing
from generate.alerts.rendering.renderers import TemplateRenderer
from generate.alerts.rendering.rules import THRESHOLD, levels
from generate.alerts.values import load
from generate.files import generated

VALUES = load()
ALERTS = [alert for group in GROUPS for alert in group.alerts]
EVERY_ALERT = pytest.mark.parametrize("alert", ALERTS, ids=[alert.name for alert in ALERTS])
EVERY_GROUP = pytest.mark.parametrize("group", GROUPS, ids=[group.name for group in GROUPS])
RECORDED = {rule.record for group in GROUPS for rule in group.rules if isinstance(rule, RecordingRule)}

CHANGING = {
    "state",
    "reason",
    "code",
    "version",
    "phase",
    "status",
    "result",
    "source",
    "power_state",
    "revision",
    "pod",
}
"""Labels whose value changes while an alert fires."""
TARGET_LABELS = {"instance", "job"}
ABOUT_A_TARGET = {
    "ExporterDown",
    "ExporterVanished",
    "ShardingMismatch",
    "ConfigReloadFailed",
    "WebConfigReloadFailed",
    "BlackboxProbeFailing",
    "BlackboxCertificateExpiring",
}
OTHER_METRICS = {
    "ALERTS": {"alertname", "alertstate", "severity"},  # and the labels of the alert
    "up": set(),
    "scrape_duration_seconds": set(),
    "windows_service_state": {"name", "state"},
    "windows_logical_disk_free_bytes": {"volume"},
    "windows_logical_disk_size_bytes": {"volume"},
    "windows_time_computed_time_offset_seconds": set(),
    "probe_success": set(),
    "probe_duration_seconds": set(),
    "probe_ssl_earliest_cert_expiry": set(),
}
"""Metrics of Prometheus and of other exporters, with their labels that the rules use."""

SELECTOR = re.compile(r"\b((?:\w+:)?azure_migrate[\w:]*)(?:\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
SERIES = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?")


# --- names -----------------------------------------------------------------------------------------------------------


def test_no_two_alerts_share_a_name() -> None:
    assert [name for name, times in Counter(alert.name for alert in ALERTS).items() if times > 1] == []


def test_recorded_series_are_named_level_metric_operations() -> None:
    """As Prometheus' documentation asks for. The metric has our prefix: no name collides with somebody else's."""
    names = {rule.record for group in GROUPS for rule in group.rules if isinstance(rule, RecordingRule)}
    assert names
    assert [name for name in names if not re.fullmatch(r"[a-z_]+:azure_migrate_[a-z_]+:[a-z0-9_]+", name)] == []
    assert re.fullmatch(r"[a-z_]+:azure_migrate_[a-z_]+:[a-z0-9_]+", THRESHOLD)


def test_values_and_definitions_name_the_same_alerts() -> None:
    assert set(VALUES.alerts) == {alert.name for alert in ALERTS}


def test_every_documented_failure_has_an_alert_and_a_harmless_one_sends_no_notification() -> None:
    for failure in CATALOGUE.values():
        alert = next(alert for alert in ALERTS if alert.name == alert_name(failure))
        assert alert.failure is failure
        assert alert.causes == failure.causes
        assert alert.then == failure.then
        assert (set(levels(alert, VALUES)) == {"info"}) == failure.harmless


ONLY_IN_DIAGNOSE = {"account_full", "vcenter_rights_missing"}
"""Conditions that a reason distinguishes: the alert of the check names the reason, and `diagnose` has the fix."""


def test_every_condition_has_an_alert_with_its_fix() -> None:
    fixed = {cause.id for alert in ALERTS for cause in alert.causes}
    assert set(CONDITIONS) - fixed == ONLY_IN_DIAGNOSE


def test_every_check_that_can_be_down_has_an_alert() -> None:
    queried = " ".join(alert.expr for alert in ALERTS)
    for metric in TABLE:
        if metric.endswith("_up") and metric != "azure_migrate_replication_up":  # CollectorFailing covers it
            assert metric in queried


# --- texts -----------------------------------------------------------------------------------------------------------


def texts(alert: Alert) -> Iterator[Text]:
    yield from (alert.summary, alert.description, alert.meaning, alert.impact)
    yield from (query.default for query in alert.annotation_queries.values())


@EVERY_ALERT
class TestTexts:
    def test_every_annotation_is_there_in_both_languages(self, alert: Alert) -> None:
        english = annotations(alert, VALUES, lambda: TemplateRenderer(alert, VALUES, "en"))
        french = annotations(alert, VALUES, lambda: TemplateRenderer(alert, VALUES, "fr"))
        assert missing(english) == []
        assert missing(french) == []
        assert english.keys() == french.keys()

    def test_own_texts_exist_in_french_and_fit_a_windows_console(self, alert: Alert) -> None:
        from_the_catalogue = alert.failure is not None and alert.name == alert_name(alert.failure)
        for text in texts(alert):
            text.en.encode("cp1252")
            assert from_the_catalogue or text.fr is not None, text.en
            (text.fr or "").encode("cp1252")

    def test_the_summary_is_the_same_for_every_alert_of_the_name(self, alert: Alert) -> None:
        assert "{" not in alert.summary.en
        assert alert.summary.en.endswith(".")

    def test_both_languages_name_the_same_things(self, alert: Alert) -> None:
        for text in texts(alert):
            if text.fr is not None:
                assert sorted(set(re.findall(r"\{\w+\}", text.fr))) == sorted(set(re.findall(r"\{\w+\}", text.en)))

    def test_no_text_is_unfinished(self, alert: Alert) -> None:
        for text in texts(alert):
            assert not re.search(r"TODO|FIXME|XXX|TBD|lorem", text.en + (text.fr or ""))


@EVERY_ALERT
def test_labels_identify_an_alert_and_do_not_change(alert: Alert) -> None:
    assert not set(alert.labels) & CHANGING
    if alert.name not in ABOUT_A_TARGET:
        assert not set(alert.labels) & TARGET_LABELS
    if "vm" in alert.labels:
        assert "vm_id" in alert.labels, "two machines may share a name"


# --- cases -----------------------------------------------------------------------------------------------------------


@EVERY_ALERT
def test_there_are_positive_and_negative_cases(alert: Alert) -> None:
    assert any(case.alerts for case in alert.cases)
    if alert.name != "Watchdog":  # which always fires
        assert any(not case.alerts for case in alert.cases)


@EVERY_ALERT
def test_each_level_fires_in_some_case(alert: Alert) -> None:
    wanted = set(levels(alert, VALUES))
    fired = {level for case in alert.cases for expected in case.alerts for level in expected.levels or wanted}
    assert wanted <= fired


@EVERY_ALERT
def test_the_names_of_an_alerts_cases_are_unique(alert: Alert) -> None:
    names = [case.name for case in alert.cases]
    assert len(names) == len(set(names))


def test_the_important_guards_against_false_positives_have_cases() -> None:
    names = " ".join(case.name for alert in ALERTS for case in alert.cases)
    for guard in ("at its limit", "restart", "maintenance", "without history", "removed", "paused", "blackout"):
        assert guard in names
    assert "a project made since 2024" in names


# --- metrics ---------------------------------------------------------------------------------------------------------


def queries(group: Group) -> Iterator[str]:
    for rule in group.rules:
        yield rule.expr
        if isinstance(rule, Alert):
            yield from rule.runbook_queries
            yield from (query.query for query in rule.annotation_queries.values())


def labels_of(name: str) -> set[str] | None:
    """The labels of a metric of the table, its histogram's parts included; None for a metric that does not exist."""
    metric = TABLE.get(name) or TABLE.get(re.sub(r"_(bucket|sum|count)$", "", name))
    if metric is None:
        return None
    return set(metric.labels) | ({"le"} if metric.type is MetricType.HISTOGRAM else set())


def unknown(query: str) -> list[str]:
    """Metrics and labels in the query that are neither exported nor recorded."""
    found = []
    for name, inside in SELECTOR.findall(query):
        if any(record.startswith(name) for record in RECORDED):
            continue
        known = labels_of(name)
        if known is None:
            found.append(name)
        elif unexpected := set(MATCHER.findall(inside)) - known - TARGET_LABELS:
            found.append(f"{name}{sorted(unexpected)}")
    return found


@EVERY_GROUP
def test_rules_use_only_metrics_and_labels_that_exist(group: Group) -> None:
    assert [found for query in queries(group) for found in unknown(query)] == []


def test_a_metric_or_a_label_that_does_not_exist_is_found() -> None:
    assert unknown("max(azure_migrate_appliance_upp) == 0") == ["azure_migrate_appliance_upp"]
    assert unknown('azure_migrate_storage_up{appliance="a",rolle="b"}') == ["azure_migrate_storage_up['rolle']"]
    assert unknown('azure_migrate_storage_up{appliance=~"{}",role!="b"}') == []
    assert unknown("rate(azure_migrate_storage_upload_request_duration_seconds_bucket[5m])") == []


@EVERY_GROUP
def test_rules_group_and_join_by_labels_that_exist(group: Group) -> None:
    known = {label for metric in TABLE.values() for label in metric.labels} | {"address", "target", "volume"}
    for query in queries(group):
        for inside in re.findall(r"\b(?:by|on|group_left|group_right) \(([^)]*)\)", query):
            assert {label.strip() for label in inside.split(",") if label.strip()} <= known | TARGET_LABELS


def cases(group: Group) -> Iterator[tuple[Alert, Case]]:
    return ((alert, case) for alert in group.alerts for case in alert.cases)


@EVERY_GROUP
def test_cases_contain_series_as_the_exporter_writes_them(group: Group) -> None:
    for alert, case in cases(group):
        for written in case.series:
            match = SERIES.fullmatch(written)
            assert match is not None
            name, inside = match[1], match[2] or ""
            found = set(re.findall(r'(\w+)="', inside))
            if name == "ALERTS":
                assert found >= OTHER_METRICS[name], f"{alert.name}: {written}"
            elif name in OTHER_METRICS:
                assert found - TARGET_LABELS - {"appliance"} == OTHER_METRICS[name], f"{alert.name}: {written}"
            else:
                assert found - TARGET_LABELS == labels_of(name), f"{alert.name}: {written}"


def test_rules_use_only_known_metrics_of_other_exporters() -> None:
    words = {
        name
        for group in GROUPS
        for query in queries(group)
        for name in re.findall(r"\b(?:windows|probe|up|scrape)[a-z_]*", re.sub(r'"[^"]*"|\$\w+', "", query))
    }
    assert words <= {*OTHER_METRICS, "windows_service"}


@EVERY_GROUP
def test_the_tests_of_a_group_load_the_groups_that_it_depends_on(group: Group) -> None:
    by_name = {one.name: one for one in GROUPS}
    loaded = {
        rule.record
        for one in (group, *(by_name[name] for name in group.depends_on))
        for rule in one.rules
        if isinstance(rule, RecordingRule)
    }
    for query in queries(group):
        for name in re.findall(r"\b\w+:azure_migrate[\w:]+", query):
            assert any(record.startswith(name) for record in loaded), f"{group.name} uses {name}"


# --- files -----------------------------------------------------------------------------------------------------------


def test_an_alert_that_was_removed_has_no_file() -> None:
    root = Path(__file__).parents[2]
    folders = tuple(f"alerts/{folder}/" for folder in ("rules", "tests", "runbooks"))
    made = {name for name in generated() if name.startswith(folders)}
    there = {str(file.relative_to(root)) for folder in folders for file in (root / folder).rglob("*") if file.is_file()}
    assert there == made


def test_alertmanager_inhibits_the_failures_that_a_broken_path_explains() -> None:
    written = (Path(__file__).parents[2] / "alerts" / "alertmanager" / "alertmanager.yml").read_text()
    inhibited = re.search(r'failure=~"\|([a-z_|]+)"', written)
    assert inhibited is not None
    explained = {failure.id for failure in CATALOGUE.values() if path.SERVICE_BUS in failure.causes}
    assert set(inhibited[1].split("|")) == explained


def test_alertmanager_names_only_alerts_that_exist() -> None:
    written = (Path(__file__).parents[2] / "alerts" / "alertmanager" / "alertmanager.yml").read_text()
    names = {alert.full_name for alert in ALERTS}
    for _, matcher in re.findall(r'alertname(=~|!~|=)"([^"]+)"', written):
        if matcher != "AzureMigrate.+":
            assert [name for name in names if re.fullmatch(matcher, name)], matcher
            for alternative in matcher.split("|") if "(" not in matcher else ():
                assert alternative in names


def test_alertmanager_compares_every_label_that_an_alert_may_have() -> None:
    written = (Path(__file__).parents[2] / "alerts" / "alertmanager" / "alertmanager.yml").read_text()
    identity = re.search(r"equal: &identity \[([^\]]+)\]", written)
    assert identity is not None
    assert {label for alert in ALERTS for label in alert.labels} - {"job"} <= set(re.findall(r"\w+", identity[1]))
