"""The states that many objects left a moment ago: a state set of few series still shows that a state ended."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

SHOWN_FOR: Final = 300.0
"""Seconds for which a left state is exported with 0: as long as Prometheus' lookback and that of a remote system, which
would otherwise return the old sample for so long where no staleness marker arrives."""

K = TypeVar("K", bound=Hashable)


class LeftStates(Generic[K]):
    """The last state that each object left, until `expire` removes it. Has no clock of its own."""

    def __init__(self) -> None:
        self._states: dict[K, str] = {}
        self._since: dict[K, float] = {}

    def record(self, key: K, state: str) -> None:
        """The object left `state`."""
        self._states[key] = state
        self._since.pop(key, None)

    def get(self, key: K) -> str | None:
        """The state that the object left, if it left one within `SHOWN_FOR` seconds."""
        return self._states.get(key)

    def expire(self, now: float) -> set[K]:
        """Remove what is too old, counted from the first call after `record`; `now` is monotonic. Returns the keys."""
        for key in self._states.keys() - self._since.keys():
            self._since[key] = now
        expired = {key for key, since in self._since.items() if now - since >= SHOWN_FOR}
        for key in expired:
            self.forget(key)
        return expired

    def forget(self, key: K) -> None:
        """The object is gone."""
        self._states.pop(key, None)
        self._since.pop(key, None)
