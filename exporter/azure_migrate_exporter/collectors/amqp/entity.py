"""What a peek is made at: a queue, or a subscription of a topic."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azure_migrate_exporter.config.servicebus import ServiceBusSettings

if TYPE_CHECKING:
    from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver


@dataclass(frozen=True, slots=True)
class Entity:
    """A subscription of `topic`, or the queue `name` if that is None."""

    name: str
    topic: str | None = None

    @property
    def path(self) -> str:
        """As Service Bus writes it."""
        return self.name if self.topic is None else f"{self.topic}/Subscriptions/{self.name}"

    def __str__(self) -> str:
        return f"queue {self.name}" if self.topic is None else f"subscription {self.name} of the topic {self.topic}"

    def receiver(self, client: "ServiceBusClient") -> "ServiceBusReceiver":
        """The SDK's receiver, which can peek."""
        if self.topic is None:
            return client.get_queue_receiver(self.name)
        return client.get_subscription_receiver(self.topic, self.name)


def configured(settings: ServiceBusSettings) -> Entity | None:
    """The entity that the settings name, or None if they leave it open."""
    if settings.queue is not None:
        return Entity(settings.queue)
    if settings.topic is not None and settings.subscription is not None:
        return Entity(settings.subscription, settings.topic)
    return None
