"""Reload of the configuration. An invalid file leaves the previous configuration in force and sets a metric."""

import asyncio
from collections.abc import Sequence
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
    """Loads the settings of one file into one engine."""

    def __init__(self, path: Path, engine: Engine, clock: Clock) -> None:
        self.settings = Settings()
        self.errors: tuple[str, ...] = ()
        """Errors of the last load. If there are any, the previous settings are in force."""
        self._path = path
        self._engine = engine
        self._clock = clock
        self._loaded_at: float | None = None
        self._lock = asyncio.Lock()

    async def reload(self) -> tuple[str, ...]:
        """Load and apply the file. Returns the errors; if there are any, the previous settings stay in force."""
        async with self._lock:
            try:
                settings = await asyncio.to_thread(load, self._path)
                self._engine.apply(settings)
            except ConfigError as error:
                self._failed(error.errors)
            except Exception as error:
                log.exception("a bug keeps the configuration from being loaded")
                self._engine.apply(self.settings)
                self._failed([f"{self._path}: {type(error).__name__}: a bug of the exporter, see the log"])
            else:
                self.settings = settings
                self.errors = ()
                self._loaded_at = self._clock.time()
                log.info("configuration loaded", file=str(self._path))
            self._publish_status(successful=not self.errors)
            return self.errors

    def _failed(self, errors: Sequence[str]) -> None:
        self.errors = tuple(errors)
        for line in self.errors:
            log.warning("configuration not loaded, the previous one stays in force", error=line)

    def _publish_status(self, *, successful: bool) -> None:
        out = Measurements()
        out.set(CONFIG_LAST_RELOAD_SUCCESSFUL, successful)
        if self._loaded_at is not None:
            out.set(CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP, self._loaded_at)
        self._engine.publish_blocks("reload", (out.block(),))
