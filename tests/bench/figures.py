"""How figures are printed and kept: minimum, median, maximum, what was asked for, and whether it was reached."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

RESULTS: Final = "BENCH_RESULTS"
"""Environment variable: the file to which every figure that has a goal is added, a JSON object a line."""
QUICK: Final = "quick"
"""Argument: to leave out what only the bench alone measures; each bench that takes it says what that is."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the median of a figure has to reach."""

    bound: float
    least: bool

    def __str__(self) -> str:
        return f"at {'least' if self.least else 'most'} {self.bound:,g}"

    def met(self, value: float) -> bool:
        """Whether a figure reaches it."""
        return value >= self.bound if self.least else value <= self.bound

    def ratio(self, value: float) -> float | None:
        """How many times better than asked for a figure is; None where it is nothing or less."""
        over, under = (value, self.bound) if self.least else (self.bound, value)
        return over / under if under > 0 else None


def at_most(bound: float) -> Goal:
    """A goal for what should be small."""
    return Goal(bound, least=False)


def at_least(bound: float) -> Goal:
    """A goal for what should be large."""
    return Goal(bound, least=True)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that has a goal."""

    what: str
    found: str
    """Minimum, median and maximum, with their unit."""
    middle: float
    bound: float
    least: bool
    unit: str

    @property
    def goal(self) -> Goal:
        return Goal(self.bound, self.least)

    @property
    def met(self) -> bool:
        """Whether it reaches its goal."""
        return self.goal.met(self.middle)


def spread(values: Sequence[float], unit: str = "", digits: int = 3) -> str:
    """`min / median / max` of `values`."""
    low, middle, high = min(values), median(values), max(values)
    return f"min {low:.{digits}f}{unit}  median {middle:.{digits}f}{unit}  max {high:.{digits}f}{unit}"


def report(what: str, values: Sequence[float], *, unit: str = "", digits: int = 3, goal: Goal | None = None) -> None:
    """One line a figure. One with a goal is kept for the table at the end."""
    wanted = f"   (goal: {goal}{unit})" if goal else ""
    print(f"{what:<58} {spread(values, unit, digits)}{wanted}", flush=True)
    if goal and RESULTS in os.environ:
        low, middle, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
        found = f"{low} / {middle} / {high}{unit}" if len(values) > 1 else f"{middle}{unit}"
        figure = Figure(what, found, median(values), goal.bound, goal.least, unit)
        with Path(os.environ[RESULTS]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(figure)) + "\n")


def kept(path: Path) -> list[Figure]:
    """The figures that `report` kept in a file."""
    return [Figure(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def table(figures: Sequence[Figure]) -> Iterator[str]:
    """The lines of a table in Markdown: the figure beside its goal, how many times better it is, and the verdict."""
    yield "| figure | goal | min / median / max | times better than the goal | verdict |"
    yield "| --- | --- | --- | --- | --- |"
    for one in figures:
        ratio = one.goal.ratio(one.middle)
        better = "" if ratio is None else f"{ratio:,.2f}"
        yield f"| {one.what} | {one.goal}{one.unit} | {one.found} | {better} | {'met' if one.met else '**missed**'} |"


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]
