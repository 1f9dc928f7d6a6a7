"""Times, durations and rates as a report prints them."""

from datetime import UTC, datetime


def format_time(seconds: float) -> str:
    """A Unix timestamp."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def format_milliseconds(seconds: float) -> str:
    """A duration, given in seconds."""
    return f"{seconds * 1e3:.1f} ms"


def format_rate(speed: float) -> str:
    """A rate, given in bytes per second."""
    return f"{speed / 1e6:.3g} MB/s"
