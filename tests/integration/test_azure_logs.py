"""Collector `azure_logs`: the real client over TLS, and the product's own queries, against the lab's workspaces."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.state import DirectoryState, MemoryState, StateStore
from tests.clock import FakeClock
from tests.documented import ENGLISH, FRENCH
from tests.integration.azure import access
from tests.lab.arm import LabArm, Trouble
from tests.lab.ca import LabCA
from tests.lab.monitor import LabMonitor
from tests.measured import Measured, measure

WORKSPACE: Final = "00000000-0000-0000-0000-00000000000a"
KEY_VAULT: Final = "/subscriptions/s/resourcegroups/rg/providers/microsoft.keyvault/vaults/migratekv1"
VAULT: Final = "/subscriptions/s/resourcegroups/rg/providers/microsoft.recoveryservices/vaults/Contoso1vault"
STORAGE: Final = "https://migratekv1.vault.azure.net/storage/migratelsa1"
INTERVAL: Final = 300.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def monitor(lab_ca: LabCA, clock: FakeClock) -> AsyncIterator[LabMonitor]:
    async with LabMonitor(lab_ca, clock=clock) as running:
        running.logs.workspace(WORKSPACE)
        yield running


@pytest.fixture
async def azure_access(lab_ca: LabCA, monitor: LabMonitor, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    async with LabArm(lab_ca) as arm:
        yield access(arm, lab_ca, tmp_path, logs=monitor.url)


class Harness:
    """A collector for many runs, and rows that arrive between them."""

    def __init__(self, azure_access: dict[str, Any], monitor: LabMonitor, clock: FakeClock) -> None:
        self._access = azure_access
        self._monitor = monitor
        self._clock = clock
        self.collector = self.make()

    def make(self, state: StateStore | None = None, **workspaces: str) -> Collector:
        named = [{"name": name, "id": where} for name, where in (workspaces or {"security": WORKSPACE}).items()]
        settings = AzureMonitorSettings.model_validate({"name": "lab", **self._access, "workspaces": named})
        context = Context(clock=self._clock, state=state or MemoryState())
        return COLLECTORS["azure_logs"].create(Target("lab", "", settings), context)

    async def run(self, after: float = INTERVAL) -> Measured:
        await self._clock.advance(after)
        return await measure(self.collector)

    def refused(self, uri: str = f"{STORAGE}?api-version=7.0", code: int = 403, **more: Any) -> None:
        """A line of a key vault's audit log, in the newer table."""
        row = {"RequestUri": uri, "HttpStatusCode": code, "_ResourceId": KEY_VAULT, "IsAccessPolicyMatch": False}
        self._monitor.logs.ingest(WORKSPACE, "AZKVAuditLogs", **{**row, **more})

    def logged(self, table: str, **row: Any) -> None:
        self._monitor.logs.ingest(WORKSPACE, table, **row)


@pytest.fixture
def harness(azure_access: dict[str, Any], monitor: LabMonitor, clock: FakeClock) -> Harness:
    return Harness(azure_access, monitor, clock)


def series(seen: Measured, metric: Metric) -> dict[tuple[str, ...], Any]:
    return {labels[1:]: value for (sampled, labels), value in seen.samples.items() if sampled is metric}


async def settled(harness: Harness) -> Measured:
    """The run after the newest rows can be found and a new series has started at zero."""
    await harness.run()
    return await harness.run()


# The key vault.


async def test_both_key_vault_errors_of_the_article_are_distinguished_by_the_address(harness: Harness) -> None:
    harness.refused()
    harness.refused(f"{STORAGE}/sas/gwySas?api-version=7.0")
    harness.refused(f"{STORAGE}/sas/cacheSas?api-version=7.0")
    harness.refused(IsAccessPolicyMatch=None)
    assert series(await settled(harness), metrics.AZURE_KEYVAULT_REFUSALS) == {
        ("migratekv1", "key_vault_configure_storage", "403", "false"): 1,
        ("migratekv1", "key_vault_generate_sas", "403", "false"): 2,
        ("migratekv1", "key_vault_configure_storage", "403", "unknown"): 1,
    }


async def test_the_older_table_is_read_too(harness: Harness) -> None:
    audit = {"Category": "AuditEvent", "ResourceProvider": "MICROSOFT.KEYVAULT", "_ResourceId": KEY_VAULT}
    harness.logged("AzureDiagnostics", **audit, requestUri_s=STORAGE, httpStatusCode_d=401.0)
    harness.logged(
        "AzureDiagnostics", Category="OtherEvent", ResourceProvider="MICROSOFT.KEYVAULT", requestUri_s=STORAGE
    )
    assert series(await settled(harness), metrics.AZURE_KEYVAULT_REFUSALS) == {
        ("migratekv1", "key_vault_configure_storage", "401", "unknown"): 1
    }


async def test_what_works_and_what_is_about_secrets_is_not_counted(harness: Harness) -> None:
    harness.refused(code=200)
    harness.refused("https://migratekv1.vault.azure.net/secrets/storage-key")
    assert series(await settled(harness), metrics.AZURE_KEYVAULT_REFUSALS) == {}


# The Recovery Services vault.


@pytest.mark.parametrize("text", [ENGLISH, FRENCH], ids=["en", "fr"])
async def test_errors_in_events_are_classified(harness: Harness, text: list[tuple[str, str]]) -> None:
    event = {"Category": "AzureSiteRecoveryEvents", "_ResourceId": VAULT, "Level": "Critical"}
    wanted = dict.fromkeys(("snapshot_hung", "nfc_out_of_memory"), 1)
    for failure, message in ((known, message) for known, message in text if known in wanted):
        inner = {"errorCode": "499", "errorMessage": message}
        harness.logged("AzureDiagnostics", **event, healthErrors_s=json.dumps([{"innerHealthErrors": [inner]}]))
        assert failure in wanted
    harness.logged("AzureDiagnostics", **event, healthErrors_s="[]")
    found = series(await settled(harness), metrics.AZURE_VAULT_EVENTS)
    assert set(found) == {("contoso1vault", "critical", failure) for failure in wanted}


async def test_an_error_of_an_event_may_be_a_code_plain_text_or_nothing_known(harness: Harness) -> None:
    event = {"Category": "AzureSiteRecoveryEvents", "_ResourceId": VAULT, "Level": "Warning"}
    for errors in (
        json.dumps([{"ErrorCode": 1022, "ErrorMessage": "?"}]),
        "An internal error occurred. [Generate Snapshot Hung]",
        json.dumps({"code": "4711"}),
        "{not json",
    ):
        harness.logged("AzureDiagnostics", **event, healthErrors_s=errors)
    assert series(await settled(harness), metrics.AZURE_VAULT_EVENTS) == {
        ("contoso1vault", "warning", "host_connection_refused"): 1,
        ("contoso1vault", "warning", "snapshot_hung"): 1,
        ("contoso1vault", "warning", "unknown"): 2,
    }


async def test_jobs_that_did_not_end_well_are_counted(harness: Harness) -> None:
    job = {"_ResourceId": VAULT, "OperationName": "Start replication"}
    for status in ("Succeeded", "Completed", "Failed", "CompletedWithInformation"):
        text = "Cannot replicate this virtual machine with current VMware configuration."
        harness.logged("ASRJobs", **job, Status=status, ResultDescription=text)
    assert series(await settled(harness), metrics.AZURE_VAULT_JOBS) == {
        ("contoso1vault", "start_replication", "failed", "snapshots_present"): 1,
        ("contoso1vault", "start_replication", "completed_with_information", "snapshots_present"): 1,
    }


# Once, and in time.


async def test_each_row_is_counted_once_whenever_it_arrives(harness: Harness) -> None:
    for _ in range(4):
        harness.refused()
        await harness.run()
    (count,) = series(await harness.run(), metrics.AZURE_KEYVAULT_REFUSALS).values()
    assert count == 4


async def test_after_a_restart_it_continues_where_it_was(harness: Harness, tmp_path: Path) -> None:
    state = DirectoryState(tmp_path / "state")
    harness.collector = harness.make(state)
    await harness.run()
    harness.refused()
    harness.collector = harness.make(state)
    (count,) = series(await settled_after(harness, 3600), metrics.AZURE_KEYVAULT_REFUSALS).values()
    assert count == 1


async def settled_after(harness: Harness, seconds: float) -> Measured:
    await harness.run(seconds)
    return await harness.run()


async def test_a_workspace_without_any_table_is_a_success_without_counters(
    harness: Harness, monitor: LabMonitor
) -> None:
    seen = await harness.run()
    assert seen.reason is None
    assert [query.timespan is not None for query in monitor.logs.queries] == [True] * 3
    labels = {"target": "lab", "api": "logs", "result": "success"}
    assert seen.value(metrics.AZURE_MONITOR_REQUESTS, **labels) == 3
    until = seen.value(metrics.AZURE_LOGS_TIMESTAMP, workspace="security", query="vault_jobs")
    assert until == 1_800_000_000.0 + INTERVAL - 120


# Problems.


async def test_a_partial_answer_counts_what_it_has_and_says_so(harness: Harness, monitor: LabMonitor) -> None:
    harness.refused()
    harness.refused(code=401)
    monitor.logs.incomplete = "Query execution has exceeded a limit"
    seen = await harness.run()
    assert seen.reason is Reason.UNAVAILABLE
    assert "workspace security, key_vault: an incomplete answer" in seen.message
    assert "exceeded a limit" in seen.message
    assert seen.value(metrics.AZURE_LOGS_PARTIAL_ANSWERS, workspace="security", query="key_vault") == 1
    monitor.logs.incomplete = ""
    assert sum(series(await harness.run(), metrics.AZURE_KEYVAULT_REFUSALS).values()) == 1


async def test_a_missing_workspace_does_not_stop_the_others(harness: Harness) -> None:
    harness.collector = harness.make(gone="00000000-0000-0000-0000-00000000000b", security=WORKSPACE)
    harness.refused()
    seen = await settled(harness)
    assert seen.reason is Reason.NOT_FOUND
    assert seen.message.startswith("workspace gone, key_vault: ")
    assert sum(series(seen, metrics.AZURE_KEYVAULT_REFUSALS).values()) == 1


async def test_throttled_queries_are_followed_by_a_delay(harness: Harness, monitor: LabMonitor) -> None:
    with monitor.faults.on(Trouble.THROTTLED) as rule:
        assert (await harness.run()).reason is Reason.THROTTLED
        assert ((await harness.run(60)).reason, rule.hits) == (Reason.THROTTLED, 1)
    assert (await harness.run()).reason is None


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (Trouble.FORBIDDEN, Reason.FORBIDDEN),
        (Trouble.TOKEN_EXPIRED, Reason.UNAUTHENTICATED),
        (Trouble.PROXY, Reason.PROTOCOL),
        (Trouble.UNAVAILABLE, Reason.UNAVAILABLE),
    ],
)
async def test_a_bad_answer_has_its_reason_and_loses_nothing(
    harness: Harness, monitor: LabMonitor, trouble: Trouble, reason: Reason
) -> None:
    await harness.run()
    harness.refused()
    with monitor.faults.on(trouble):
        seen = await harness.run()
    assert seen.reason is reason
    assert "\n" not in seen.message
    assert sum(series(await settled(harness), metrics.AZURE_KEYVAULT_REFUSALS).values()) == 1
