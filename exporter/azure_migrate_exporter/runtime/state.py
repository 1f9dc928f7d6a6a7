"""State that survives a restart: change-tracking identities, the daily budget of the benchmark."""

import json
from pathlib import Path
from typing import Any, Protocol


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
    """One JSON file per name, in a directory that only the exporter writes to."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def load(self, name: str) -> dict[str, Any]:
        """See `StateStore.load`. A file that does not parse (a full disk once) counts as absent."""
        try:
            value = json.loads(self._path(name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def save(self, name: str, value: dict[str, Any]) -> None:
        """See `StateStore.save`."""
        path = self._path(name)
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(value, sort_keys=True), encoding="utf-8")
        temporary.replace(path)

    def _path(self, name: str) -> Path:
        safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
        return self._directory / f"{safe}.json"
