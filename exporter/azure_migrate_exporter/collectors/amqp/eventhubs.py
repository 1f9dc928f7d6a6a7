"""Collector `eventhubs`: the properties of one event hub, with the time of each phase.

The article names Event Hubs beside Service Bus as a path of the appliance, and gives no test for it; this is the
least that a client can ask.
"""

from typing import Final

from azure.eventhub import TransportType
from azure.eventhub.aio import EventHubProducerClient

from azure_migrate_exporter.collectors.amqp.check import Access, AmqpCheck
from azure_migrate_exporter.collectors.amqp.sdk import opened
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.eventhubs import EventHubSettings
from azure_migrate_exporter.exposition.metrics import EVENTHUBS_PHASE_DURATION, EVENTHUBS_UP

_TRANSPORTS: Final = {"amqp": TransportType.Amqp, "websocket": TransportType.AmqpOverWebsocket}


class EventHubsCollector(AmqpCheck[EventHubSettings]):
    """Reads the properties of the configured hub: no event is read or sent."""

    name = "eventhubs"
    up = EVENTHUBS_UP
    phase_duration = EVENTHUBS_PHASE_DURATION
    last_phase = "read"
    scope = "https://eventhubs.azure.net//.default"
    role = "Azure Event Hubs Data Receiver"

    @property
    def path(self) -> str:
        """See `AmqpCheck.path`."""
        return self.settings.hub

    @property
    def subject(self) -> str:
        """See `AmqpCheck.subject`."""
        return f"event hub {self.settings.hub}"

    async def ask(self, access: Access) -> None:
        """Read the hub's properties."""
        client = EventHubProducerClient(
            self.settings.host,
            self.settings.hub,
            access.credential,
            retry_total=0,
            retry_backoff_factor=0,  # it waits that long even before it gives up
            transport_type=_TRANSPORTS[access.transport],
            **access.options,
        )
        async with opened(client, access.progress):
            await client.get_eventhub_properties()
            access.progress.finish("read")


def create(target: Target[EventHubSettings], _: Context) -> Collector:
    """The collector of one event hub."""
    return EventHubsCollector(target)
