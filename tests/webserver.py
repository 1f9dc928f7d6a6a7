"""The web server on a free port, with a real engine whose collectors run the script of a test."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import KEYVAULT_TCP_UP
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.exposition.process import process_families
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.web.context import AppContext
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.limits import DEFAULT_LIMITS, Limits
from azure_migrate_exporter.web.listen_address import ListenAddress
from azure_migrate_exporter.web.routing import DEFAULT_ROUTING, Routing
from azure_migrate_exporter.web.server import serve
from tests.clock import REAL_TIMEOUT, FakeClock
from tests.scripted import Script, spec


async def works(out: Measurements) -> None:
    out.set(KEYVAULT_TCP_UP, 1, appliance="appliance1", keyvault="vault1")


async def is_refused(out: Measurements) -> None:
    out.set(KEYVAULT_TCP_UP, 0, appliance="appliance1", keyvault="vault2")
    raise CheckError(Reason.REFUSED, "vault2.vault.azure.net:443 refused the <b>connection</b>")


@dataclass
class WebServer:
    """the server and what a test controls."""

    url: str
    client: aiohttp.ClientSession
    context: AppContext
    engine: Engine
    clock: FakeClock
    config_file: Path
    host: str
    port: int

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(path, headers=headers) as response:
            return response.status, await response.text()

    async def run_all(self) -> None:
        """Let every job end its first run, and the page show it."""
        await self.clock.advance(10)
        await self._passes(lambda: not self.engine.waiting())

    async def shows(self, text: str) -> None:
        """Wait until the page has `text`: it is rendered in a thread, at most once a moment of the clock."""
        await self._passes(lambda: text.encode() in b"".join(self.engine.page.response(openmetrics=False)))

    async def _passes(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(REAL_TIMEOUT):
            while not condition():
                await self.clock.advance(0.1)
                await asyncio.sleep(0.002)


@asynccontextmanager
async def web_server(
    directory: Path,
    scripts: Mapping[str, Script] | None = None,
    web_config: Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
    routing: Routing = DEFAULT_ROUTING,
) -> AsyncIterator[WebServer]:
    clock, http = FakeClock(), HttpMetrics()
    page = Page(process_families, http.families)
    engine = Engine(Context(clock=clock), page, {"scripted": spec(dict(scripts or {}))})
    config_file = directory / "exporter.yml"
    config_file.write_text("{}", encoding="utf-8")
    reloader = Reloader(config_file, engine, clock)
    async with engine.running():
        await reloader.reload()
        context = AppContext(engine, reloader, http, clock)
        async with (
            serve(context, [ListenAddress("127.0.0.1", 0)], web_config, limits, routing) as (url,),
            aiohttp.ClientSession(url) as client,
        ):
            port = int(url.rpartition(":")[2])
            yield WebServer(url, client, context, engine, clock, config_file, "127.0.0.1", port)
