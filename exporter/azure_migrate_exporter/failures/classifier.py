"""The failure id of what Azure or vCenter says about an error, or "unknown".

A message is more specific than a code: 181008 stands for two failures, 1028 for every VMware error, and most VMware
messages have no code. So the texts decide first, in the order given, and the code only if no text is documented.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data.other_languages import MESSAGES
from azure_migrate_exporter.failures.normalization import fold, normalize

UNKNOWN: Final = "unknown"
"""The answer for what is not documented; callers keep the code beside it."""

MAX_TEXT: Final = 16_384
"""Characters of one text that are searched; the documented messages come early and are far shorter."""

_CACHED_TEXTS: Final = 512
"""Messages and causes repeat from machine to machine and from poll to poll."""

_GAP: Final = "…"
_TOKEN: Final = re.compile(r"""[^\s:;,()\[\]'"#]+""")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A documented message: normalized fragments that follow each other, with anything between them."""

    failure: str
    fragments: tuple[str, ...]
    general: bool
    """Whether Azure shows the message for other failures too."""

    def find(self, normalized: str) -> int:
        """Where the message begins in a normalized text; -1 if it does not occur."""
        start, end = -1, 0
        for fragment in self.fragments:
            at = normalized.find(fragment, end)
            if at < 0:
                return -1
            start, end = (at if start < 0 else start), at + len(fragment)
        return start


def classify(code: str | int | None, *texts: str | None) -> str:
    """The id of the documented failure, or "unknown". Never raises.

    `code` is the number or symbol, alone or joined as the newest article has it ("181008:DisposeArtefactsTimedOut").
    `texts` are the message, then texts that repeat or refine it; the possible causes come last. The first text with a
    documented message decides, and within it the message that begins first. A general message counts only if no text
    is more specific and the last one, which names the causes, does not name an undocumented one.
    """
    code = "" if code is None else str(code)
    causes = (texts[-1] if texts else None) or ""
    general = ""
    for text in (*filter(None, texts), code):
        specific, vague = _cached_search(text[:MAX_TEXT])
        if specific:
            return specific[0]
        general = general or next(iter(vague), "")
    if general and (not causes.strip() or general in matches(causes)):
        return general
    return _by_number(code)


def matches(text: str) -> list[str]:
    """Every failure whose documented message occurs in `text`, in the order of appearance.

    General messages count only where there is no other.
    """
    specific, vague = _cached_search(text[:MAX_TEXT])
    return [*(specific or vague)]


def search_messages(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The failures of specific and of general messages in a text of any length, in the order of appearance."""
    found: dict[tuple[bool, str], int] = {}
    normalized = normalize(text)
    for first, pattern in _by_first_fragment():
        if first in normalized and (start := pattern.find(normalized)) >= 0:  # the first test decides nearly always
            key = (pattern.general, pattern.failure)
            found[key] = min(start, found.get(key, start))
    lower = fold(text)
    for symbol, failure, general in _symbols():
        if symbol in lower:
            start = len(normalize(lower[: lower.find(symbol)]))
            found[general, failure] = min(start, found.get((general, failure), start))
    ordered = sorted(found, key=found.__getitem__)
    specific, vague = ([failure for general, failure in ordered if general is wanted] for wanted in (False, True))
    return tuple(specific), tuple(vague)


def _by_number(code: str) -> str:
    """The failure of the first documented number in `code`."""
    tokens = _TOKEN.findall(fold(code[:MAX_TEXT]))
    return next((numbers()[token] for token in tokens if token in numbers()), UNKNOWN)


_cached_search = lru_cache(maxsize=_CACHED_TEXTS)(search_messages)


@cache
def patterns() -> tuple[Pattern, ...]:
    """Every documented message, in every language."""
    found = [
        (failure.id, pattern, pattern in failure.general)
        for failure in CATALOGUE.values()
        for pattern in (*failure.general, *failure.english, *failure.french)
        if pattern not in failure.symbols
    ]
    found += [
        (failure, pattern, False)
        for messages in MESSAGES.values()
        for failure, translated in messages.items()
        for pattern in translated
    ]
    return tuple(
        dict.fromkeys(
            Pattern(failure, tuple(normalize(part) for part in text.split(_GAP)), general)
            for failure, text, general in found
        )
    )


@cache
def _by_first_fragment() -> tuple[tuple[str, Pattern], ...]:
    return tuple((pattern.fragments[0], pattern) for pattern in patterns())


@cache
def _symbols() -> tuple[tuple[str, str, bool], ...]:
    """Symbol in lower case, failure id and whether it is general; none of a carrier.

    Where other services use the same symbol, it counts only after its number, as the newest article writes it.
    """
    return tuple(
        (f"{number}:{symbol.lower()}" if number else symbol.lower(), failure.id, symbol in failure.general)
        for failure in CATALOGUE.values()
        if not failure.carrier
        for symbol in failure.symbols
        for number in ([code.number for code in failure.codes] if failure.ambiguous_symbols else [""])
    )


@cache
def numbers() -> dict[str, str]:
    """Number to failure id, and a carrier's symbol. A shared number belongs to the failure that does not say so."""
    found: dict[str, str] = {}
    for failure in CATALOGUE.values():
        found.update((code.number, failure.id) for code in failure.codes if code.shared_with is None)
        if failure.carrier:
            found.update((symbol.lower(), failure.id) for symbol in failure.symbols)
    return found
