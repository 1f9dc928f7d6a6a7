"""Tolerant reads of Azure's JSON: each function returns a value of the expected form, or an empty one.

A field may be missing, null, of another type, or hold an undocumented value. Booleans arrive as text, and timestamps
may be wrong.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from math import isfinite
from sys import intern
from typing import Any, Final

from azure_migrate_exporter.azure.arm_id import KEY_VAULT, SERVICEBUS_NAMESPACE, STORAGE_ACCOUNT, ArmId

Json = Mapping[str, Any]

NOTHING: Final[Json] = {}
MAX_LABEL: Final = 200
"""Characters of a label value."""
CLOCK_SKEW: Final = 300.0
"""Seconds by which another clock may be ahead of ours."""
_FIRST_YEAR: Final = 2015
"""Azure Migrate is younger. Earlier years (0001, 1601, 1753, 1999) mean "not yet", or come from a wrong clock."""
_LAST_YEAR: Final = 2200
"""Later years (9999) mean "never"."""
_ENUM: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,63}")
_WORD_BOUNDARY: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[ _-]+")
_ARM_ID: Final = re.compile(
    r"/subscriptions/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"(?:/(?!\s)[^/?#\\\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}(?<!\s))+",
    re.IGNORECASE,
)
_RESOURCE_ID: Final = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/([^/]+/[^/]+)/([^/]+)", re.IGNORECASE
)
_RESOURCE_NAMES: Final = {
    STORAGE_ACCOUNT: re.compile(r"[a-z0-9]{3,24}"),
    SERVICEBUS_NAMESPACE: re.compile(r"[a-z][a-z0-9-]{5,49}", re.IGNORECASE),
    KEY_VAULT: re.compile(r"[a-z][a-z0-9-]{2,23}", re.IGNORECASE),
}
"""Azure's own rules for names."""


def mapping(value: Any) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else NOTHING


def objects(value: Any) -> Iterator[Json]:
    """The objects in a list."""
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())


def text(value: Any) -> str:
    """The text, or an empty one. What is not valid UTF-8, and NUL, is replaced."""
    if not isinstance(value, str):
        return ""
    if value.isascii() and "\0" not in value:
        return value
    return value.encode(errors="replace").decode().replace("\0", "�")


def label(value: Any) -> str:
    """A text as a label value, cut at `MAX_LABEL` characters."""
    return text(value)[:MAX_LABEL]


def name(value: Any) -> str:
    """A name as a label value: on one line, without spaces at its ends."""
    return " ".join(label(value).split())


def number(value: Any) -> float | None:
    """A finite number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        found = float(value)
    except OverflowError:
        return None
    return found if isfinite(found) and found >= 0 else None


def ratio(value: Any) -> float | None:
    """A ratio from a percentage."""
    found = number(value)
    return found / 100 if found is not None and found <= 100 else None


def boolean(value: Any) -> bool | None:
    """A boolean, which Azure often writes as "true" or "false"."""
    return value if isinstance(value, bool) else {"true": True, "false": False}.get(text(value).lower())


def enum_label(value: Any) -> str:
    """The word of an enumeration as a label value: ``InitialSeedingInProgress`` is ``initial_seeding_in_progress``.

    What is no short word becomes "other", so that no message becomes a label value.
    """
    if not isinstance(value, str) or not value:
        return ""
    if not _ENUM.fullmatch(value):
        return "other"
    return intern(_WORD_BOUNDARY.sub("_", value.strip()).lower())


def region(value: Any) -> str:
    """A region as metrics and ids write it: ``France Central`` is ``francecentral``; empty for what is no region."""
    found = text(value).replace(" ", "").lower()
    return found if re.fullmatch(r"[a-z0-9]{1,64}", found) else ""


def past_timestamp(value: Any, now: float) -> float | None:
    """Unix seconds of a plausible past time: with a zone, not before Azure Migrate, not ahead of `now`."""
    at = _datetime(value)
    if at is None or at.timestamp() > now + CLOCK_SKEW:
        return None
    return min(at.timestamp(), now)


def expiry_timestamp(value: Any) -> float | None:
    """Unix seconds of an expiry, which may lie ahead; None for the dates that mean "never"."""
    at = _datetime(value)
    return None if at is None else at.timestamp()


def arm_id(value: Any, kind: str = "") -> ArmId | None:
    """The id of something in a subscription, or of a resource of type `kind`; None for any other text."""
    written = text(value).rstrip("/")
    if not _ARM_ID.fullmatch(written) or (kind and not _is_resource(written, kind)):
        return None
    return ArmId(written)


def resource_name(value: Any) -> str:
    """The name at the end of an ARM id, in lower case."""
    return label(text(value).rstrip("/").rpartition("/")[2].lower())


def _is_resource(written: str, kind: str) -> bool:
    match = _RESOURCE_ID.fullmatch(written)
    if match is None or match[1].lower() != kind:
        return False
    return kind not in _RESOURCE_NAMES or _RESOURCE_NAMES[kind].fullmatch(match[2]) is not None


def _datetime(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo is not None and _FIRST_YEAR <= at.year < _LAST_YEAR else None
