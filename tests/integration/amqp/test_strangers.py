"""Peers that speak no AMQP, or not for long, and answers to a listing that no Service Bus gives."""

import asyncio
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.amqp import eventhubs, servicebus
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.metrics import SERVICEBUS_UP
from azure_migrate_exporter.reasons import Reason
from tests.integration.amqp import PREFLIGHT, key_file, run, secret_file
from tests.lab.amqp import HUB, NAMESPACE, QUEUE, SUBSCRIPTION, TOPIC, LabBroker, Listing
from tests.lab.amqp.codec import Array, Symbol, UByte, UInt, UShort
from tests.lab.amqp.frames import AMQP_HEADER, SASL_HEADER, Code, encode_frame
from tests.lab.ca import LabCA
from tests.lab.tcp import Certificates, TcpListener
from tests.measured import measure

GREETING = (
    SASL_HEADER
    + encode_frame(Code.SASL_MECHANISMS, [Array([Symbol("ANONYMOUS")])])
    + encode_frame(Code.SASL_OUTCOME, [UByte(0), None])
    + AMQP_HEADER
)
OPENED = GREETING + encode_frame(Code.OPEN, ["stranger", None, UInt(65536), UShort(255), UInt(240_000)])
OPENINGS = {"at once": b"", "after SASL": GREETING, "after the open": OPENED}


@pytest.fixture
def values(broker: LabBroker, lab_ca: LabCA, tmp_path: Path) -> Mapping[str, Any]:
    return {
        "namespace": NAMESPACE,
        "endpoint": broker.endpoint,
        "ca_file": lab_ca.bundle,
        "connection_string": key_file(tmp_path, broker),
        "timeout": "1s",
    }


def peek(values: Mapping[str, Any], **changes: Any) -> Collector:
    entity = {"topic": TOPIC, "subscription": SUBSCRIPTION}
    settings = ServiceBusSettings.model_validate({**values, **entity, **changes})
    return servicebus.create(Target(NAMESPACE, "site1", settings), Context())


def read(values: Mapping[str, Any], **changes: Any) -> Collector:
    settings = EventHubSettings.model_validate({**values, "hub": HUB, **changes})
    return eventhubs.create(Target(NAMESPACE, "site1", settings), Context())


@pytest.mark.parametrize("make", [peek, read], ids=["servicebus", "eventhubs"])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("opening", OPENINGS)
async def test_no_bytes_at_all_are_a_bug_of_ours(
    make: Any, opening: str, seed: int, values: Mapping[str, Any], lab_ca: LabCA, tmp_path: Path
) -> None:
    junk = random.Random(seed).randbytes(64)
    if seed % 2:  # a frame of the right size with nonsense inside
        junk = (len(junk) + 8).to_bytes(4, "big") + b"\x02\x00\x00\x00" + junk

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OPENINGS[opening] + junk)
        await writer.drain()
        while await reader.read(4096):
            pass

    async with TcpListener(serve, certificates=Certificates.issue(lab_ca, tmp_path, "stranger")) as stranger:
        seen = await measure(make(values, endpoint=f"sb://localhost:{stranger.port}"))
    assert seen.reason in {Reason.PROTOCOL, Reason.RESET, Reason.TIMEOUT}, seen.message
    assert seen.message.startswith(("localhost:", "no answer within 1 s from localhost:"))


# --- a listing -------------------------------------------------------------------------------------------------------

HTML = b"<!DOCTYPE html><html><body>Blocked by the policy of Example Ltd</body></html>"
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>Today</title></entry></feed>'
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title></channel></rss>'


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Listing(200, HTML, "text/html"), Reason.PROTOCOL),
        (Listing(200, b"", "text/plain"), Reason.PROTOCOL),
        (Listing(200, b"{}", "application/json"), Reason.PROTOCOL),
        (Listing(200, b"null", "application/json"), Reason.PROTOCOL),
        (Listing(200, ATOM, "application/atom+xml"), Reason.PROTOCOL),
        (Listing(200, RSS, "application/xml"), Reason.PROTOCOL),
        (Listing(302, HTML, "text/html"), Reason.PROTOCOL),
        (Listing(403, HTML, "text/html"), Reason.PROXY),
        (Listing(429, HTML, "text/html"), Reason.THROTTLED),
        (Listing(502, HTML, "text/html"), Reason.UNAVAILABLE),
    ],
    ids=["HTML", "empty", "{}", "null", "a foreign feed", "RSS", "a redirect", "403", "429", "502"],
)
async def test_a_listing_that_is_not_the_services_says_so(
    answer: Listing, reason: Reason, broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    anything = {
        "topic": None,
        "subscription": None,
        "management_endpoint": broker.management_endpoint,
        "connection_string": key_file(tmp_path, broker, broker.full_key),
        "timeout": "15s",
    }
    broker.faults.listing = answer
    seen = await run(broker, peek(values, **anything))
    assert (seen.reason, seen.value(SERVICEBUS_UP)) == (reason, 0), seen.message
    assert "not the service: a proxy or block page?" in seen.message
    assert "Example Ltd" not in seen.message


# --- what a connection string says -----------------------------------------------------------------------------------


async def test_transport_type_amqp_web_sockets_is_used(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    text = f"{broker.connection_string(broker.listen_key)};TransportType=AmqpWebSockets"
    changes = {"connection_string": secret_file(tmp_path, text), "endpoint": broker.web_endpoint, "timeout": "15s"}
    for make in (peek, read):
        before = broker.record.upgrades
        seen = await run(broker, make(values, **changes))
        assert (seen.reason, seen.message) == (None, "")
        assert broker.record.upgrades == before + 2  # the look for a redirect, and the SDK


async def test_a_configured_transport_counts_more_than_the_connection_string(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    text = f"{broker.connection_string(broker.listen_key)};TransportType=AmqpWebSockets"
    secret = secret_file(tmp_path, text)
    seen = await run(broker, peek(values, connection_string=secret, transport="amqp", timeout="15s"))
    assert (seen.reason, seen.message, broker.record.upgrades) == (None, "", 0)


@pytest.mark.parametrize("path", [QUEUE, f"{TOPIC}/Subscriptions/{SUBSCRIPTION}"])
async def test_entity_path_is_used_where_no_entity_is_configured(
    path: str, broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    text = broker.connection_string(broker.listen_key, entity=path)
    changes = {"topic": None, "subscription": None, "connection_string": secret_file(tmp_path, text), "timeout": "15s"}
    seen = await run(broker, peek(values, **changes))
    assert (seen.reason, seen.message) == (None, "")
    assert broker.record.peeks == [path]
    assert seen.value(SERVICEBUS_UP, entity=path) == 1


async def test_a_connection_string_that_cannot_be_used_is_said_after_the_path_was_measured(
    broker: LabBroker, values: Mapping[str, Any], tmp_path: Path
) -> None:
    seen = await run(broker, peek(values, connection_string=secret_file(tmp_path, "nonsense")))
    assert seen.reason is Reason.UNAUTHENTICATED
    assert {labels[-1] for _, labels in seen.samples} & PREFLIGHT == PREFLIGHT
