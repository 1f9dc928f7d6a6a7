"""Names as label values: a name that several objects share is followed by the object's id, so each series is unique."""

from collections import defaultdict
from collections.abc import Hashable

Key = tuple[str, Hashable]


class UniqueNames:
    """Label values by object id. In vCenter, names are unique only within a datacenter or a folder."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._holders: defaultdict[Key, set[str]] = defaultdict(set)

    def label(self, moid: str) -> str:
        """The label of an object: its name, followed by its id while other objects share the name; "" if unknown."""
        key = self._keys.get(moid)
        if key is None:
            return ""
        return f"{key[0]} ({moid})" if len(self._holders[key]) > 1 else key[0]

    def assign(self, moid: str, name: str, scope: Hashable = None) -> frozenset[str]:
        """Name an object and return the other objects whose label changes.

        Names need to differ only within a `scope`: the other labels that the object's series carry.
        """
        key = (name, scope)
        if self._keys.get(moid) == key:
            return frozenset()
        others = self.remove(moid)
        self._keys[moid] = key
        self._holders[key].add(moid)
        return others | (self._holders[key] if len(self._holders[key]) == 2 else frozenset()) - {moid}

    def remove(self, moid: str) -> frozenset[str]:
        """Remove an object and return the other objects whose label changes."""
        key = self._keys.pop(moid, None)
        if key is None:
            return frozenset()
        holders = self._holders[key]
        holders.discard(moid)
        if not holders:
            del self._holders[key]
        return frozenset(holders) if len(holders) == 1 else frozenset()
