"""The Event Hubs collector, with the real SDK, against the lab's broker and every fault of it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.amqp import eventhubs
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import EVENTHUBS_PHASE_DURATION, EVENTHUBS_UP
from azure_migrate_exporter.reasons import Reason
from tests.clock import until
from tests.integration.amqp import (
    ADMITTED,
    LINKED,
    OPENED,
    PATH_CASES,
    PREFLIGHT,
    SHORT,
    UPGRADE_CASES,
    Case,
    key_file,
    nothing_left,
    run,
    secret_file,
)
from tests.lab.amqp import HUB, NAMESPACE, Key, LabBroker
from tests.lab.ca import LabCA
from tests.measured import Measured

ALL = {*LINKED, "read"}
HUB_CASES = (
    Case("accept", "http", Reason.PROTOCOL, PREFLIGHT, "does not speak AMQP"),
    Case("attach", "not-found", Reason.NOT_FOUND, ADMITTED, f"has no event hub {HUB}"),
    Case("attach", "unauthorized-access", Reason.FORBIDDEN, ADMITTED, "Azure Event Hubs Data Receiver"),
    Case("management", 401, Reason.FORBIDDEN, LINKED, "Azure Event Hubs Data Receiver"),
    Case("management", 404, Reason.NOT_FOUND, LINKED, f"has no event hub {HUB}"),
    Case("management", 503, Reason.THROTTLED, LINKED, "the service limits the rate"),
    Case("management", "silent", Reason.TIMEOUT, LINKED, "in phase read", SHORT),
)


@pytest.fixture
def values(broker: LabBroker, lab_ca: LabCA, tmp_path: Path) -> Mapping[str, Any]:
    return {
        "namespace": NAMESPACE,
        "endpoint": broker.endpoint,
        "ca_file": lab_ca.bundle,
        "connection_string": key_file(tmp_path, broker),
        "hub": HUB,
    }


def collector(values: Mapping[str, Any], **changes: Any) -> Collector:
    settings = EventHubSettings.model_validate({**values, **changes})
    return eventhubs.create(Target(NAMESPACE, "site1", settings), Context())


async def check(broker: LabBroker, values: Mapping[str, Any], **changes: Any) -> Measured:
    return await run(broker, collector(values, **changes))


def up(seen: Measured, hub: str = HUB) -> object:
    return seen.value(EVENTHUBS_UP, appliance="site1", bus_namespace=NAMESPACE, entity=hub)


def phases(seen: Measured) -> set[str]:
    return {values[-1] for metric, values in seen.samples if metric is EVENTHUBS_PHASE_DURATION}


async def expect(broker: LabBroker, values: Mapping[str, Any], case: Case, **changes: Any) -> None:
    checked = collector(values, timeout=case.timeout, **changes)
    setattr(broker.faults, case.fault, case.value)
    seen = await run(broker, checked)
    assert (seen.reason, up(seen), phases(seen)) == (case.reason, 0, case.phases), seen.message
    assert case.says in seen.message
    assert "\n" not in seen.message


async def test_a_hub_that_answers_is_up_with_the_time_of_every_phase(
    broker: LabBroker, values: Mapping[str, Any]
) -> None:
    seen = await check(broker, values)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL), seen.message
    assert broker.record.reads == [HUB]
    assert broker.record.token_names == [f"sb://{broker.host}/{HUB}"]
    assert broker.record.hostnames == [broker.host]


async def test_amqp_can_go_through_a_websocket(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, transport="websocket", endpoint=broker.web_endpoint)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL), seen.message
    assert broker.record.upgrades == 2  # the look for a redirect, and the SDK


@pytest.mark.parametrize("case", [*PATH_CASES, *HUB_CASES], ids=str)
async def test_a_fault_has_its_reason_and_shows_the_phase(
    case: Case, broker: LabBroker, values: Mapping[str, Any]
) -> None:
    await expect(broker, values, case)


@pytest.mark.parametrize("case", [*PATH_CASES, *UPGRADE_CASES], ids=str)
async def test_a_fault_has_the_same_reason_through_a_websocket(
    case: Case, broker: LabBroker, values: Mapping[str, Any]
) -> None:
    await expect(broker, values, case, transport="websocket", endpoint=broker.web_endpoint)


async def test_a_refused_connection_is_refused_until_it_is_admitted_again(
    broker: LabBroker, values: Mapping[str, Any]
) -> None:
    checked = collector(values)
    await broker.refuse()
    seen = await run(broker, checked)
    assert (seen.reason, up(seen), phases(seen)) == (Reason.REFUSED, 0, {"dns"})
    await broker.admit()
    assert up(await run(broker, checked)) == 1


async def test_a_namespace_that_does_not_resolve_is_dns(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, endpoint="sb://namespace.invalid:5671")
    assert (seen.reason, up(seen), phases(seen)) == (Reason.DNS, 0, set())


async def test_a_hub_that_does_not_exist_is_not_found(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, hub="renamed")
    assert (seen.reason, up(seen, "renamed"), phases(seen)) == (Reason.NOT_FOUND, 0, OPENED)


async def test_a_wrong_key_is_unauthenticated(broker: LabBroker, values: Mapping[str, Any], tmp_path: Path) -> None:
    wrong = key_file(tmp_path, broker, Key(broker.listen_key.name))
    seen = await check(broker, values, connection_string=wrong)
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNAUTHENTICATED, 0, OPENED)


async def test_the_connection_string_of_another_hub_is_named_with_both_names(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    text = broker.connection_string(broker.listen_key, entity="other")
    seen = await check(broker, values, connection_string=secret_file(tmp_path, text))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNAUTHENTICATED, 0, PREFLIGHT)
    assert seen.message == (
        f"the connection string is for the entity other, but {HUB} is configured: correct one of them"
    )


@pytest.mark.parametrize(("transport", "endpoint"), [("amqp", "endpoint"), ("websocket", "web_endpoint")])
@pytest.mark.parametrize("silence", [("accept", "silent", 1), ("accept", "silent_after_tls", 2), ("cbs", "silent", 2)])
async def test_a_cancelled_check_leaves_nothing_behind(
    silence: tuple[str, str, int], transport: str, endpoint: str, broker: LabBroker, values: Mapping[str, Any]
) -> None:
    fault, value, connections = silence
    setattr(broker.faults, fault, value)
    checked = collector(values, transport=transport, endpoint=getattr(broker, endpoint))
    async with nothing_left(broker):
        out = Measurements()
        task = asyncio.create_task(checked.collect(out))
        await until(lambda: broker.record.connections == connections)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    samples = {key: value for block in out.blocks() for key, value in block.samples.items()}
    assert samples[EVENTHUBS_UP, ("site1", NAMESPACE, HUB)] == 0
