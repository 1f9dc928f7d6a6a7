"""How figures are printed: minimum, median, maximum, and what was asked for."""

from collections.abc import Sequence
from statistics import median


def spread(values: Sequence[float], unit: str = "", digits: int = 3) -> str:
    """`min / median / max` of `values`."""
    low, middle, high = min(values), median(values), max(values)
    return f"min {low:.{digits}f}{unit}  median {middle:.{digits}f}{unit}  max {high:.{digits}f}{unit}"


def report(what: str, values: Sequence[float], *, unit: str = "", digits: int = 3, goal: str = "") -> None:
    """One line a figure."""
    wanted = f"   (goal: {goal})" if goal else ""
    print(f"{what:<58} {spread(values, unit, digits)}{wanted}", flush=True)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` of all values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]
