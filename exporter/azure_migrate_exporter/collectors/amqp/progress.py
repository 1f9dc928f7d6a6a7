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

    def __init__(self, phases: tuple[str, ...], report: Callable[[str, float], None]) -> None:
        self._left = list(phases)
        self._report = report
        self._aside: str | None = None

    @property
    def waiting_for(self) -> str:
        """What has not ended, in words."""
        phase = self._left[0]
        return self._aside or f"phase {phase} ({HINTS[phase]})"

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
    def aside(self, what: str) -> Iterator[None]:
        """The block belongs to no phase: `what` names it, should it never end."""
        self._aside = what
        yield
        self._aside = None
