"""Loading the configuration again while running: a bad file keeps the old one and says so in a metric."""

import asyncio
from pathlib import Path

import structlog

from azure_migrate_exporter.config.loader import ConfigError, load
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import (
    CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP,
    CONFIG_LAST_RELOAD_SUCCESSFUL,
)
from azure_migrate_exporter.runtime.clock import Clock

log = structlog.get_logger()


class Reloader:
    """Brings one file's settings into one engine."""

    def __init__(self, path: Path, engine: Engine, clock: Clock) -> None:
        self.settings = Settings()
        self.errors: tuple[str, ...] = ()
        """Of the newest load; with any, older settings are in force."""
        self._path = path
        self._engine = engine
        self._clock = clock
        self._loaded_at: float | None = None
        self._lock = asyncio.Lock()

    async def reload(self) -> tuple[str, ...]:
        """Load and apply the file. Returns the errors; with any, everything runs on as before."""
        async with self._lock:
            try:
                self.settings = await asyncio.to_thread(load, self._path)
            except ConfigError as error:
                self.errors = error.errors
                for line in self.errors:
                    log.warning("configuration not loaded, the old one stays", error=line)
            else:
                self.errors = ()
                self._loaded_at = self._clock.time()
                self._engine.apply(self.settings)
                log.info("configuration loaded", file=str(self._path))
            self._say(successful=not self.errors)
            return self.errors

    def _say(self, *, successful: bool) -> None:
        out = Measurements()
        out.set(CONFIG_LAST_RELOAD_SUCCESSFUL, successful)
        if self._loaded_at is not None:
            out.set(CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP, self._loaded_at)
        self._engine.show("reload", (out.block(),))
