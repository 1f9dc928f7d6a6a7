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
_TOKEN: Final = re.compile(r"\w+")


def classify(code: str | int | None, *texts: str | None) -> str:
    """The id of the documented failure, or "unknown". Never raises.

    `code` is the number or symbol, alone or joined as the newest article writes it ("181008:DisposeArtefactsTimedOut").
    `texts` are the message, then what may repeat or refine it: possible causes, the provider's message, inner errors. The
    first text that holds a documented message decides, and within it the message that begins first.
    """
    for text in texts:
        if text:
            hits = matches(text)
            if hits:
                return hits[0]
    return _by_code(str(code)) if code is not None else UNKNOWN


def matches(text: str) -> list[str]:
    """Every failure whose documented message occurs in `text`, in the order of appearance."""
    folded = fold(text[:MAX_TEXT])
    found: dict[str, int] = {}
    for fragments, failure in _patterns():
        start = _find(folded, fragments)
        if start >= 0:
            found[failure] = min(start, found.get(failure, start))
    return sorted(found, key=found.__getitem__)


def _by_code(code: str) -> str:
    """Symbols before numbers: a number is the one that can be shared."""
    tokens = _TOKEN.findall(fold(code[:MAX_TEXT]))
    for token in sorted(tokens, key=str.isdigit):
        failure = _codes().get(token)
        if failure is not None:
            return failure
    return UNKNOWN


def _find(text: str, fragments: tuple[str, ...]) -> int:
    """Where `fragments` begin to occur in `text`, one after the other with anything between; -1 if they do not."""
    start = at = text.find(fragments[0])
    for before, fragment in zip(fragments, fragments[1:], strict=False):
        if at < 0:
            return -1
        at = text.find(fragment, at + len(before))
    return start if at >= 0 else -1


@cache
def _patterns() -> tuple[tuple[tuple[str, ...], str], ...]:
    """(fragments in order, failure id) of every documented message and every symbol that is no mere carrier."""
    return tuple(
        (tuple(fold(fragment) for fragment in pattern.split(_GAP)), failure.id)
        for failure in CATALOGUE.values()
        for pattern in (*failure.english, *failure.french, *(() if failure.carrier else failure.symbols))
    )


@cache
def _codes() -> dict[str, str]:
    """Code or folded symbol to failure id. Of two that share a number, the one that still has it comes first."""
    codes: dict[str, str] = {}
    for failure in CATALOGUE.values():
        for code in failure.codes:
            if code.shared_with is None:
                codes[code.number] = failure.id
        codes.update((fold(symbol), failure.id) for symbol in failure.symbols)
    return codes
