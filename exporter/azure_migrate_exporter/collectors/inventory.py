"""What one collector discovers and another is configured from: a notice board, so that neither knows the other."""

from collections.abc import Callable


class Inventory:
    """Names by topic and source, for instance the ESXi hosts that a vCenter lists."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], frozenset[str]] = {}
        self._on_change: list[Callable[[], None]] = []

    def publish(self, topic: str, source: str, names: frozenset[str]) -> None:
        """Replace what `source` says of `topic`; listeners hear of it only when it differs."""
        if self._names.get((topic, source)) != names:
            self._names[topic, source] = names
            for callback in self._on_change:
                callback()

    def names(self, topic: str, source: str) -> frozenset[str]:
        """The newest names, empty until `source` has published any."""
        return self._names.get((topic, source), frozenset())

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call `callback` after each change, in the publisher's event loop."""
        self._on_change.append(callback)
