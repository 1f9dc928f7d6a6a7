"""A token bucket over all clients, as exporter-toolkit's `rate_limit`."""

from azure_migrate_exporter.web.config import RateLimitSettings


class RateLimiter:
    """Tokens come back one every `interval`, up to `burst`; each request takes one."""

    def __init__(self) -> None:
        self._settings: RateLimitSettings | None = None
        self._tokens = 0.0
        self._counted_at = 0.0

    def admits(self, settings: RateLimitSettings | None, now: float) -> bool:
        """Whether one more request may pass at `now` (monotonic seconds). New settings start with a full bucket."""
        if settings is None or settings.interval == 0:
            return True
        if settings != self._settings:
            self._settings, self._tokens = settings, settings.burst
        else:
            self._tokens = min(settings.burst, self._tokens + (now - self._counted_at) / settings.interval)
        self._counted_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
