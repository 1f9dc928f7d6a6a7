"""Section `appliances[].storage`: the accounts that the appliance uploads to."""

from typing import Literal

from azure_migrate_exporter.config.base import Model, Name


class StorageSettings(Model):
    """One account."""

    name: Name | None = None
    """Name of the target; the account's name if left out."""
    account: Name
    """Name of the storage account."""
    role: Literal["cache", "gateway", "replication"]
    """What Azure Migrate uses it for: `migratelsa…`, `migrategwsa…` or `migratersa…`."""
