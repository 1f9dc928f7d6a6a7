"""Points in time as Azure writes them, and the ways in which they are wrong."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

UNFINISHED: Final = "0001-01-01T00:00:00"
"""The end of what has not ended; it has no zone."""
IDLE: Final = "1753-01-01T01:01:01Z"
"""The start of a job that does not run."""
NEVER: Final = "9999-12-31T23:59:59.9999999"
"""When something expires that does not; it has no zone."""
CENTURY: Final = "1999-01-22T05:44:30.5Z"
"""From a source whose clock was never set."""
AHEAD: Final = 5.5 * 3600
"""Seconds that local time labelled UTC is ahead, where it is."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FILETIME_OF_EPOCH: Final = 116_444_736_000_000_000
"""1970 in ticks of 100 ns since 1601."""
_LAST: Final = 2**63 - 1


class BadTime(StrEnum):
    """What `lastRecoveryPointReceived` and the times of recovery points may be instead of true."""

    NONE = "none"
    YEAR_1 = "0001"
    YEAR_1753 = "1753"
    YEAR_1999 = "1999"
    YEAR_9999 = "9999"
    AHEAD = "ahead"
    """Hours in the future, as if local time were labelled UTC."""
    NO_ZONE = "no zone"
    EMPTY = "empty"
    """An empty string."""


def stamp(at: float) -> str:
    """Unix seconds as most fields have them: UTC with seven digits, the last of them 0."""
    return f"{_moment(at):%Y-%m-%dT%H:%M:%S.%f}0Z"


def reported_time(at: float, bad_time: BadTime = BadTime.NONE) -> str:
    """Unix seconds as a source with a wrong clock writes them."""
    fixed = {
        BadTime.YEAR_1: UNFINISHED,
        BadTime.YEAR_1753: IDLE,
        BadTime.YEAR_1999: CENTURY,
        BadTime.YEAR_9999: NEVER,
        BadTime.EMPTY: "",
    }
    if bad_time in fixed:
        return fixed[bad_time]
    text = stamp(at + AHEAD if bad_time is BadTime.AHEAD else at)
    return text.removesuffix("Z") if bad_time is BadTime.NO_ZONE else text


def event_number(at: float) -> int:
    """The number in an event's name: it falls as time passes, so the newest event has the smallest."""
    microseconds = round((_moment(at) - _EPOCH) / timedelta(microseconds=1))
    return _LAST - (_FILETIME_OF_EPOCH + microseconds * 10)


def _moment(at: float) -> datetime:
    """To the microsecond, so that a name and a text made from the same number say the same."""
    return _EPOCH + timedelta(microseconds=round(at * 1e6))
