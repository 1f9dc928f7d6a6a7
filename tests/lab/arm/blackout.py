"""Blackout windows, in the syntax and the local time of the appliance."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS: Final = {"d": 86400, "h": 3600, "m": 60}


class Blackout:
    """Times at which no cycle starts, as the appliance's file has them: `Monday;7:00;7h | Tuesday;8:00;1d7h`."""

    def __init__(self, windows: str, zone: str = "UTC") -> None:
        self._zone = UTC if zone == "UTC" else ZoneInfo(zone)
        self._windows = [self._window(*text.split(";")) for text in windows.split("|") if text.strip()]

    def open_from(self, at: float) -> float:
        """`at`, or the end of the window that it falls in."""
        local = datetime.fromtimestamp(at, self._zone).replace(tzinfo=None)
        for day, start, lasting in self._windows:
            midnight = datetime.combine(local.date(), datetime.min.time()) - timedelta(days=(local.weekday() - day) % 7)
            for begin in (midnight + start, midnight + start - timedelta(days=7)):
                if begin <= local < begin + lasting:
                    end = (begin + lasting).replace(tzinfo=self._zone).timestamp()
                    return self.open_from(end)
        return at

    @staticmethod
    def _window(day: str, start: str, lasting: str) -> tuple[int, timedelta, timedelta]:
        hours, _, minutes = start.strip().partition(":")
        seconds, number = 0, ""
        for character in lasting.strip():
            if character.isdigit():
                number += character
            else:
                seconds, number = seconds + int(number) * _UNITS[character], ""
        begin = timedelta(hours=int(hours), minutes=int(minutes))
        return _DAYS.index(day.strip().lower()), begin, timedelta(seconds=seconds)
