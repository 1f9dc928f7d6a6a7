"""Collector `keyvault`: the vault's name resolves, TCP 443 opens, TLS works, and when its certificate ends.

Article: ``Test-NetConnection <vault URI> -Port 443``, whose field TcpTestSucceeded is `keyvault_tcp_up`. A certificate
that does not verify is distinguished from a port that does not open: the first is a proxy that inspects TLS or a wrong
CA, the second a firewall.
"""

import contextlib

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.config.keyvault import KeyVaultSettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    KEYVAULT_TCP_CONNECT_DURATION,
    KEYVAULT_TCP_UP,
    KEYVAULT_TLS_CERTIFICATE_EXPIRY,
    RESOURCE_INFO,
)
from azure_migrate_exporter.network.certificates import certificate_expiry
from azure_migrate_exporter.network.connect import connect
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.network.tls import (
    TlsContext,
    certificate_refused,
    client_context,
    unverified_context,
)
from azure_migrate_exporter.reasons import CheckError


class KeyVaultCollector(Collector):
    """Connects to one vault; sends nothing and needs no identity."""

    def __init__(self, target: Target[KeyVaultSettings]) -> None:
        self._settings = target.settings
        self._proxies = Proxies(target.proxy)
        self._labels = {"appliance": target.appliance, "keyvault": target.settings.resource}

    async def collect(self, out: Measurements) -> None:
        """Write `keyvault_tcp_up`, the connect time, and the end of the certificate, as far as each was seen."""
        settings = self._settings
        place = {"appliance": self._labels["appliance"], "resource": settings.resource, "address": settings.host}
        out.set(RESOURCE_INFO, 1, collector="keyvault", **place)
        out.set(KEYVAULT_TCP_UP, 0, **self._labels)
        context = client_context(self._settings.ca_file) if self._settings.tls else None
        try:
            await self._look(out, context)
        except CheckError as error:
            if certificate_refused(error):
                with contextlib.suppress(CheckError):
                    await self._look(out, unverified_context())
            raise

    async def _look(self, out: Measurements, context: TlsContext | None) -> None:
        def on_phase(phase: str, seconds: float) -> None:
            if phase == "connect":
                out.set(KEYVAULT_TCP_UP, 1, **self._labels)
                out.set(KEYVAULT_TCP_CONNECT_DURATION, seconds, **self._labels)

        settings = self._settings
        host = settings.address or settings.host
        async with connect(
            host,
            settings.port,
            tls=context,
            server_hostname=settings.host,
            proxy=self._proxies.choose(host),
            on_phase=on_phase,
        ) as writer:
            connection = writer.get_extra_info("ssl_object")
            if connection is not None:
                out.set(KEYVAULT_TLS_CERTIFICATE_EXPIRY, certificate_expiry(connection), **self._labels)


def create(target: Target[KeyVaultSettings], _: Context) -> Collector:
    """The collector of one vault."""
    return KeyVaultCollector(target)
