"""`alerts/values.yml`: the thresholds, times, severities and addresses that an operator can change."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import yaml
from pydantic import AfterValidator, Field, model_validator

from azure_migrate_exporter.config.base import Model, parse_duration
from azure_migrate_exporter.failures.model import Language
from generate.alerts.model import SEVERITIES, Dashboard, Severity

FILE: Final = Path(__file__).parents[2] / "alerts" / "values.yml"
REPOSITORY_RUNBOOKS: Final = (
    "https://github.com/azure-migrate-exporter/azure-migrate-exporter/blob/main/alerts/runbooks"
)
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _label(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise ValueError("not a label name: letters, digits and underscores, and no digit first")
    return name


def _level(numbers: dict[str, Any]) -> dict[str, Any]:
    if "for" not in numbers:
        raise ValueError("give the duration before the alert fires, for example: for: 5m")
    parse_duration(numbers["for"])
    for name, value in numbers.items():
        if isinstance(value, str):
            parse_duration(value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number or a duration")  # noqa: TRY004 - pydantic needs a ValueError
    return numbers


def _duration(written: str) -> str:
    parse_duration(written)
    return written


TIMES: Final = frozenset({"for", "keep_firing_for"})
"""Keys of a level that are not numbers of its query."""
Duration = Annotated[str, AfterValidator(_duration)]
Url = Annotated[str, Field(pattern="^https?://"), AfterValidator(_without_slash)]
LabelName = Annotated[str, AfterValidator(_label)]
Numbers = Annotated[dict[str, Any], AfterValidator(_level)]


class AlertValues(Model):
    """One alert. A missing level does not exist; to change a severity, write its numbers under the other level."""

    enabled: bool = True
    """Whether the alert exists."""
    critical: Numbers | None = None
    """Pages. The values are `for`, `keep_firing_for` and the numbers of the alert's query."""
    warning: Numbers | None = None
    """Makes a ticket."""
    info: Numbers | None = None
    """Sends no notification."""

    @property
    def levels(self) -> Mapping[Severity, Mapping[str, Any]]:
        """The numbers of each level, the most severe first."""
        numbers = {severity: getattr(self, severity) for severity in SEVERITIES}
        return {severity: level for severity, level in numbers.items() if level is not None}

    @model_validator(mode="after")
    def _has_a_level(self) -> "AlertValues":
        if not self.levels:
            raise ValueError("give a level (critical, warning, info); to switch the alert off write enabled: false")
        return self


class Selectors(Model):
    """Matchers in PromQL's notation, without braces."""

    exporter: str
    """The exporter as a target of Prometheus, for `up`."""
    metrics: str = ""
    """Added to every metric of the exporter; empty for none, since the names are unique."""
    windows_exporter: str
    """windows_exporter on the appliances; its targets have a label `appliance`."""
    blackbox_exporter: str
    """Probes of blackbox_exporter from the appliances' network; the targets have a label `appliance`."""


class Dashboards(Model):
    """Addresses of the annotation `dashboard_url`."""

    base_url: Url
    """Address of Grafana."""
    uids: dict[Dashboard, str]
    """uid of each dashboard."""

    @model_validator(mode="after")
    def _complete(self) -> "Dashboards":
        if missing := sorted(set(Dashboard) - self.uids.keys()):
            raise ValueError(f"give the uid of: {', '.join(missing)}")
        return self


class Values(Model):
    """The file."""

    language: Language = "en"
    """Language of every text: `en` or `fr`; `--lang` overrides it."""
    runbook_base_url: Url | None = None
    """Address of the published `runbooks/`; the name of the alert and `.md` follow.

    Without it: the exporter's own pages, if it says where they are, or else those of this project's repository.
    """
    documentation_base_url: Url
    """Address of the published `docs/`."""
    dashboards: Dashboards
    """Grafana's dashboards."""
    selectors: Selectors
    """Matchers of the series that the rules use."""
    keep_labels: tuple[LabelName, ...] = ()
    """Your own labels that distinguish sites, for example `cluster`: added to every aggregation and every join."""
    extra_labels: dict[LabelName, str] = Field(default={})
    """Labels added to every alert."""
    numbers: dict[str, str | float] = Field(default={})
    """Numbers that several rules share."""
    keep_firing_for: Duration
    """How long an alert goes on when its query has no result, unless its level has its own `keep_firing_for`."""
    alerts: dict[str, AlertValues]
    """Every alert."""

    @property
    def runbooks(self) -> str:
        """Address of the runbooks where no exporter can be asked for its own."""
        return self.runbook_base_url or REPOSITORY_RUNBOOKS

    @property
    def shared(self) -> Mapping[str, Any]:
        """Numbers that any query can use: the shared numbers and the selectors."""
        selectors = {f"{name}_selector": value for name, value in self.selectors.model_dump().items()}
        return {**self.numbers, **selectors}


def load(path: Path = FILE) -> Values:
    """Read the file. Raises pydantic's ValidationError, or ValueError if the file is not a mapping."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        raise ValueError(f"{path} is not a mapping")  # noqa: TRY004 - a wrong file, not a wrong call
    return Values.model_validate(read)
