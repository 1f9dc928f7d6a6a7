"""From a fault to its notification: the one right alert, its fix with the real names, and none for consequences."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from tests.documented import ARTICLE
from tests.e2e.alerting_stack import (
    ALERTS,
    CHECK_INTERVAL,
    EVALUATION_INTERVAL,
    SCRAPE_INTERVAL,
    AlertingStack,
    AlertKey,
    alert_key,
    alerting_stack,
    expected_annotations,
    lab_names,
)
from tests.e2e.latency import Latency
from tests.e2e.scenarios import CAUSES, DISPOSE, MIGRATION, NETWORK, OTHERS, REPORTED, Scenario, reported_by_azure
from tests.lab.alerting import LONGEST_FOR
from tests.lab.faults import FAULTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

COLLECTORS = {fault.name: fault.collector for fault in FAULTS}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="stack")
async def _stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AlertingStack]:
    async with alerting_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


async def test_every_row_of_the_article_has_a_scenario() -> None:
    assert [ALERTS[scenario.alert].failure.id for scenario in REPORTED] == [*ARTICLE]  # type: ignore[union-attr]


async def test_without_a_fault_nothing_is_delivered(stack: AlertingStack) -> None:
    evaluations = 'count_over_time(ALERTS{alertname="AzureMigrateWatchdog"}[1m])'
    await stack.prometheus.wait_for(f"{evaluations} > {2 * LONGEST_FOR / EVALUATION_INTERVAL}")
    assert stack.notified() == set()


@pytest.mark.parametrize("scenario", [*REPORTED, *CAUSES, *OTHERS], ids=str)
async def test_a_fault_delivers_its_alert_and_no_other(
    stack: AlertingStack, scenario: Scenario, request: pytest.FixtureRequest
) -> None:
    await stack.reset()
    names = await lab_names(stack.center, scenario)
    labels = {name: text.format(**names) for name, text in scenario.labels.items()}
    key = (scenario.alert, scenario.severity)

    cause, *consequences = scenario.faults
    began = stack.center.clock.time()
    await stack.center.switch(cause, on=True)
    alert = await _delivered(stack, key, scenario.receiver)
    pending = await stack.active_since(alert["labels"])
    goal, run = await _check_times(stack, cause)
    Latency(
        str(scenario), scenario.alert, pending - began, alert["received"] - began, goal, run, scenario.delay
    ).record(request.node)

    assert labels.items() <= alert["labels"].items()
    expected = expected_annotations(ALERTS[scenario.alert], scenario, alert["labels"], names)
    assert alert["annotations"]["fix"] == expected["fix"]
    assert alert["annotations"].get("causes") == expected.get("causes")

    await stack.wait_for_causes(scenario)
    for fault in consequences:
        await stack.center.switch(fault, on=True)
    for one in scenario.inhibited:
        name, severity = one.split()
        inhibited = await stack.wait_until_inhibited((name, severity))
        if "causes" in inhibited["annotations"]:
            expected = expected_annotations(ALERTS[name], scenario, inhibited["labels"], names)
            assert inhibited["annotations"]["causes"] == expected["causes"]
    assert stack.notified() == {key}

    # The consequences end first: while the cause lasts, they stay inhibited.
    for fault in consequences:
        await stack.center.switch(fault, on=False)
    for consequence in scenario.consequences:
        await stack.wait_until_inactive(consequence)
    await stack.center.switch(cause, on=False)
    await _resolved(stack, alert)
    assert stack.notified() == {key}


async def test_an_error_that_outlives_its_cause_is_delivered_only_if_it_stays(stack: AlertingStack) -> None:
    """Azure shows it until the machine's next cycle, long after the path works again."""
    await stack.reset()
    error: AlertKey = ("DisposeArtefactsTimedOut", "critical")
    await stack.center.switch("servicebus-refused", on=True)
    alert = await _delivered(stack, ("ServiceBusUnreachable", "critical"), NETWORK)
    await stack.center.switch(reported_by_azure(DISPOSE), on=True)
    await stack.wait_until_inhibited(error)
    await stack.center.switch("servicebus-refused", on=False)
    await _resolved(stack, alert)
    await stack.wait_until_inhibited(error)
    assert stack.notified() == {("ServiceBusUnreachable", "critical")}

    await _delivered(stack, error, MIGRATION)


async def test_an_alert_names_the_documented_cause_that_currently_fails(stack: AlertingStack) -> None:
    """Service Bus has failed for too short a time for an alert of its own when the failure's alert fires."""
    await stack.reset()
    await stack.wait_until_inactive(("RecentPathOutage", "info"))
    path, failure = faults = "servicebus-refused", reported_by_azure(DISPOSE)
    scenario = Scenario(faults, "DisposeArtefactsTimedOut", MIGRATION, {}, failing_causes=("service_bus",))
    await stack.reload_rules(ServiceBusUnreachable="1h")
    try:
        await stack.center.switch(path, on=True)
        await stack.wait_for_causes(scenario)
        await stack.center.switch(failure, on=True)
        alert = await _delivered(stack, (scenario.alert, "critical"), scenario.receiver)
    finally:
        await stack.center.clear_faults()
        await stack.reload_rules()
    names = await lab_names(stack.center, scenario)
    expected = expected_annotations(ALERTS[scenario.alert], scenario, alert["labels"], names)
    assert alert["annotations"]["causes"] == expected["causes"]
    assert alert["annotations"]["causes"].startswith("Fails now:\n- ")
    assert alert["annotations"]["fix"] == expected["fix"]


async def _delivered(stack: AlertingStack, key: AlertKey, receiver: str) -> Mapping[str, Any]:
    """Wait until an alert is delivered to a receiver as firing."""
    return await stack.receiver.wait_for(
        lambda alert: alert_key(alert) == key and alert["receiver"] == receiver and alert["status"] == "firing",
        deadline=60,
    )


async def _resolved(stack: AlertingStack, delivered: Mapping[str, Any]) -> None:
    """Wait until the end of an alert is delivered."""
    await stack.receiver.wait_for(
        lambda alert: alert["fingerprint"] == delivered["fingerprint"] and alert["status"] == "resolved", deadline=60
    )


async def _check_times(stack: AlertingStack, fault: str) -> tuple[float, float]:
    """Goal for the pending alert, and the longest recent run of the check that detects a fault, in seconds."""
    collector = f'{{collector="{COLLECTORS[fault]}"}}'
    (interval,) = await stack.prometheus.query(f"max(azure_migrate_collector_interval_seconds{collector})")
    (run,) = await stack.prometheus.query(
        f"max(max_over_time(azure_migrate_collector_duration_seconds{collector}[15s]))"
    )
    assert interval.value >= CHECK_INTERVAL
    return interval.value + SCRAPE_INTERVAL, run.value
