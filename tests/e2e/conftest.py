"""The alerting stack, one for each test file, and the table of latencies below the results."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

pytest.register_assert_rewrite("tests.e2e.delivery")

from tests.e2e.alerting_stack import AlertingStack, alerting_stack  # noqa: E402 - after the line above
from tests.e2e.latency import Latency, recorded, table  # noqa: E402


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AlertingStack]:
    async with alerting_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
def record_latency(request: pytest.FixtureRequest) -> Callable[[Latency], None]:
    """Adds a measurement to the table."""
    return lambda latency: latency.record(request.node)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    if latencies := recorded(reports):
        terminalreporter.section("from the fault to the notification, in seconds")
        for line in table(latencies):
            terminalreporter.write_line(line)
