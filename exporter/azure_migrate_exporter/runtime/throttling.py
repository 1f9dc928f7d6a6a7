"""Throttling by services: the time until which no request may be sent, shared by all collectors."""

from collections.abc import Hashable


class Throttling:
    """Times of the monotonic clock by the key that the service limits (for Resource Manager: the subscription)."""

    def __init__(self) -> None:
        self._until: dict[Hashable, float] = {}

    def hold(self, what: Hashable, until: float) -> None:
        """Send no request before `until`. A longer delay that is already in force stays."""
        self._until[what] = max(until, self.until(what))

    def until(self, what: Hashable) -> float:
        """When the next request may be sent; minus infinity if there is no limit."""
        return self._until.get(what, float("-inf"))
