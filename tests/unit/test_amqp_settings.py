"""Settings of Service Bus and Event Hubs, and the connection strings that they point to."""

import time
from typing import Any

import pytest
from pydantic import ValidationError

from azure_migrate_exporter.collectors.amqp.connection_string import parse
from azure_migrate_exporter.collectors.amqp.servicebus import Entity
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.reasons import CheckError, Reason

HOST = "migratesbns1.servicebus.windows.net"
CHINA = "migratesbns1.servicebus.chinacloudapi.cn"
KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
SIG = "c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtMTI%3D"
SECRET = {"env": "CONNECTION_STRING"}
LEAST: dict[str, Any] = {"namespace": "migratesbns1", "connection_string": SECRET}


def settings(**values: Any) -> ServiceBusSettings:
    return ServiceBusSettings.model_validate({**LEAST, **values})


@pytest.mark.parametrize(
    ("values", "host", "address"),
    [
        ({}, HOST, (HOST, 5671)),
        ({"transport": "websocket"}, HOST, (HOST, 443)),
        ({"namespace": "MigrateSbns1"}, HOST, (HOST, 5671)),
        ({"namespace": CHINA}, CHINA, (CHINA, 5671)),
        ({"endpoint": "sb://10.0.0.4:7000"}, HOST, ("10.0.0.4", 7000)),
        ({"endpoint": "sb://private.example/", "transport": "websocket"}, HOST, ("private.example", 443)),
    ],
)
def test_the_namespace_is_what_tokens_are_for_and_the_address_where_to_connect(
    values: dict[str, Any], host: str, address: tuple[str, int]
) -> None:
    assert (settings(**values).host, settings(**values).address) == (host, address)


@pytest.mark.parametrize(
    ("values", "entity"),
    [
        ({}, None),
        ({"topic": "t"}, None),
        ({"topic": "t", "subscription": "s"}, "t/Subscriptions/s"),
        ({"queue": "q"}, "q"),
    ],
)
def test_an_entity_is_a_queue_or_a_subscription_or_left_open(values: dict[str, Any], entity: str | None) -> None:
    found = Entity.configured(settings(**values))
    assert (found.path if found else None) == entity


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"connection_string": None}, "give exactly one of connection_string and credential"),
        ({"credential": {"type": "managed_identity"}}, "give exactly one of connection_string and credential"),
        ({"namespace": "sb://migratesbns1"}, "write the name only"),
        ({"namespace": "migratesbns1:5671"}, "write the name only"),
        ({"endpoint": "https://10.0.0.4"}, "write host and port, as in"),
        ({"endpoint": "10.0.0.4:5671"}, "write host and port, as in"),
        ({"management_endpoint": "10.0.0.4"}, "write host and port, as in"),
        ({"subscription": "s"}, "a subscription needs the topic that it belongs to"),
        ({"queue": "q", "topic": "t"}, "give either queue, or topic and subscription"),
        ({"transport": "amqps"}, "Input should be 'amqp' or 'websocket'"),
    ],
)
def test_a_mistake_gives_one_line_that_says_what_to_write(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(**values)
    (error,) = caught.value.errors()
    assert message in error["msg"]


def test_an_event_hub_needs_its_name() -> None:
    with pytest.raises(ValidationError, match="hub"):
        EventHubSettings.model_validate(LEAST)


def test_a_connection_string_is_read_whatever_its_case_and_order() -> None:
    text = f"sharedaccesskey={KEY};ENDPOINT=sb://{HOST}/;SharedAccessKeyName=Listen;"
    found = parse(text, HOST, None)
    assert (found.host, found.key_name, found.key, found.entity) == (HOST, "Listen", KEY, "")
    assert KEY not in repr(found)


def test_a_signature_is_read_whole() -> None:
    signature = f"SharedAccessSignature sr=x&sig={SIG}&se={int(time.time()) + 60}&skn=n"
    assert parse(f"Endpoint=sb://{HOST};SharedAccessSignature={signature}", HOST, None).signature == signature


@pytest.mark.parametrize("entity", ["topic/Subscriptions/sub", "TOPIC/Subscriptions/sub", "topic"])
def test_the_string_of_a_topic_is_good_for_its_subscriptions(entity: str) -> None:
    text = f"Endpoint=sb://{HOST}/;SharedAccessKeyName=n;SharedAccessKey={KEY};EntityPath=topic"
    assert parse(text, HOST, entity).entity == "topic"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not a connection string", "has no Endpoint"),
        (f"SharedAccessKeyName=n;SharedAccessKey={KEY}", "has no Endpoint"),
        (f"Endpoint=sb://{HOST}/;SharedAccessKeyName=n", "has neither"),
        (f"Endpoint=sb://{HOST}/;SharedAccessKey={KEY}", "has neither"),
        (
            f"Endpoint=sb://other.example/;SharedAccessKeyName=n;SharedAccessKey={KEY}",
            "is for the namespace other.example",
        ),
        (
            f"Endpoint=sb://{HOST}/;SharedAccessKeyName=n;SharedAccessKey={KEY};EntityPath=tope",
            "is for the entity tope",
        ),
        (
            f"Endpoint=sb://{HOST}/;SharedAccessSignature=SharedAccessSignature sr=x&sig={KEY}&se=1700000000",
            "holds a signature that ended at 2023-11-14",
        ),
    ],
)
def test_a_bad_connection_string_says_what_is_wrong_and_not_what_it_holds(text: str, message: str) -> None:
    with pytest.raises(CheckError) as caught:
        parse(text, HOST, "topic")
    assert caught.value.reason is Reason.UNAUTHENTICATED
    assert caught.value.message.startswith(f"the connection string {message}")
    assert KEY not in caught.value.message
