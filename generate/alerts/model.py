"""What an alert is, as data: its query, its words, its fix, and the cases that prove it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from azure_migrate_exporter.failures.model import Cause, Failure, Link, Step, Text

PREFIX: Final = "AzureMigrate"
"""Begins the name of every alert: rules of many products meet in one Prometheus."""

Severity = Literal["critical", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "info")
"""The worst first: critical pages, warning makes a ticket, info nobody."""
RANKS: Final[dict[Severity, int]] = {"critical": 2, "warning": 1, "info": 1}
"""What ``$rank`` in a query stands for, where Azure itself tells two grades apart."""


class Component(StrEnum):
    """Value of the label `component`: who is concerned, and what stands above what in an inhibition."""

    APPLIANCE = "appliance"
    GATEWAY = "gateway"
    STORAGE = "storage"
    SERVICEBUS = "servicebus"
    EVENTHUBS = "eventhubs"
    KEYVAULT = "keyvault"
    ESXI = "esxi"
    PATH = "path"
    VCENTER = "vcenter"
    VSPHERE = "vsphere"
    REPLICATION = "replication"
    EXPORTER = "exporter"


class Form(StrEnum):
    """How a number is written: the function of Prometheus' templates, or nothing for the bare number."""

    PLAIN = ""
    PERCENT = "humanizePercentage"
    BYTES = "humanize1024"
    DURATION = "humanizeDuration"
    SI = "humanize"


class Dashboard(StrEnum):
    """A dashboard that an alert can open; `values.yml` has their ids."""

    OVERVIEW = "overview"
    MACHINE = "machine"
    APPLIANCE = "appliance"
    CONNECTIVITY = "connectivity"
    EXPORTER = "exporter"


@dataclass(frozen=True, slots=True)
class Live:
    """What no label says, and a query answers at the moment when the alert is written.

    `query` holds labels of the alert as quoted strings: ``up{appliance="$appliance"}``. It shows `label` of the first
    results, or the value of the first one.
    """

    query: str
    otherwise: Text
    """Shown if there is no result."""
    label: str = ""
    form: Form = Form.PLAIN
    most: int = 1
    """How many results are shown; of more it is said that there are."""


@dataclass(frozen=True, slots=True)
class Fires:
    """One alert that a case expects: its labels without those that the rule adds, and what its texts say."""

    labels: Mapping[str, str]
    value: str = ""
    """How ``{value}`` reads."""
    live: Mapping[str, str | Text] = field(default_factory=dict)
    """What each `Live` shows, by language if that differs; one that is left out shows what it does without a result."""
    failing: tuple[str, ...] = ()
    """Ids of the documented causes that fail now."""
    sound: tuple[str, ...] = ()
    """Ids of those that were measured and do not fail."""
    levels: tuple[Severity, ...] = ()
    """Which levels of the alert fire; all if empty."""


@dataclass(frozen=True, slots=True)
class Case:
    """Series in promtool's notation, a time, and what fires then. One without anything is a negative case."""

    about: str
    series: Mapping[str, str]
    at: str
    fires: tuple[Fires, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert and all its levels. `expr` is PromQL; ``$name`` in it is a number of `values.yml`, or ``$rank``."""

    name: str
    """Without the common prefix."""
    component: Component
    expr: str
    labels: tuple[str, ...]
    """Labels of the query's result: they tell things apart and never change while the trouble lasts."""
    summary: Text
    """The same for every alert of this name: no placeholder."""
    description: Text
    """Which thing, and what value. Placeholders: labels, names in `live`, and value."""
    meaning: Text
    impact: Text
    fix: tuple[Cause, ...]
    cases: tuple[Case, ...]
    then: tuple[Step, ...] = ()
    failure: Failure | None = None
    live: Mapping[str, Live] = field(default_factory=dict)
    value: Form = Form.PLAIN
    optional: tuple[str, ...] = ()
    """Labels that some results lack; a text shows the name of the label instead."""
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Placeholders by which the texts call labels that are named otherwise."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """What stands in angle brackets for a person to choose, and the name in `live` that chooses it."""
    documents: tuple[Link, ...] = ()
    """The first one is `documentation_url`; without any it is the article."""
    dashboard: Dashboard = Dashboard.OVERVIEW
    diagnosis: tuple[str, ...] = ()
    """Commands for the runbook, with placeholders."""
    queries: tuple[str, ...] = ()
    """PromQL for the runbook, besides the rule's own."""

    @property
    def full_name(self) -> str:
        """As Prometheus knows it."""
        return PREFIX + self.name


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule: a query that several others or the dashboards ask."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, and the file of their name."""

    name: str
    about: Text
    """Its heading in the index of runbooks."""
    rules: tuple[Alert | Recording, ...]
    needs: tuple[str, ...] = ()
    """Other groups whose recording rules these use: loaded with it in tests."""
    optional: bool = False
    """Whether it is about other exporters, which not everybody has."""
    evaluation_interval: str = "1m"
    """Time between two evaluations in its tests; samples are a minute apart."""

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Its alerts, without the recording rules."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))

    @property
    def path(self) -> str:
        """Its file, below `rules/` and `tests/`."""
        return f"optional/{self.name}.yml" if self.optional else f"{self.name}.yml"
