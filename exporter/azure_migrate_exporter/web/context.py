"""What the handlers work on."""

from dataclasses import dataclass, field

from aiohttp import web

from azure_migrate_exporter.collectors.clock import SYSTEM_CLOCK, Clock
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.reloader import Reloader
from azure_migrate_exporter.web.observe import HttpMetrics


@dataclass(frozen=True, slots=True)
class AppContext:
    """Everything that the web server shows or sets in motion. `http.families` belongs into the page's tail."""

    engine: Engine
    reloader: Reloader
    http: HttpMetrics = field(default_factory=HttpMetrics)
    clock: Clock = SYSTEM_CLOCK


CONTEXT = web.AppKey("context", AppContext)
