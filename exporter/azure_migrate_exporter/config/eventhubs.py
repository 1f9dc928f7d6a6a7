"""Section `appliances[].eventhubs`: event hubs, if a project has any."""

from azure_migrate_exporter.config.amqp import AmqpSettings
from azure_migrate_exporter.config.base import Name


class EventHubSettings(AmqpSettings):
    """One namespace and the event hub whose properties are read; the Listen right suffices."""

    hub: Name
    """Name of the event hub."""
