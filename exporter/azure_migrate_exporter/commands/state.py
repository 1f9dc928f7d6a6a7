"""The state directory of `--state.path`, as every command opens it."""

from pathlib import Path

from azure_migrate_exporter.config.loader import ConfigError
from azure_migrate_exporter.runtime.state import DirectoryState, MemoryState


def open_state(path: Path | None) -> DirectoryState | MemoryState:
    """The state in `path`, or an empty one that is lost at the end. Raises `ConfigError` for an unusable directory."""
    if path is None:
        return MemoryState()
    try:
        return DirectoryState(path)
    except OSError as error:
        raise ConfigError([f"--state.path: {error.strerror}: {path}"]) from error
