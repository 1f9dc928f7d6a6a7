"""Where Grafana draws the panels of a dashboard, and the columns of a table, in pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from generate.dashboards.model import WIDTH

MIN_WIDTH: Final = 1280
"""Pixels of the narrowest supported window; in a wider one only the columns are wider."""
MIN_COLUMN: Final = 150
"""Pixels that Grafana's table gives at least to a column without a width."""
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
    share = max((whole - sum(fixed.values())) / max(len(titles) - len(fixed), 1), MIN_COLUMN)
    return {title: fixed.get(title, share) for title in titles}
