"""The Service Bus collector, with the real SDK, against the lab's broker and every fault of it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.amqp import servicebus
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import SERVICEBUS_PHASE_DURATION, SERVICEBUS_UP
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
from tests.lab.amqp import NAMESPACE, QUEUE, SUBSCRIPTION, TOPIC, Entity, Key, LabBroker
from tests.lab.ca import LabCA
from tests.lab.tcp import Fault, TcpListener
from tests.measured import Measured

ENTITY = f"{TOPIC}/Subscriptions/{SUBSCRIPTION}"
ALL = {*LINKED, "peek"}
ENTITY_CASES = (
    Case("accept", "http", Reason.PROTOCOL, PREFLIGHT, "does not speak AMQP"),
    Case("attach", "not-found", Reason.NOT_FOUND, ADMITTED, f"has no subscription {SUBSCRIPTION} of the topic {TOPIC}"),
    Case("attach", "unauthorized-access", Reason.FORBIDDEN, ADMITTED, "add the right Listen"),
    Case("management", 401, Reason.FORBIDDEN, LINKED, "Azure Service Bus Data Receiver"),
    Case("management", 404, Reason.NOT_FOUND, LINKED, "correct the name"),
    Case("management", 503, Reason.THROTTLED, LINKED, "the service limits the rate"),
    Case("management", "silent", Reason.TIMEOUT, LINKED, "the entity does not answer", SHORT),
)


@pytest.fixture
def values(broker: LabBroker, lab_ca: LabCA, tmp_path: Path) -> Mapping[str, Any]:
    return {
        "namespace": NAMESPACE,
        "endpoint": broker.endpoint,
        "ca_file": lab_ca.bundle,
        "connection_string": key_file(tmp_path, broker),
        "topic": TOPIC,
        "subscription": SUBSCRIPTION,
    }


@pytest.fixture
def anything(values: Mapping[str, Any], broker: LabBroker, tmp_path: Path) -> Mapping[str, Any]:
    """No entity is configured, and the key may list."""
    manager = {
        "connection_string": key_file(tmp_path, broker, broker.full_key),
        "management_endpoint": broker.management_endpoint,
    }
    return {**{k: v for k, v in values.items() if k not in {"topic", "subscription"}}, **manager}


def collector(values: Mapping[str, Any], **changes: Any) -> Collector:
    settings = ServiceBusSettings.model_validate({**values, **changes})
    return servicebus.create(Target(NAMESPACE, "site1", settings), Context())


async def check(broker: LabBroker, values: Mapping[str, Any], **changes: Any) -> Measured:
    return await run(broker, collector(values, **changes))


def up(seen: Measured, entity: str = ENTITY) -> object:
    return seen.value(SERVICEBUS_UP, appliance="site1", bus_namespace=NAMESPACE, entity=entity)


def phases(seen: Measured, entity: str = ENTITY) -> set[str]:
    labels = (values for metric, values in seen.samples if metric is SERVICEBUS_PHASE_DURATION)
    return {phase for *_, sampled, phase in labels if sampled == entity}


async def expect(broker: LabBroker, values: Mapping[str, Any], case: Case, **changes: Any) -> None:
    checked = collector(values, timeout=case.timeout, **changes)
    setattr(broker.faults, case.fault, case.value)
    seen = await run(broker, checked)
    assert (seen.reason, up(seen), phases(seen)) == (case.reason, 0, case.phases), seen.message
    assert case.says in seen.message
    assert "\n" not in seen.message


# --- what works ------------------------------------------------------------------------------------------------------


async def test_a_peek_that_works_is_up_with_the_time_of_every_phase(
    broker: LabBroker, values: Mapping[str, Any]
) -> None:
    seen = await check(broker, values)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL), seen.message
    assert broker.record.peeks == [ENTITY]


async def test_the_right_listen_suffices(broker: LabBroker, values: Mapping[str, Any]) -> None:
    assert broker.listen_key.rights == {"Listen"}
    assert up(await check(broker, values)) == 1
    assert broker.record.token_names == [f"sb://{broker.host}/{ENTITY}"]
    assert broker.record.hostnames == [broker.host]


async def test_a_peek_consumes_nothing_and_locks_nothing(broker: LabBroker, values: Mapping[str, Any]) -> None:
    messages = broker.namespace.entities[ENTITY.lower()].messages
    before = [(message.sequence_number, message.delivery_count, message.lock) for message in messages]
    assert len(before) == 2
    for _ in range(2):
        assert up(await check(broker, values)) == 1
    messages = broker.namespace.entities[ENTITY.lower()].messages
    assert [(message.sequence_number, message.delivery_count, message.lock) for message in messages] == before
    assert broker.record.deliveries == []


async def test_an_empty_entity_is_up(broker: LabBroker, values: Mapping[str, Any]) -> None:
    broker.namespace.entities[ENTITY.lower()].messages.clear()
    seen = await check(broker, values)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL)


async def test_a_queue_can_be_peeked_at(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, topic=None, subscription=None, queue=QUEUE)
    assert (seen.reason, up(seen, QUEUE), phases(seen, QUEUE)) == (None, 1, ALL)


async def test_amqp_can_go_through_a_websocket(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, transport="websocket", endpoint=broker.web_endpoint)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL), seen.message
    assert broker.record.upgrades == 2  # the look for a redirect, and the SDK
    assert broker.record.deliveries == []


async def test_a_signature_does_in_place_of_a_key(broker: LabBroker, values: Mapping[str, Any], tmp_path: Path) -> None:
    text = broker.signature_string(broker.listen_key, ENTITY)
    seen = await check(broker, values, connection_string=secret_file(tmp_path, text))
    assert (seen.reason, up(seen)) == (None, 1)


# --- faults of the path and of the service ---------------------------------------------------------------------------


@pytest.mark.parametrize("case", [*PATH_CASES, *ENTITY_CASES], ids=str)
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
    seen = await run(broker, checked)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL)


async def test_a_plain_port_is_no_tls(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, endpoint=broker.plain_endpoint)
    assert (seen.reason, up(seen), phases(seen)) == (Reason.RESET, 0, {"dns", "connect"})


async def test_a_namespace_that_does_not_resolve_is_dns(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, endpoint="sb://namespace.invalid:5671")
    assert (seen.reason, up(seen), phases(seen)) == (Reason.DNS, 0, set())
    assert "namespace.invalid does not resolve" in seen.message


async def test_dropped_packets_are_a_timeout_of_the_phase_connect(broker: LabBroker, values: Mapping[str, Any]) -> None:
    async with TcpListener() as firewalled:
        await firewalled.switch(Fault.DROPPED)
        seen = await check(broker, values, endpoint=f"sb://127.0.0.1:{firewalled.port}", timeout="1s")
    assert (seen.reason, up(seen), phases(seen)) == (Reason.TIMEOUT, 0, {"dns"})
    assert "packets are dropped" in seen.message


async def test_a_ca_file_that_is_not_there_is_tls(broker: LabBroker, values: Mapping[str, Any], tmp_path: Path) -> None:
    seen = await check(broker, values, ca_file=tmp_path / "nothing.pem")
    assert (seen.reason, up(seen)) == (Reason.TLS, 0)
    assert seen.message == f"the CA file {tmp_path / 'nothing.pem'} does not exist"


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
    samples = [
        value for block in out.blocks() for (metric, _), value in block.samples.items() if metric is SERVICEBUS_UP
    ]
    assert samples == [0]


# --- credentials -----------------------------------------------------------------------------------------------------


async def test_a_regenerated_key_is_unauthenticated_until_the_file_has_the_new_one(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    checked = collector(values)
    old = broker.namespace.keys[broker.listen_key.name]
    new = Key(old.name, old.rights)
    broker.namespace.keys[new.name] = new
    seen = await run(broker, checked)
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNAUTHENTICATED, 0, OPENED)
    assert "renew or correct it: InvalidSignature" in seen.message
    assert old.secret not in seen.message
    key_file(tmp_path, broker, new)
    assert up(await run(broker, checked)) == 1


async def test_a_key_without_listen_is_forbidden(broker: LabBroker, values: Mapping[str, Any], tmp_path: Path) -> None:
    sender = Key("sender", frozenset({"Send"}))
    broker.namespace.keys[sender.name] = sender
    seen = await check(broker, values, connection_string=key_file(tmp_path, broker, sender))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.FORBIDDEN, 0, ADMITTED)


async def test_a_key_of_another_entity_is_unauthenticated(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    other = Key("of-the-queue", frozenset({"Listen"}), scope=QUEUE)
    broker.namespace.keys[other.name] = other
    secret = key_file(tmp_path, broker, other)
    assert (await check(broker, values, connection_string=secret)).reason is Reason.UNAUTHENTICATED
    seen = await check(broker, values, connection_string=secret, topic=None, subscription=None, queue=QUEUE)
    assert (seen.reason, up(seen, QUEUE)) == (None, 1)


async def test_a_signature_that_ended_says_when(broker: LabBroker, values: Mapping[str, Any], tmp_path: Path) -> None:
    text = broker.signature_string(broker.listen_key, ENTITY, valid_for=-3600)
    seen = await check(broker, values, connection_string=secret_file(tmp_path, text))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNAUTHENTICATED, 0, PREFLIGHT)
    assert "signature that ended at 20" in seen.message


async def test_the_connection_string_of_another_namespace_is_named_with_both_hosts(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    text = broker.connection_string(broker.listen_key, host="migratesbns1.servicebus.windows.net")
    seen = await check(broker, values, connection_string=secret_file(tmp_path, text))
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNAUTHENTICATED, 0, PREFLIGHT)
    assert seen.message == (
        "the connection string is for the namespace migratesbns1.servicebus.windows.net, but "
        f"{broker.host} is configured: correct one of them"
    )


async def test_a_secret_that_cannot_be_read_is_named_with_its_file(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    missing = tmp_path / "nothing"
    seen = await check(broker, values, connection_string={"file": str(missing)})
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNAUTHENTICATED, 0, PREFLIGHT)
    assert str(missing) in seen.message


# --- entities --------------------------------------------------------------------------------------------------------


async def test_a_topic_that_does_not_exist_is_not_found(broker: LabBroker, values: Mapping[str, Any]) -> None:
    seen = await check(broker, values, topic="renamed")
    entity = f"renamed/Subscriptions/{SUBSCRIPTION}"
    assert (seen.reason, up(seen, entity), phases(seen, entity)) == (Reason.NOT_FOUND, 0, OPENED)


async def test_an_entity_with_sessions_is_unsupported(broker: LabBroker, values: Mapping[str, Any]) -> None:
    broker.namespace.entities[ENTITY.lower()].requires_session = True
    seen = await check(broker, values)
    assert (seen.reason, up(seen), phases(seen)) == (Reason.UNSUPPORTED, 0, ADMITTED)
    assert "requires sessions" in seen.message


async def test_without_an_entity_the_first_subscription_that_can_be_listed_is_taken(
    broker: LabBroker, anything: Mapping[str, Any]
) -> None:
    seen = await check(broker, anything)
    assert (seen.reason, up(seen), phases(seen)) == (None, 1, ALL), seen.message
    assert [key for key in seen.samples if key[0] is SERVICEBUS_UP] == [(SERVICEBUS_UP, ("site1", NAMESPACE, ENTITY))]


async def test_a_topic_alone_leaves_only_the_subscription_to_find(
    broker: LabBroker, anything: Mapping[str, Any]
) -> None:
    broker.namespace.entities["a/subscriptions/first"] = Entity("a/Subscriptions/first")
    seen = await check(broker, anything, topic=TOPIC)
    assert (seen.reason, up(seen)) == (None, 1)
    assert broker.record.listings == [f"/{TOPIC}/subscriptions"]


async def test_a_namespace_without_topics_gives_its_first_queue(broker: LabBroker, anything: Mapping[str, Any]) -> None:
    del broker.namespace.entities[ENTITY.lower()]
    seen = await check(broker, anything)
    assert (seen.reason, up(seen, QUEUE)) == (None, 1)


async def test_an_entity_that_was_found_is_not_looked_for_again_until_it_has_gone(
    broker: LabBroker, anything: Mapping[str, Any]
) -> None:
    checked = collector(anything)
    assert up(await run(broker, checked)) == 1
    listed = len(broker.record.listings)
    assert up(await run(broker, checked)) == 1
    assert len(broker.record.listings) == listed
    del broker.namespace.entities[ENTITY.lower()]
    seen = await run(broker, checked)
    assert (seen.reason, up(seen)) == (Reason.NOT_FOUND, 0)
    seen = await run(broker, checked)
    assert (seen.reason, up(seen, QUEUE)) == (None, 1)


async def test_an_empty_namespace_is_not_found(broker: LabBroker, anything: Mapping[str, Any]) -> None:
    broker.namespace.entities.clear()
    seen = await check(broker, anything)
    assert (seen.reason, up(seen, ""), phases(seen, "")) == (Reason.NOT_FOUND, 0, PREFLIGHT)
    assert seen.message == f"there is nothing to peek at in {broker.host}: it has no entity"


async def test_listen_rights_cannot_list_and_the_message_says_what_to_configure(
    broker: LabBroker, anything: Mapping[str, Any], tmp_path: Path
) -> None:
    seen = await check(broker, anything, connection_string=key_file(tmp_path, broker))
    assert (seen.reason, up(seen, ""), phases(seen, "")) == (Reason.FORBIDDEN, 0, PREFLIGHT)
    assert "Listen rights cannot list entities: configure topic and subscription, or queue" in seen.message


async def test_a_wrong_key_cannot_list_and_is_not_taken_for_one_without_the_right(
    broker: LabBroker, anything: Mapping[str, Any], tmp_path: Path
) -> None:
    wrong = key_file(tmp_path, broker, Key(broker.full_key.name))
    seen = await check(broker, anything, connection_string=wrong)
    assert (seen.reason, up(seen, ""), phases(seen, "")) == (Reason.UNAUTHENTICATED, 0, PREFLIGHT)
    assert "InvalidSignature" in seen.message


@pytest.mark.parametrize(
    ("fault", "reason"), [(404, Reason.NOT_FOUND), (503, Reason.UNAVAILABLE), ("silent", Reason.TIMEOUT)]
)
async def test_a_listing_that_fails_has_its_reason(
    fault: Any, reason: Reason, broker: LabBroker, anything: Mapping[str, Any]
) -> None:
    broker.faults.listing = fault
    seen = await check(broker, anything, timeout=SHORT if fault == "silent" else "15s")
    assert (seen.reason, up(seen, ""), phases(seen, "")) == (reason, 0, PREFLIGHT), seen.message
    assert "entities" in seen.message
