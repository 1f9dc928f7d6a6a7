"""What is wrong with what a cell showed."""

from collections.abc import Iterator
from typing import Final

from azure_migrate_exporter.reasons import Reason
from tests.strangers.cells import Cell
from tests.strangers.matrix import Seen

_BEFORE: Final = {None, Reason.RESET, Reason.TIMEOUT}
"""How the first runs of a check that is at work may end: what was open before ends with them."""


def faults(cell: Cell, seen: Seen) -> list[str]:
    """One line for each thing that is not as the table has it."""
    return [*_of_runs(cell, seen), *_of_the_end(seen)]


def _of_runs(cell: Cell, seen: Seen) -> Iterator[str]:
    *earlier, last = [measured.reason for measured in seen.runs]
    if last is not cell.reason:
        yield f"it says {last}, not {cell.reason}: {seen.runs[-1].message}"
    for measured in seen.runs:
        if measured.reason is Reason.INTERNAL:
            yield f"it takes it for a bug of its own: {measured.message}"
    if any(reason is not cell.reason and not (cell.later and reason in _BEFORE) for reason in earlier):
        yield f"it says {[str(reason) for reason in earlier]} first, not {cell.reason}"
    if cell.reason is not None and max(seen.requests) > cell.requests:
        yield f"it makes {max(seen.requests)} requests, more than {cell.requests}"
    if max(seen.seconds) > seen.deadline + seen.grace:
        yield f"a run takes {max(seen.seconds):.1f} s, and had {seen.deadline:g}"
    if any("\n" in measured.message for measured in seen.runs):
        yield "its message has more than one line"


def _of_the_end(seen: Seen) -> Iterator[str]:
    recovered = seen.recovered
    if recovered is None or recovered.reason is not None:
        yield f"it does not recover within an interval: {recovered}"
    if seen.left_open:
        yield f"it leaves {seen.left_open} connections open"
    if seen.elsewhere:
        yield f"it follows a redirect {seen.elsewhere} times"
    if seen.leaked:
        yield f"it shows {seen.leaked}"
