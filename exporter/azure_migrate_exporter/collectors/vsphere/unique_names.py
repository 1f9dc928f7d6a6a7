"""Names as label values: a name that two objects share is told apart by their ids, so that no series appears twice."""

from collections import defaultdict
from collections.abc import Hashable

Key = tuple[str, Hashable]


class Labels:
    """Label values by object id. vCenter has names that are unique only within a datacenter or a folder."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._holders: defaultdict[Key, set[str]] = defaultdict(set)

    def of(self, moid: str) -> str:
        """The label of an object: its name, with the id behind it while another object has the same; "" if unknown."""
        key = self._keys.get(moid)
        if key is None:
            return ""
        return f"{key[0]} ({moid})" if len(self._holders[key]) > 1 else key[0]

    def set(self, moid: str, name: str, beside: Hashable = None) -> frozenset[str]:
        """Name an object. `beside` is what else its series carry. Tells which other objects have another label now."""
        key = (name, beside)
        if self._keys.get(moid) == key:
            return frozenset()
        others = self.drop(moid)
        self._keys[moid] = key
        self._holders[key].add(moid)
        return others | (self._holders[key] if len(self._holders[key]) == 2 else frozenset()) - {moid}

    def drop(self, moid: str) -> frozenset[str]:
        """Forget an object. Tells which other objects have another label now."""
        key = self._keys.pop(moid, None)
        if key is None:
            return frozenset()
        holders = self._holders[key]
        holders.discard(moid)
        if not holders:
            del self._holders[key]
        return frozenset(holders) if len(holders) == 1 else frozenset()
