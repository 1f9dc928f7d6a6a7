"""The current result of every check, read from the exporter's metrics page as Prometheus reads it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

PREFIX: Final = "azure_migrate_"

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of the page; `name` is written without the common prefix."""

    name: str
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class CheckStatus:
    """The newest run of one collector on one target. `result` is `success` or a reason."""

    collector: str
    target: str
    result: str
    since: float
    """When this result was first seen, in Unix seconds."""

    @property
    def fails(self) -> bool:
        """Whether the newest run failed."""
        return self.result != "success"


def parse_samples(page: str) -> list[Sample]:
    """The exporter's own series of a page in the text format."""
    return [
        Sample(sample.name.removeprefix(PREFIX), sample.labels, sample.value)
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name.startswith(PREFIX)
    ]


class CheckTracker:
    """Follows a page over time: the newest reason of a check is the one whose counter of runs increased last."""

    def __init__(self) -> None:
        self._runs: dict[Key, dict[str, float]] = {}
        self._checks: dict[Key, CheckStatus] = {}

    def update(self, page: Iterable[Sample], now: float) -> list[CheckStatus]:
        """The checks of a page that was read at `now`, in its order."""
        page = list(page)
        success = {_key(sample): sample.value == 1 for sample in page if sample.name == "collector_success"}
        runs: dict[Key, dict[str, float]] = {}
        for sample in page:
            if sample.name == "collector_runs_total":
                runs.setdefault(_key(sample), {})[sample.labels["result"]] = sample.value
        for key, works in success.items():
            result = "success" if works else self._reason(key, runs.get(key, {}))
            before = self._checks.get(key)
            if before is None or before.result != result:
                self._checks[key] = CheckStatus(*key, result, now)
        self._runs = runs
        return [self._checks[key] for key in success]

    def _reason(self, key: Key, runs: Mapping[str, float]) -> str:
        """The reason of the newest failure: the one that was counted since the last update, or the previous one."""
        before = self._runs.get(key, {})
        counted = [reason for reason, count in runs.items() if count > before.get(reason, 0) and reason != "success"]
        known = self._checks.get(key)
        if not counted and known is not None and known.fails:
            return known.result
        return counted[-1] if counted else "unknown"


def _key(sample: Sample) -> Key:
    return sample.labels["collector"], sample.labels["target"]


def of_target(page: Iterable[Sample], target: str) -> Iterator[Sample]:
    """The series of a target: one of their labels has its name."""
    return (sample for sample in page if target in sample.labels.values())
