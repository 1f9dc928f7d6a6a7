"""The shipped rules, evaluated over the past of a Prometheus once a minute, as if they had been loaded all the time."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final

import yaml

from azure_migrate_exporter.config.base import parse_duration
from tests.lab.process import write_yaml
from tests.lab.prometheus import Prometheus, prometheus
from tests.lab.promtool import promtool
from tests.lab.tools import ROOT

MINUTE: Final = 60.0
_LOOKBACK: Final = "59999ms"
"""A series that a scrape does not have any more ends there, as it would with Prometheus' mark of that."""
Rule = Mapping[str, Any]


def past(directory: Path) -> AbstractAsyncContextManager[Prometheus]:
    """A Prometheus on a storage of scrapes a minute apart."""
    return prometheus(directory, [], retention="60d", lookback=_LOOKBACK)


async def evaluate(directory: Path, start: float, end: float) -> None:
    """Add what the rules record, and the alerts that fire, to the storage of a Prometheus that does not run.

    promtool evaluates recording rules only, each on what the storage has: so each level of rules that need those before
    has a run of its own, and alerts are written as rules that record the series which Prometheus keeps of them.
    """
    rules = list(_shipped())
    alerts = [made for rule in rules if "alert" in rule for made in _as_recording(rule, (end - start) // MINUTE)]
    for number, level in enumerate([*_levels([rule for rule in rules if "record" in rule]), alerts]):
        file = write_yaml(directory / f"level-{number}.yml", {"groups": [{"name": "past", "rules": level}]})
        await _backfill(directory, file, start, end)


async def _backfill(directory: Path, rules: Path, start: float, end: float) -> None:
    async with past(directory) as server:
        where = (f"--url={server.url}", f"--output-dir={directory / 'data'}", "--quiet", "--eval-interval=1m")
        period = (f"--start={start:.0f}", f"--end={end:.0f}")
        status, said = await promtool("tsdb", "create-blocks-from", "rules", *where, *period, str(rules))
    if status:
        raise RuntimeError(said)


def _shipped() -> Iterator[Rule]:
    for path in sorted((ROOT / "alerts" / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


def _levels(rules: Iterable[Rule]) -> Iterator[list[Rule]]:
    """The rules by what they need: those of a level need series of the levels before it only."""
    rest = list(rules)
    while rest:
        missing = re.compile("|".join(rf"{re.escape(rule['record'])}\b" for rule in rest))
        ready = [rule for rule in rest if not missing.search(rule["expr"])]
        assert ready, f"rules that need each other: {[rule['record'] for rule in rest]}"
        yield ready
        rest = [rule for rule in rest if rule not in ready]


def _as_recording(alert: Rule, range_minutes: float) -> Iterator[Rule]:
    """`ALERTS` while an alert has been active for its `for`, and `ALERTS_FOR_STATE` with the time since when."""
    active, minutes = f"clamp(({alert['expr']}), 1, 1)", int(parse_duration(alert.get("for", "0s")) // MINUTE)
    fires = f"clamp(count_over_time({active}[{minutes + 1}m:1m]) > {minutes}, 1, 1)"
    labels = {"alertname": alert["alert"], **alert["labels"]}
    yield {"record": "ALERTS", "expr": fires, "labels": {**labels, "alertstate": "firing"}}
    begins = f"timestamp({active}) unless last_over_time({active}[1m:1m] offset 1m)"
    since = f"max_over_time(({begins})[{range_minutes:.0f}m:1m])"
    yield {"record": "ALERTS_FOR_STATE", "expr": f"({since}) and ({fires})", "labels": labels}
