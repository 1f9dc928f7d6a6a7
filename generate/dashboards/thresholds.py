"""Colours of values at the limits at which the alerts of `alerts/values.yml` begin."""

from functools import cache
from typing import Any, Final

from azure_migrate_exporter.config.base import parse_duration
from generate.alerts.model import Severity
from generate.alerts.values import Values, load
from generate.dashboards.model import BLUE, GREEN, ORANGE, RED, Step

_COLOURS: Final[dict[Severity, str]] = {"critical": RED, "warning": ORANGE, "info": BLUE}


@cache
def values() -> Values:
    """The numbers of the alerts."""
    return load()


def number(alert: str, name: str, severity: Severity) -> float:
    """One number of one alert; durations in seconds. Raises KeyError if the alert has no such level or number."""
    return _plain(values().alerts[alert].levels[severity][name])


def above(alert: str, name: str = "threshold") -> tuple[Step, ...]:
    """Green, and from each level's number on its colour."""
    steps = sorted((value, colour) for colour, value in _levels(alert, name).items())
    return (Step(None, GREEN), *(Step(value, colour) for value, colour in steps))


def below(alert: str, name: str = "threshold") -> tuple[Step, ...]:
    """The colour of the worst level up to its number, and green above all of them."""
    falling = sorted((value, colour) for colour, value in _levels(alert, name).items())
    colours = [colour for _, colour in falling] + [GREEN]
    limits = [None, *(value for value, _ in falling)]
    return tuple(Step(limit, colour) for limit, colour in zip(limits, colours, strict=True))


def _levels(alert: str, name: str) -> dict[str, float]:
    return {_COLOURS[severity]: _plain(level[name]) for severity, level in values().alerts[alert].levels.items()}


def _plain(value: Any) -> float:
    return parse_duration(value) if isinstance(value, str) else float(value)
