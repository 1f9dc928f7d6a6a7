"""Metrics pages at equal distances, recorded as input series for Prometheus' rule tests (promtool)."""

import re
from pathlib import Path
from typing import Any, Final

import yaml

from tests.lab.promtool import promtool
from tests.lab.tools import ROOT

MINUTE: Final = 60.0
_JOBS: Final = tuple(f'job="azure-migrate-exporter",instance="{name}:9878"' for name in ("exporter", "replica"))
"""The labels that Prometheus adds to the pages of the first exporter and of its replica."""
_STALE: Final = "stale"
_MISSING: Final = "_"
_TIMESTAMP_SUFFIX: Final = "_timestamp_seconds"

IGNORED: Final = "AzureMigrate(StorageSlowerThanUsual|StorageThroughputFalling|ChurnNearUploadCapacity)"
"""The benchmark's throughput depends on the load of the machine that runs the tests."""


class Recording:
    """A scrape of each exporter every few minutes. `began` is minute 0 in Unix seconds; promtool's clock is 0 then."""

    def __init__(self, began: float, every: int = 1) -> None:
        self.scrapes = 0
        self._began = began
        self._every = every
        """Minutes between two scrapes, and between two evaluations of the rules."""
        self._runs: dict[str, list[list[Any]]] = {}
        """By series: each value and how often it repeats."""
        self._lines: dict[tuple[str, str], tuple[str, str]] = {}
        """Cache of parsed lines: most lines are the same in every page."""

    def scrape(self, *pages: str | None) -> None:
        """Add the next page of each exporter; None for a scrape that failed."""
        found = {}
        for job, page in zip(_JOBS, pages, strict=False):
            found[f"up{{{job}}}"] = "0" if page is None else "1"
            for line in (page or "").splitlines():
                if not line.startswith("#"):
                    if (job, line) not in self._lines:
                        self._lines[job, line] = self._parse(line, job)
                    series, value = self._lines[job, line]
                    found[series] = value
        for series, value in found.items():
            self._add(self._runs.setdefault(series, [[_MISSING, self.scrapes]] if self.scrapes else []), value)
        for series in self._runs.keys() - found.keys():
            runs = self._runs[series]
            self._add(runs, _MISSING if runs[-1][0] in {_STALE, _MISSING} else _STALE)
        self.scrapes += 1

    @staticmethod
    def _add(runs: list[list[Any]], value: str) -> None:
        if runs and runs[-1][0] == value:
            runs[-1][1] += 1
        else:
            runs.append([value, 1])

    def _parse(self, line: str, job: str) -> tuple[str, str]:
        """Series and value of a line, in promtool's notation: no exponents, and timestamps count from minute 0."""
        series, _, text = line.rpartition(" ")
        value = float(text)
        if series.partition("{")[0].endswith(_TIMESTAMP_SUFFIX):
            value -= self._began
        return _labelled(series, job), f"{value:.6f}".rstrip("0").rstrip(".")

    def labels(self, metric: str, label: str) -> set[str]:
        """Every value that a label of a metric had."""
        pattern = re.compile(rf'{metric}{{.*\b{label}="([^"]*)"')
        return {found[1] for series in self._runs if (found := pattern.match(series))}

    def series(self) -> list[dict[str, str]]:
        """The `input_series` of a promtool test."""
        return [
            {"series": series, "values": " ".join(_notation(value, count) for value, count in runs)}
            for series, runs in self._runs.items()
        ]

    async def alerts(self, directory: Path, name: str, *expected: str) -> str:
        """Evaluate the shipped rules at each scrape of the recording, and compare the alerts that fired at any time.

        Returns promtool's output if they are not exactly those `expected`, and otherwise an empty string.
        """
        end = self.scrapes * self._every
        firing = f'ALERTS{{alertstate="firing",alertname!~"{IGNORED}"}}'
        fired = f"count by (alertname) (count_over_time({firing}[{end + 1}m]))"
        samples = [{"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in sorted(expected)]
        test = {
            "rule_files": sorted(str(path) for path in (ROOT / "alerts" / "rules").glob("*.yml")),
            "evaluation_interval": f"{self._every}m",
            "tests": [
                {
                    "interval": f"{self._every}m",
                    "input_series": self.series(),
                    "promql_expr_test": [{"expr": fired, "eval_time": f"{end}m", "exp_samples": samples}],
                }
            ],
        }
        path = directory / f"{name}.yml"
        path.write_text(yaml.dump(test, Dumper=yaml.CSafeDumper, width=10_000_000), encoding="utf-8")
        status, output = await promtool("test", "rules", str(path))
        return output if status else ""


def _labelled(series: str, job: str) -> str:
    name, brace, labels = series.partition("{")
    return f"{name}{{{job},{labels}" if brace else f"{name}{{{job}}}"


def _notation(value: str, count: int) -> str:
    """Promtool's shorthand: `1x2` is three samples of 1, `_x2` is two missing samples."""
    if count == 1:
        return value
    return f"{value}x{count}" if value == _MISSING else f"{value}x{count - 1}"
