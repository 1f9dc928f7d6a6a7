"""Keys `blackout_windows` and `time_zone`: when an appliance starts no replication cycle, in its own notation."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK: Final = 7 * 86400

_START: Final = re.compile(r"(\d{1,2}):(\d{2})")
_DURATION: Final = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
_HINT: Final = 'write windows as the appliance\'s file has them, as in "Monday;7:00;7h | Tuesday;8:00;1d7h"'


@dataclass(frozen=True, slots=True)
class Window:
    """Once a week, in local time: from `start` seconds after midnight of Monday, for `duration` seconds."""

    start: int
    duration: int

    def __str__(self) -> str:
        day, second = divmod(self.start, 86400)
        days, hours, minutes = self.duration // 86400, self.duration // 3600 % 24, self.duration // 60 % 60
        parts = ((days, "d"), (hours, "h"), (minutes, "m"))
        duration = "".join(f"{count}{unit}" for count, unit in parts if count)
        return f"{DAYS[day]};{second // 3600}:{second // 60 % 60:02};{duration}"


def parse_windows(value: Any) -> tuple[Window, ...]:
    """The windows in a text such as ``Monday;7:00;7h | Tuesday;8:00;1d7h | Friday;13:00;8m``."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, str):
        raise ValueError(_HINT)  # noqa: TRY004 - pydantic reports a ValueError with its place
    return tuple(_window(text.strip()) for text in value.split("|") if text.strip())


def _window(text: str) -> Window:
    day, *rest = (part.strip() for part in text.split(";"))
    if day.capitalize() not in DAYS or len(rest) != 2:
        raise ValueError(f"{text!r} is no window: {_HINT}")
    start, duration = _START.fullmatch(rest[0]), _DURATION.fullmatch(rest[1])
    if start is None or int(start[1]) > 23 or int(start[2]) > 59:
        raise ValueError(f"{rest[0]!r} in {text!r} is no time of day: write it as in 7:00 or 18:30")
    days, hours, minutes = (int(number or 0) for number in duration.groups()) if duration else (0, 0, 0)
    seconds = days * 86400 + hours * 3600 + minutes * 60
    if not 0 < seconds <= WEEK:
        raise ValueError(f"{rest[1]!r} in {text!r} is no duration up to 7d: write it as in 8m, 7h or 1d7h")
    return Window(DAYS.index(day.capitalize()) * 86400 + int(start[1]) * 3600 + int(start[2]) * 60, seconds)


def _format(windows: tuple[Window, ...]) -> str:
    return " | ".join(map(str, windows))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such time zone: write an IANA name, as in Europe/Paris") from error
    return name


Windows = Annotated[
    tuple[Window, ...],
    BeforeValidator(parse_windows),
    PlainSerializer(_format, return_type=str),
    WithJsonSchema({"type": "string"}),
]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""An IANA name. Windows has no such names; there they come from the package tzdata."""


@dataclass(frozen=True, slots=True)
class Blackout:
    """The blackout windows of one appliance and the time zone of its clock."""

    windows: tuple[Window, ...] = ()
    time_zone: str = "UTC"
