"""When a machine's next delta cycle is due, and when its last one brought a recovery point.

Documented: the next delta cycle starts ``min(max(1 h, duration of the last one / 2), 12 h)`` after it, and none starts
in a blackout window. Azure's own times of recovery points are unreliable, so a cycle counts as finished when the id of
the newest recovery point changes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

from azure_migrate_exporter.azure.migration_item import MigrationItem
from azure_migrate_exporter.config.blackout import WEEK, Blackout, Window

MIN_DELAY: Final = 3600.0
MAX_DELAY: Final = 12 * 3600.0
_SHORT: Final = 3 * MIN_DELAY
"""Seconds between two recovery points, of which a delay takes the first hour at least: within these, a cycle takes no
more than two hours, and the shortest delay follows whatever it took."""
_SEARCH_RANGE: Final = 2.0 * WEEK


def next_cycle_delay(duration: float | None) -> float:
    """Seconds from a cycle of `duration` seconds to the next one; the longest delay if the duration is unknown."""
    return MAX_DELAY if duration is None else min(max(MIN_DELAY, duration / 2), MAX_DELAY)


def estimated_duration(between: float) -> float:
    """Duration of a cycle if `between` seconds lie between its recovery point and the one before.

    They are the delay and the cycle. The delay depends on the previous cycle, which is taken to be equally long.
    """
    if between <= _SHORT:  # a delay of an hour
        return max(0.0, between - MIN_DELAY)
    return max(between * 2 / 3, between - MAX_DELAY)


class BlackoutCalendar:
    """The blackout windows of one appliance."""

    def __init__(self, blackout: Blackout) -> None:
        self._windows: Sequence[Window] = blackout.windows
        self._zone = ZoneInfo(blackout.time_zone) if blackout.windows else None

    def first_open(self, at: float) -> float | None:
        """`at`, or the end of the windows that it falls in; None if they never end."""
        moment = at
        while moment < at + _SEARCH_RANGE:
            end = max(self._window_ends(moment), default=None)
            if end is None:
                return moment
            moment = end
        return None

    def _window_ends(self, at: float) -> Iterator[float]:
        """Ends of the windows that `at` falls in. Both ends of a window are in the appliance's local time."""
        if self._zone is None:
            return
        today = datetime.fromtimestamp(at, self._zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        monday = today - timedelta(days=today.weekday())
        for window in self._windows:
            for week in (-1, 0):
                start = monday + timedelta(weeks=week, seconds=window.start)
                end = self._unix(start + timedelta(seconds=window.duration))
                if self._unix(start) <= at < end:
                    yield end

    def _unix(self, local: datetime) -> float:
        return local.replace(tzinfo=self._zone).timestamp()


@dataclass(slots=True)
class CycleTracker:
    """What was observed of one machine's cycles. Times are Unix seconds of our clock."""

    since: float
    """Start of the delay before the next cycle, as far as is known."""
    recovery_point: str = ""
    """Id of the newest recovery point."""
    changed: float | None = None
    """When that id changed; None if no change was observed."""
    duration: float | None = None
    """Seconds that the last cycle took; None if that is unknown."""
    cycling: bool = True
    """Whether the machine was in delta replication at the last observation."""

    @classmethod
    def restore(cls, saved: Any, now: float) -> "CycleTracker":
        """What `dump` returned, or a new tracker."""
        try:
            since, point, changed, duration, cycling = saved
            return cls(_finite(since), str(point), _optional(changed), _optional(duration), bool(cycling))
        except (TypeError, ValueError):
            return cls(now)

    def dump(self) -> list[Any]:
        """The state for `restore`, as JSON."""
        return [self.since, self.recovery_point, self.changed, self.duration, self.cycling]

    @property
    def shown(self) -> tuple[float, float | None, float | None, bool]:
        """What the times that are shown depend on."""
        return self.since, self.changed, self.duration, self.cycling

    def observe_item(self, item: MigrationItem, now: float) -> bool:
        """Take in a machine as it is listed. Returns whether it finished a cycle on whose duration the next depends."""
        matters = self._observe_recovery_point(item.recovery_point, now)
        if item.cycling and not self.cycling:
            self.since = now
        self.cycling = item.cycling
        self.observe_duration(item.operation.cycle_duration if item.operation else None)
        return matters

    def observe_duration(self, seconds: float | None) -> None:
        """Take in the duration of the last cycle, if the gateway reports it."""
        if seconds is not None:
            self.duration = seconds

    def _observe_recovery_point(self, point: str, now: float) -> bool:
        if not point or point == self.recovery_point:
            return False
        before, self.recovery_point = self.recovery_point, point
        if not before:
            return False
        between, without_pause = now - self.since, self.changed == self.since
        self.changed = self.since = now
        if without_pause:
            self.duration = estimated_duration(between)
        return not without_pause or between > _SHORT

    def next_cycle_due(self, calendar: BlackoutCalendar) -> float | None:
        """Latest start of the next cycle; None if none is due."""
        return calendar.first_open(self.since + next_cycle_delay(self.duration)) if self.cycling else None


def _finite(value: Any) -> float:
    number = float(value)
    if not isfinite(number):
        raise ValueError(number)
    return number


def _optional(value: Any) -> float | None:
    return None if value is None else _finite(value)
