"""What a dashboard is, as data: variables, and rows of panels with their queries and words."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from generate.alerts.model import Dashboard

TAG: Final = "azure-migrate"
"""By which the dashboards find one another."""
WIDTH: Final = 24
"""Columns of Grafana's grid."""


class Kind(StrEnum):
    """What a panel looks like; the value is Grafana's name for it."""

    STAT = "stat"
    GRAPH = "timeseries"
    TABLE = "table"
    STATES = "state-timeline"
    HEATMAP = "heatmap"


class Show(StrEnum):
    """What a stat writes of each series."""

    VALUE = "value"
    NAME = "name"
    BOTH = "value_and_name"


GREEN, ORANGE, RED, BLUE, GREY = "green", "orange", "red", "blue", "#808080"


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and how its series are called. Tables and stats ask for one moment, all others for a time range."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """From `value` on the colour changes; None is what lies below every other step."""

    value: float | None
    colour: str


@dataclass(frozen=True, slots=True)
class Word:
    """What is shown in place of a value."""

    text: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """How the series of this name are drawn; between slashes it is a pattern."""

    name: str
    colour: str = ""
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: a label, or ``Value`` (with several queries ``Value #A``, ``Value #B``, …)."""

    name: str
    title: str
    unit: str = ""
    words: Mapping[str, Word] = field(default_factory=dict)
    link: str = ""
    """An address; ``${__value.text}`` in it is what the cell shows."""
    link_title: str = ""
    width: int = 0
    gauge: bool = False
    """Draw the value, a ratio, as a bar."""
    wrap: bool = False
    """Break a long text into several lines."""
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. Its title is unique on its dashboard and makes its id: renamed, it is another panel."""

    kind: Kind
    title: str
    about: str
    """What it shows, and how to read it."""
    missing: str
    """What is shown instead of "No data": what it would take to see something."""
    queries: tuple[Query, ...]
    unit: str = "none"
    width: int = 12
    height: int = 8
    steps: tuple[Step, ...] = ()
    words: Mapping[str, Word] = field(default_factory=dict)
    styles: tuple[Style, ...] = ()
    columns: tuple[Column, ...] = ()
    sort: str = ""
    """Title of the column by which a table is sorted, the greatest first."""
    show: Show = Show.VALUE
    stacked: bool = False
    maximum: float | None = None
    """Top of the axis, unless a value is above it."""

    @property
    def id(self) -> int:
        """The same wherever the panel stands."""
        return zlib.crc32(self.title.encode()) % 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A heading, and the panels below it from left to right."""

    title: str
    panels: tuple[Panel, ...]

    @property
    def id(self) -> int:
        """Told apart from a panel of the same title."""
        return zlib.crc32(f"row {self.title}".encode()) % 1_000_000


@dataclass(frozen=True, slots=True)
class Variable:
    """A choice at the top of a dashboard: values of a label."""

    name: str
    title: str
    query: str
    many: bool = True
    """Whether several, or all, can be chosen."""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard."""

    name: Dashboard
    title: str
    about: str
    variables: tuple[Variable, ...]
    rows: tuple[Row, ...]
    alerts: str = ""
    """Matchers of the alerts that are marked on the graphs."""

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels in order."""
        return tuple(panel for row in self.rows for panel in row.panels)

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.name}.json"
