"""Positions of a dashboard's panels: from left to right, in lines that fill the width of the grid."""

from collections.abc import Iterator
from dataclasses import dataclass

from generate.dashboards.model import WIDTH, Board, Panel, Row


@dataclass(frozen=True, slots=True)
class Position:
    """A rectangle in columns and rows of the grid."""

    x: int
    y: int
    width: int
    height: int


def positions(board: Board) -> Iterator[tuple[Row | Panel, Position]]:
    """Each row and panel with its position, from top to bottom. The panels of a folded row take no room.

    Raises ValueError for a line that does not fill the width, or whose panels differ in height.
    """
    y = 0
    for row in board.rows:
        yield row, Position(0, y, WIDTH, 1)
        y = top = y + 1
        for line in _lines(row):
            x = 0
            for panel in line:
                yield panel, Position(x, y, panel.width, panel.height)
                x += panel.width
            y += line[0].height
        y = top if row.repeat else y


def _lines(row: Row) -> Iterator[list[Panel]]:
    line: list[Panel] = []
    for panel in row.panels:
        line.append(panel)
        filled = sum(one.width for one in line)
        if filled > WIDTH or panel.height != line[0].height:
            raise ValueError(f"{row.title}: {panel.title} does not fit into its line")
        if filled == WIDTH:
            yield line
            line = []
    if line:
        raise ValueError(f"{row.title}: the line of {line[0].title} does not fill the width")
