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


GREEN, ORANGE, RED, BLUE, PURPLE, GREY = "green", "orange", "red", "blue", "purple", "#808080"
NO_DATA: Final = "no data"
"""Shown by a tile in grey; its description says what may be missing."""
UNKNOWN: Final = "None known. The tiles of Data on the overview say how fresh that is"
"""Shown by a table of failing things: without data it is empty too, so this must not claim that all is well."""


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
class Link:
    """A link of a panel, a series or a cell. The URL may contain ``${__value.text}`` or ``${__field.labels.NAME}``."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class SeriesStyle:
    """The style of the series with this name; a name between slashes is a regular expression."""

    name: str
    colour: str = ""
    dashed: bool = False
    unit: str = ""
    thresholds: tuple[Threshold, ...] = ()
    mappings: Mappings = field(default_factory=dict)
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: a label, or ``Value`` (with several queries ``Value #A``, ``Value #B``, …)."""

    name: str
    title: str
    unit: str = ""
    mappings: Mappings = field(default_factory=dict)
    patterns: Mappings = field(default_factory=dict)
    """Mappings by regular expression; ``$1`` in the text is the first group."""
    link: str = ""
    """A URL; ``${__value.text}`` in it is the text of the cell."""
    link_title: str = ""
    hidden: bool = False
    """Only links use the column."""
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
    """Shown instead of "No data". Default: `NO_DATA` in a tile, else that of the row: what is missing."""
    unit: str = "none"
    width: int = 0
    """Columns of the grid; the row's if 0."""
    height: int = 0
    """Rows of the grid; the row's if 0."""
    thresholds: tuple[Threshold, ...] = ()
    mappings: Mappings = field(default_factory=dict)
    styles: tuple[SeriesStyle, ...] = ()
    columns: tuple[Column, ...] = ()
    sort_by: tuple[str, ...] = ()
    """Titles of the columns by which a table is sorted: in descending order, or with a ``+`` in ascending order."""
    links: tuple[Link, ...] = ()
    """What to open for the things that the panel shows."""
    failures: bool = False
    """Whether its series are failures, which have shades of red unless a style says otherwise."""
    text_mode: TextMode = TextMode.VALUE
    stacked: bool = False
    points: int = 0
    """Limit of the points, and so of the intervals, in the time range; Grafana's if 0."""
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
    """A heading and the panels below it. `width`, `height`, `no_value` and `points` apply to panels without their own.

    `repeat` is a variable: the row is repeated for each of its values, and folded.
    """

    title: str
    panels: tuple[Panel, ...]
    width: int = 12
    height: int = 8
    no_value: str = ""
    repeat: str = ""
    points: int = 0

    def __post_init__(self) -> None:
        panels = tuple(
            replace(
                panel,
                width=panel.width or self.width,
                height=panel.height or self.height,
                points=panel.points or self.points,
                no_value=panel.no_value or (NO_DATA if panel.type is PanelType.STAT else self.no_value),
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

    @property
    def chained(self) -> bool:
        """Whether its values depend on another variable: then All is the list of its values, not everything."""
        return "$" in self.query


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
