"""The other faults of the lab, one of each kind, and a lab without faults."""

from collections.abc import Callable

import pytest

from tests.e2e.alerting_stack import EVALUATION_INTERVAL, AlertingStack
from tests.e2e.delivery import deliver
from tests.e2e.latency import Latency
from tests.e2e.scenarios import OTHERS, Scenario
from tests.lab.alerting import LONGEST_FOR

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


async def test_without_a_fault_nothing_is_delivered(stack: AlertingStack) -> None:
    evaluations = 'count_over_time(ALERTS{alertname="AzureMigrateWatchdog"}[1m])'
    await stack.prometheus.wait_for(f"{evaluations} > {2 * LONGEST_FOR / EVALUATION_INTERVAL}")
    assert stack.notified() == set()


@pytest.mark.parametrize("scenario", OTHERS, ids=str)
async def test_a_fault_delivers_its_alert_and_no_other(
    stack: AlertingStack, scenario: Scenario, record_latency: Callable[[Latency], None]
) -> None:
    record_latency(await deliver(stack, scenario))
