"""State that survives a restart: change-tracking identities, the daily budget of the benchmark."""

import hashlib
import json
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from azure_migrate_exporter import local_files
from azure_migrate_exporter.local_files import Sleep
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.text import valid_text

READABLE: Final = 60
"""Characters of a name that its file name shows."""
DIGEST: Final = 16
UNFINISHED_AFTER: Final = 3600.0
"""Seconds after which nobody writes a file any more that has not been renamed."""

log = structlog.get_logger()


class StateStore(Protocol):
    """Named JSON objects."""

    def load(self, name: str) -> dict[str, Any]:
        """The object saved under `name`, or an empty one."""

    def save(self, name: str, value: dict[str, Any]) -> CheckError | None:
        """Replace the object atomically. Returns what keeps it from outliving a restart; it can be loaded all the same.

        No check fails for that: what was measured is shown.
        """


class MemoryState:
    """State in memory, used if no directory is configured."""

    def __init__(self) -> None:
        self._objects: dict[str, dict[str, Any]] = {}

    def load(self, name: str) -> dict[str, Any]:
        """See `StateStore.load`."""
        return self._objects.get(name, {})

    def save(self, name: str, value: dict[str, Any]) -> CheckError | None:
        """See `StateStore.save`."""
        self._objects[name] = value
        return None


class DirectoryState:
    """One JSON file per name, in a directory that only exporters write to: several, if it is shared by shards.

    The name is that of a target, so the state is found by whichever exporter checks the target. The last one that saved
    wins. A file that cannot be used (damaged, foreign, of another name) is renamed to `.bad` and counts as absent.
    """

    def __init__(self, directory: Path, sleep: Sleep = time.sleep) -> None:
        self._directory = directory
        self._sleep = sleep
        self._unsaved: dict[str, str] = {}
        """What the disk did not take: it counts until the next save that works, or the end of the process."""
        self._suffix = f".{secrets.token_hex(4)}.new"
        """Of files that are being written: no other exporter on a shared volume has it."""
        directory.mkdir(parents=True, exist_ok=True)
        _remove_unfinished(directory)

    def load(self, name: str) -> dict[str, Any]:
        """See `StateStore.load`."""
        if name in self._unsaved:
            return _parse(self._unsaved[name], name)
        path = self._path(name)
        try:
            return _parse(local_files.read_bytes(path, self._sleep), name)
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError, IsADirectoryError) as error:
            _set_aside(path, error)
        except OSError as error:
            log.warning("state file cannot be read", file=str(path), error=error.strerror)
        return {}

    def save(self, name: str, value: dict[str, Any]) -> CheckError | None:
        """See `StateStore.save`. Raises ValueError for what JSON cannot hold."""
        path = self._path(name)
        data = json.dumps({"name": name, "value": value}, sort_keys=True, allow_nan=False)
        try:
            self._write(path, data)
        except OSError as error:
            if name not in self._unsaved:
                log.warning("state file cannot be written", file=str(path), error=error.strerror)
            self._unsaved[name] = data
            text = f"what must outlive a restart cannot be saved in {path}: {error.strerror}"
            return CheckError(Reason.LOCAL, text)
        self._unsaved.pop(name, None)
        return None

    def _write(self, path: Path, data: str) -> None:
        temporary = path.with_suffix(self._suffix)
        try:
            with temporary.open("w", encoding="ascii") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _replace(temporary, path, self._sleep)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def _path(self, name: str) -> Path:
        """A file name that is readable, bounded, and different for names that differ in case or punctuation only.

        On Windows ``con.json`` and ``nul.1.json`` are devices; ``con-1.json`` is a file.
        """
        readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[:READABLE].strip("-")
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST]
        return self._directory / f"{readable}-{digest}.json"


def _parse(data: bytes | str, name: str) -> dict[str, Any]:
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


def _remove_unfinished(directory: Path) -> None:
    """Remove what killed exporters were writing. A younger file may be another's that runs."""
    oldest = time.time() - UNFINISHED_AFTER
    for file in directory.glob("*.new"):
        with suppress(OSError):
            if file.stat().st_mtime < oldest:
                file.unlink()


def _replace(source: Path, path: Path, sleep: Sleep) -> None:
    """Rename durably."""
    local_files.replace(source, path, sleep)
    if os.name == "posix":
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
