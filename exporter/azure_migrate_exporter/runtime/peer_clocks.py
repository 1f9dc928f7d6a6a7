"""The clocks of the services that answer, compared with ours."""

import threading
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import CLOCK_OFFSET
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock

MAX_AGE: Final = 3600.0
"""Seconds after its newest answer for which the offset of a peer is shown."""
MAX_PEERS: Final = 500
_HALF_SECOND: Final = 0.5
"""`Date` has whole seconds, rounded down."""


class PeerClocks:
    """The newest offset of each peer. Safe from any thread."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._offsets: dict[str, tuple[float, float]] = {}
        """By peer: when it was observed (monotonic seconds), and the seconds by which the peer is ahead."""

    def observe(self, peer: str, time: float) -> None:
        """Record that the clock of `peer` shows `time` now, in Unix seconds."""
        now = self._clock.monotonic()
        with self._lock:
            self._offsets.pop(peer, None)
            self._offsets[peer] = now, time - self._clock.time()
            if len(self._offsets) > MAX_PEERS:
                del self._offsets[next(iter(self._offsets))]

    def observe_headers(self, peer: str, headers: Mapping[str, str]) -> None:
        """Record the `Date` of an answer that has just begun. One from a cache (`Age`) says nothing of the clock."""
        found = {name.lower(): value for name, value in headers.items()}
        if "date" not in found or "age" in found:
            return
        try:
            at = parsedate_to_datetime(found["date"]).timestamp()
        except (ValueError, OverflowError, OSError):
            return
        self.observe(peer.lower(), at + _HALF_SECOND)

    def offsets(self) -> Mapping[str, float]:
        """The offsets that are new enough, in seconds, by peer."""
        oldest = self._clock.monotonic() - MAX_AGE
        with self._lock:
            self._offsets = {peer: seen for peer, seen in self._offsets.items() if seen[0] >= oldest}
            return {peer: offset for peer, (_, offset) in self._offsets.items()}

    def write(self, out: Measurements) -> None:
        """Write the offsets that are new enough."""
        for peer, offset in self.offsets().items():
            out.set(CLOCK_OFFSET, offset, peer=peer)


PEER_CLOCKS: Final = PeerClocks()
"""Of this process."""
