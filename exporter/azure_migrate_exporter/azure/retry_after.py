"""How long Resource Manager wants to be left alone, as it says with a refusal."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

WAIT: Final = 60.0
"""Seconds to wait after an answer that says "too many" and not for how long."""
LONGEST_WAIT: Final = 3600.0
"""Seconds after which it is asked again whatever it said: nobody should be blind for days by one odd answer."""


def pause(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds without a request that an answer asks for at `now`, in Unix seconds; None if it asks for none."""
    told = _retry_after(headers.get("Retry-After", ""), now)
    if status == 429:
        return WAIT if told is None else told
    return told if status == 503 else None


def _retry_after(value: str, now: float) -> float | None:
    """Seconds from a header that has them, or a date; None if it has neither."""
    if value.isdecimal():
        return min(float(value), LONGEST_WAIT)
    try:
        return min(max(0.0, parsedate_to_datetime(value).timestamp() - now), LONGEST_WAIT)
    except ValueError:
        return None
