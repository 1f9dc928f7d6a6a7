"""Collector `servicebus`: a peek at one entity of the project's Service Bus namespace, with the time of each phase.

Article: in Service Bus Explorer, open the namespace with its connection string and peek ("Aperçu") at "Snapshot
Manager". A peek reads without taking: the message stays, unlocked, and its delivery count does not change.
"""

import asyncio
from importlib import import_module
from typing import Final

from azure.servicebus import TransportType
from azure.servicebus.aio import ServiceBusClient

from azure_migrate_exporter.collectors.amqp.check import AmqpCheck, Way
from azure_migrate_exporter.collectors.amqp.entity import Entity, configured
from azure_migrate_exporter.collectors.amqp.sdk import opened
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import SERVICEBUS_PHASE_DURATION, SERVICEBUS_UP
from azure_migrate_exporter.reasons import CheckError, Reason

_TRANSPORTS: Final = {"amqp": TransportType.Amqp, "websocket": TransportType.AmqpOverWebsocket}
_SECOND_NET: Final = 1.0
"""Seconds after the check's deadline at which the SDK gives up by itself, should it survive being cancelled."""
_LISTING: Final = "azure_migrate_exporter.collectors.amqp.listing"


class ServiceBusCollector(AmqpCheck[ServiceBusSettings]):
    """Peeks at the configured entity, or at the first one that can be listed."""

    up = SERVICEBUS_UP
    phase_duration = SERVICEBUS_PHASE_DURATION
    phases = ("dns", "connect", "tls", "open", "peek")
    scope = "https://servicebus.azure.net//.default"
    role = "Azure Service Bus Data Receiver"

    def __init__(self, appliance: str, settings: ServiceBusSettings) -> None:
        super().__init__(appliance, settings)
        self._entity = configured(settings)

    @property
    def path(self) -> str:
        """See `AmqpCheck.path`."""
        return self._entity.path if self._entity else ""

    @property
    def subject(self) -> str:
        """See `AmqpCheck.subject`."""
        return str(self._entity) if self._entity else "its entities"

    async def ask(self, way: Way) -> None:
        """Peek at one message; that there is none is an answer too."""
        self._entity = entity = self._entity or await self._find(way)
        client = ServiceBusClient(
            self.settings.host,
            way.credential,
            retry_total=0,
            try_timeout=max(way.time_left, 0) + _SECOND_NET,
            transport_type=_TRANSPORTS[self.settings.transport],
            custom_endpoint_address=self.settings.endpoint,
            ssl_context=way.tls,
        )
        async with opened(client) as stack:
            receiver = entity.receiver(client)
            with way.progress.phase("open"):
                await stack.enter_async_context(receiver)
            with way.progress.phase("peek"):
                await receiver.peek_messages(1)

    async def _find(self, way: Way) -> Entity:
        # Imported only here, and not in the event loop: half a second and 10 MiB that most configurations do without.
        listing = await asyncio.to_thread(import_module, _LISTING)
        with way.progress.aside(f"{self.settings.management_host}, which was asked to list entities"):
            found: Entity = await listing.first_entity(self.settings, way)
        return found

    async def collect(self, out: Measurements) -> None:
        """See `AmqpCheck.collect`."""
        try:
            await super().collect(out)
        except CheckError as error:
            if error.reason is Reason.NOT_FOUND:
                # One that was found by listing may be gone: look again next time.
                self._entity = configured(self.settings)
            raise


def create(target: Target[ServiceBusSettings], _: Context) -> Collector:
    """The collector of one namespace."""
    return ServiceBusCollector(target.appliance, target.settings)
