"""`alerts/values.yml`: every number and name that an operator may want otherwise."""

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
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _label(name: str) -> str:
    if not _LABEL.fullmatch(name):
        raise ValueError("not a label name: letters, digits and underscores, and no digit first")
    return name


def _level(numbers: dict[str, Any]) -> dict[str, Any]:
    if "for" not in numbers:
        raise ValueError("say for how long it must last: for: 5m")
    parse_duration(numbers["for"])
    for name, value in numbers.items():
        if isinstance(value, str):
            parse_duration(value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} must be a number or a duration")  # noqa: TRY004 - pydantic wants this one
    return numbers


Url = Annotated[str, Field(pattern="^https?://"), AfterValidator(_without_slash)]
LabelName = Annotated[str, AfterValidator(_label)]
Numbers = Annotated[dict[str, Any], AfterValidator(_level)]


class AlertValues(Model):
    """One alert. A level that is left out does not exist; to change a severity, write it under the other name."""

    enabled: bool = True
    """Whether the alert exists at all."""
    critical: Numbers | None = None
    """Pages. `for`, and what the alert's query asks for."""
    warning: Numbers | None = None
    """Makes a ticket."""
    info: Numbers | None = None
    """Nobody is told."""

    @property
    def levels(self) -> Mapping[Severity, Mapping[str, Any]]:
        """What is told of each level, the worst first."""
        found: dict[Severity, Mapping[str, Any]] = {}
        for severity in SEVERITIES:
            if (numbers := getattr(self, severity)) is not None:
                found[severity] = numbers
        return found

    @model_validator(mode="after")
    def _has_a_level(self) -> "AlertValues":
        if not self.levels:
            raise ValueError("give a level (critical, warning, info); to switch the alert off write enabled: false")
        return self


class Selectors(Model):
    """Matchers in PromQL's notation, without braces."""

    exporter: str
    """The target that Prometheus scrapes, for `up`."""
    metrics: str = ""
    """Added to every metric of the exporter; empty for none: their names are unique."""
    windows_exporter: str
    """windows_exporter on the appliances, whose targets carry a label `appliance`."""
    blackbox_exporter: str
    """blackbox_exporter's probes from the appliances' network, whose targets carry a label `appliance`."""


class Dashboards(Model):
    """Where `dashboard_url` leads."""

    base_url: Url
    """Grafana."""
    uids: dict[Dashboard, str]
    """Id of each dashboard."""

    @model_validator(mode="after")
    def _complete(self) -> "Dashboards":
        if missing := sorted(set(Dashboard) - self.uids.keys()):
            raise ValueError(f"give the uid of: {', '.join(missing)}")
        return self


class Values(Model):
    """The whole file."""

    language: Language = "en"
    """Of every text: `en`, or `fr`; `--lang` overrides it."""
    runbook_base_url: Url
    """Where `runbooks/` is published; the name of the alert and `.md` follow."""
    documentation_base_url: Url
    """Where `docs/` is published."""
    dashboards: Dashboards
    """Grafana."""
    selectors: Selectors
    """Which series are ours."""
    keep_labels: tuple[LabelName, ...] = ()
    """Labels of your own that tell sites apart, as `cluster`: added to every aggregation, join and lookup."""
    extra_labels: dict[LabelName, str] = Field(default={})
    """Labels added to every alert."""
    numbers: dict[str, str | float] = Field(default={})
    """What several rules share."""
    alerts: dict[str, AlertValues]
    """Every alert."""

    @property
    def shared(self) -> Mapping[str, Any]:
        """What any query may ask for: the shared numbers and the selectors."""
        selectors = {f"{name}_selector": value for name, value in self.selectors.model_dump().items()}
        return {**self.numbers, **selectors}


def load(path: Path = FILE) -> Values:
    """Read the file. Raises pydantic's ValidationError, or ValueError if it is no mapping."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        raise ValueError(f"{path} holds no mapping")  # noqa: TRY004 - a wrong file, not a wrong call
    return Values.model_validate(read)
