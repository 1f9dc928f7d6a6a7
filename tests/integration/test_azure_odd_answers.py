"""Azure Monitor where its JSON has another form: a reason that is not internal, and nothing that cannot be exported."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.config.azure_monitor import AzureMonitorSettings, MonitoredTarget
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.generated import generated
from tests.integration.azure import access
from tests.lab.arm import LabArm
from tests.lab.ca import LabCA
from tests.lab.monitor import LabMonitor
from tests.measured import measure
from tests.properties.json_values import VALUES, changed

WORKSPACE: Final = "00000000-0000-0000-0000-00000000000a"
GROUP: Final = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers"
ACCOUNT: Final = f"{GROUP}/Microsoft.Storage/storageAccounts/migratelsa1"
KEY_VAULT: Final = f"{GROUP}/Microsoft.KeyVault/vaults/migratekv1"
COLLECTOR_NAMES: Final = ("azure_metrics", "azure_logs")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def monitor(lab_ca: LabCA, clock: FakeClock) -> AsyncIterator[LabMonitor]:
    async with LabMonitor(lab_ca, clock=clock) as running:
        running.logs.workspace(WORKSPACE)
        refused: dict[str, Any] = {"RequestUri": "https://kv.example/storage/a", "HttpStatusCode": 403}
        running.logs.ingest(WORKSPACE, "AZKVAuditLogs", **refused, _ResourceId=KEY_VAULT)
        for resource in (ACCOUNT, KEY_VAULT):
            running.metrics.resource(resource, "francecentral")
        running.metrics.set(ACCOUNT, "Ingress", {"total": 6000.0})
        running.metrics.set(ACCOUNT, "Availability", {"average": 100.0})
        running.metrics.set(KEY_VAULT, "ServiceApiResult", {"count": 1.0}, StatusCode="403")
        yield running


@pytest.fixture
async def collectors(
    lab_ca: LabCA, monitor: LabMonitor, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[dict[str, Collector]]:
    async with LabArm(lab_ca) as arm:
        settings = AzureMonitorSettings.model_validate(
            {
                "name": "lab",
                **access(arm, lab_ca, tmp_path, metrics=monitor.url, logs=monitor.url),
                "resources": [{"id": one, "region": "francecentral"} for one in (ACCOUNT, KEY_VAULT)],
                "workspaces": [{"name": "security", "id": WORKSPACE}],
            }
        )
        targets = {"azure_metrics": MonitoredTarget(settings, settings.resources), "azure_logs": settings}
        context = Context(clock=clock)
        yield {name: COLLECTORS[name].create(Target("lab", "", targets[name]), context) for name in COLLECTOR_NAMES}


@pytest.mark.parametrize("name", COLLECTOR_NAMES)
@pytest.mark.parametrize("body", [None, {}, [], "text", 7, {"tables": None}, {"values": None}, {"values": [None]}])
async def test_a_foreign_answer_is_a_protocol_error_and_no_success(
    collectors: dict[str, Collector], monitor: LabMonitor, clock: FakeClock, name: str, body: Any
) -> None:
    await clock.advance(300)
    monitor.rewrite = lambda _: body
    seen = await measure(collectors[name])
    assert seen.reason is Reason.PROTOCOL, seen.message
    assert "the answer is not that of Azure Monitor" in seen.message
    labels = {"target": "lab", "api": name.removeprefix("azure_")}
    assert seen.value(metrics.AZURE_MONITOR_REQUESTS, **labels, result="success") == 0
    assert seen.value(metrics.AZURE_MONITOR_REQUESTS, **labels, result="protocol") == 3


@pytest.fixture
async def answers(collectors: dict[str, Collector], monitor: LabMonitor, clock: FakeClock) -> list[Any]:
    """An answer of each form, as the lab sends it."""
    found: list[Any] = []

    def keep(body: Any) -> Any:
        found.append(body)
        return body

    await clock.advance(300)
    monitor.rewrite = keep
    for collector in collectors.values():
        assert (await measure(collector)).reason is None
    monitor.rewrite = None
    return found


@generated(15)
@given(data=st.data())
async def test_no_json_is_an_internal_error(
    collectors: dict[str, Collector], monitor: LabMonitor, clock: FakeClock, answers: list[Any], data: st.DataObject
) -> None:
    odd = data.draw(st.lists(st.sampled_from(answers).flatmap(changed) | VALUES, min_size=7, max_size=7))
    monitor.rewrite = lambda _: odd.pop()
    await clock.advance(300)
    for collector in collectors.values():
        measured = await measure(collector)
        assert measured.reason is not Reason.INTERNAL, measured.message
        assert all(chunk.decode() for chunk in Block(dict(measured.samples)).chunks.values())
    monitor.rewrite = None
