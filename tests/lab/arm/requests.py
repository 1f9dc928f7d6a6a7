"""Every request that reached the lab, for tests that count them."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from tests.lab.arm.kinds import Kind

KEPT: Final = 100_000


@dataclass(slots=True)
class Seen:
    """One request. `at` is of the lab's monotonic clock."""

    kind: Kind
    path: str
    query: dict[str, str]
    at: float
    headers: dict[str, str] = field(repr=False)
    """Without the token; names are in lower case."""
    status: int | None = None
    """The status of the answer; None without one."""


class Requests:
    """The requests, in order."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=KEPT)
        self.counts: Counter[Kind] = Counter()

    def add(self, seen: Seen) -> None:
        """Add a request."""
        self._seen.append(seen)
        self.counts[seen.kind] += 1

    def count(self, *kinds: Kind) -> int:
        """How many there were of these kinds, or in all."""
        return sum(self.counts[kind] for kind in kinds) if kinds else self.counts.total()

    def of(self, *kinds: Kind) -> list[Seen]:
        """Those of these kinds, or all."""
        return [seen for seen in self._seen if not kinds or seen.kind in kinds]

    def times(self, *kinds: Kind) -> list[float]:
        """When they arrived."""
        return [seen.at for seen in self.of(*kinds)]

    def clear(self) -> None:
        """Forget them all."""
        self._seen.clear()
        self.counts.clear()
