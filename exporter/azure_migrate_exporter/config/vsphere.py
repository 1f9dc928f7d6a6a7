"""Section `vcenters`: the vCenter servers that the appliances read from."""

from azure_migrate_exporter.config.base import Model, Name, Port


class VCenterSettings(Model):
    """One vCenter."""

    name: Name
    """Value of the label `vcenter`."""
    address: str
    """Host name or address."""
    port: Port = 443
    """TCP port."""
