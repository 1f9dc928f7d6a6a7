"""When a machine's next cycle is due, and what is seen of its progress.

Documented: the next delta cycle begins ``min(max(1 h, duration of the previous one / 2), 12 h)`` after it, and none in
a blackout window. Azure's times of recovery points lie, so progress is that the id of the newest one becomes another.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from azure_migrate_exporter.collectors.replication.gateway import Operation
from azure_migrate_exporter.collectors.replication.item import Item
from azure_migrate_exporter.config.blackout import WEEK, Blackout, Window

SHORTEST: Final = 3600.0
LONGEST: Final = 12 * 3600.0
_ENDLESS: Final = 2.0 * WEEK


def rest(cycle: float | None) -> float:
    """Seconds between a cycle that took `cycle` and the next; the longest there is if nobody knows how long it took."""
    return LONGEST if cycle is None else min(max(SHORTEST, cycle / 2), LONGEST)


def duration(between: float) -> float:
    """How long a cycle took if `between` seconds lie between its end and that of the one before.

    They are the rest and the cycle. The rest depends on the cycle before this one, which is taken to be like it.
    """
    if between <= 3 * SHORTEST:  # a rest of an hour
        return max(0.0, between - SHORTEST)
    return max(between * 2 / 3, between - LONGEST)


class Windows:
    """The blackout windows of one appliance."""

    def __init__(self, blackout: Blackout) -> None:
        self._windows: Sequence[Window] = blackout.windows
        self._zone = ZoneInfo(blackout.time_zone) if blackout.windows else None

    def open_from(self, at: float) -> float | None:
        """`at`, or the end of the windows that it falls in; None if they never end."""
        moment = at
        while moment < at + _ENDLESS:
            end = max(self._ends(moment), default=None)
            if end is None:
                return moment
            moment = end
        return None

    def _ends(self, at: float) -> Iterator[float]:
        """Ends of the windows that `at` falls in. Both ends of a window are told by the clock on the wall."""
        if self._zone is None:
            return
        today = datetime.fromtimestamp(at, self._zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        monday = today - timedelta(days=today.weekday())
        for window in self._windows:
            for week in (-1, 0):
                begin = monday + timedelta(weeks=week, seconds=window.start)
                end = self._unix(begin + timedelta(seconds=window.lasting))
                if self._unix(begin) <= at < end:
                    yield end

    def _unix(self, wall: datetime) -> float:
        return wall.replace(tzinfo=self._zone).timestamp()


@dataclass(slots=True)
class Track:
    """What was seen of one machine's cycles. Times are Unix seconds, and ours."""

    since: float
    """When the rest before the next cycle began, as far as we know."""
    point: str = ""
    """Id of the newest recovery point."""
    changed: float | None = None
    """When that became another one; None if we never saw it."""
    cycle: float | None = None
    """How many seconds the newest cycle took; None if nobody told and it could not be concluded."""
    cycling: bool = True
    """Whether the machine was in delta replication when last seen."""

    @classmethod
    def restore(cls, saved: Any, now: float) -> "Track":
        """What `dump` gave, or a new track."""
        try:
            since, point, changed, cycle, cycling = saved
            return cls(float(since), str(point), _time(changed), _time(cycle), bool(cycling))
        except (TypeError, ValueError):
            return cls(now)

    def dump(self) -> list[Any]:
        """For `restore`, as JSON."""
        return [self.since, self.point, self.changed, self.cycle, self.cycling]

    def observe(self, item: Item, now: float) -> None:
        """Take in a machine as it is listed."""
        self._follow_point(item.point, now)
        if item.cycling and not self.cycling:
            self.since = now
        self.cycling = item.cycling
        self.hear(item.operation)

    def hear(self, operation: Operation | None) -> None:
        """Take in what the gateway tells, in the list or in the details."""
        if operation and operation.status == "completed" and operation.phase == "delta" and operation.elapsed:
            self.cycle = operation.elapsed

    def _follow_point(self, point: str, now: float) -> None:
        if not point or point == self.point:
            return
        if self.point:
            if self.changed == self.since:  # nobody paused it in between
                self.cycle = duration(now - self.since)
            self.changed = self.since = now
        self.point = point

    def due(self, windows: Windows) -> float | None:
        """When the next cycle should begin at the latest; None if none should."""
        return windows.open_from(self.since + rest(self.cycle)) if self.cycling else None


def _time(value: Any) -> float | None:
    return None if value is None else float(value)
