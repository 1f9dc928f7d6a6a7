"""What is printed after the tests: how long each fault took to become a page."""

import pytest

from tests.e2e.duty import SCRAPE, TIMES, Times


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TIMES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if times := config.stash[TIMES]:
        terminalreporter.section("from the fault to the page, in seconds")
        for line in _table(times):
            terminalreporter.write_line(line)


def _table(times: list[Times]) -> list[str]:
    """The goal for `pending` is an interval of the check and one of the scrapes; what is over it is said."""
    width = max(len(str(one.row)) for one in times)
    lines = [f"{'fault':{width}}  {'alert':26}  pending  goal  run of the check   page"]
    for one in times:
        goal = one.interval + SCRAPE
        over = one.pending - goal
        why = f"   {over:.1f} over: {one.row.detour or 'run, jitter, evaluation'}" if over > 0 else ""
        figures = f"{one.pending:7.1f}  {goal:4.1f}  {one.run:16.1f}  {one.page:5.1f}"
        lines.append(f"{one.row!s:{width}}  {one.row.alert:26}  {figures}{why}")
    return lines
