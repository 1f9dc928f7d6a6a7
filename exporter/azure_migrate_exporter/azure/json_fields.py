"""Reading Azure's JSON without trusting it: a value is what it should be, or it is absent.

Fields may be missing, null, of another type, or hold what nobody documented. Booleans are strings; points in time lie.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final

Json = Mapping[str, Any]

NOTHING: Final[Json] = {}
LONGEST: Final = 200
"""Characters of a label value."""
AHEAD: Final = 300.0
"""Seconds by which a clock may be ahead of ours."""
_FIRST: Final = 2015
"""Azure Migrate is younger. What is older (0001, 1601, 1753, 1999) stands for "not yet" or comes from a wrong clock."""
_NEVER: Final = 2200
"""What is later (9999) stands for "never"."""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,63}")
_SEAM: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[ _-]+")


def mapping(value: Any) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else NOTHING


def objects(value: Any) -> Iterator[Json]:
    """The objects in a list."""
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())


def text(value: Any) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def label(value: Any) -> str:
    """A name that becomes a label value as it is; of a very long one the beginning."""
    return text(value)[:LONGEST]


def shared(value: str) -> str:
    """The same text as one object for all who hold it: few different ones come thousands of times."""
    return sys.intern(value)


def number(value: Any) -> float | None:
    """A finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        return None
    return float(value)


def percent(value: Any) -> float | None:
    """A ratio from a number of hundredths."""
    found = number(value)
    return found / 100 if found is not None and found <= 100 else None


def flag(value: Any) -> bool | None:
    """A boolean, which Azure writes as "true" or "false"."""
    return {"true": True, "false": False}.get(str(value).lower())


def word(value: Any) -> str:
    """An enumeration's word as a label value: ``InitialSeedingInProgress`` is ``initial_seeding_in_progress``.

    What is no short word is "other", so that a label can hold no message.
    """
    if not isinstance(value, str) or not value:
        return ""
    if not _WORD.fullmatch(value):
        return "other"
    return shared(_SEAM.sub("_", value.strip()).lower())


def moment(value: Any, now: float) -> float | None:
    """Unix seconds, if the text is a point in time that can be believed: with a zone, not absurdly old, not ahead."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if at.tzinfo is None or not _FIRST <= at.year < _NEVER or at.timestamp() > now + AHEAD:
        return None
    return min(at.timestamp(), now)


def deadline(value: Any) -> float | None:
    """The same for an end that may lie ahead, but not where "never" lies."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at.timestamp() if at.tzinfo is not None and _FIRST <= at.year < _NEVER else None


def last_segment(resource_id: Any) -> str:
    """The name at the end of an ARM id, in lower case."""
    return label(text(resource_id).rstrip("/").rpartition("/")[2].lower())


def segment_after(resource_id: Any, kind: str) -> str:
    """The name that follows `kind` in an ARM id, in lower case; ids differ in case wherever they are written."""
    parts = text(resource_id).lower().split("/")
    kind = kind.lower()
    return parts[parts.index(kind) + 1] if kind in parts[:-1] else ""
