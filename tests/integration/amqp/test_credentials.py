"""Entra identities in place of keys, for Service Bus and Event Hubs: real azure-identity over real TLS."""

import secrets
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors.amqp import eventhubs, servicebus
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.metrics import EVENTHUBS_UP, SERVICEBUS_PHASE_DURATION, SERVICEBUS_UP
from azure_migrate_exporter.reasons import Reason
from tests.integration.amqp import OPENED, PREFLIGHT, run, secret_file
from tests.lab.amqp import HUB, NAMESPACE, SUBSCRIPTION, TOPIC, LabBroker
from tests.lab.ca import LabCA
from tests.lab.entra import CLIENT, TENANT, LabEntra
from tests.lab.tcp import Certificates, Fault, TcpListener
from tests.measured import Measured


@pytest.fixture
def broker(broker: LabBroker) -> LabBroker:
    broker.namespace.identities[CLIENT] = frozenset({"Listen"})
    return broker


@pytest.fixture
async def entra(lab_ca: LabCA, tmp_path: Path) -> AsyncIterator[LabEntra]:
    async with LabEntra(Certificates.issue(lab_ca, tmp_path, "entra"), secrets.token_hex()) as running:
        yield running


@pytest.fixture
def values(broker: LabBroker, entra: LabEntra, lab_ca: LabCA, tmp_path: Path) -> Mapping[str, Any]:
    credential = {
        "type": "client_secret",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": secret_file(tmp_path, entra.secret),
        "authority": entra.authority,
    }
    return {
        "namespace": NAMESPACE,
        "endpoint": broker.endpoint,
        "ca_file": lab_ca.bundle,
        "credential": credential,
        "timeout": "10s",
    }


def peek(values: Mapping[str, Any], **changes: Any) -> Collector:
    entity = {"topic": TOPIC, "subscription": SUBSCRIPTION}
    settings = ServiceBusSettings.model_validate({**values, **entity, **changes})
    return servicebus.create(Target(NAMESPACE, "site1", settings), Context())


def read(values: Mapping[str, Any]) -> Collector:
    settings = EventHubSettings.model_validate({**values, "hub": HUB})
    return eventhubs.create(Target(NAMESPACE, "site1", settings), Context())


def phases(seen: Measured) -> set[str]:
    return {values[-1] for metric, values in seen.samples if metric is SERVICEBUS_PHASE_DURATION}


async def test_an_identity_with_the_role_can_peek(
    broker: LabBroker, entra: LabEntra, values: Mapping[str, Any]
) -> None:
    seen = await run(broker, peek(values))
    assert (seen.reason, seen.value(SERVICEBUS_UP)) == (None, 1), seen.message
    # The one that we ask for is the one that the SDK then finds in the credential's cache.
    assert entra.tokens == {"https://servicebus.azure.net//.default": 1}


async def test_an_identity_with_the_role_can_read_an_event_hub(
    broker: LabBroker, entra: LabEntra, values: Mapping[str, Any]
) -> None:
    seen = await run(broker, read(values))
    assert (seen.reason, seen.value(EVENTHUBS_UP)) == (None, 1), seen.message
    assert entra.tokens == {"https://eventhubs.azure.net//.default": 1}


async def test_an_identity_that_may_manage_can_list(broker: LabBroker, values: Mapping[str, Any]) -> None:
    broker.namespace.identities[CLIENT] = frozenset({"Listen", "Send", "Manage"})
    anything = {"topic": None, "subscription": None, "management_endpoint": broker.management_endpoint}
    seen = await run(broker, peek(values, **anything))
    assert (seen.reason, seen.value(SERVICEBUS_UP)) == (None, 1), seen.message


async def test_an_identity_without_a_role_is_forbidden_and_the_message_names_it(
    broker: LabBroker, values: Mapping[str, Any]
) -> None:
    broker.namespace.identities.clear()
    seen = await run(broker, peek(values))
    assert (seen.reason, seen.value(SERVICEBUS_UP), phases(seen)) == (Reason.FORBIDDEN, 0, OPENED)
    assert "give the identity the role Azure Service Bus Data Receiver" in seen.message
    seen = await run(broker, read(values))
    assert (seen.reason, seen.value(EVENTHUBS_UP)) == (Reason.FORBIDDEN, 0)
    assert "give the identity the role Azure Event Hubs Data Receiver" in seen.message


async def test_a_secret_that_entra_id_does_not_know_is_explained_in_its_words(
    broker: LabBroker, entra: LabEntra, values: Mapping[str, Any]
) -> None:
    known, entra.secret = entra.secret, secrets.token_hex()
    seen = await run(broker, peek(values))
    assert (seen.reason, seen.value(SERVICEBUS_UP), phases(seen)) == (Reason.IDENTITY, 0, PREFLIGHT)
    assert seen.message.startswith("no token from Entra ID: ")
    assert "AADSTS7000215" in seen.message
    assert known not in seen.message


async def test_an_entra_id_that_refuses_connections_is_a_matter_of_our_identity(
    broker: LabBroker, entra: LabEntra, values: Mapping[str, Any]
) -> None:
    await entra.switch(Fault.CLOSED)
    seen = await run(broker, peek(values))
    assert (seen.reason, seen.value(SERVICEBUS_UP), phases(seen)) == (Reason.IDENTITY, 0, PREFLIGHT)
    assert seen.message.startswith("no token from Entra ID: ")


async def test_a_silent_entra_id_is_named(broker: LabBroker, entra: LabEntra, values: Mapping[str, Any]) -> None:
    await entra.switch(Fault.SILENT)
    seen = await run(broker, peek(values, timeout="2s"))
    assert (seen.reason, seen.value(SERVICEBUS_UP), phases(seen)) == (Reason.IDENTITY, 0, PREFLIGHT)
    where = entra.authority.removeprefix("https://")
    assert seen.message.startswith(f"no token from Entra ID: no TLS with {where}: no answer to the handshake in 1.")


async def test_an_entra_id_that_never_answers_a_request_is_identity_and_named(
    broker: LabBroker, values: Mapping[str, Any], lab_ca: LabCA, tmp_path: Path
) -> None:
    async with TcpListener(certificates=Certificates.issue(lab_ca, tmp_path, "silent")) as silent:
        where = f"localhost:{silent.port}"
        credential = {**values["credential"], "authority": f"https://{where}"}
        seen = await run(broker, peek(values, credential=credential, timeout="2s"))
    assert (seen.reason, seen.value(SERVICEBUS_UP), phases(seen)) == (Reason.IDENTITY, 0, PREFLIGHT)
    assert seen.message.startswith("no token from Entra ID: ")
    assert where in seen.message
