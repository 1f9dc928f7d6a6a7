from azure_migrate_exporter.web.config.schema import RateLimitSettings
from azure_migrate_exporter.web.rate_limiter import RateLimiter


def test_a_burst_passes_then_one_request_an_interval() -> None:
    limiter = RateLimiter()
    settings = RateLimitSettings.model_validate({"interval": "8s", "burst": 2})
    admitted = [second for second in range(40) if limiter.allow(settings, float(second))]
    assert admitted == [0, 1, 8, 16, 24, 32]


def test_nothing_is_limited_without_settings_or_with_interval_zero() -> None:
    limiter = RateLimiter()
    zero = RateLimitSettings.model_validate({"interval": "0s", "burst": 1})
    assert all(limiter.allow(settings, 0.0) for settings in (None, zero) for _ in range(100))


def test_new_settings_start_with_a_full_bucket() -> None:
    limiter = RateLimiter()
    slow = RateLimitSettings.model_validate({"interval": "1h", "burst": 1})
    assert limiter.allow(slow, 0.0)
    assert not limiter.allow(slow, 1.0)
    assert limiter.allow(RateLimitSettings.model_validate({"interval": "1h", "burst": 2}), 2.0)
