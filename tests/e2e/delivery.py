"""The course of a scenario: its fault delivers its alert and no other, from the fault to the end of the alert."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from tests.e2e.alerting_stack import (
    ALERTS,
    CHECK_INTERVAL,
    EVALUATION_INTERVAL,
    SCRAPE_INTERVAL,
    AlertingStack,
    alert_key,
    expected_annotations,
    lab_names,
)
from tests.e2e.latency import Latency
from tests.e2e.scenarios import Scenario
from tests.lab.faults import FAULTS

COLLECTORS = {fault.name: fault.collector for fault in FAULTS}


async def deliver(stack: AlertingStack, scenario: Scenario) -> Latency:
    """Play a scenario and assert what is delivered and what is inhibited."""
    await stack.reset()
    names = await lab_names(stack.center, scenario)
    began = stack.center.clock.time()
    async with asyncio.TaskGroup() as tasks:
        # From the beginning: a forecast holds for seconds, which can be over when the page is delivered.
        inhibited = {key: tasks.create_task(stack.wait_until_inhibited(key)) for key in scenario.inhibited_at_once}
        alert, latency = await _deliver_cause(stack, scenario, names, began)
        for fault in scenario.faults[1:]:
            await stack.center.switch(fault, on=True)
        inhibited |= {key: tasks.create_task(stack.wait_until_inhibited(key)) for key in scenario.consequences}
    for (name, _), task in inhibited.items():
        _check_causes(name, task.result(), scenario, names)
    assert stack.notified() == {alert_key(alert)}, stack.history(began)

    # The consequences end first: while the cause lasts, they stay inhibited.
    for fault in scenario.faults[1:]:
        await stack.center.switch(fault, on=False)
    for consequence in scenario.consequences:
        await stack.wait_until_inactive(consequence)
    await stack.center.switch(scenario.faults[0], on=False)
    await stack.wait_until_resolved(alert)
    assert stack.notified() == {alert_key(alert)}, stack.history(began)
    return latency


async def _deliver_cause(
    stack: AlertingStack, scenario: Scenario, names: Mapping[str, str], began: float
) -> tuple[Mapping[str, Any], Latency]:
    """Switch the first fault on; assert what its alert contains. Returns the alert as Alertmanager delivered it."""
    cause = scenario.faults[0]
    labels = {name: text.format(**names) for name, text in scenario.labels.items()}
    await stack.center.switch(cause, on=True)
    alert = await stack.wait_until_delivered((scenario.alert, scenario.severity), scenario.receiver)
    pending = await stack.active_since(alert["labels"])
    bound, run = await _check_times(stack, cause)

    assert labels.items() <= alert["labels"].items()
    assert alert["annotations"]["fix"] in _fixes(stack, scenario, alert["labels"], names)
    _check_causes(scenario.alert, alert, scenario, names)
    await stack.wait_for_causes(scenario)
    return alert, Latency(
        str(scenario),
        scenario.alert,
        pending=pending - began,
        notified=alert["received"] - began,
        bound=bound,
        evaluation=EVALUATION_INTERVAL,
        run=run,
        delay=scenario.delay,
    )


def _check_causes(name: str, alert: Mapping[str, Any], scenario: Scenario, names: Mapping[str, str]) -> None:
    expected = expected_annotations(ALERTS[name], scenario, alert["labels"], names)
    assert alert["annotations"].get("causes") == expected.get("causes")


async def _check_times(stack: AlertingStack, fault: str) -> tuple[float, float]:
    """Bound of the pending alert, and the longest recent run of the check that detects a fault, in seconds."""
    collector = f'{{collector="{COLLECTORS[fault]}"}}'
    (interval,) = await stack.prometheus.query(f"max(azure_migrate_collector_interval_seconds{collector})")
    (run,) = await stack.prometheus.query(
        f"max(max_over_time(azure_migrate_collector_duration_seconds{collector}[15s]))"
    )
    assert interval.value >= CHECK_INTERVAL
    return interval.value + SCRAPE_INTERVAL, run.value


def _fixes(
    stack: AlertingStack, scenario: Scenario, labels: Mapping[str, str], names: Mapping[str, str]
) -> Iterator[str]:
    """The fix that is expected, with each other host as the freest one: often several have the same room."""
    for host in stack.center.vcenter.hosts:
        if host.name != labels.get("host"):
            known = {**names, "free_host": host.name}
            yield expected_annotations(ALERTS[scenario.alert], scenario, labels, known)["fix"]
