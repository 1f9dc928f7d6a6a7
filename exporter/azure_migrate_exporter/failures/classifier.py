"""One failure id for what Azure or vCenter says about an error, or "unknown".

A message says more than a code: 181008 stands for two failures, 1028 for all of VMware's, and most VMware texts have no
code at all. So the texts decide first, in the order given; the code only when none of them is documented.
"""

import re
from functools import cache
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.fold import fold

UNKNOWN: Final = "unknown"
"""The answer where nothing documented was recognised; callers keep the code beside it."""

MAX_TEXT: Final = 16_384
"""Characters of one text that are looked at; the documented messages come early and are far shorter."""

_GAP: Final = "…"
_TOKEN: Final = re.compile(r"""[^\s:;,()\[\]'"#]+""")


def classify(code: str | int | None, *texts: str | None) -> str:
    """The id of the documented failure, or "unknown". Never raises.

    `code` is the number or symbol, alone or joined as the newest article has it ("181008:DisposeArtefactsTimedOut").
    `texts` are the message, then what may repeat or refine it: possible causes, the provider's message, inner errors.
    The first text that holds a documented message decides, and within it the message that begins first.
    """
    code = "" if code is None else str(code)
    for text in (*texts, code):
        hits = matches(text) if text else []
        if hits:
            return hits[0]
    return _by_number(code)


def matches(text: str) -> list[str]:
    """Every failure whose documented message occurs in `text`, in the order of appearance."""
    folded = fold(text[:MAX_TEXT])
    found: dict[str, int] = {}
    for first, pattern, failure in _patterns():
        if first in folded:  # the quick way out, for nearly every pattern
            start = _find(folded, pattern)
            if start >= 0:
                found[failure] = min(start, found.get(failure, start))
    return sorted(found, key=found.__getitem__)


def _by_number(code: str) -> str:
    """The failure of the first documented number in `code`; symbols were found before, as messages are."""
    tokens = _TOKEN.findall(fold(code[:MAX_TEXT]))
    return next((_numbers()[token] for token in tokens if token in _numbers()), UNKNOWN)


def _find(text: str, pattern: tuple[str, ...]) -> int:
    """Where the fragments of `pattern` begin to occur, one after the other with anything between; -1 if they do not."""
    start, end = -1, 0
    for fragment in pattern:
        at = text.find(fragment, end)
        if at < 0:
            return -1
        start, end = (at if start < 0 else start), at + len(fragment)
    return start


@cache
def _patterns() -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """(first fragment, all fragments, failure id) of every documented message and every symbol but a carrier's."""
    return tuple(
        (fragments[0], fragments, failure.id)
        for failure in CATALOGUE.values()
        for pattern in (*failure.english, *failure.french, *(() if failure.carrier else failure.symbols))
        for fragments in (tuple(fold(part) for part in pattern.split(_GAP)),)
    )


@cache
def _numbers() -> dict[str, str]:
    """Number to failure id, and a carrier's symbol. What two failures share belongs to the one that does not say so."""
    numbers: dict[str, str] = {}
    for failure in CATALOGUE.values():
        numbers.update((code.number, failure.id) for code in failure.codes if code.shared_with is None)
        if failure.carrier:
            numbers.update((fold(symbol), failure.id) for symbol in failure.symbols)
    return numbers
