"""Names as label values: a name that several objects share is followed by the object's id, so each series is unique."""

from collections.abc import Hashable

Key = tuple[str, Hashable]


class UniqueNames:
    """Label values by object id. In vCenter, names are unique only within a datacenter or a folder."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._holders: dict[Key, tuple[str, ...]] = {}

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
        before = self._holders.get(key, ())
        self._keys[moid] = key
        self._holders[key] = (*before, moid)
        return others | frozenset(before if len(before) == 1 else ())

    def remove(self, moid: str) -> frozenset[str]:
        """Remove an object and return the other objects whose label changes."""
        key = self._keys.pop(moid, None)
        if key is None:
            return frozenset()
        left = tuple(holder for holder in self._holders.pop(key) if holder != moid)
        if left:
            self._holders[key] = left
        return frozenset(left if len(left) == 1 else ())
