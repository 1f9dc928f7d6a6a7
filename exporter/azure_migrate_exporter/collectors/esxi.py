"""Collector `esxi`: the host's name resolves and its NFC port opens.

Error 1022 (HostConnectionRefused): the appliance cannot resolve the vSphere host, or TCP 902 is blocked. The host is
not spoken to, as a disk read would: an accepted connection does not prove that NFC has buffers left.
"""

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.esxi import EsxiTarget
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import ESXI_TCP_CONNECT_DURATION, ESXI_TCP_UP
from azure_migrate_exporter.network.connect import connect


class EsxiCollector(Collector):
    """Opens one TCP connection to one host and closes it."""

    def __init__(self, appliance: str, host: str, port: int) -> None:
        self._labels = {"appliance": appliance, "host": host}
        self._host = host
        self._port = port

    async def collect(self, out: Measurements) -> None:
        """Write `esxi_tcp_up`, and the connect time once the port was open."""
        out.set(ESXI_TCP_UP, 0, **self._labels)

        def on_phase(phase: str, seconds: float) -> None:
            if phase == "connect":
                out.set(ESXI_TCP_UP, 1, **self._labels)
                out.set(ESXI_TCP_CONNECT_DURATION, seconds, **self._labels)

        async with connect(self._host, self._port, on_phase=on_phase):
            pass


def create(target: Target[EsxiTarget], _: Context) -> Collector:
    """The collector of one host, as one appliance sees it."""
    return EsxiCollector(target.appliance, target.settings.host, target.settings.port)
