"""Numbers below a heading: tables of PowerShell, grids copied from the portal, Markdown, CSV."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

_RULE: Final = re.compile(r"\s*-{2,}(?:\s+-{2,})*\s*")
_NUMBER: Final = re.compile(r"[0-9]{3,6}")
_DELIMITERS: Final = "\t|,;"
_ROWS: Final = 50
"""Rows of a table that are read."""
_TABLES: Final = 50
"""Headings of one text that are read."""


def cells_below(text: str, is_heading: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Position and text of each number in the column of a wanted heading."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    tables = 0
    for row, line in enumerate(lines[:-1]):
        columns = [*_ruled(line, lines[row + 1], is_heading), *_delimited(line, is_heading)]
        tables += bool(columns)
        if tables > _TABLES:
            return
        for below, other in enumerate(lines[row + 1 : row + 1 + _ROWS], start=row + 1):
            for cell in (column(other) for column in columns):
                if _NUMBER.fullmatch(cell):
                    yield starts[below], cell


Column = Callable[[str], str]
"""Takes a row and gives the cell of one column; empty if there is none."""


def _ruled(heading: str, rule: str, is_heading: Callable[[str], bool]) -> Iterator[Column]:
    """Columns of ``Format-Table``: a row of dashes shows where each begins and ends."""
    if not _RULE.fullmatch(rule):
        return
    spans = [match.span() for match in re.finditer(r"-+", rule)]
    for (start, end), following in zip(spans, [*(begin for begin, _ in spans[1:]), len(heading)], strict=True):
        if is_heading(heading[start:following].strip()):
            yield _overlapping(start, end)


def _overlapping(start: int, end: int) -> Column:
    """The word that overlaps the span: numbers are aligned to the right, and may begin before their heading."""

    def column(row: str) -> str:
        words: Sequence[re.Match[str]] = [*re.finditer(r"\S+", row[: end + 64])]
        return next((word[0] for word in words if word.start() < end and word.end() > start), "")

    return column


def _delimited(heading: str, is_heading: Callable[[str], bool]) -> Iterator[Column]:
    for delimiter in _DELIMITERS:
        if delimiter not in heading:
            continue
        for index, title in enumerate(heading.split(delimiter)):
            if is_heading(title.strip(" \"'\r\n")):
                yield _cell(delimiter, index)


def _cell(delimiter: str, index: int) -> Column:
    def column(row: str) -> str:
        cells = row.split(delimiter, index + 1)
        return cells[index].strip(" \"'\r\n") if index < len(cells) else ""

    return column
