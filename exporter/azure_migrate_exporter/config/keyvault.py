"""Section `appliances[].keyvaults`: key vaults of the replication."""

from azure_migrate_exporter.config.base import Model, Name, Port


class KeyVaultSettings(Model):
    """One vault."""

    name: Name | None = None
    """Name of the target; the vault's name if left out."""
    vault: Name
    """Short name (`migratekv…`) or host name of the vault."""
    port: Port = 443
    """TCP port."""
