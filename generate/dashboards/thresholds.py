"""Thresholds of panels, from the numbers of the alerts in `alerts/values.yml`."""

from functools import cache
from typing import Any, Final

from azure_migrate_exporter.config.base import parse_duration
from generate.alerts.model import Severity
from generate.alerts.values import Values, load
from generate.dashboards.model import BLUE, GREEN, ORANGE, RED, Threshold

_COLOURS: Final[dict[Severity, str]] = {"critical": RED, "warning": ORANGE, "info": BLUE}


@cache
def values() -> Values:
    """The values of the alerts."""
    return load()


def number(alert: str, name: str, severity: Severity) -> float:
    """One number of one alert; durations in seconds. Raises KeyError if the alert has no such level or number."""
    return _as_float(values().alerts[alert].levels[severity][name])


def rising(alert: str, name: str = "threshold") -> tuple[Threshold, ...]:
    """Green, and from the number of each level on its colour."""
    limits = sorted((value, colour) for colour, value in _levels(alert, name).items())
    return (Threshold(None, GREEN), *(Threshold(value, colour) for value, colour in limits))


def falling(alert: str, name: str = "threshold") -> tuple[Threshold, ...]:
    """The colour of the most severe level up to its number, then those of the milder levels, then green."""
    limits = sorted((value, colour) for colour, value in _levels(alert, name).items())
    colours = [colour for _, colour in limits] + [GREEN]
    starts = [None, *(value for value, _ in limits)]
    return tuple(Threshold(start, colour) for start, colour in zip(starts, colours, strict=True))


def _levels(alert: str, name: str) -> dict[str, float]:
    return {_COLOURS[severity]: _as_float(level[name]) for severity, level in values().alerts[alert].levels.items()}


def _as_float(value: Any) -> float:
    return parse_duration(value) if isinstance(value, str) else float(value)
