"""Collector `azure_metrics`: the real client over TLS against the lab's batch API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings, MonitoredResource, MonitoredTarget
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.integration.azure import access
from tests.lab.arm import LabArm, Trouble
from tests.lab.ca import LabCA
from tests.lab.monitor import LabMonitor
from tests.lab.tcp import Fault
from tests.measured import Measured, measure

SUBSCRIPTION: Final = "00000000-0000-0000-0000-000000000001"
REGION: Final = "francecentral"
START: Final = 1_800_000_000.0


def resource(kind: str, name: str, subscription: str = SUBSCRIPTION) -> str:
    return f"/subscriptions/{subscription}/resourceGroups/rg/providers/{kind}/{name}"


ACCOUNT: Final = resource("Microsoft.Storage/storageAccounts", "migratelsa1")
BUS: Final = resource("Microsoft.ServiceBus/namespaces", "migratesbns1")
VAULT: Final = resource("Microsoft.KeyVault/vaults", "migratekv1")
LABELS: Final = {"appliance": "paris", "account": "migratelsa1"}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
async def monitor(lab_ca: LabCA, clock: FakeClock) -> AsyncIterator[LabMonitor]:
    async with LabMonitor(lab_ca, clock=clock) as running:
        yield running


@pytest.fixture
async def azure_access(lab_ca: LabCA, monitor: LabMonitor, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    async with LabArm(lab_ca) as arm:
        yield access(arm, lab_ca, tmp_path, metrics=monitor.url)


class Harness:
    """A collector for many runs, as in the engine."""

    def __init__(self, azure_access: dict[str, Any], monitor: LabMonitor, clock: FakeClock) -> None:
        self._access = azure_access
        self._monitor = monitor
        self._clock = clock
        self._collector: Collector | None = None

    def watch(self, *resources: tuple[str, str], region: str = REGION) -> None:
        """Resources by id and appliance."""
        for where, _ in resources:
            self._monitor.metrics.resource(where, region)
        settings = AzureMonitorSettings.model_validate(
            {"name": "lab", **self._access, "resources": [{"id": where, "region": region} for where, _ in resources]}
        )
        listed = tuple(MonitoredResource(id=where, region=region, appliance=name) for where, name in resources)
        target = Target("lab", "", MonitoredTarget(settings, listed))
        self._collector = COLLECTORS["azure_metrics"].create(target, Context(clock=self._clock))

    async def run(self, after: float = 0) -> Measured:
        await self._clock.advance(after)
        assert self._collector
        return await measure(self._collector)


@pytest.fixture
def harness(azure_access: dict[str, Any], monitor: LabMonitor, clock: FakeClock) -> Harness:
    return Harness(azure_access, monitor, clock)


def series(seen: Measured, metric: Metric) -> dict[tuple[str, ...], Any]:
    return {labels: value for (sampled, labels), value in seen.samples.items() if sampled is metric}


# What is read.


async def test_storage_traffic_is_counted_by_the_minute_and_each_minute_once(
    harness: Harness, monitor: LabMonitor
) -> None:
    harness.watch((ACCOUNT, "paris"))
    monitor.metrics.set(ACCOUNT, "Ingress", {"total": 6000.0})
    assert (await harness.run()).value(metrics.AZURE_STORAGE_INGRESS_BYTES, **LABELS) == 0, "what was before is unknown"
    assert (await harness.run(300)).value(metrics.AZURE_STORAGE_INGRESS_BYTES, **LABELS) == 5 * 6000
    assert (await harness.run(10)).value(metrics.AZURE_STORAGE_INGRESS_BYTES, **LABELS) == 5 * 6000
    assert (await harness.run(50)).value(metrics.AZURE_STORAGE_INGRESS_BYTES, **LABELS) == 6 * 6000
    assert (await harness.run(600)).value(metrics.AZURE_STORAGE_INGRESS_BYTES, **LABELS) == 16 * 6000


async def test_latencies_and_availability_are_the_newest_in_base_units(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((ACCOUNT, "paris"))
    monitor.metrics.set(ACCOUNT, "SuccessE2ELatency", lambda at: {"average": 40.0 if at < START - 200 else 80.0})
    monitor.metrics.set(ACCOUNT, "SuccessServerLatency", {"average": 5.0})
    monitor.metrics.set(ACCOUNT, "Availability", {"average": 99.5})
    seen = await harness.run(60)
    assert seen.value(metrics.AZURE_STORAGE_E2E_LATENCY, **LABELS) == pytest.approx(0.08)
    assert seen.value(metrics.AZURE_STORAGE_SERVER_LATENCY, **LABELS) == pytest.approx(0.005)
    assert seen.value(metrics.AZURE_STORAGE_AVAILABILITY, **LABELS) == pytest.approx(0.995)
    assert seen.value(metrics.AZURE_METRICS_TIMESTAMP, target="lab") == START + 60 - 180


async def test_an_account_that_is_not_used_has_no_latency(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((ACCOUNT, "paris"))
    monitor.metrics.set(ACCOUNT, "SuccessE2ELatency", lambda at: {"average": 40.0} if at < START else None)
    assert (await harness.run()).value(metrics.AZURE_STORAGE_E2E_LATENCY, **LABELS) is not None
    assert (await harness.run(900)).value(metrics.AZURE_STORAGE_E2E_LATENCY, **LABELS) is None


async def test_transactions_are_split_by_response_and_a_new_kind_begins_with_zero(
    harness: Harness, monitor: LabMonitor
) -> None:
    harness.watch((ACCOUNT, "paris"))
    monitor.metrics.set(ACCOUNT, "Transactions", {"total": 10.0}, ResponseType="Success")
    await harness.run()
    monitor.metrics.set(ACCOUNT, "Transactions", {"total": 2.0}, ResponseType="ServerBusyError")
    first = series(await harness.run(300), metrics.AZURE_STORAGE_TRANSACTIONS)
    assert first == {("paris", "migratelsa1", "Success"): 50, ("paris", "migratelsa1", "ServerBusyError"): 0}
    then = series(await harness.run(60), metrics.AZURE_STORAGE_TRANSACTIONS)
    assert then == {("paris", "migratelsa1", "Success"): 60, ("paris", "migratelsa1", "ServerBusyError"): 12}


async def test_every_response_type_is_asked_for_not_the_first_ten(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((ACCOUNT, "paris"))
    for number in range(25):
        monitor.metrics.set(ACCOUNT, "Transactions", {"total": 1.0}, ResponseType=f"Kind{number}")
    assert len(series(await harness.run(), metrics.AZURE_STORAGE_TRANSACTIONS)) == 25


async def test_the_bus_shows_what_waits_by_entity(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((BUS, "paris"))
    monitor.metrics.set(BUS, "ActiveMessages", {"average": 7.0}, EntityName="snapshotmanager")
    monitor.metrics.set(BUS, "DeadletteredMessages", {"average": 3.0}, EntityName="snapshotmanager")
    monitor.metrics.set(BUS, "ThrottledRequests", {"total": 1.0}, EntityName="snapshotmanager")
    await harness.run()
    seen = await harness.run(120)
    labels = {"appliance": "paris", "bus_namespace": "migratesbns1", "entity": "snapshotmanager"}
    assert seen.value(metrics.AZURE_SERVICEBUS_ACTIVE_MESSAGES, **labels) == 7
    assert seen.value(metrics.AZURE_SERVICEBUS_DEAD_LETTERED_MESSAGES, **labels) == 3
    assert seen.value(metrics.AZURE_SERVICEBUS_THROTTLED_REQUESTS, **labels) == 2


async def test_the_key_vault_shows_its_answers_by_status(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((VAULT, "paris"))
    monitor.metrics.set(VAULT, "ServiceApiResult", {"count": 4.0}, StatusCode="200")
    monitor.metrics.set(VAULT, "ServiceApiResult", {"count": 1.0}, StatusCode="403")
    await harness.run()
    found = series(await harness.run(60), metrics.AZURE_KEYVAULT_RESULTS)
    assert found == {("paris", "migratekv1", "200"): 4, ("paris", "migratekv1", "403"): 1}


async def test_an_account_of_two_appliances_is_asked_for_once_and_shown_for_both(
    harness: Harness, monitor: LabMonitor
) -> None:
    harness.watch((ACCOUNT, "paris"), (ACCOUNT.upper().replace("MIGRATELSA1", "migratelsa1"), "lyon"))
    monitor.metrics.set(ACCOUNT, "Availability", {"average": 100.0})
    found = series(await harness.run(), metrics.AZURE_STORAGE_AVAILABILITY)
    assert found == {("paris", "migratelsa1"): 1.0, ("lyon", "migratelsa1"): 1.0}
    assert [len(call.resources) for call in monitor.metrics.calls] == [1, 1]


# What it costs.


async def test_fifty_resources_share_a_call_and_each_call_is_counted(harness: Harness, monitor: LabMonitor) -> None:
    accounts = [(resource("Microsoft.Storage/storageAccounts", f"migratersa{n}"), f"site{n}") for n in range(120)]
    harness.watch(*accounts, (BUS, "paris"), (VAULT, "paris"))
    seen = await harness.run()
    assert sorted(len(call.resources) for call in monitor.metrics.calls) == [1, 1, 20, 20, 50, 50, 50, 50]
    labels = {"target": "lab", "api": "metrics"}
    assert seen.value(metrics.AZURE_MONITOR_REQUESTS, **labels, result="success") == 8


async def test_nothing_is_asked_for_a_minute_that_was_read(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((VAULT, "paris"))
    await harness.run()
    await harness.run(20)
    assert len(monitor.metrics.calls) == 1


# Problems.


async def test_after_529_the_delay_grows_each_time(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((ACCOUNT, "paris"), (VAULT, "paris"))
    monitor.metrics.set(VAULT, "ServiceApiResult", {"count": 1.0}, StatusCode="200")
    await harness.run()
    rule = monitor.faults.on(Trouble.THROTTLED)
    seen = await harness.run(300)
    assert seen.reason is Reason.THROTTLED
    assert rule.hits == 1, "after one refusal nothing else is asked"
    assert seen.value(metrics.AZURE_MONITOR_REQUESTS, target="lab", api="metrics", result="throttled") == 1
    assert series(seen, metrics.AZURE_KEYVAULT_RESULTS) == {("paris", "migratekv1", "200"): 0}
    assert "the next one is in 60 s" in (await harness.run(60)).message
    assert ((await harness.run(61)).reason, rule.hits) == (Reason.THROTTLED, 2)
    assert ((await harness.run(121)).reason, rule.hits) == (Reason.THROTTLED, 2), "now it waits twice as long"
    rule.off()
    healed = await harness.run(240)
    assert healed.reason is None
    assert series(healed, metrics.AZURE_KEYVAULT_RESULTS) == {("paris", "migratekv1", "200"): 13}, "nothing is lost"


async def test_one_type_that_fails_does_not_stop_the_others(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((ACCOUNT, "paris"), (BUS, "paris"), (VAULT, "paris"))
    monitor.metrics.set(VAULT, "ServiceApiResult", {"count": 1.0}, StatusCode="200")
    with monitor.faults.on(Trouble.INTERNAL, times=2):
        seen = await harness.run()
    assert (seen.reason, len(series(seen, metrics.AZURE_KEYVAULT_RESULTS))) == (Reason.UNAVAILABLE, 1)
    assert seen.message.startswith("Ingress of 1 Microsoft.Storage/storageAccounts in francecentral: ")
    assert seen.message.endswith("(and 1 more)")
    assert seen.value(metrics.AZURE_METRICS_TIMESTAMP, target="lab") is None


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.TOKEN_EXPIRED, Reason.UNAUTHENTICATED),
        (Trouble.FORBIDDEN, Reason.FORBIDDEN),
        (Trouble.UNAVAILABLE, Reason.UNAVAILABLE),
        (Trouble.PROXY, Reason.PROTOCOL),
        (Trouble.TRUNCATED, Reason.PROTOCOL),
        (Trouble.CUT, Reason.RESET),
    ],
)
async def test_a_bad_answer_has_its_reason_in_one_line(
    harness: Harness, monitor: LabMonitor, trouble: Trouble, reason: Reason
) -> None:
    harness.watch((VAULT, "paris"))
    with monitor.faults.on(trouble):
        seen = await harness.run()
    assert seen.reason is reason
    assert "\n" not in seen.message


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(Fault.CLOSED, Reason.REFUSED), (Fault.STRANGER, Reason.TLS), (Fault.RESET, Reason.RESET)],
)
async def test_a_broken_network_has_its_reason(
    harness: Harness, monitor: LabMonitor, fault: Fault, reason: Reason
) -> None:
    harness.watch((VAULT, "paris"))
    await monitor.switch(fault)
    assert (await harness.run()).reason is reason


async def test_after_an_hour_of_failures_the_newest_hour_is_read(harness: Harness, monitor: LabMonitor) -> None:
    harness.watch((VAULT, "paris"))
    monitor.metrics.set(VAULT, "ServiceApiResult", {"count": 1.0}, StatusCode="200")
    await harness.run()
    assert series(await harness.run(5 * 3600), metrics.AZURE_KEYVAULT_RESULTS) == {("paris", "migratekv1", "200"): 60}
