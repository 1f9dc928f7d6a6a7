"""State that survives a restart: change-tracking identities, the daily budget of the benchmark."""

import hashlib
import json
import os
import re
import time
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.text import valid_text

READABLE: Final = 60
"""Characters of a name that its file name shows."""
DIGEST: Final = 16
REPLACE_PAUSES: Final = (0.01, 0.05, 0.2)
"""Seconds between attempts to replace a file that another program holds open."""

log = structlog.get_logger()


class StateStore(Protocol):
    """Named JSON objects."""

    def load(self, name: str) -> dict[str, Any]:
        """The object saved under `name`, or an empty one."""

    def save(self, name: str, value: dict[str, Any]) -> None:
        """Replace the object atomically."""


class MemoryState:
    """State in memory, used if no directory is configured."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, Any]] = {}

    def load(self, name: str) -> dict[str, Any]:
        """See `StateStore.load`."""
        return self._objects.get(name, {})

    def save(self, name: str, value: dict[str, Any]) -> None:
        """See `StateStore.save`."""
        self._objects[name] = value


class DirectoryState:
    """One JSON file per name, in a directory that only the exporter writes to.

    A file that cannot be used (damaged, foreign, of another name) is renamed to `.bad` and counts as absent.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def load(self, name: str) -> dict[str, Any]:
        """See `StateStore.load`."""
        path = self._path(name)
        try:
            return _parse(path.read_bytes(), name)
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError, IsADirectoryError) as error:
            _set_aside(path, error)
        except OSError as error:
            if path.is_dir():  # Windows denies permission instead
                _set_aside(path, error)
            else:
                log.warning("state file cannot be read", file=str(path), error=error.strerror)
        return {}

    def save(self, name: str, value: dict[str, Any]) -> None:
        """See `StateStore.save`. Raises OSError (the disk is full), and ValueError for what JSON cannot hold."""
        path = self._path(name)
        data = json.dumps({"name": name, "value": _valid(value)}, sort_keys=True, allow_nan=False)
        temporary = path.with_suffix(".new")
        with temporary.open("w", encoding="ascii") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)

    def _path(self, name: str) -> Path:
        """A file name that is readable, bounded, and different for names that differ in case or punctuation only."""
        readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[:READABLE].strip("-")
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]
        return self._directory / f"{readable}.{digest}.json"


def _parse(data: bytes, name: str) -> dict[str, Any]:
    """The object in a state file. Raises ValueError and RecursionError."""
    content = json.loads(data, parse_constant=_refuse_constant)
    if not isinstance(content, dict) or not isinstance(content.get("value"), dict):
        raise ValueError("not a state file of this exporter")  # noqa: TRY004 - the kind of every unusable file
    if content.get("name") != name:
        raise ValueError("the state of another name")
    value: dict[str, Any] = _valid(content["value"])
    return value


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _valid(value: Any) -> Any:
    """`value` with valid text only."""
    if isinstance(value, dict):
        return {valid_text(key): _valid(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_valid(item) for item in value]
    return valid_text(value) if isinstance(value, str) else value


def _set_aside(path: Path, error: Exception) -> None:
    """Rename what cannot be used, so that the next save does not destroy it and the warning comes once."""
    bad = path.with_suffix(".bad")
    text = one_line(error) or type(error).__name__
    try:
        if bad.is_dir() or path.is_dir():
            bad = path.with_suffix(f".{time.time_ns()}.bad")
        path.replace(bad)
    except OSError as failed:
        log.warning("state file cannot be used", file=str(path), error=text, kept=one_line(failed))
    else:
        log.warning("state file cannot be used and is set aside", file=str(path), error=text, kept=str(bad))


def _replace(source: Path, path: Path) -> None:
    """Rename durably. On Windows, a virus scanner or a backup may hold the file for a moment."""
    for pause in (*REPLACE_PAUSES, None):
        try:
            source.replace(path)
            break
        except PermissionError:
            if pause is None:
                raise
            time.sleep(pause)
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
