"""A stand-in for a Service Bus and Event Hubs namespace, on the real wire."""

from tests.lab.amqp.broker import HUB, NAMESPACE, QUEUE, SUBSCRIPTION, TOPIC, LabBroker
from tests.lab.amqp.faults import Faults, Listing
from tests.lab.amqp.namespace import Entity, Hub, Key

__all__ = [
    "HUB",
    "NAMESPACE",
    "QUEUE",
    "SUBSCRIPTION",
    "TOPIC",
    "Entity",
    "Faults",
    "Hub",
    "Key",
    "LabBroker",
    "Listing",
]
