"""The lab's broker, with the real SDK at the other end: what it must do for the other tests to mean something."""

import socket
from collections.abc import AsyncIterator
from dataclasses import fields
from typing import Any

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.eventhub import TransportType as HubTransport
from azure.eventhub.aio import EventHubProducerClient
from azure.servicebus import ServiceBusMessage, TransportType
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusAuthorizationError

from tests.lab.amqp import HUB, QUEUE, SUBSCRIPTION, TOPIC, Entity, Faults, Hub, Key, LabBroker
from tests.lab.ca import LabCA


@pytest.fixture
async def broker(lab_ca: LabCA) -> AsyncIterator[LabBroker]:
    async with LabBroker(lab_ca) as broker:
        yield broker


def client(broker: LabBroker, ca: LabCA, key: Key | None = None, **changes: Any) -> ServiceBusClient:
    key = key or broker.full_key
    options = {
        "retry_total": 0,
        "try_timeout": 10,
        "transport_type": TransportType.Amqp,
        "custom_endpoint_address": broker.endpoint,
        "ssl_context": ca.client_context(),
    }
    return ServiceBusClient(broker.host, AzureNamedKeyCredential(key.name, key.secret), **{**options, **changes})


def queue(broker: LabBroker) -> Entity:
    return broker.namespace.entities[QUEUE]


async def test_what_is_received_and_completed_is_gone(broker: LabBroker, lab_ca: LabCA) -> None:
    queue(broker).put(b"one", b"two")
    async with client(broker, lab_ca) as bus, bus.get_queue_receiver(QUEUE) as receiver:
        (message,) = await receiver.receive_messages(max_message_count=1, max_wait_time=5)
        assert str(message) == "one"
        await receiver.complete_message(message)
    assert [message.body for message in queue(broker).messages] == [b"two"]
    assert QUEUE in broker.record.deliveries


async def test_what_is_received_and_abandoned_counts_one_delivery_more(broker: LabBroker, lab_ca: LabCA) -> None:
    queue(broker).put(b"one")
    async with client(broker, lab_ca) as bus, bus.get_queue_receiver(QUEUE) as receiver:
        (message,) = await receiver.receive_messages(max_message_count=1, max_wait_time=5)
        assert queue(broker).messages[0].lock is not None
        await receiver.abandon_message(message)
    assert [(m.body, m.delivery_count, m.lock) for m in queue(broker).messages] == [(b"one", 1, None)]


async def test_what_is_sent_arrives(broker: LabBroker, lab_ca: LabCA) -> None:
    async with client(broker, lab_ca) as bus, bus.get_queue_sender(QUEUE) as sender:
        await sender.send_messages(ServiceBusMessage(b"hello"))
    assert [message.body for message in queue(broker).messages] == [b"hello"]


async def test_a_peek_shows_messages_from_a_sequence_number_on(broker: LabBroker, lab_ca: LabCA) -> None:
    async with client(broker, lab_ca) as bus, bus.get_subscription_receiver(TOPIC, SUBSCRIPTION) as receiver:
        seen = await receiver.peek_messages(10, sequence_number=2)
    assert [(str(message), message.sequence_number, message.delivery_count) for message in seen] == [
        ("remove snapshot", 2, 0)
    ]


async def test_a_key_that_may_only_listen_cannot_send_or_reach_another_scope(broker: LabBroker, lab_ca: LabCA) -> None:
    async with client(broker, lab_ca, broker.listen_key) as bus:
        with pytest.raises(ServiceBusAuthorizationError, match="'Send' claim"):
            await bus.get_queue_sender(QUEUE).__aenter__()
    assert queue(broker).messages == []


async def test_amqp_without_tls_is_spoken_too(broker: LabBroker) -> None:
    text = broker.connection_string(broker.listen_key, host=broker.plain_endpoint.removeprefix("sb://"))
    plain = ServiceBusClient.from_connection_string(
        f"{text};UseDevelopmentEmulator=true", retry_total=0, try_timeout=10
    )
    async with plain, plain.get_subscription_receiver(TOPIC, SUBSCRIPTION) as receiver:
        assert len(await receiver.peek_messages(10)) == 2


async def test_an_event_hub_tells_its_properties(lab_ca: LabCA) -> None:
    hub = Hub("events", partitions=3)
    async with LabBroker(lab_ca, name="hubs", entities=(), hubs=(hub,)) as broker:
        key = AzureNamedKeyCredential(broker.listen_key.name, broker.listen_key.secret)
        reader = EventHubProducerClient(
            broker.host,
            "events",
            key,
            retry_total=0,
            transport_type=HubTransport.Amqp,
            custom_endpoint_address=broker.endpoint,
            ssl_context=lab_ca.client_context(),
        )
        async with reader:
            properties = await reader.get_eventhub_properties()
    assert properties == {"eventhub_name": "events", "created_at": hub.created_at, "partition_ids": ["0", "1", "2"]}


async def test_a_connection_that_is_accepted_as_the_listener_shuts_is_closed(broker: LabBroker) -> None:
    """In the same turn of the loop, before its task has begun."""
    listener = broker._plain
    await listener.open()
    with socket.create_connection(("127.0.0.1", listener.port)) as client:
        assert listener._listener is not None
        listener._accept(listener._listener)
        (accepted,) = listener._greeting.values()
        await listener.shut()
        assert accepted.fileno() == -1
        assert client.recv(1) == b""


async def test_every_fault_can_be_switched_off_while_it_runs(broker: LabBroker, lab_ca: LabCA) -> None:
    for fault in fields(Faults):
        setattr(broker.faults, fault.name, "silent")
    ports = (broker.endpoint, broker.plain_endpoint, broker.web_endpoint)
    await broker.refuse()
    broker.heal()
    await broker.admit()
    assert broker.faults == Faults()
    assert (broker.endpoint, broker.plain_endpoint, broker.web_endpoint) == ports
    async with client(broker, lab_ca) as bus, bus.get_subscription_receiver(TOPIC, SUBSCRIPTION) as receiver:
        assert len(await receiver.peek_messages(10)) == 2
    assert broker.record.peeks == [f"{TOPIC}/Subscriptions/{SUBSCRIPTION}"]
    assert HUB not in broker.record.reads
