"""The causes that the article names: the alert of the measured cause inhibits that of the failure which it explains."""

from collections.abc import Callable

import pytest

from tests.e2e.alerting_stack import AlertingStack
from tests.e2e.delivery import deliver
from tests.e2e.latency import Latency
from tests.e2e.scenarios import CAUSES, Scenario

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


@pytest.mark.parametrize("scenario", CAUSES, ids=str)
async def test_a_cause_delivers_its_alert_and_no_other(
    stack: AlertingStack, scenario: Scenario, record_latency: Callable[[Latency], None]
) -> None:
    record_latency(await deliver(stack, scenario))
