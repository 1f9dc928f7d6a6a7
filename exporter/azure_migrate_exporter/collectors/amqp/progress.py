"""How far a check came: the time of each phase, and what it waits for now."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

HINTS: Final = {
    "dns": "the name server does not answer",
    "connect": "packets are dropped on the way; ask the network team to open this port",
    "tls": "TCP is open, but nothing answers the TLS handshake; look for a proxy or a firewall on the way",
    "open": "TLS works, but then the service, or a proxy before it, says nothing more",
    "peek": "the connection is open, but the entity does not answer",
}
"""What it means that a phase does not end."""


class Progress:
    """Phases in their order. Each is reported, in seconds, when it ends; the first that is missing has failed."""

    def __init__(self, place: str, phases: tuple[str, ...], report: Callable[[str, float], None]) -> None:
        self._place = place
        self._left = list(phases)
        self._report = report
        self._aside: str | None = None

    @property
    def finished(self) -> bool:
        """Whether every phase has ended."""
        return not self._left

    @property
    def waits_for(self) -> str:
        """Who has not answered yet."""
        phase = self._left[0]
        return self._aside or f"{self._place} in phase {phase}: {HINTS[phase]}"

    def done(self, phase: str, seconds: float) -> None:
        """A phase has ended."""
        self._left.remove(phase)
        self._report(phase, seconds)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time the block as a phase; one that fails is not reported."""
        started = time.monotonic()
        yield
        self.done(name, time.monotonic() - started)

    @contextmanager
    def aside(self, who: str) -> Iterator[None]:
        """The block belongs to no phase: it waits for `who`."""
        self._aside = who
        yield
        self._aside = None
