"""Section `appliances[].eventhubs`: event hubs, where a project has one."""

from azure_migrate_exporter.config.base import Model, Name


class EventHubSettings(Model):
    """One namespace and the event hub whose properties are read."""

    name: Name | None = None
    """Name of the target; the namespace's short name if left out."""
    namespace: Name
    """Short name (`contoso`) or full host name."""
