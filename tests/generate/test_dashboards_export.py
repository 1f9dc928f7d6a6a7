"""The exported dashboards, as an import into a Grafana takes them: it replaces the input with a data source."""

import json
from pathlib import Path
from typing import Any

import pytest

from generate.dashboards.export import INPUT, exported, main
from tests.generate.test_dashboards import BOARD, DIRECTORY, NAMES
from tests.integration.panel_queries import panels


def export(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(exported((DIRECTORY / f"{name}.json").read_text(encoding="utf-8")))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_import_selects_the_data_source_that_was_chosen(name: str) -> None:
    board = export(name)
    assert [one["name"] for one in board["__inputs"]] == [INPUT]
    imported = json.loads(json.dumps(board).replace(f"${{{INPUT}}}", "chosen-uid"))
    (variable,) = (one for one in imported["templating"]["list"] if one["type"] == "datasource")
    assert variable["current"]["value"] == "chosen-uid"
    assert INPUT not in json.dumps({key: value for key, value in imported.items() if key != "__inputs"})


@pytest.mark.parametrize("name", NAMES)
def test_everything_that_a_grafana_must_have_is_required(name: str) -> None:
    required = {(one["type"], one["id"]): one["name"] for one in export(name)["__requires"]}
    assert {("grafana", "grafana"), ("datasource", "prometheus")} <= required.keys()
    assert {kind for what, kind in required if what == "panel"} == {panel["type"] for panel in panels(BOARD[name])}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_differs_from_the_committed_file(name: str) -> None:
    board, committed = export(name), json.loads(json.dumps(BOARD[name]))
    for one in (board, committed):
        one["templating"]["list"] = [item for item in one["templating"]["list"] if item["type"] != "datasource"]
    assert {key: value for key, value in board.items() if not key.startswith("__")} == committed


def test_a_release_contains_all_of_them(tmp_path: Path) -> None:
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"dashboard-{name}.json" for name in NAMES}
    workflow = (DIRECTORY.parent / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert workflow.index("make export-dashboards") < workflow.index("gh release create")
    assert '"${GITHUB_REF_NAME}" dist/*' in workflow
