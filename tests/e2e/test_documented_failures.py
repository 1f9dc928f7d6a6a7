"""Every row of the article, as Azure reports it: one notification with the documented fix."""

from collections.abc import Callable

import pytest

from tests.documented import ARTICLE
from tests.e2e.alerting_stack import ALERTS, AlertingStack
from tests.e2e.delivery import deliver
from tests.e2e.latency import Latency
from tests.e2e.scenarios import REPORTED, Scenario

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


async def test_every_row_of_the_article_has_a_scenario() -> None:
    assert [ALERTS[scenario.alert].failure.id for scenario in REPORTED] == [*ARTICLE]  # type: ignore[union-attr]


@pytest.mark.parametrize("scenario", REPORTED, ids=str)
async def test_a_failure_delivers_its_alert_and_no_other(
    stack: AlertingStack, scenario: Scenario, record_latency: Callable[[Latency], None]
) -> None:
    record_latency(await deliver(stack, scenario))
