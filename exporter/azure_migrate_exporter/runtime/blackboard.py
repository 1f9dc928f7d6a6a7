"""The blackboard: facts that one collector publishes and others use as configuration, without knowing each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from azure_migrate_exporter.config.azure_monitor import MonitoredResource
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.settings import ApplianceSettings
from azure_migrate_exporter.text import valid_text

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Discovered:
    """What was found in one project, in the form of configuration sections."""

    appliances: tuple[ApplianceSettings, ...] = ()
    vault: VaultSettings | None = None
    resources: tuple[MonitoredResource, ...] = ()
    """Storage accounts, Service Bus namespaces and key vaults, with the appliance that uses each."""


class Blackboard:
    """Names by topic and source (for example the ESXi hosts of a vCenter), and the resources found in projects."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], frozenset[str]] = {}
        self._discovered: dict[str, Discovered] = {}
        self._on_change: list[Callable[[], None]] = []

    def publish(self, topic: str, source: str, names: frozenset[str]) -> None:
        """Replace the names of `source` under `topic`. Notifies listeners if they changed."""
        self._put(self._names, (topic, source), frozenset(map(valid_text, names)))

    def names(self, topic: str, source: str) -> frozenset[str]:
        """The newest names of `source`; empty if it has published none."""
        return self._names.get((topic, source), frozenset())

    def union(self, topic: str) -> frozenset[str]:
        """The newest names of all sources."""
        return frozenset().union(*(names for (about, _), names in self._names.items() if about == topic))

    def publish_discovered(self, source: str, found: Discovered) -> None:
        """Replace what the discovery `source` found. Notifies listeners if it changed."""
        self._put(self._discovered, source, found)

    def discovered(self, source: str) -> Discovered:
        """What the discovery `source` found last; empty before its first run."""
        return self._discovered.get(source, Discovered())

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each change, in the publisher's event loop."""
        self._on_change.append(callback)

    def _put(self, board: dict[K, V], key: K, value: V) -> None:
        if board.get(key) != value:
            board[key] = value
            for callback in self._on_change:
                callback()
