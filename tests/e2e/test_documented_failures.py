"""The failures of the article, as Azure reports them: one notification each, with the documented fix."""

from collections.abc import Callable

import pytest

from tests.documented import ARTICLE
from tests.e2e.alerting_stack import ALERTS, AlertingStack, AlertKey, expected_annotations, lab_names
from tests.e2e.delivery import deliver
from tests.e2e.latency import Latency
from tests.e2e.scenarios import DISPOSE, MIGRATION, NETWORK, REPORTED, Scenario, reported_by_azure

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


async def test_every_row_of_the_article_has_a_scenario() -> None:
    assert [ALERTS[scenario.alert].failure.id for scenario in REPORTED] == [*ARTICLE]  # type: ignore[union-attr]


@pytest.mark.parametrize("scenario", REPORTED, ids=str)
async def test_a_failure_delivers_its_alert_and_no_other(
    stack: AlertingStack, scenario: Scenario, record_latency: Callable[[Latency], None]
) -> None:
    record_latency(await deliver(stack, scenario))


async def test_an_error_that_outlives_its_cause_is_delivered_only_if_it_stays(stack: AlertingStack) -> None:
    """Azure shows it until the machine's next cycle, long after the path works again."""
    await stack.reset()
    error: AlertKey = ("DisposeArtefactsTimedOut", "critical")
    await stack.center.switch("servicebus-refused", on=True)
    alert = await stack.wait_until_delivered(("ServiceBusUnreachable", "critical"), NETWORK)
    await stack.center.switch(reported_by_azure(DISPOSE), on=True)
    await stack.wait_until_inhibited(error)
    await stack.center.switch("servicebus-refused", on=False)
    await stack.wait_until_resolved(alert)
    await stack.wait_until_inhibited(error)
    assert stack.notified() == {("ServiceBusUnreachable", "critical")}

    await stack.wait_until_delivered(error, MIGRATION)


async def test_an_alert_names_the_documented_cause_that_currently_fails(stack: AlertingStack) -> None:
    """Service Bus has failed for too short a time for an alert of its own when the failure's alert fires."""
    path, failure = faults = "servicebus-refused", reported_by_azure(DISPOSE)
    scenario = Scenario(faults, "DisposeArtefactsTimedOut", MIGRATION, {}, failing_causes=("service_bus",))
    await stack.reload_rules(ServiceBusUnreachable="1h")
    try:
        await stack.reset()
        await stack.wait_until_inactive(("RecentPathOutage", "info"))
        await stack.center.switch(path, on=True)
        await stack.wait_for_causes(scenario)
        await stack.center.switch(failure, on=True)
        alert = await stack.wait_until_delivered((scenario.alert, "critical"), scenario.receiver)
    finally:
        await stack.center.clear_faults()
        await stack.reload_rules()
    names = await lab_names(stack.center, scenario)
    expected = expected_annotations(ALERTS[scenario.alert], scenario, alert["labels"], names)
    assert alert["annotations"]["causes"] == expected["causes"]
    assert alert["annotations"]["causes"].startswith("Failing now, as measured:\n- ")
    assert alert["annotations"]["fix"] == expected["fix"]
