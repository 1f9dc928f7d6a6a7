"""Faults of the Service Bus and Event Hubs namespaces."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from azure_migrate_exporter.reasons import Reason
from tests.lab.amqp import LabBroker
from tests.lab.amqp.faults import Faults
from tests.lab.faults.fault import Condition, Fault

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter

Broker = Callable[["DataCenter"], LabBroker]


def _refused(broker: Broker) -> Condition:
    @asynccontextmanager
    async def condition(center: "DataCenter") -> AsyncIterator[None]:
        await broker(center).refuse()
        yield
        await broker(center).admit()

    return condition


def _wrong(broker: Broker, **attributes: Any) -> Condition:
    """Attributes of the broker's `faults`, all switched off before."""

    @asynccontextmanager
    async def condition(center: "DataCenter") -> AsyncIterator[None]:
        faults, healthy = broker(center).faults, Faults()
        for name, value in attributes.items():
            setattr(faults, name, value)
        yield
        for name in attributes:
            setattr(faults, name, getattr(healthy, name))

    return condition


def _servicebus(center: "DataCenter") -> LabBroker:
    return center.servicebus


def _eventhubs(center: "DataCenter") -> LabBroker:
    return center.eventhubs


FAULTS: Final = (
    Fault(
        "servicebus-refused",
        "Service Bus",
        "the namespace refuses connections",
        "azure_migrate_servicebus_up == 0",
        "servicebus",
        Reason.REFUSED,
        _refused(_servicebus),
    ),
    Fault(
        "servicebus-tls-broken",
        "Service Bus",
        "a device on the path shows a certificate of its own",
        "azure_migrate_servicebus_up == 0",
        "servicebus",
        Reason.TLS,
        _wrong(_servicebus, certificate="stranger"),
    ),
    Fault(
        "servicebus-unauthorized",
        "Service Bus",
        "the shared access key is not accepted any more",
        "azure_migrate_servicebus_up == 0",
        "servicebus",
        Reason.UNAUTHENTICATED,
        _wrong(_servicebus, cbs=401),
    ),
    Fault(
        "servicebus-address-refused",
        "Service Bus",
        "the namespace does not admit the address of the appliance's network",
        "azure_migrate_servicebus_up == 0",
        "servicebus",
        Reason.FORBIDDEN,
        _wrong(_servicebus, cbs="address_refused"),
    ),
    Fault(
        "servicebus-entity-missing",
        "Service Bus",
        "the subscription is gone",
        "azure_migrate_servicebus_up == 0",
        "servicebus",
        Reason.NOT_FOUND,
        _wrong(_servicebus, attach="not-found"),
    ),
    Fault(
        "servicebus-silent",
        "Service Bus",
        "the namespace accepts connections and never says a word",
        "azure_migrate_servicebus_up == 0",
        "servicebus",
        Reason.TIMEOUT,
        _wrong(_servicebus, accept="silent"),
    ),
    Fault(
        "eventhubs-refused",
        "Event Hubs",
        "the namespace refuses connections",
        "azure_migrate_eventhubs_up == 0",
        "eventhubs",
        Reason.REFUSED,
        _refused(_eventhubs),
    ),
)
