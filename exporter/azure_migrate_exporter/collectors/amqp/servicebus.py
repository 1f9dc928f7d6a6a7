"""Collector `servicebus`: a peek at one entity of the project's Service Bus namespace, with the time of each phase.

Article: in Service Bus Explorer, open the namespace with its connection string and peek ("Aperçu") at "Snapshot
Manager". A peek reads without taking: the message stays, unlocked, and its delivery count does not change.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

from azure.servicebus import TransportType
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from azure_migrate_exporter.collectors.amqp.check import Access, AmqpCheck
from azure_migrate_exporter.collectors.amqp.sdk import opened
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import SERVICEBUS_PHASE_DURATION, SERVICEBUS_UP
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.imports import import_late

_TRANSPORTS: Final = {"amqp": TransportType.Amqp, "websocket": TransportType.AmqpOverWebsocket}
_SDK_MARGIN: Final = 1.0
"""Seconds after the check's deadline at which the SDK gives up by itself, should it survive being cancelled."""
_LISTING: Final = "azure_migrate_exporter.collectors.amqp.listing"
_SUBSCRIPTIONS: Final = "/subscriptions/"


@dataclass(frozen=True, slots=True)
class Entity:
    """A subscription of `topic`, or the queue `name` if that is None."""

    name: str
    topic: str | None = None

    @classmethod
    def configured(cls, settings: ServiceBusSettings) -> "Entity | None":
        """The entity that the settings name, or None if they leave it open."""
        if settings.queue is not None:
            return cls(settings.queue)
        if settings.topic is not None and settings.subscription is not None:
            return cls(settings.subscription, settings.topic)
        return None

    @classmethod
    def at(cls, path: str) -> "Entity":
        """The entity of a path as Service Bus writes it."""
        begin = path.lower().find(_SUBSCRIPTIONS)
        return cls(path[begin + len(_SUBSCRIPTIONS) :], path[:begin]) if begin > 0 else cls(path)

    @property
    def path(self) -> str:
        """As Service Bus writes it."""
        return self.name if self.topic is None else f"{self.topic}/Subscriptions/{self.name}"

    def __str__(self) -> str:
        return f"queue {self.name}" if self.topic is None else f"subscription {self.name} of the topic {self.topic}"

    def receiver(self, client: ServiceBusClient) -> ServiceBusReceiver:
        """The SDK's receiver, which can peek."""
        if self.topic is None:
            return client.get_queue_receiver(self.name)
        return client.get_subscription_receiver(self.topic, self.name)


class ServiceBusCollector(AmqpCheck[ServiceBusSettings]):
    """Peeks at the configured entity, or that of the connection string, or the first one that can be listed."""

    name = "servicebus"
    up = SERVICEBUS_UP
    phase_duration = SERVICEBUS_PHASE_DURATION
    last_phase = "peek"
    scope = "https://servicebus.azure.net//.default"
    role = "Azure Service Bus Data Receiver"

    def __init__(self, target: Target[ServiceBusSettings]) -> None:
        super().__init__(target)
        self._entity = Entity.configured(self.settings)

    @property
    def path(self) -> str:
        """See `AmqpCheck.path`."""
        return self._entity.path if self._entity else ""

    @property
    def configured_path(self) -> str:
        """See `AmqpCheck.configured_path`."""
        entity = Entity.configured(self.settings)
        return entity.path if entity else ""

    @property
    def subject(self) -> str:
        """See `AmqpCheck.subject`."""
        return str(self._entity) if self._entity else "its entities"

    def use_entity(self, path: str) -> None:
        """See `AmqpCheck.use_entity`. With a configured topic its subscription is still to be found."""
        if path and not self.configured_path and self.settings.topic is None:
            self._entity = Entity.at(path)

    async def ask(self, access: Access) -> None:
        """Peek at one message; that there is none is an answer too."""
        self._entity = entity = self._entity or await self._find(access)
        client = ServiceBusClient(
            self.settings.host,
            access.credential,
            retry_total=0,
            try_timeout=max(access.time_left, 0) + _SDK_MARGIN,
            transport_type=_TRANSPORTS[access.transport],
            **access.options,
        )
        async with opened(client, access.progress) as stack:
            receiver = await stack.enter_async_context(entity.receiver(client))
            access.progress.finish("link")
            await receiver.peek_messages(1)
            access.progress.finish("peek")

    async def _find(self, access: Access) -> Entity:
        # Imported only here, and not in the event loop: half a second and 10 MiB that most configurations do without.
        listing = await asyncio.to_thread(import_late, _LISTING)
        found: Entity = await listing.first_entity(self.settings, access)
        return found

    async def collect(self, out: Measurements) -> None:
        """See `AmqpCheck.collect`."""
        try:
            await super().collect(out)
        except CheckError as error:
            if error.reason is Reason.NOT_FOUND:
                # One that was found by listing may be gone: look again next time.
                self._entity = Entity.configured(self.settings)
            raise


def create(target: Target[ServiceBusSettings], _: Context) -> Collector:
    """The collector of one namespace."""
    return ServiceBusCollector(target)
