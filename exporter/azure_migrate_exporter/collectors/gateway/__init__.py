"""Collector `gateway`: the state of the appliance's Windows services, first of all the gateway's.

Article, "check whether the gateway service is running" (``services.msc``, ``net start asrgwy``). One source of three
reads it: `local`, `winrm` or `windows_exporter`; each in its own module, imported only where it is configured.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from azure_migrate_exporter.collectors.gateway.services import STATES, Service, Source
from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import GATEWAY_SERVICE_START_TIME, GATEWAY_SERVICE_STATE
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.runtime.imports import import_late


class GatewayCollector(Collector):
    """Writes what a source reads. A service that does not exist is a result; one whose state is hidden is a failure."""

    def __init__(self, appliance: str, services: tuple[str, ...], connect: Callable[[], Awaitable[Source]]) -> None:
        self._appliance = appliance
        self._services = services
        self._connect = connect
        self._source: Source | None = None

    async def collect(self, out: Measurements) -> None:
        """Write the state set and the start time of each service; `unknown` for those that could not be read."""
        for name in self._services:
            self._write(out, name, Service("unknown"))
        if self._source is None:
            self._source = await self._connect()
        found = await self._source.read(self._services)
        for name, service in found.items():
            self._write(out, name, service)
        for service in found.values():
            if service.problem is not None:
                raise service.problem

    def _write(self, out: Measurements, name: str, service: Service) -> None:
        out.state(GATEWAY_SERVICE_STATE, STATES, service.state, appliance=self._appliance, windows_service=name)
        if service.started is not None:
            out.set(GATEWAY_SERVICE_START_TIME, service.started, appliance=self._appliance, windows_service=name)

    async def close(self) -> None:
        """Close the source."""
        if self._source is not None:
            await self._source.close()


def create(target: Target[Any], _: Context) -> Collector:
    """The collector of one appliance; `settings.source` names the module that reads."""
    settings = target.settings

    async def connect() -> Source:
        # In a thread: pypsrp takes a second to import.
        module = await asyncio.to_thread(import_late, f"{__name__}.{settings.source}")
        source: Source = module.create(settings, Proxies(target.proxy))
        return source

    return GatewayCollector(target.appliance, settings.services, connect)
