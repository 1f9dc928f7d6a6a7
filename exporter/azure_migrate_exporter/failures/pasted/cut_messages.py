"""Messages that were cut off: by the edge of a column, by "Show more", or by an imprecise selection."""

import math
import re
from collections.abc import Iterator
from typing import Final

from azure_migrate_exporter.failures.classifier import patterns
from azure_migrate_exporter.failures.normalization import normalize

_ELLIPSIS: Final = re.compile(r"(?:\u2026|\.\.\.)(?!\w)")
_LEADING_ELLIPSIS: Final = re.compile(r"(?<!\w)(?:\u2026|\.\.\.)(?=\w)")
_SEGMENTS: Final = 100
"""Places of one text at which a message may end or begin."""
_SEGMENT: Final = 4_000
"""Characters of a segment; the longest documented message has far fewer."""

_MARKED: Final = 0.4
"""Share of a message that identifies it where the text shows that it was cut."""
_UNMARKED: Final = 0.75
"""The same where the text only ends."""
_SHORTEST: Final = 10
"""Letters that a part must have; for scripts with a letter for each syllable or word, half as many."""


def find_cut_messages(text: str) -> list[str]:
    """The failures of messages of which `text` has only the first or the last part, where only one failure fits."""
    found = [_only(_failures(part, marked=marked, at_end=at_end)) for part, marked, at_end in _segments(text)]
    return list(dict.fromkeys(failure for failure in found if failure))


def _segments(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Parts that may end, or else begin, within a message; and whether they show it."""
    tail, head = text[-_SEGMENT:], text[:_SEGMENT]
    yield normalize(tail), tail.count("[") > tail.count("]"), True
    yield normalize(head), head.count("]") > head.count("["), False
    for _, mark in zip(range(_SEGMENTS), _ELLIPSIS.finditer(text), strict=False):
        yield normalize(text[max(0, mark.start() - _SEGMENT) : mark.start()]), True, True
    for _, mark in zip(range(_SEGMENTS), _LEADING_ELLIPSIS.finditer(text), strict=False):
        yield normalize(text[mark.end() : mark.end() + _SEGMENT]), True, False


def _failures(part: str, *, marked: bool, at_end: bool) -> Iterator[str]:
    cut, share = (_begins if at_end else _ends), (_MARKED if marked else _UNMARKED)
    for pattern in patterns():
        if pattern.find(part) >= 0:
            continue  # whole
        if cut(pattern.fragments, part, share):
            yield pattern.failure


def _begins(fragments: tuple[str, ...], part: str, share: float) -> bool:
    """Whether `part` ends with the beginning of the message."""
    at = 0
    for number, fragment in enumerate(fragments):
        found = part.find(fragment, at)
        if found >= 0:
            at = found + len(fragment)
            if share == _MARKED and number + 1 < len(fragments) and len(fragment) >= _needed(fragment, share):
                return True
            continue
        return _overlaps(part[at:], fragment, _needed(fragment, share))
    return False


def _ends(fragments: tuple[str, ...], part: str, share: float) -> bool:
    """Whether `part` begins with the end of the message."""
    fragment = fragments[-1]
    return _overlaps(fragment, part, _needed(fragment, share))


def _overlaps(first: str, second: str, needed: int) -> bool:
    """Whether `first` ends with at least the `needed` letters with which `second` begins."""
    return any(first.endswith(second[:size]) for size in range(min(len(first), len(second)), needed - 1, -1))


def _needed(fragment: str, share: float) -> int:
    """The letters of a message that identify it."""
    return max(_SHORTEST if fragment.isascii() else _SHORTEST // 2, math.ceil(len(fragment) * share))


def _only(failures: Iterator[str]) -> str:
    """The failure, if there is exactly one."""
    distinct = set(failures)
    return distinct.pop() if len(distinct) == 1 else ""
