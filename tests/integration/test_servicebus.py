"""The Service Bus collector, with the real SDK, against the lab's broker and every fault of it."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from azure_migrate_exporter.collectors import servicebus
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.metrics import SERVICEBUS_PHASE_DURATION, SERVICEBUS_UP
from azure_migrate_exporter.reasons import Reason
from tests.integration.amqp import PREFLIGHT, key_file, nothing_left, secret_file
from tests.lab.amqp import NAMESPACE, QUEUE, SUBSCRIPTION, TOPIC, LabBroker
from tests.lab.ca import LabCA
from tests.measured import Measured, measure

ENTITY = f"{TOPIC}/Subscriptions/{SUBSCRIPTION}"
ALL = {*PREFLIGHT, "open", "peek"}


@pytest.fixture
def ca(tmp_path: Path) -> LabCA:
    return LabCA(tmp_path / "ca")


@pytest.fixture
async def broker(ca: LabCA) -> AsyncIterator[LabBroker]:
    async with LabBroker(ca) as broker:
        yield broker


@pytest.fixture
def values(broker: LabBroker, ca: LabCA, tmp_path: Path) -> Mapping[str, Any]:
    return {
        "namespace": NAMESPACE,
        "endpoint": broker.endpoint,
        "ca_file": ca.bundle,
        "connection_string": key_file(tmp_path, broker),
        "topic": TOPIC,
        "subscription": SUBSCRIPTION,
    }


def collector(values: Mapping[str, Any], **changes: Any) -> Collector:
    settings = ServiceBusSettings.model_validate({**values, **changes})
    return servicebus.create(Target(NAMESPACE, "site1", settings), Context())


async def check(broker: LabBroker, values: Mapping[str, Any], **changes: Any) -> Measured:
    async with nothing_left(broker):
        return await measure(collector(values, **changes))


def up(seen: Measured, entity: str = ENTITY) -> object:
    return seen.value(SERVICEBUS_UP, appliance="site1", namespace=NAMESPACE, entity=entity)


def phases(seen: Measured, entity: str = ENTITY) -> set[str]:
    labels = (values for metric, values in seen.samples if metric is SERVICEBUS_PHASE_DURATION)
    return {phase for *_, sampled, phase in labels if sampled == entity}


async def test_a_peek_that_works_is_up_with_the_time_of_every_phase(
    broker: LabBroker, values: Mapping[str, Any]
) -> None:
    seen = await check(broker, values)
    assert seen.reason is None, seen.message
    assert up(seen) == 1
    assert phases(seen) == ALL
