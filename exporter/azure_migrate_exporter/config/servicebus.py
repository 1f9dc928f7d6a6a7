"""Section `appliances[].servicebus`: the Service Bus namespace of a legacy project."""

from azure_migrate_exporter.config.base import Model, Name


class ServiceBusSettings(Model):
    """One namespace and what to peek at."""

    name: Name | None = None
    """Name of the target; the namespace's short name if left out."""
    namespace: Name
    """Short name (`migratesbns…`) or full host name."""
