"""Section `appliances[].keyvaults`: key vaults of the replication."""

from typing import Final

from azure_migrate_exporter.config.base import Host, LocalPath, Model, Name, Port

PUBLIC_CLOUD: Final = "vault.azure.net"


class KeyVaultSettings(Model):
    """One vault.

    Requires no privilege and no identity: the check opens a TCP connection and, unless `tls` is false, makes a TLS
    handshake. It sends no request to the vault.
    """

    name: Name | None = None
    """Name of the target; the vault's short name if left out."""
    vault: Host
    """Short name (`migratekv…`) for the public cloud, or the full host name (`….vault.usgovcloudapi.net`) for any."""
    address: Host | None = None
    """Connect to this host name or address instead, for instance a private endpoint; the certificate must still be the
    vault's."""
    port: Port = 443
    """TCP port."""
    tls: bool = True
    """Whether to make a TLS handshake and read the expiry of the certificate."""
    ca_file: LocalPath | None = None
    """PEM file of the CAs to trust, for a proxy that inspects TLS; the system's if left out."""

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.name or self.resource

    @property
    def resource(self) -> str:
        """Value of the label `vault`."""
        return self.vault.partition(".")[0]

    @property
    def host(self) -> str:
        """Full host name of the vault."""
        return self.vault if "." in self.vault else f"{self.vault}.{PUBLIC_CLOUD}"
