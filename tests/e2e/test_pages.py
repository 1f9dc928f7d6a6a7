"""From a fault to the page: the one right alert, with its fix and real names in it, and silence of all that follows."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio

from tests.documented import ARTICLE
from tests.e2e.duty import ALERTS, EVALUATION, PACE, TIMES, Duty, Times, Told, duty, names, now, told_of, written
from tests.e2e.pages import CAUSES, DISPOSE, MIGRATION, NETWORK, OTHERS, REPORTED, Row, reported_by_azure
from tests.lab.alerting import SLOWEST
from tests.lab.faults import FAULTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

COLLECTORS = {fault.name: fault.collector for fault in FAULTS}


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="on_duty")
async def _on_duty(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Duty]:
    async with duty(tmp_path_factory.mktemp("duty")) as it:
        yield it


async def test_every_row_of_the_article_has_its_page() -> None:
    assert [ALERTS[row.alert].failure.id for row in REPORTED] == [*ARTICLE]  # type: ignore[union-attr]


async def test_without_a_fault_nobody_hears_anything(on_duty: Duty) -> None:
    evaluations = 'count_over_time(ALERTS{alertname="AzureMigrateWatchdog"}[1m])'
    await on_duty.prometheus.wait_for(f"{evaluations} > {2 * SLOWEST / EVALUATION}")
    assert on_duty.told() == set()


@pytest.mark.parametrize("row", [*REPORTED, *CAUSES, *OTHERS], ids=str)
async def test_a_fault_brings_its_page_and_no_other(on_duty: Duty, row: Row, request: pytest.FixtureRequest) -> None:
    await on_duty.at_rest()
    known = await names(on_duty.center, row)
    labels = {name: text.format(**known) for name, text in row.labels.items()}

    cause, *consequences = row.faults
    began = now()
    await on_duty.center.switch(cause, on=True)
    page = await on_duty.receiver.wait_for(lambda alert: _is(alert, (row.alert, row.severity), row.told), deadline=60)
    pending = await on_duty.pending_since(page["labels"])
    request.config.stash[TIMES].append(
        Times(row, pending - began, page["received"] - began, *await _check(on_duty, cause))
    )

    assert labels.items() <= page["labels"].items()
    wanted = written(ALERTS[row.alert], row, page["labels"], known)
    assert page["annotations"]["fix"] == wanted["fix"]
    assert page["annotations"].get("causes") == wanted.get("causes")

    await on_duty.evidence(row)
    for fault in consequences:
        await on_duty.center.switch(fault, on=True)
    for one in row.silent:
        name, severity = one.split()
        alert = await on_duty.silent((name, severity))
        if "causes" in alert["annotations"]:
            wanted = written(ALERTS[name], row, alert["labels"], known)
            assert alert["annotations"]["causes"] == wanted["causes"]
    assert on_duty.told() == {(row.alert, row.severity)}

    # What followed from the cause is mended first: as long as the cause is there, it stays silent.
    for fault in consequences:
        await on_duty.center.switch(fault, on=False)
    for told in row.following:
        await on_duty.gone(told)
    await on_duty.center.switch(cause, on=False)
    await on_duty.receiver.wait_for(
        lambda alert: alert["fingerprint"] == page["fingerprint"] and alert["status"] == "resolved", deadline=60
    )
    assert on_duty.told() == {(row.alert, row.severity)}


async def test_an_error_that_outlives_its_cause_is_told_only_if_it_stays(on_duty: Duty) -> None:
    """Azure shows it until the machine's next cycle, long after the path is mended."""
    await on_duty.at_rest()
    told: Told = ("DisposeArtefactsTimedOut", "critical")
    await on_duty.center.switch("servicebus-refused", on=True)
    page = await on_duty.receiver.wait_for(
        lambda alert: _is(alert, ("ServiceBusUnreachable", "critical"), NETWORK), deadline=60
    )
    await on_duty.center.switch(reported_by_azure(DISPOSE), on=True)
    await on_duty.silent(told)
    await on_duty.center.switch("servicebus-refused", on=False)
    await on_duty.receiver.wait_for(
        lambda alert: alert["fingerprint"] == page["fingerprint"] and alert["status"] == "resolved", deadline=60
    )
    await on_duty.silent(told)
    assert on_duty.told() == {("ServiceBusUnreachable", "critical")}

    await on_duty.receiver.wait_for(lambda alert: _is(alert, told, MIGRATION), deadline=60)


async def test_a_page_names_the_documented_cause_that_fails_at_this_moment(on_duty: Duty) -> None:
    """Service Bus has failed for too short a time to be told of itself when the failure is due."""
    await on_duty.at_rest()
    await on_duty.gone(("RecentPathOutage", "info"))
    path, failure = faults = "servicebus-refused", "replication-dispose-artefacts-timed-out"
    row = Row(faults, "DisposeArtefactsTimedOut", MIGRATION, {}, failing=("service_bus",))
    await on_duty.use(ServiceBusUnreachable="1h")
    try:
        await on_duty.center.switch(path, on=True)
        await on_duty.evidence(row)
        await on_duty.center.switch(failure, on=True)
        page = await on_duty.receiver.wait_for(lambda alert: _is(alert, (row.alert, "critical"), row.told), deadline=60)
    finally:
        await on_duty.center.heal()
        await on_duty.use()
    known = await names(on_duty.center, row)
    wanted = written(ALERTS[row.alert], row, page["labels"], known)
    assert page["annotations"]["causes"] == wanted["causes"]
    assert page["annotations"]["causes"].startswith("Failing now:\n- ")
    assert page["annotations"]["fix"] == wanted["fix"]


def _is(alert: Mapping[str, Any], told: Told, receiver: str) -> bool:
    return told_of(alert) == told and alert["receiver"] == receiver and alert["status"] == "firing"


async def _check(on_duty: Duty, fault: str) -> tuple[float, float]:
    """Interval of the check that sees a fault, and how long its run has lasted."""
    collector = f'{{collector="{COLLECTORS[fault]}"}}'
    (interval,) = await on_duty.prometheus.query(f"max(azure_migrate_collector_interval_seconds{collector})")
    (run,) = await on_duty.prometheus.query(
        f"max(max_over_time(azure_migrate_collector_duration_seconds{collector}[15s]))"
    )
    assert interval.value >= PACE
    return interval.value, run.value
