"""What the handlers use: the engine, the configuration, the metrics of the server, the clock."""

from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.heartbeat import Heartbeat
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.engine.sharding import WHOLE, Shard
from azure_migrate_exporter.engine.status import JobStatus
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock
from azure_migrate_exporter.web.http_metrics import HttpMetrics
from azure_migrate_exporter.web.routing import Routing


class EngineView(Protocol):
    """The part of the engine that the web server uses."""

    @property
    def page(self) -> Page:
        """The page of `/metrics`."""

    @property
    def heartbeat(self) -> Heartbeat:
        """Of the event loop that the jobs run in."""

    def statuses(self) -> list[JobStatus]:
        """Every job."""

    def waiting(self) -> list[JobStatus]:
        """Jobs whose first run is not published yet; see `Engine.waiting`."""

    async def probe(self, collector: str, target: str, timeout: float) -> Run:
        """Run one target now. Raises LookupError."""


class ReloaderView(Protocol):
    """The part of the reloader that the web server uses."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""

    @property
    def errors(self) -> tuple[str, ...]:
        """Errors of the last load. If there are any, the previous settings are in force."""

    async def reload(self) -> tuple[str, ...]:
        """Reload the file; returns the errors."""


@dataclass(frozen=True, slots=True)
class AppContext:
    """Everything that the handlers use. The tail of the page must include `http.families`."""

    engine: EngineView
    reloader: ReloaderView
    http: HttpMetrics = field(default_factory=HttpMetrics)
    clock: Clock = SYSTEM_CLOCK
    shard: Shard = WHOLE


CONTEXT = web.AppKey("context", AppContext)
ROUTING = web.AppKey("routing", Routing)
