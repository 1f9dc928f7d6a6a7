"""Pages of a day, minute by minute, as series in the notation of Prometheus' own rule tests."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

from tests.lab.promtool import promtool
from tests.lab.tools import ROOT

MINUTE: Final = 60.0
_JOB: Final = 'job="azure-migrate-exporter",instance="exporter:9878"'
_GONE: Final = "stale"
_MISSING: Final = "_"
_POINTS_IN_TIME: Final = "_timestamp_seconds"

REAL_SPEED: Final = "AzureMigrateStorageSlowerThanUsual"
"""What is left out: the benchmark's speed is that of this machine at this moment, which may do much else."""


class Recording:
    """One scrape a minute. `began` is Unix seconds of minute 0, which promtool calls 1970-01-01."""

    def __init__(self, began: float) -> None:
        self.minutes = 0
        self._began = began
        self._runs: dict[str, list[list[Any]]] = {}
        """By series: values, and how often each is repeated."""
        self._lines: dict[str, tuple[str, str]] = {}
        """Series and value of each line that was seen: most are the same in every page."""

    def scrape(self, page: str | None) -> None:
        """Take the page of the next minute; None if nobody answered."""
        found = {f"up{{{_JOB}}}": "0" if page is None else "1"}
        for line in (page or "").splitlines():
            if not line.startswith("#"):
                if line not in self._lines:
                    self._lines[line] = self._read(line)
                series, value = self._lines[line]
                found[series] = value
        for series, value in found.items():
            self._add(self._runs.setdefault(series, [[_MISSING, self.minutes]] if self.minutes else []), value)
        for series in self._runs.keys() - found.keys():
            runs = self._runs[series]
            self._add(runs, _MISSING if runs[-1][0] in {_GONE, _MISSING} else _GONE)
        self.minutes += 1

    @staticmethod
    def _add(runs: list[list[Any]], value: str) -> None:
        if runs and runs[-1][0] == value:
            runs[-1][1] += 1
        else:
            runs.append([value, 1])

    def _read(self, line: str) -> tuple[str, str]:
        """Without exponents, which the notation does not know, and points in time as promtool's clock has them."""
        series, _, text = line.rpartition(" ")
        value = float(text)
        if series.partition("{")[0].endswith(_POINTS_IN_TIME):
            value -= self._began
        return _labelled(series), f"{value:.6f}".rstrip("0").rstrip(".")

    def labels(self, metric: str, label: str) -> set[str]:
        """Every value that a label of a metric had at any time."""
        pattern = re.compile(rf'{metric}{{.*\b{label}="([^"]*)"')
        return {found[1] for series in self._runs if (found := pattern.match(series))}

    def series(self) -> list[dict[str, str]]:
        """`input_series` of a test."""
        return [
            {"series": series, "values": " ".join(_written(value, count) for value, count in runs)}
            for series, runs in self._runs.items()
        ]

    async def alerts(self, directory: Path, name: str, *expected: str) -> str:
        """Have Prometheus evaluate the shipped rules over it, each minute. Gives its complaint, or nothing.

        The only alerts that may have fired at any time are those `expected`.
        """
        fired = f'count by (alertname) (count_over_time(ALERTS{{alertstate="firing",alertname!="{REAL_SPEED}"}}[2d]))'
        samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(expected)]
        test = {
            "rule_files": sorted(str(path) for path in (ROOT / "alerts" / "rules").glob("*.yml")),
            "evaluation_interval": "1m",
            "tests": [
                {
                    "interval": "1m",
                    "input_series": self.series(),
                    "promql_expr_test": [{"expr": fired, "eval_time": f"{self.minutes}m", "exp_samples": samples}],
                }
            ],
        }
        path = directory / f"{name}.yml"
        path.write_text(yaml.dump(test, Dumper=yaml.CSafeDumper, width=10_000_000), encoding="utf-8")
        status, said = await promtool("test", "rules", str(path))
        return said if status else ""


def _labelled(series: str) -> str:
    name, brace, labels = series.partition("{")
    return f"{name}{{{_JOB},{labels}" if brace else f"{name}{{{_JOB}}}"


def _written(value: str, count: int) -> str:
    """`1x2` stands for three samples, `_x2` for two that are missing."""
    if count == 1:
        return value
    return f"{value}x{count}" if value == _MISSING else f"{value}x{count - 1}"
