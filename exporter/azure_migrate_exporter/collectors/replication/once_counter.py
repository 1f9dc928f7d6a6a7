"""Counts each entry of a list once, although the list shows it again and again: across polls and restarts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import number

Labels = tuple[str, ...]

MAX_LATENESS: Final = 12 * 3600.0
"""Seconds by which a new entry may be older than the newest one: some clocks send local time as UTC."""
MAX_NAMES: Final = 20_000
"""Names that are remembered."""
MAX_SERIES: Final = 1000
"""Distinct label sets; Azure uses a few dozen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: its unique name, and its time if that is plausible."""

    name: str
    at: float | None


class OnceCounter:
    """Remembers which entries were counted, and the counts by labels.

    Entries more than `MAX_LATENESS` older than the newest one of an earlier poll are history and never counted. So is
    everything that the very first poll shows, which may be weeks old. `saved` is what `dump` returned.
    """

    def __init__(self, saved: Mapping[str, Any]) -> None:
        self._newest, self._names, self.counts = _restored(saved)
        self.primed = saved.get("primed") is True
        """Whether there was a first poll."""

    def new_entries(self, entries: Iterable[Entry], now: float) -> list[Entry]:
        """The entries of a page that are neither counted nor history, each once."""
        found: dict[str, Entry] = {}
        for entry in entries:
            name = _digest(entry.name)
            known = name in self._names
            if known and entry.at is None:
                self._names[name] = max(now, self._newest)  # it is remembered for as long as it is listed
            elif not known and (entry.at is None or entry.at >= self._newest - MAX_LATENESS):
                found[name] = entry
        return list(found.values())

    def skip(self, entry: Entry, now: float) -> None:
        """Remember a new entry as history."""
        self._names[_digest(entry.name)] = max(now, self._newest) if entry.at is None else entry.at

    def count(self, entry: Entry, labels: Labels, now: float) -> None:
        """Count a new entry."""
        if labels not in self.counts and len(self.counts) >= MAX_SERIES:
            labels = ("other",) * len(labels)
        self.counts[labels] += 1
        self.skip(entry, now)

    def finish_poll(self, now: float) -> None:
        """Forget the names of entries that are history now. A clock that is ahead turns no other entry into history."""
        self.primed = True
        newest = max((at for at in self._names.values() if at <= now), default=self._newest)
        self._newest = max(self._newest, newest)
        kept = [(name, at) for name, at in self._names.items() if at >= self._newest - MAX_LATENESS]
        if len(kept) > MAX_NAMES:
            kept = sorted(kept, key=lambda pair: pair[1])[-MAX_NAMES:]
        self._names = dict(kept)

    def dump(self) -> dict[str, Any]:
        """The state for the constructor, as JSON."""
        counts = [[*labels, count] for labels, count in self.counts.items()]
        return {"primed": self.primed, "newest": self._newest, "names": dict(self._names), "counts": counts}


def _digest(name: str) -> str:
    return blake2b(name.lower().encode(), digest_size=8).hexdigest()


def _restored(saved: Mapping[str, Any]) -> tuple[float, dict[str, float], Counter[Labels]]:
    """What `dump` returned; nothing if `saved` has another form."""
    try:
        names = {str(name): found for name, at in saved.get("names", {}).items() if (found := number(at)) is not None}
        counts = Counter({tuple(map(str, labels)): int(count) for *labels, count in saved.get("counts", ())})
        return number(saved.get("newest")) or 0.0, names, counts
    except (AttributeError, OverflowError, TypeError, ValueError):
        return 0.0, {}, Counter()
