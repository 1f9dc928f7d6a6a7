"""The web configuration that is in force: the newest version of its files that works."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import structlog

from azure_migrate_exporter.config.loader import ConfigError, load_as
from azure_migrate_exporter.web.config import WebSettings
from azure_migrate_exporter.web.tls import server_context

log = structlog.get_logger()

Stamp = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """One version of the settings, with the TLS context made from it (None for plain HTTP)."""

    settings: WebSettings
    tls: ssl.SSLContext | None


class LiveWebConfig:
    """The file of `--web.config.file` and the certificates that it names, followed as they change.

    Raises `ConfigError` when the first version does not work. A later one that does not is logged once and changes
    nothing, so that a certificate renewed in two steps, or badly, never interrupts scraping. Without a file the
    defaults hold: plain HTTP for everybody.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.newest_in_force = True
        """Whether the newest version works."""
        self._stamps: dict[Path, Stamp] = {}
        self._loaded = Loaded(WebSettings(), None) if path is None else self._load(path)

    @property
    def settings(self) -> WebSettings:
        """The settings in force now."""
        return self._current().settings

    def tls_context(self) -> ssl.SSLContext | None:
        """The context in force now."""
        return self._current().tls

    def _current(self) -> Loaded:
        """Looks at the files (not into them, unless they changed): that takes microseconds."""
        if self.path is not None and any(_stamp(file) != stamp for file, stamp in self._stamps.items()):
            self._reload(self.path)
        return self._loaded

    def _reload(self, path: Path) -> None:
        try:
            self._loaded = self._load_next(path)
        except ConfigError as error:
            self.newest_in_force = False
            for line in error.errors:
                log.warning("web configuration not loaded, the old one stays in force", error=line)
            return
        self.newest_in_force = True
        log.info("web configuration loaded", file=str(path))

    def _load_next(self, path: Path) -> Loaded:
        loaded = self._load(path)
        if (loaded.tls is None) != (self._loaded.tls is None):
            raise ConfigError([f"{path}: to turn TLS on or off, restart the exporter"])
        return loaded

    def _load(self, path: Path) -> Loaded:
        """Stamps are taken before the files are read: what is written meanwhile counts as a change next time."""
        self._stamps = {path: _stamp(path)}
        settings = load_as(WebSettings, path)
        tls = settings.tls_server_config
        if tls is None:
            return Loaded(settings, None)
        for file in (tls.cert_file, tls.key_file, tls.client_ca_file):
            if file is not None:
                self._stamps[file] = _stamp(file)
        try:
            return Loaded(settings, server_context(tls))
        except ConfigError as error:
            raise ConfigError([f"{path}: {line}" for line in error.errors]) from error


def _stamp(file: Path) -> Stamp:
    """What tells one version of a file from the next; None if it is not there."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
