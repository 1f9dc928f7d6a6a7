"""Section `appliances[].gateway`: where the state of the appliance's Windows services is read."""

from typing import Literal

from azure_migrate_exporter.config.base import Model, Name


class GatewaySettings(Model):
    """The services and the source."""

    source: Literal["local", "winrm", "windows_exporter"]
    """`local`: the exporter runs on the appliance."""
    services: tuple[Name, ...] = ("asrgwy",)
    """Short names of Windows services."""
