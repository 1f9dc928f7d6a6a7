"""The alerts as they ship, in a hurry: rules, routes and inhibitions of `alerts/`, with minutes made into seconds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from azure_migrate_exporter.config.base import format_duration, parse_duration
from generate.alerts.files import files
from generate.alerts.groups import GROUPS
from generate.alerts.values import FILE, Values
from tests.lab.process import write_yaml
from tests.lab.tools import ROOT

HURRY: Final = 180
"""How many times sooner an alert fires than as it ships: 3 minutes are a second."""
WAITING: Final = frozenset({"for", "window", "news"})
"""The numbers that are waited for. What an alert compares with (ages, ratios, limits) stays as it ships."""
SLOWEST: Final = 8.0
"""Seconds of `for`, for alerts that wait for hours."""
UNHURRIED: Final = {
    "ExporterAbsent": {"critical": {"for": "10s"}},  # Prometheus' first scrape comes after 5 seconds
    "CollectorFailing": {"warning": {"for": "12s", "benchmark": "30s", "services": "20s"}},  # one run takes up to 8 s
    "RecentPathOutage": {"info": {"for": "0s", "window": "10s"}},  # time to see the silence after an outage
}
"""Alerts whose times the data centre sets."""
NOISY: Final = ("Budget", "StorageSlowerThanUsual")
"""Alerts that are right to complain of the lab: a fault every few seconds uses up any budget of errors, and a benchmark
of one megabyte on a machine that does much else is never twice the same."""
SHIPPED: Final = ROOT / "alerts" / "alertmanager" / "alertmanager.yml"


def hurried_values(hurry: float = HURRY) -> Values:
    """`alerts/values.yml` with every `for` and window that much shorter, and without what is `NOISY` here."""
    values = yaml.safe_load(FILE.read_text())
    values["numbers"] = _hurried(values["numbers"], hurry)
    values["alerts"] = {
        name: _levels(levels, hurry) | ({"enabled": False} if name.endswith(NOISY) else {})
        for name, levels in values["alerts"].items()
    } | UNHURRIED
    return Values.model_validate(values)


def _levels(levels: Mapping[str, Mapping[str, Any]], hurry: float) -> dict[str, dict[str, Any]]:
    """Levels from the worst on; each later one fires a second later.

    Prometheus sends them one after the other, within some milliseconds. A group that is told of each second, not each
    five minutes, would now and then be told in between.
    """
    made = {level: _hurried(numbers, hurry) for level, numbers in levels.items()}
    for later, numbers in enumerate(made.values()):
        numbers["for"] = format_duration(parse_duration(numbers["for"]) + later)
    return made


def _hurried(numbers: Mapping[str, Any], hurry: float) -> dict[str, Any]:
    return {name: _sooner(name, value, hurry) if name in WAITING else value for name, value in numbers.items()}


def _sooner(name: str, value: str, hurry: float) -> str:
    seconds = parse_duration(value) / hurry
    return format_duration(min(seconds, SLOWEST) if name == "for" else seconds)


def write_rules(directory: Path, values: Values) -> list[Path]:
    """Write what the generator makes of `values`; gives the files that Prometheus is to load."""
    made = files(values)
    paths = [directory / f"rules/{group.path}" for group in GROUPS if not group.optional]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[str(path.relative_to(directory))], encoding="utf-8")
    return paths


def write_routes(directory: Path, url: str) -> Path:
    """Write the example configuration of Alertmanager with all of its routes, grouping and inhibitions.

    Each receiver is a webhook at `url`; nobody waits longer than a second, nor for office hours.
    """
    config = yaml.safe_load(SHIPPED.read_text())
    _hurry_route(config["route"])
    return write_yaml(
        directory / "alertmanager.yml",
        {
            "route": config["route"],
            "inhibit_rules": config["inhibit_rules"],
            "receivers": [_webhook(receiver["name"], url) for receiver in config["receivers"]],
        },
    )


def _hurry_route(route: dict[str, Any]) -> None:
    route |= {"group_wait": "500ms", "group_interval": "1s"}
    route.pop("active_time_intervals", None)
    for child in route.get("routes", ()):
        _hurry_route(child)


def _webhook(name: str, url: str) -> dict[str, Any]:
    if name == "blackhole":
        return {"name": name}
    return {"name": name, "webhook_configs": [{"url": url, "send_resolved": True}]}
