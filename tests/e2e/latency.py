"""How long the notification of each fault takes: measured by the tests, printed as a table after them."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

import pytest

PROPERTY: Final = "latency"


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from a fault to its pending alert and to its notification."""

    scenario: str
    alert: str
    pending: float
    notified: float
    goal: float
    """For `pending`: one interval of the check that detects the fault, and one of the scrapes."""
    run: float
    """Duration of that check while the fault is on."""
    delay: str
    """Why one run is not enough to detect the fault, where that is so."""

    def record(self, item: pytest.Item) -> None:
        """Attach it to the report of a test: reports also come back from other processes."""
        item.user_properties.append((PROPERTY, asdict(self)))


def recorded(reports: Iterable[pytest.TestReport]) -> list[Latency]:
    """The measurements attached to the reports of tests."""
    return [
        Latency(**value)
        for report in reports
        if report.when == "call"
        for name, value in report.user_properties
        if name == PROPERTY and isinstance(value, dict)
    ]


def table(latencies: Iterable[Latency]) -> Iterator[str]:
    """One line for each measurement, with the reason where `pending` exceeds its goal."""
    rows = sorted(latencies, key=lambda one: one.scenario)
    width = max(len(one.scenario) for one in rows)
    yield f"{'fault':{width}}  {'alert':28}  pending  goal  run of the check  notified"
    for one in rows:
        over = one.pending - one.goal
        why = f"   {over:.1f} over: {one.delay or 'run, jitter, evaluation'}" if over > 0 else ""
        figures = f"{one.pending:7.1f}  {one.goal:4.1f}  {one.run:16.1f}  {one.notified:8.1f}"
        yield f"{one.scenario:{width}}  {one.alert:28}  {figures}{why}"
