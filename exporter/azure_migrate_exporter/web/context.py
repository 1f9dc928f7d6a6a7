"""What the handlers work on."""

from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.engine.status import JobStatus
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock
from azure_migrate_exporter.web.http_metrics import HttpMetrics


class EngineView(Protocol):
    """What the web server asks of the engine, whichever thread that runs in."""

    @property
    def page(self) -> Page:
        """The bytes of `/metrics`."""

    def statuses(self) -> list[JobStatus]:
        """Every job."""

    def waiting(self) -> list[JobStatus]:
        """Jobs that the start still waits for; none for good once there was none."""

    async def probe(self, collector: str, target: str, timeout: float) -> Run:
        """One run now. Raises LookupError."""


class ReloaderView(Protocol):
    """What the web server asks of the configuration."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""

    @property
    def errors(self) -> tuple[str, ...]:
        """Of the newest load; with any, older settings are in force."""

    async def reload(self) -> tuple[str, ...]:
        """Load the file again; returns the errors."""


@dataclass(frozen=True, slots=True)
class AppContext:
    """Everything that the web server shows or sets in motion. `http.families` belongs into the page's tail."""

    engine: EngineView
    reloader: ReloaderView
    http: HttpMetrics = field(default_factory=HttpMetrics)
    clock: Clock = SYSTEM_CLOCK


CONTEXT = web.AppKey("context", AppContext)
