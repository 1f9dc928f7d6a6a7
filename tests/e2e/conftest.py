"""The table of latencies below the results."""

import pytest

from tests.e2e.latency import recorded, table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    if latencies := recorded(reports):
        terminalreporter.section("from the fault to the notification, in seconds")
        for line in table(latencies):
            terminalreporter.write_line(line)
