"""Section `appliances[].esxi`: the ESXi hosts whose TCP 902 the appliance needs."""

from azure_migrate_exporter.config.base import Model, Name, Port


class EsxiSettings(Model):
    """Hosts to check, listed here or taken from a vCenter that is configured below."""

    hosts: tuple[Name, ...] = ()
    """Host names or addresses."""
    vcenters: tuple[Name, ...] = ()
    """Names of entries of `vcenters`: every host that they list is checked."""
    port: Port = 902
    """TCP port of the host's NFC service."""
