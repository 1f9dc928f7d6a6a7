"""What no panel of any dashboard may do: claim health that it does not see, colour a failure green, or cut a choice."""

import re
from typing import Any

import pytest

from azure_migrate_exporter.exposition.metric import TABLE
from generate.dashboards.model import GREEN, GREY, ORANGE, RED
from generate.dashboards.panel_json import LOWEST
from tests.generate.test_dashboards import BOARD, DIRECTORY, each_board, each_panel
from tests.integration.panel_queries import panels

CLAIMS = re.compile(
    r"(?i)\bno (machine|collector|alert|error|host|part|cycle)s? (has|fires?|fails?|is (late|lost))|healthy|\bwell\b"
)
"""What a text for missing data must not say: an empty answer is as likely blindness as health."""
BAD = re.compile(r"(?i)fail|stopped|closed|down|not (responding|installed|connected)|critical|disconnected|\bno\b")
MAY_BE_FAILURES = {"reason", "result", "failure", "code", "severity"}
"""Labels whose values are failures, or partly: the palette's first colour is green."""
NOT_A_CHOICE = {("azure_migrate_replication_info", "vcenter")}
"""Empty until the gateway reports it, so a choice of a vCenter would hide machines."""
SELECTOR = re.compile(r"(azure_migrate_\w+)(\{[^}]*\})?")


def mappings(value: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Texts and colours of the value mappings of a panel or a column, by value."""
    return {
        key: (result["text"], result.get("color"))
        for one in value.get("mappings", ())
        if one["type"] == "value"
        for key, result in one["options"].items()
    }


def overrides(panel: dict[str, Any]) -> list[dict[str, Any]]:
    return [{one["id"]: one["value"] for one in found["properties"]} for found in panel["fieldConfig"]["overrides"]]


def settings(panel: dict[str, Any]) -> list[dict[str, Any]]:
    """The defaults of a panel and each of its overrides."""
    return [panel["fieldConfig"]["defaults"], *overrides(panel)]


# --- blind is not healthy --------------------------------------------------------------------------------------------


@each_panel
def test_a_text_for_missing_data_claims_no_health(panel: dict[str, Any]) -> None:
    assert not CLAIMS.search(panel["fieldConfig"]["defaults"]["noValue"])


@each_panel
def test_the_text_for_missing_data_of_a_tile_is_short_and_grey(panel: dict[str, Any]) -> None:
    """Grafana draws it in the colour below all thresholds, which is green where there are none."""
    if panel["type"] == "stat":
        assert len(panel["fieldConfig"]["defaults"]["noValue"]) <= 10
        for found in settings(panel):
            if "thresholds" in found:
                assert found["thresholds"]["steps"][0]["color"] == GREY
                assert all(step["value"] >= LOWEST for step in found["thresholds"]["steps"][1:])
        assert "thresholds" in panel["fieldConfig"]["defaults"]


def test_the_first_tile_of_the_overview_says_how_fresh_the_data_is() -> None:
    first = next(panels(BOARD["overview"]))
    assert [target["legendFormat"] for target in first["targets"]] == ["exporter", "Azure", "vCenter", "rules"]
    assert all(target["expr"].endswith("or vector(-1)") for target in first["targets"])
    for found in (mappings(one) for one in settings(first) if "mappings" in one):
        assert found["-1"] == ("no data", GREY)


# --- colours ---------------------------------------------------------------------------------------------------------


@each_panel
def test_nothing_that_can_be_a_failure_is_green(panel: dict[str, Any]) -> None:
    for found in settings(panel):
        green = [text for text, colour in mappings(found).values() if colour == GREEN]
        assert not [text for text in green if BAD.search(text) and text not in {"no", "not failing", "not required"}]
    if panel["type"] == "timeseries":
        labels = {label for target in panel["targets"] for label in re.findall(r"{{(\w+)}}", target["legendFormat"])}
        if labels & MAY_BE_FAILURES:
            assert panel["fieldConfig"]["defaults"]["color"] == {"mode": "shades", "fixedColor": RED}


@each_panel
def test_a_green_no_answers_a_question_about_a_problem(panel: dict[str, Any]) -> None:
    for found in settings(panel):
        if ("no", GREEN) in mappings(found).values():
            assert "problem" in panel["title"].lower()


@each_panel
def test_what_is_not_measured_not_applicable_and_not_there_have_colours_of_their_own(panel: dict[str, Any]) -> None:
    for found in settings(panel):
        unknown = {
            text: colour for text, colour in mappings(found).values() if text.startswith(("not m", "not a", "no d"))
        }
        if panel["type"] != "stat":
            assert len(set(unknown.values())) == len(unknown)
        assert not {GREEN, RED} & set(unknown.values())


@each_panel
def test_a_coloured_word_of_a_table_has_its_colour(panel: dict[str, Any]) -> None:
    if panel["type"] == "table":
        for found in overrides(panel):
            if any(colour for _, colour in mappings(found).values()):
                assert found["custom.cellOptions"]["type"] == "color-text"


@each_panel
def test_a_warning_is_not_red(panel: dict[str, Any]) -> None:
    for found in settings(panel):
        assert not [text for text, colour in mappings(found).values() if "warning" in text and colour == RED]
    for one in panel["fieldConfig"]["overrides"]:
        if one["matcher"]["options"] == "warning":
            assert RED not in str(one["properties"])


# --- choices ---------------------------------------------------------------------------------------------------------


@each_board
def test_a_variable_that_depends_on_another_has_no_all_of_its_own(name: str) -> None:
    for variable in BOARD[name]["templating"]["list"]:
        if "$" in variable.get("definition", ""):
            assert "allValue" not in variable


@each_board
def test_every_choice_reaches_every_query(name: str) -> None:
    """A selector whose metric has the label of a variable has its matcher, unless it is joined with one that has it."""
    chosen = {variable["name"] for variable in BOARD[name]["templating"]["list"]} - {"datasource", "vm"}
    for panel in panels(BOARD[name]):
        for target in panel["targets"]:
            unchosen = {
                variable
                for metric, inside in SELECTOR.findall(target["expr"])
                for variable in chosen & set(getattr(TABLE.get(metric), "labels", ()))
                if f"${variable}" not in inside and (metric, variable) not in NOT_A_CHOICE
            }
            joined = {variable for variable in unchosen if f"${variable}" in target["expr"]}
            assert unchosen == joined, (panel["title"], target["expr"])
            if "vault" in chosen and "vm_id" in str(
                [TABLE[m].labels for m, _ in SELECTOR.findall(target["expr"]) if m in TABLE]
            ):
                assert "$appliance" in target["expr"], panel["title"]


@each_board
def test_a_variable_with_one_value_is_compared_as_text(name: str) -> None:
    """Grafana escapes special characters only of variables with several values."""
    single = {one["name"] for one in BOARD[name]["templating"]["list"] if not one.get("multi")} - {"datasource"}
    texts = [target["expr"] for panel in panels(BOARD[name]) for target in panel["targets"]]
    texts += [one["expr"] for one in BOARD[name]["annotations"]["list"] if "expr" in one]
    for text in texts:
        assert not [one for one in re.findall(r'=~"\$(\w+)', text) if one in single]


@each_board
def test_the_annotations_follow_the_choices(name: str) -> None:
    (chosen, *_) = [one["name"] for one in BOARD[name]["templating"]["list"] if one["name"] != "datasource"]
    wanted = {"exporter": 'component="exporter"', "machine": 'vm_id="$vm_id"'}.get(name, f"${chosen}")
    for one in BOARD[name]["annotations"]["list"]:
        if "expr" in one:
            assert wanted in one["expr"]


# --- what do I do, and time ------------------------------------------------------------------------------------------


@each_board
def test_links_and_variables_are_visible(name: str) -> None:
    assert '"placement": "inControlsMenu"' not in str(BOARD[name]).replace("'", '"')


@each_panel
def test_a_timeline_shows_the_worst_of_each_interval_and_what_is_lost(panel: dict[str, Any]) -> None:
    if panel["type"] == "state-timeline" and panel["title"] not in {"Gateway operation", "Checks that apply"}:
        texts = " ".join(target["expr"] for target in panel["targets"])
        assert "_over_time(" in texts or "points in time" in panel["description"]
        if "$__interval" in texts:
            assert panel["interval"] == "2m"


@each_panel
def test_counters_of_events_are_subtracted_not_extrapolated(panel: dict[str, Any]) -> None:
    for target in panel["targets"]:
        if "replication_events" in target["expr"] or "replication_jobs" in target["expr"]:
            assert "increase(" not in target["expr"]
            assert "offset $__interval" in target["expr"]


@each_panel
def test_a_graph_has_a_sorted_legend_and_a_soft_maximum(panel: dict[str, Any]) -> None:
    if panel["type"] == "timeseries":
        legend = panel["options"]["legend"]
        assert (legend["displayMode"], legend["sortBy"], legend["sortDesc"]) == ("table", "Last *", True)
        assert legend["calcs"] == ["lastNotNull", "max"]
        assert panel["fieldConfig"]["defaults"]["custom"]["axisSoftMax"] > 0


@each_panel
def test_no_quantile_of_a_week_is_computed_at_each_step(panel: dict[str, Any]) -> None:
    assert not [target for target in panel["targets"] if "quantile_over_time" in target["expr"]]


def test_the_fix_names_the_machine_and_the_appliance_of_its_row() -> None:
    (panel,) = (panel for panel in panels(BOARD["overview"]) if panel["title"] == "Failing machines")
    (fix,) = (one for one in panel["fieldConfig"]["overrides"] if one["matcher"]["options"] == "Fix")
    (patterns,) = (one["value"] for one in fix["properties"] if one["id"] == "mappings")
    row = "snapshots_present|web 01 (prod)|paris"
    shown = [
        re.sub(pattern, one["options"]["result"]["text"].replace("$1", r"\1").replace("$2", r"\2"), row)
        for one in patterns
        if re.search(pattern := one["options"]["pattern"].strip("/"), row)
    ]
    assert shown == ["Stop backup jobs and scheduled snapshots of web 01 (prod)."]
    assert not [one for one in patterns if re.search(r"<(vm|appliance)>", one["options"]["result"]["text"])]


@each_panel
def test_a_tile_that_can_be_orange_or_red_links_to_what_to_do(panel: dict[str, Any]) -> None:
    steps = [step["color"] for found in settings(panel) for step in found.get("thresholds", {}).get("steps", ())]
    if panel["type"] == "stat" and {RED, ORANGE} & set(steps):
        assert panel["links"] or panel["title"] == "Machines by health"
        runbooks = {path.name for path in (DIRECTORY.parent / "alerts" / "runbooks").glob("*.md")}
        assert {link["url"].rpartition("/")[2] for link in panel["links"] if "runbook" in link["title"]} <= runbooks


@each_board
def test_each_kind_of_prometheus_can_be_the_data_source(name: str) -> None:
    """For this type Grafana offers every plug-in `grafana-…prometheus-datasource` too; a filter could exclude them."""
    (variable,) = (one for one in BOARD[name]["templating"]["list"] if one["type"] == "datasource")
    assert variable["query"] == "prometheus"
    assert not variable.get("regex")


@pytest.mark.parametrize(("name", "title"), [("overview", "The path"), ("overview", "Documented causes")])
def test_each_line_of_the_path_links_to_its_runbook(name: str, title: str) -> None:
    (panel,) = (panel for panel in panels(BOARD[name]) if panel["title"] == title)
    links = [
        link["url"] for found in overrides(panel) for link in found["links"] if link["title"] == "Open the runbook"
    ]
    pages = {path.name for path in (DIRECTORY.parent / "alerts" / "runbooks").glob("*.md")}
    assert links
    assert {url.rpartition("/")[2] for url in links} <= pages
