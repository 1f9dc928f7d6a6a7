"""The files of the dashboards: what Grafana, a reader and the links of alerts rely on."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from azure_migrate_exporter.exposition import metrics as _table  # noqa: F401 - fills TABLE
from azure_migrate_exporter.exposition.metric import TABLE
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from generate.alerts.model import Dashboard
from generate.alerts.values import load
from generate.dashboards.boards import BOARDS
from generate.dashboards.model import TAG, WIDTH
from generate.dashboards.promql import EXTERNAL, records
from tests.generate.geometry import MIN_WIDTH, box, column_widths
from tests.integration.panel_queries import panels

DIRECTORY = Path(__file__).parents[2] / "dashboards"
NAMES = [str(name) for name in Dashboard]
PARTS = ("_bucket", "_count", "_sum")
WORD = re.compile(r"[a-zA-Z_:][\w:]*")
CHARACTER = 7.3
"""Average width in pixels of a character of a panel's title (14 px)."""


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DIRECTORY / f"{name}.json").read_text(encoding="utf-8"))
    return found


BOARD = {name: read(name) for name in NAMES}
PANELS = [pytest.param(panel, id=f"{name}: {panel['title']}") for name in NAMES for panel in panels(BOARD[name])]
each_board = pytest.mark.parametrize("name", NAMES)
each_panel = pytest.mark.parametrize("panel", PANELS)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(value, dict):
        yield value
    for inside in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inside)


def queries(name: str) -> list[str]:
    """PromQL of every panel, variable and annotation."""
    board = BOARD[name]
    found = [target["expr"] for panel in panels(board) for target in panel["targets"]]
    found += [one["definition"] for one in board["templating"]["list"] if "definition" in one]
    return found + [one["expr"] for one in board["annotations"]["list"] if "expr" in one]


# --- dashboards ------------------------------------------------------------------------------------------------------


def test_every_dashboard_of_an_alert_exists() -> None:
    assert [str(board.name) for board in BOARDS] == NAMES
    assert {path.stem for path in DIRECTORY.glob("*.json")} == set(NAMES)


def test_each_dashboard_has_the_uid_of_the_links_in_alerts() -> None:
    assert {Dashboard(name): BOARD[name]["uid"] for name in NAMES} == load().dashboards.uids


@each_board
def test_they_link_to_one_another_and_keep_time_range_and_variables(name: str) -> None:
    assert BOARD[name]["tags"] == [TAG]
    (link,) = BOARD[name]["links"]
    assert link["tags"] == [TAG]
    assert link["type"] == "dashboards"
    assert (link["includeVars"], link["keepTime"]) == (True, True)


@each_board
def test_each_dashboard_has_the_variables_of_the_links_in_alerts(name: str) -> None:
    """`dashboard_url` of an alert ends in ``var-appliance=`` and ``var-vm=``."""
    variables = {one["name"] for one in BOARD[name]["templating"]["list"]}
    wanted = {"overview": "appliance", "machine": "vm", "appliance": "appliance", "connectivity": "appliance"}
    assert wanted.get(name, "datasource") in variables


@each_board
def test_no_data_source_is_hard_coded(name: str) -> None:
    sources = [one["datasource"] for one in objects(BOARD[name]) if "datasource" in one]
    ours = [source for source in sources if source.get("uid") != "-- Grafana --"]
    assert ours
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in ours)


@each_board
def test_ids_and_titles_are_unique(name: str) -> None:
    rows = [panel for panel in BOARD[name]["panels"] if panel["type"] == "row"]
    found = list(panels(BOARD[name]))
    ids = [panel["id"] for panel in (*rows, *found)]
    titles = [panel["title"] for panel in found]
    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)


def test_the_id_of_a_panel_does_not_change() -> None:
    """Saved links contain the id, so it depends only on the title."""
    overview = {panel["title"]: panel["id"] for panel in panels(BOARD["overview"])}
    assert overview["Failing machines"] == 538437
    assert overview["The path"] == 210409


@each_board
def test_graphs_have_annotations_of_the_alerts(name: str) -> None:
    marks = {one["name"]: one for one in BOARD[name]["annotations"]["list"] if "expr" in one}
    assert set(marks) == {"Alerts: critical", "Alerts: warning"}
    assert all(mark["enable"] and 'alertstate="firing"' in mark["expr"] for mark in marks.values())


@each_board
def test_every_metric_exists(name: str) -> None:
    known = {*TABLE, *records(), *EXTERNAL} | {metric + part for metric in TABLE for part in PARTS}
    for text in queries(name):
        outside = re.sub(r'"(?!azure_migrate)[^"]*"', "", text)
        words = set(WORD.findall(outside))
        ours = {word for word in words if "azure_migrate" in word or word.startswith(("process_", "scrape_"))}
        used = ours | words & set(EXTERNAL)
        assert used, text
        assert used <= known, text


@each_board
def test_rates_use_the_rate_interval(name: str) -> None:
    windows = [
        window for text in queries(name) for window in re.findall(r"(?:rate|increase)\([^\[]*\[([^\]]*)\]", text)
    ]
    assert set(windows) <= {"$__rate_interval"}


# --- panels ----------------------------------------------------------------------------------------------------------


@each_panel
def test_it_has_a_description_and_a_text_for_missing_data(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert len(panel["description"]) > len(panel["title"])
    assert panel["description"].endswith(".")
    assert defaults["unit"]
    assert len(defaults["noValue"]) > 10 or panel["type"] == "stat"


@each_panel
def test_its_title_fits_into_a_narrow_window(panel: dict[str, Any]) -> None:
    room = box(panel["gridPos"]).width - 16 - 24  # margins, and the icon of the description
    assert len(panel["title"]) * CHARACTER <= room


@each_panel
def test_the_columns_of_a_table_fit_into_a_narrow_window(panel: dict[str, Any]) -> None:
    if panel["type"] == "table":
        room = box(panel["gridPos"]).width
        columns = column_widths(panel, room)
        assert sum(columns.values()) < room + 1, "the table can be scrolled sideways"
        narrow = {title: wide for title, wide in columns.items() if wide < max(80, len(title) * CHARACTER + 8)}
        assert not narrow


@each_panel
def test_an_empty_cell_does_not_show_the_text_for_missing_data(panel: dict[str, Any]) -> None:
    """Grafana shows the panel's text in each empty cell of a column without its own text."""
    if panel["type"] == "table":
        shown = {one["matcher"]["options"]: one["properties"] for one in panel["fieldConfig"]["overrides"]}
        titles = panel["transformations"][-1]["options"]["renameByName"].values()
        assert all({"id": "noValue", "value": "-"} in shown[title] for title in titles)


@each_panel
def test_each_query_has_a_unique_legend(panel: dict[str, Any]) -> None:
    refs = [target["refId"] for target in panel["targets"]]
    assert refs == sorted(set(refs))
    if panel["type"] in {"timeseries", "state-timeline"}:
        legends = [target["legendFormat"] for target in panel["targets"]]
        assert all(legends)
        assert len(set(legends)) == len(legends)


@each_panel
def test_its_thresholds_are_in_ascending_order(panel: dict[str, Any]) -> None:
    """Grafana applies the last threshold that a value reaches."""
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
    values = [step["value"] for step in steps[1:]]
    assert all(low < high for low, high in pairwise(values))


@each_board
def test_panels_fill_the_grid_without_overlapping(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in BOARD[name]["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    height = 1 + max(y for _, y in taken)
    assert taken == {(x, y) for x in range(WIDTH) for y in range(height)}


# --- thresholds and mappings -----------------------------------------------------------------------------------------


def steps_of(name: str, title: str) -> list[tuple[float | None, str]]:
    (panel,) = (panel for panel in panels(BOARD[name]) if panel["title"] == title)
    return [(step.get("value"), step["color"]) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def test_colours_change_at_the_thresholds_of_the_alerts() -> None:
    alerts = load().alerts
    memory = alerts["ApplianceMemoryHigh"].levels
    assert steps_of("appliance", "Memory") == [
        (None, "green"),
        (memory["warning"]["threshold"], "orange"),
        (memory["critical"]["threshold"], "red"),
    ]
    free = alerts["DatastoreFull"].levels
    assert steps_of("appliance", "Free space") == [
        (None, "red"),
        (free["critical"]["threshold"], "orange"),
        (free["warning"]["threshold"], "green"),
    ]


def test_each_failure_has_its_title_its_fix_and_the_runbook_of_its_alert() -> None:
    (panel,) = (panel for panel in BOARD["overview"]["panels"] if panel["title"] == "Failing machines")
    columns = {one["matcher"]["options"]: one["properties"] for one in panel["fieldConfig"]["overrides"]}
    found = {title: {one["id"]: one["value"] for one in columns[title]} for title in ("Failure", "Runbook")}
    shown = {
        title: {value: mapped["text"] for value, mapped in properties["mappings"][0]["options"].items()}
        for title, properties in found.items()
    }
    assert all(texts.keys() == {*CATALOGUE, "unknown"} for texts in shown.values())
    assert f"{shown['Failure']['snapshot_hung']} (" in CATALOGUE["snapshot_hung"].title.en
    (link,) = found["Runbook"]["links"]
    pages = {link["url"].replace("${__value.text}", alert) for alert in shown["Runbook"].values()}
    base = load().runbooks
    there = {f"{base}/{path.name}" for path in (DIRECTORY.parent / "alerts/runbooks").glob("*.md")}
    assert pages <= there


# --- files -----------------------------------------------------------------------------------------------------------


def test_each_exclusion_of_the_linter_has_a_reason() -> None:
    config = yaml.safe_load((DIRECTORY / ".lint").read_text(encoding="utf-8"))
    assert set(config) == {"exclusions"}
    assert all(len(rule["reason"]) > 40 for rule in config["exclusions"].values())


@each_board
def test_every_panel_is_inside_a_narrow_window(name: str) -> None:
    for panel in BOARD[name]["panels"]:
        place = box(panel["gridPos"])
        assert 0 < place.x < place.x + place.width < MIN_WIDTH
