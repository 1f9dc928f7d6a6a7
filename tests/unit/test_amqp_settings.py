"""Settings of Service Bus and Event Hubs, and the connection strings that they point to."""

import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from azure_migrate_exporter.collectors.amqp.connection_string import parse, wants_websocket
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


# --- as it is pasted -------------------------------------------------------------------------------------------------

GOOD = f"Endpoint=sb://{HOST}/;SharedAccessKeyName=Listen;SharedAccessKey={KEY}"


@pytest.mark.parametrize(
    "text",
    [GOOD, f"{GOOD};", f" {GOOD}\n", GOOD.replace("/;", "/ ; ")],
    ids=["as it is", "with a semicolon at the end", "with blanks around it", "with blanks inside"],
)
def test_a_connection_string_is_understood(text: str) -> None:
    found = parse(text, HOST, None)
    assert (found.host, found.key_name, found.key) == (HOST, "Listen", KEY)


def test_html_ampersands_in_a_signature_are_understood() -> None:
    signature = f"SharedAccessSignature sr=x&sig={SIG}&se={int(time.time()) + 60}&skn=n"
    pasted = signature.replace("&", "&amp;")
    assert parse(f"Endpoint=sb://{HOST};SharedAccessSignature={pasted}", HOST, None).signature == signature


def test_a_signature_without_its_first_word_gets_it() -> None:
    signature = f"sr=x&sig={SIG}&se={int(time.time()) + 60}&skn=n"
    found = parse(f"Endpoint=sb://{HOST};SharedAccessSignature={signature}", HOST, None)
    assert found.signature == f"SharedAccessSignature {signature}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"Endpoint=sb://{HOST}/;SharedAccessSignature=sr=x&sig={SIG[:20]}&se=99999999999&skn=n",
            "holds a signature that is encoded twice or cut",
        ),
        (
            f"Endpoint=sb://{HOST}/;SharedAccessSignature=sr=x&sig={quote(SIG)}&se=99999999999&skn=n",
            "holds a signature that is encoded twice or cut",
        ),
        (
            f"Endpoint=sb://{HOST}/;SharedAccessSignature=SharedAccessSignature sr=x&sig={SIG}",
            "holds a signature without the parts ['se', 'skn']",
        ),
        ("Endpoint=sb://[::1;SharedAccessKeyName=n;SharedAccessKey=k", "has no Endpoint"),
    ],
)
def test_a_spoiled_connection_string_is_named(text: str, message: str) -> None:
    with pytest.raises(CheckError) as caught:
        parse(text, HOST, None)
    assert caught.value.reason is Reason.UNAUTHENTICATED
    assert caught.value.message.startswith(f"the connection string {message}")


@pytest.mark.parametrize(
    ("end", "wanted"),
    [
        ("", False),
        (";TransportType=Amqp", False),
        (";TransportType=AmqpTcp", False),
        (";TransportType=AmqpWebSockets", True),
        (";transporttype=amqpwebsockets", True),
    ],
)
def test_the_transport_type_is_read(end: str, wanted: bool) -> None:  # noqa: FBT001
    assert wants_websocket(GOOD + end) is wanted


@pytest.mark.parametrize(
    ("path", "entity"),
    [
        ("q", Entity("q")),
        ("t/Subscriptions/s", Entity("s", "t")),
        ("t/subscriptions/s", Entity("s", "t")),
        ("a/b/c", Entity("a/b/c")),
    ],
)
def test_an_entity_path_is_a_queue_or_a_subscription(path: str, entity: Entity) -> None:
    assert Entity.at(path) == entity


@given(st.text(max_size=200), st.sampled_from(["", f"Endpoint=sb://{HOST};", GOOD, f"{GOOD};SharedAccessSignature="]))
def test_no_text_at_all_ends_in_anything_but_parts_or_one_clear_line(text: str, before: str) -> None:
    wants_websocket(before + text)
    for pasted in (before + text, text + before):
        error = verdict(pasted)
        assert error is None or error.reason is Reason.UNAUTHENTICATED
        assert error is None or error.message.startswith("the connection string ")
        assert error is None or KEY not in error.message


def verdict(text: str) -> CheckError | None:
    try:
        parse(text, HOST, "topic")
    except CheckError as error:
        return error
    return None
