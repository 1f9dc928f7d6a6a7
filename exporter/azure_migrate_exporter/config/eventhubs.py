"""Section `appliances[].eventhubs`: event hubs, where a project has one."""

from azure_migrate_exporter.config.amqp import AmqpSettings
from azure_migrate_exporter.config.base import Name


class EventHubSettings(AmqpSettings):
    """One namespace and the event hub whose properties are read; the right Listen suffices."""

    hub: Name
    """Name of the event hub."""
