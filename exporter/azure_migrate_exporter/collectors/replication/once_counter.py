"""Counting what a list shows again and again, each thing once: across polls, and across restarts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

Labels = tuple[str, ...]

SLACK: Final = 12 * 3600.0
"""Seconds by which news may be older than the newest thing: some clocks tell local time and call it UTC."""
MOST: Final = 20_000
"""Names that are remembered."""
MOST_SERIES: Final = 1000
"""Different labels that are told apart; Azure uses a few dozen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a list: its name, which is unique, and when it happened, if that can be believed."""

    name: str
    at: float | None


class Ledger:
    """Knows what was counted, and how often what was.

    What lies more than `SLACK` before the newest thing of an earlier poll is history. So is all that the very first
    poll shows: it may be weeks old, and nobody was watching.
    """

    def __init__(self, saved: Mapping[str, Any]) -> None:
        self._newest, self._names, self.counts = _restored(saved)
        self.began = saved.get("began") is True
        """Whether there has been a first poll."""

    def news(self, entries: Iterable[Entry], now: float) -> list[Entry]:
        """Those of a page that are neither counted nor history, each once."""
        found: dict[str, Entry] = {}
        for entry in entries:
            name = _digest(entry.name)
            known = name in self._names
            if known and entry.at is None:
                self._names[name] = now  # it is remembered for as long as it is listed
            elif not known and (entry.at is None or entry.at >= self._newest - SLACK):
                found[name] = entry
        return list(found.values())

    def remember(self, entry: Entry, now: float) -> None:
        """Take a piece of news for history."""
        self._names[_digest(entry.name)] = now if entry.at is None else entry.at

    def count(self, entry: Entry, labels: Labels, now: float) -> None:
        """Count a piece of news."""
        if labels not in self.counts and len(self.counts) >= MOST_SERIES:
            labels = ("other",) * len(labels)
        self.counts[labels] += 1
        self.remember(entry, now)

    def end_poll(self, now: float) -> None:
        """Forget the names of what is history now. What a clock that is ahead tells does not make history of others."""
        self.began = True
        newest = max((at for at in self._names.values() if at <= now), default=self._newest)
        self._newest = max(self._newest, newest)
        kept = [(name, at) for name, at in self._names.items() if at >= self._newest - SLACK]
        if len(kept) > MOST:
            kept = sorted(kept, key=lambda pair: pair[1])[-MOST:]
        self._names = dict(kept)

    def dump(self) -> dict[str, Any]:
        """For the constructor, as JSON."""
        counts = [[*labels, count] for labels, count in self.counts.items()]
        return {"began": self.began, "newest": self._newest, "names": dict(self._names), "counts": counts}


def _digest(name: str) -> str:
    return blake2b(name.lower().encode(), digest_size=8).hexdigest()


def _restored(saved: Mapping[str, Any]) -> tuple[float, dict[str, float], Counter[Labels]]:
    """What `dump` gave. What does not look like it counts as nothing."""
    try:
        names = {str(name): float(at) for name, at in saved.get("names", {}).items()}
        counts = Counter({tuple(map(str, labels)): int(count) for *labels, count in saved.get("counts", ())})
        return float(saved.get("newest", 0)), names, counts
    except (AttributeError, TypeError, ValueError):
        return 0.0, {}, Counter()
