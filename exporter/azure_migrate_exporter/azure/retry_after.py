"""`Retry-After` of Resource Manager: how long it accepts no request, kept for all collectors together."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.throttling import Throttling

DEFAULT_DELAY: Final = 60.0
"""Seconds to wait after a 429 without a usable `Retry-After`."""
MAX_DELAY: Final = 3600.0
"""Longest wait in seconds, whatever the header says: one odd answer must not blind the exporter for days."""


def retry_delay(status: int, headers: Mapping[str, str], now: float) -> float | None:
    """Seconds without a request that an answer demands at `now`, in Unix seconds; None if it demands none."""
    delay = _header_delay(headers.get("Retry-After", ""), now)
    if status == 429:
        return DEFAULT_DELAY if delay is None else delay
    return delay if status == 503 else None


def _header_delay(value: str, now: float) -> float | None:
    """Seconds from a header that holds seconds or a date; None if it holds neither."""
    if value.isdecimal():
        return min(float(value), MAX_DELAY)
    try:
        return min(max(0.0, parsedate_to_datetime(value).timestamp() - now), MAX_DELAY)
    except (ValueError, OverflowError):
        return None


class ArmThrottle:
    """Holds back the requests about one resource: a 429 is for its whole subscription, a 503 for it alone."""

    def __init__(
        self, throttling: Throttling, clock: Clock, resource_manager: str, subscription: str, *resource: str
    ) -> None:
        self._throttling = throttling
        self._clock = clock
        self._subscription = (resource_manager, subscription.lower())
        self._resource = (*self._subscription, *(part.lower() for part in resource))

    @property
    def retry_after(self) -> float:
        """Seconds until the next request is accepted; 0 if one is accepted now."""
        until = max(self._throttling.until(self._subscription), self._throttling.until(self._resource))
        return max(0.0, until - self._clock.monotonic())

    def check(self) -> None:
        """Raises `CheckError` (throttled) while no request is accepted."""
        if (seconds := self.retry_after) > 0:
            raise CheckError(Reason.THROTTLED, f"Resource Manager accepts no request for another {seconds:.0f} s")

    def observe(self, status: int, headers: Mapping[str, str]) -> None:
        """Apply the delay that an answer demands, if it demands one."""
        if (delay := retry_delay(status, headers, self._clock.time())) is not None:
            limited = self._subscription if status == 429 else self._resource
            self._throttling.hold(limited, self._clock.monotonic() + delay)
