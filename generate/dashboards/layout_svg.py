"""A picture of a dashboard's layout as SVG, from its JSON and without Grafana.

It shows positions, titles, types, columns and thresholds of the panels. The curves only illustrate the type.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

from azure_migrate_exporter.config.base import format_duration
from generate.dashboards.model import WIDTH

MIN_WIDTH: Final = 1280
"""Pixels of the narrowest supported window; in a wider one only the columns are wider."""
_MARGIN, _GAP, _LINE, _HEAD = 16, 8, 30, 92

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float


def box(grid_pos: Mapping[str, int], width: int = MIN_WIDTH) -> Box:
    """The rectangle of a position of Grafana's grid in a window of this width."""
    column = (width - 2 * _MARGIN + _GAP) / WIDTH
    return Box(
        _MARGIN + grid_pos["x"] * column,
        _HEAD + grid_pos["y"] * (_LINE + _GAP),
        grid_pos["w"] * column - _GAP,
        grid_pos["h"] * (_LINE + _GAP) - _GAP,
    )


def layout_svg(text: str, width: int = MIN_WIDTH) -> str:
    """The picture of the dashboard whose JSON is `text`."""
    board = json.loads(text)
    boxes = [(panel, box(panel["gridPos"], width)) for panel in board["panels"]]
    height = max(place.y + place.height for _, place in boxes) + _MARGIN
    size = f'viewBox="0 0 {width} {height:g}" width="{width}" height="{height:g}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Inter, Helvetica, Arial, sans-serif">',
        _rect(Box(0, 0, width, height), "#f4f5f5"),
        *_header(board),
        *(line for panel, place in boxes for line in _panel(panel, place)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _header(board: Json) -> Iterator[str]:
    yield _text(_MARGIN, 34, board["title"], 20, "#111")
    x = float(_MARGIN)
    for variable in board["templating"]["list"]:
        if variable.get("hide"):
            continue
        name = f"{variable['label']} ▾"
        wide = 8 * len(name) + 16
        yield _rect(Box(x, 50, wide, 28), "#fff", "#c7cbd1")
        yield _text(x + 8, 69, name, 13, "#333")
        x += wide + _GAP


def _panel(panel: Json, place: Box) -> Iterator[str]:
    if panel["type"] == "row":
        yield _text(place.x, place.y + 21, f"▾ {panel['title']}", 15, "#111", "600")
        return
    yield f"<g><title>{escape(panel['description'])}</title>"
    yield _rect(place, "#fff", "#dcdfe3")
    yield _text(place.x + 8, place.y + 20, panel["title"], 14, "#111", "500")
    inner = Box(place.x + 12, place.y + 34, place.width - 24, place.height - 60)
    yield from _DRAWINGS[panel["type"]](panel, inner)
    yield _text(place.x + 8, place.y + place.height - 9, _footer(panel), 10, "#7b8087")
    yield "</g>"


def _footer(panel: Json) -> str:
    """Unit and thresholds, or the type of a panel without thresholds."""
    defaults = panel["fieldConfig"]["defaults"]
    steps = [step for step in defaults.get("thresholds", {}).get("steps", []) if step.get("value") is not None]
    formatted: Callable[[float], str] = format_duration if defaults["unit"] == "s" else "{:g}".format
    limits = ", ".join(f"{step['color']} from {formatted(step['value'])}" for step in steps)
    return f"{defaults['unit']} · {limits or panel['type']}"


# --- panel types -----------------------------------------------------------------------------------------------------


def _stat(panel: Json, inner: Box) -> Iterator[str]:
    names = panel["options"]["textMode"] != "value"
    yield _text(inner.x, inner.y + inner.height / 2 + 10, "name" if names else "123", 26, "#3274d9")


def _timeseries(panel: Json, inner: Box) -> Iterator[str]:
    floor = inner.y + inner.height
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
    for number, step in enumerate(reversed(steps[1:])):
        y = inner.y + 6 + 12 * number
        yield f'<path d="M{inner.x:g} {y:g}h{inner.width:g}" stroke="{step["color"]}" stroke-dasharray="6 4"/>'
    for number in range(len(panel["targets"])):
        heights = [0.3 + 0.1 * ((step * 7 + number * 3) % 4) for step in range(13)]
        points = " ".join(
            f"{inner.x + inner.width * step / 12:.0f},{floor - inner.height * high:.0f}"
            for step, high in enumerate(heights)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{_COLOURS[number % len(_COLOURS)]}"/>'
    names = "  ―  ".join(target["legendFormat"] for target in panel["targets"])
    yield _text(inner.x, floor - 2, f"―  {names}", 11, "#333")


def _state_timeline(panel: Json, inner: Box) -> Iterator[str]:
    high = inner.height / len(panel["targets"])
    for number, target in enumerate(panel["targets"]):
        bar = Box(inner.x + 190, inner.y + high * number + 2, max(inner.width - 190, 10), min(high, 26) - 4)
        yield _text(inner.x, bar.y + bar.height / 2 + 4, target["legendFormat"], 11, "#333")
        yield _rect(bar, "#73bf69")


def _table(panel: Json, inner: Box) -> Iterator[str]:
    columns = column_widths(panel, inner.width)
    x = inner.x
    for title, wide in columns.items():
        yield _text(x + 4, inner.y + 14, title, 12, "#3274d9", "500")
        yield f'<path d="M{x:g} {inner.y:g}v{inner.height:g}" stroke="#dcdfe3"/>'
        x += wide
    for y in range(22, int(inner.height), 24):
        yield f'<path d="M{inner.x:g} {inner.y + y:g}h{inner.width:g}" stroke="#eceef0"/>'


def _heatmap(_: Json, inner: Box) -> Iterator[str]:
    for column in range(24):
        for row in range(6):
            opacity = 0.1 + 0.15 * ((column * 5 + row * row * 3) % 6)
            cell = Box(
                inner.x + inner.width * column / 24,
                inner.y + inner.height * row / 6,
                inner.width / 24 - 1,
                inner.height / 6 - 1,
            )
            yield _rect(cell, "#e0752d", opacity=opacity)


_COLOURS: Final = ("#3274d9", "#ff780a", "#56a64b", "#8f3bb8", "#e02f44", "#f2cc0c")
_DRAWINGS: Final[Mapping[str, Callable[[Json, Box], Iterator[str]]]] = {
    "stat": _stat,
    "timeseries": _timeseries,
    "state-timeline": _state_timeline,
    "table": _table,
    "heatmap": _heatmap,
}


def column_widths(panel: Json, whole: float) -> dict[str, float]:
    """Pixels of each column of a table by its title: a fixed width, or an equal share of the rest."""
    organize = panel["transformations"][-1]["options"]
    order = sorted(organize["indexByName"], key=organize["indexByName"].__getitem__)
    fixed = {
        override["matcher"]["options"]: float(value["value"])
        for override in panel["fieldConfig"]["overrides"]
        for value in override["properties"]
        if value["id"] == "custom.width"
    }
    hidden = {
        override["matcher"]["options"]
        for override in panel["fieldConfig"]["overrides"]
        for value in override["properties"]
        if value["id"] == "custom.hidden"
    }
    titles = [title for name in order if (title := organize["renameByName"][name]) not in hidden]
    share = (whole - sum(fixed.values())) / max(len(titles) - len(fixed), 1)
    return {title: fixed.get(title, share) for title in titles}


def _rect(place: Box, fill: str, stroke: str = "none", opacity: float = 1) -> str:
    return (
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{place.width:g}" height="{place.height:g}" rx="2" '
        f'fill="{fill}" stroke="{stroke}" fill-opacity="{opacity:g}"/>'
    )


def _text(x: float, y: float, text: str, size: int, colour: str, weight: str = "400") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" font-weight="{weight}">{escape(text)}</text>'
