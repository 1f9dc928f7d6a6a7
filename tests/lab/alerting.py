"""The shipped rules, routes and inhibitions of `alerts/` with shortened durations: seconds instead of minutes."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from azure_migrate_exporter.config.base import format_duration, parse_duration
from generate.alerts.files import rule_files
from generate.alerts.groups import GROUPS
from generate.alerts.groups.shared.intervals import EVERY_MINUTE
from generate.alerts.values import FILE, Values
from tests.lab.process import write_yaml
from tests.lab.tools import ROOT

DIVISOR: Final = 180
"""What the shipped durations are divided by: 3 minutes become a second."""
DURATIONS: Final = frozenset({"for", "window", "news"})
"""The numbers that are divided. What an alert compares with (ages, ratios, limits) stays as shipped."""
OWN_INTERVAL: Final = f"    interval: {EVERY_MINUTE}\n"
"""Of a group of rules: it is evaluated as often as others here. Rarer ones look at days, which no test has."""
LONGEST_FOR: Final = 8.0
"""Upper limit of a divided `for`, in seconds."""
LEVEL_DELAY: Final = 3.0
"""Seconds from one level of an alert to the next: more than lie between two evaluations on a busy machine."""
OVERRIDES: Final = {
    "ExporterAbsent": {"critical": {"for": "10s", "before": "1d"}},  # the first scrape of Prometheus can take 5 s
    "CollectorFailing": {"warning": {"for": "12s", "benchmark": "30s", "services": "20s"}},  # one run takes up to 8 s
    "CbtReset": {"warning": {"for": "0s", "window": "10s"}},  # the alert lasts as long as its window
    "RecentPathOutage": {"info": {"for": "0s", "window": "10s"}},  # long enough for a test to see the inhibition
}
"""Alerts whose durations depend on the data centre."""
NOISY: Final = ("Budget", "StorageSlowerThanUsual")
"""Alerts that would correctly fire in the lab: a fault every few seconds uses up any error budget, and the throughput
of a benchmark of one megabyte varies with the load of the machine."""
SHIPPED: Final = ROOT / "alerts" / "alertmanager" / "alertmanager.yml"


def shortened_values(keep_firing_for: str = "", off: tuple[str, ...] = ()) -> Values:
    """`alerts/values.yml` with every `for` and window divided by `DIVISOR`, and the `NOISY` alerts switched off.

    `keep_firing_for` replaces its own, undivided. Alerts whose names end with one of `off` are switched off too.
    """
    values = yaml.safe_load(FILE.read_text())
    values["numbers"] = _shortened(values["numbers"])
    keep = parse_duration(keep_firing_for) if keep_firing_for else parse_duration(values["keep_firing_for"]) / DIVISOR
    values["keep_firing_for"] = format_duration(keep)
    values["alerts"] = {
        name: _levels(levels, keep) | ({"enabled": False} if name.endswith((*NOISY, *off)) else {})
        for name, levels in values["alerts"].items()
    } | OVERRIDES
    return Values.model_validate(values)


def _levels(levels: Mapping[str, Mapping[str, Any]], keep: float) -> dict[str, dict[str, Any]]:
    """The levels of an alert, worst first; each further level begins `LEVEL_DELAY` later, and ends as much earlier.

    Prometheus sends those that begin to fire in one evaluation within some milliseconds of each other, the least severe
    first. On a busy machine a lower level was once notified after the end of the higher one, cause not proven.
    With a `group_interval` of one second instead of five minutes, a notification could go out in such a moment.
    """
    shortened = {level: _shortened(numbers) for level, numbers in levels.items()}
    for number, numbers in enumerate(shortened.values()):
        numbers["for"] = format_duration(parse_duration(numbers["for"]) + number * LEVEL_DELAY)
        numbers.setdefault("keep_firing_for", format_duration(keep + (len(levels) - 1 - number) * LEVEL_DELAY))
    return shortened


def _shortened(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _duration(name, value) if name in DURATIONS else value for name, value in numbers.items()}


def _duration(name: str, value: str) -> str:
    seconds = parse_duration(value) / DIVISOR
    return format_duration(min(seconds, LONGEST_FOR) if name == "for" else seconds)


async def write_rules(directory: Path, values: Values) -> list[Path]:
    """Write the rules generated from `values`. Returns the files that Prometheus loads.

    In a thread: it takes seconds, and stand-ins of this event loop that do not answer meanwhile are outages.
    """
    return await asyncio.to_thread(_write_rules, directory, values)


def _write_rules(directory: Path, values: Values) -> list[Path]:
    made = rule_files(values, values.language)
    paths = [directory / f"rules/{group.path}" for group in GROUPS if not group.optional]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[str(path.relative_to(directory))].replace(OWN_INTERVAL, ""), encoding="utf-8")
    return paths


def write_routes(directory: Path, url: str) -> Path:
    """Write the example configuration of Alertmanager with all its routes, grouping and inhibitions.

    Each receiver that sends anything becomes a webhook at `url`. No route waits over a second, or for office hours.
    """
    config = yaml.safe_load(SHIPPED.read_text())
    _shorten_route(config["route"])
    return write_yaml(
        directory / "alertmanager.yml",
        {
            "route": config["route"],
            "inhibit_rules": config["inhibit_rules"],
            "receivers": [_webhook(receiver, url) for receiver in config["receivers"]],
        },
    )


def _shorten_route(route: dict[str, Any]) -> None:
    route |= {"group_wait": "500ms", "group_interval": "1s"}
    route.pop("active_time_intervals", None)
    for child in route.get("routes", ()):
        _shorten_route(child)


def _webhook(receiver: Mapping[str, Any], url: str) -> dict[str, Any]:
    sends = receiver.keys() - {"name"}
    return {"name": receiver["name"]} | ({"webhook_configs": [{"url": url, "send_resolved": True}]} if sends else {})
