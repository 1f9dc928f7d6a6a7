"""The web configuration in force: the newest valid version of its files."""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from azure_migrate_exporter.config.loader import ConfigError, load_model
from azure_migrate_exporter.web.config.schema import TlsServerSettings, WebSettings
from azure_migrate_exporter.web.config.tls import server_context

log = structlog.get_logger()

FileVersion = tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Loaded:
    """One version of the settings and its TLS context (None for plain HTTP)."""

    settings: WebSettings
    tls: ssl.SSLContext | None


class WebConfigWatcher:
    """The file of `--web.config.file` and the certificates that it names, reloaded when they change.

    Raises `ConfigError` if the first version is invalid. A later invalid version is logged once and the previous one
    stays in force, so that a certificate renewed in two steps never interrupts scraping. Without a file the defaults
    apply: plain HTTP without authentication.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.last_load_successful = True
        """Whether the newest version is valid."""
        self._versions: dict[Path, FileVersion] = {}
        self._loaded = Loaded(WebSettings(), None) if path is None else self._load(path)

    @property
    def settings(self) -> WebSettings:
        """The settings in force now."""
        return self._current().settings

    def tls_context(self) -> ssl.SSLContext | None:
        """The context in force now."""
        return self._current().tls

    def _current(self) -> Loaded:
        """Compares the file versions (microseconds) and reloads if one changed."""
        if self.path is not None and any(_file_version(file) != version for file, version in self._versions.items()):
            self._reload(self.path)
        return self._loaded

    def _reload(self, path: Path) -> None:
        try:
            self._loaded = self._load_next(path)
        except ConfigError as error:
            self.last_load_successful = False
            for line in error.errors:
                log.warning("web configuration not loaded, the previous one stays in force", error=line)
            self._follow_certificates()
            return
        self.last_load_successful = True
        log.info("web configuration loaded", file=str(path))

    def _follow_certificates(self) -> None:
        """Load the certificates of the settings in force again: they are renewed even while the file is broken."""
        settings = self._loaded.settings.tls_server_config
        if settings is None:
            return
        self._versions |= {file: _file_version(file) for file in _files(settings)}
        with suppress(ConfigError):  # logged above, if these are the files that are broken
            self._loaded = Loaded(self._loaded.settings, server_context(settings))

    def _load_next(self, path: Path) -> Loaded:
        loaded = self._load(path)
        if (loaded.tls is None) != (self._loaded.tls is None):
            raise ConfigError([f"{path}: to turn TLS on or off, restart the exporter"])
        return loaded

    def _load(self, path: Path) -> Loaded:
        """File versions are taken before reading, so that a write in between counts as a change."""
        self._versions = {path: _file_version(path)}
        settings = load_model(WebSettings, path)
        tls = settings.tls_server_config
        if tls is None:
            return Loaded(settings, None)
        self._versions |= {file: _file_version(file) for file in _files(tls)}
        try:
            return Loaded(settings, server_context(tls))
        except ConfigError as error:
            raise ConfigError([f"{path}: {line}" for line in error.errors]) from error


def _files(settings: TlsServerSettings) -> list[Path]:
    files = (settings.cert_file, settings.key_file, settings.client_ca_file)
    return [file for file in files if file is not None]


def _file_version(file: Path) -> FileVersion:
    """The version of a file: modification time, size, inode. None if it does not exist."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
