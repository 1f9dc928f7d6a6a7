"""A dashboard as data: variables, and rows of panels with their queries."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from typing import Final

from generate.alerts.model import Dashboard

TAG: Final = "azure-migrate"
"""Tag by which the dashboards link to one another."""
WIDTH: Final = 24
"""Columns of Grafana's grid."""


class PanelType(StrEnum):
    """Grafana's name of a visualization."""

    STAT = "stat"
    TIMESERIES = "timeseries"
    TABLE = "table"
    STATE_TIMELINE = "state-timeline"
    HEATMAP = "heatmap"


class TextMode(StrEnum):
    """What a stat shows of each series."""

    VALUE = "value"
    NAME = "name"
    BOTH = "value_and_name"


GREEN, ORANGE, RED, BLUE, GREY = "green", "orange", "red", "blue", "#808080"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and the legend of its series. Tables and stats use an instant query, other panels a range query."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Threshold:
    """The colour of values from `value` on; None is the colour below all other thresholds."""

    value: float | None
    colour: str


@dataclass(frozen=True, slots=True)
class MappedValue:
    """The text that is shown in place of a value."""

    text: str
    colour: str = ""


Mappings = Mapping[str, MappedValue]
"""Value mappings, by value."""


@dataclass(frozen=True, slots=True)
class SeriesStyle:
    """The style of the series with this name; a name between slashes is a regular expression."""

    name: str
    colour: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a label, or ``Value`` (with several queries ``Value #A``, ``Value #B``, …)."""

    name: str
    title: str
    unit: str = ""
    mappings: Mappings = field(default_factory=dict)
    link: str = ""
    """A URL; ``${__value.text}`` in it is the text of the cell."""
    link_title: str = ""
    width: int = 0
    gauge: bool = False
    """Show the value, a ratio, as a bar."""
    wrap: bool = False
    """Wrap a long text."""
    thresholds: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. Its title is unique on its dashboard and determines its id."""

    type: PanelType
    title: str
    description: str
    """What it shows, and how to read it."""
    queries: tuple[Query, ...]
    no_value: str = ""
    """Shown instead of "No data": what is missing. That of the row if empty."""
    unit: str = "none"
    width: int = 0
    """Columns of the grid; the row's if 0."""
    height: int = 0
    """Rows of the grid; the row's if 0."""
    thresholds: tuple[Threshold, ...] = ()
    mappings: Mappings = field(default_factory=dict)
    styles: tuple[SeriesStyle, ...] = ()
    columns: tuple[Column, ...] = ()
    sort_by: str = ""
    """Title of the column by which a table is sorted in descending order."""
    text_mode: TextMode = TextMode.VALUE
    stacked: bool = False
    maximum: float | None = None
    """Soft maximum of the axis."""

    @property
    def id(self) -> int:
        """Independent of the panel's position, since links contain it."""
        return zlib.crc32(self.title.encode()) % 1_000_000


stat = partial(Panel, PanelType.STAT)
timeseries = partial(Panel, PanelType.TIMESERIES)
table = partial(Panel, PanelType.TABLE)
state_timeline = partial(Panel, PanelType.STATE_TIMELINE)
heatmap = partial(Panel, PanelType.HEATMAP)


@dataclass(frozen=True, slots=True)
class Row:
    """A heading and the panels below it. `width`, `height` and `no_value` apply to panels without their own."""

    title: str
    panels: tuple[Panel, ...]
    width: int = 12
    height: int = 8
    no_value: str = ""

    def __post_init__(self) -> None:
        panels = tuple(
            replace(
                panel,
                width=panel.width or self.width,
                height=panel.height or self.height,
                no_value=panel.no_value or self.no_value,
            )
            for panel in self.panels
        )
        object.__setattr__(self, "panels", panels)

    @property
    def id(self) -> int:
        """Different from that of a panel with the same title."""
        return zlib.crc32(f"row {self.title}".encode()) % 1_000_000


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a dashboard: the values of a label."""

    name: str
    title: str
    query: str
    multi: bool = True
    """Whether several values, or all, can be selected."""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard."""

    name: Dashboard
    title: str
    description: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    alerts: str = ""
    """Matchers of the alerts that annotate the graphs."""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels in order."""
        return tuple(panel for row in self.rows for panel in row.panels)

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.json"
