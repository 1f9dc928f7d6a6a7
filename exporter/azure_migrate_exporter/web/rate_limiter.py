"""A token bucket over all clients, as exporter-toolkit's `rate_limit`."""

from azure_migrate_exporter.web.config.schema import RateLimitSettings


class RateLimiter:
    """Adds one token every `interval` up to `burst`; each request takes one."""

    def __init__(self) -> None:
        self._settings: RateLimitSettings | None = None
        self._tokens = 0.0
        self._updated_at = 0.0

    def allow(self, settings: RateLimitSettings | None, now: float) -> bool:
        """Whether one more request may pass at `now` (monotonic seconds). Changed settings start with a full bucket."""
        if settings is None or settings.interval == 0:
            return True
        if settings != self._settings:
            self._settings, self._tokens = settings, settings.burst
        else:
            self._tokens = min(settings.burst, self._tokens + (now - self._updated_at) / settings.interval)
        self._updated_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
