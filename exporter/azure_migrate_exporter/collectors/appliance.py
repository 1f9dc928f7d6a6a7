"""Collector `appliance`: the configuration manager of the appliance accepts a connection.

Article, "check that the Azure Migrate appliance is up". TCP 44368 is the configuration manager's HTTPS page; its
certificate is self-signed by design, so nothing would be learned from it. Azure has no heartbeat of the appliance that
this could be read from.
"""

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import APPLIANCE_UP
from azure_migrate_exporter.network.connect import connect


class ApplianceCollector(Collector):
    """Opens one TCP connection and closes it."""

    def __init__(self, appliance: str, address: str, port: int) -> None:
        self._appliance = appliance
        self._address = address
        self._port = port

    async def collect(self, out: Measurements) -> None:
        """Write `appliance_up`."""
        out.set(APPLIANCE_UP, 0, appliance=self._appliance)
        async with connect(self._address, self._port):
            out.set(APPLIANCE_UP, 1, appliance=self._appliance)


def create(target: Target[ApplianceSettings], _: Context) -> Collector:
    """The collector of one appliance. The registry makes no target of an appliance without an address."""
    return ApplianceCollector(target.appliance, target.settings.address or target.name, target.settings.port)
