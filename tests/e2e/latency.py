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
    bound: float
    """Of `pending`: one interval of the check that detects the fault, and one of the scrapes."""
    evaluation: float
    """Interval of the rules, which comes on top."""
    run: float
    """Duration of that check while the fault is on."""
    delay: str
    """Why one run is not enough to detect the fault, where that is so."""

    @property
    def over(self) -> float:
        """Seconds by which `pending` exceeds its bound."""
        return max(0.0, self.pending - self.bound - self.evaluation)

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
    """One line for each measurement, with the reason where `pending` exceeds its bound; then a summary."""
    rows = sorted(latencies, key=lambda one: one.scenario)
    width = max(len(one.scenario) for one in rows)
    yield f"{'fault':{width}}  {'alert':28}  pending  bound  run of the check  notified  verdict"
    for one in rows:
        verdict = f"{one.over:.1f} over: {one.delay or 'the run takes longer'}" if one.over else "within"
        figures = f"{one.pending:7.1f}  {one.bound:5.1f}  {one.run:16.1f}  {one.notified:8.1f}"
        yield f"{one.scenario:{width}}  {one.alert:28}  {figures}  {verdict}"
    within = sum(not one.over for one in rows)
    explained = sum(bool(one.over and one.delay) for one in rows)
    yield (
        f"{within} of {len(rows)} pending within an interval of the check, one of the scrapes and one of the rules;"
        f" {explained} more need several runs"
    )
