"""The dashboards as grafana.com wants them: with the data source as an input, and what a Grafana must have.

`python -m generate.dashboards.export` writes them to `dist/`.
"""

import json
from pathlib import Path
from typing import Any, Final

from generate.dashboards.boards import BOARDS
from generate.dashboards.dashboard_json import dashboard_json
from generate.dashboards.model import PanelType

ROOT: Final = Path(__file__).resolve().parents[2]
GRAFANA: Final = "12.0.0"
"""The version that `dashboards/README.md` names."""
INPUT: Final = "DS_PROMETHEUS"
"""Grafana replaces ``${DS_PROMETHEUS}`` with the data source that a person selects at the import."""
_NAMES: Final = {
    PanelType.STAT: "Stat",
    PanelType.TIMESERIES: "Time series",
    PanelType.TABLE: "Table",
    PanelType.STATE_TIMELINE: "State timeline",
    PanelType.HEATMAP: "Heatmap",
}


def exported(text: str) -> str:
    """The exported variant of a dashboard's JSON: the variable of the data source starts with the input."""
    board: dict[str, Any] = json.loads(text)
    for variable in board["templating"]["list"]:
        if variable["type"] == "datasource":
            variable["current"] = {"text": f"${{{INPUT}}}", "value": f"${{{INPUT}}}"}
    board["__inputs"] = [
        {
            "name": INPUT,
            "label": "Prometheus",
            "description": "The Prometheus that scrapes azure-migrate-exporter",
            "type": "datasource",
            "pluginId": "prometheus",
            "pluginName": "Prometheus",
        }
    ]
    board["__elements"] = {}
    board["__requires"] = [
        {"type": "grafana", "id": "grafana", "name": "Grafana", "version": GRAFANA},
        {"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
        *({"type": "panel", "id": str(kind), "name": _NAMES[kind], "version": ""} for kind in _kinds(board)),
    ]
    return json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _kinds(board: dict[str, Any]) -> list[PanelType]:
    """The panel types of a dashboard, those of folded rows included."""
    panels = [one for panel in board["panels"] for one in (panel, *panel.get("panels", ()))]
    return sorted({PanelType(panel["type"]) for panel in panels if panel["type"] != "row"})


def main(directory: Path) -> None:
    """Write all of them."""
    directory.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        (directory / f"dashboard-{board.file}").write_text(exported(dashboard_json(board)), encoding="utf-8")


if __name__ == "__main__":
    main(ROOT / "dist")
