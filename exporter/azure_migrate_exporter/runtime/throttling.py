"""Until when a service has asked not to be asked: kept once for all collectors that ask it."""

from collections.abc import Hashable


class Throttling:
    """Points in time, of the monotonic clock, by whatever is limited (for Resource Manager: the subscription)."""

    def __init__(self) -> None:
        self._until: dict[Hashable, float] = {}

    def hold(self, what: Hashable, until: float) -> None:
        """Nobody is to ask before `until`; an earlier request for a longer pause stands."""
        self._until[what] = max(until, self.until(what))

    def until(self, what: Hashable) -> float:
        """When one may ask again; long ago if nobody was ever told to wait."""
        return self._until.get(what, float("-inf"))
