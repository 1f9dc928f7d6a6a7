"""The course of a scenario: its fault delivers its alert and no other, from the fault to the end of the alert."""

from collections.abc import Iterator, Mapping

from tests.e2e.alerting_stack import (
    ALERTS,
    CHECK_INTERVAL,
    EVALUATION_INTERVAL,
    SCRAPE_INTERVAL,
    AlertingStack,
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
    labels = {name: text.format(**names) for name, text in scenario.labels.items()}
    key = (scenario.alert, scenario.severity)

    cause, *consequences = scenario.faults
    began = stack.center.clock.time()
    await stack.center.switch(cause, on=True)
    alert = await stack.wait_until_delivered(key, scenario.receiver)
    pending = await stack.active_since(alert["labels"])
    bound, run = await _check_times(stack, cause)

    assert labels.items() <= alert["labels"].items()
    expected = expected_annotations(ALERTS[scenario.alert], scenario, alert["labels"], names)
    assert alert["annotations"]["fix"] in _fixes(stack, scenario, alert["labels"], names)
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
    assert stack.notified() == {key}, stack.history(began)

    # The consequences end first: while the cause lasts, they stay inhibited.
    for fault in consequences:
        await stack.center.switch(fault, on=False)
    for consequence in scenario.consequences:
        await stack.wait_until_inactive(consequence)
    await stack.center.switch(cause, on=False)
    await stack.wait_until_resolved(alert)
    assert stack.notified() == {key}, stack.history(began)
    return Latency(
        str(scenario),
        scenario.alert,
        pending=pending - began,
        notified=alert["received"] - began,
        bound=bound,
        evaluation=EVALUATION_INTERVAL,
        run=run,
        delay=scenario.delay,
    )


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
