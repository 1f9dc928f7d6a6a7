"""An alert as data: its query, its texts, its fix, and the test cases of its rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from azure_migrate_exporter.failures.model import Cause, Failure, Link, Step, Text

PREFIX: Final = "AzureMigrate"
"""Prefix of every alert name, since one Prometheus has the rules of many products."""

Severity = Literal["critical", "warning", "info"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "warning", "info")
"""The most severe first: critical pages, warning makes a ticket, info sends no notification."""
HEALTH_RANKS: Final[dict[Severity, int]] = {"critical": 2, "warning": 1, "info": 1}
"""Values of ``$rank`` in a query: the health that Azure reports of a machine, as a number."""


class Component(StrEnum):
    """Value of the label `component`, by which Alertmanager routes and inhibits."""

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


class NumberFormat(StrEnum):
    """How a template shows a number: a function of Prometheus' templates, or nothing for the number as it is."""

    PLAIN = ""
    PERCENT = "humanizePercentage"
    BYTES = "humanize1024"
    DURATION = "humanizeDuration"
    SI = "humanize"


class Dashboard(StrEnum):
    """A dashboard that an alert links to; `values.yml` has their uids."""

    OVERVIEW = "overview"
    MACHINE = "machine"
    APPLIANCE = "appliance"
    CONNECTIVITY = "connectivity"
    EXPORTER = "exporter"
    WAVE = "wave"


_DASHBOARDS: Final = {
    Component.APPLIANCE: Dashboard.APPLIANCE,
    Component.GATEWAY: Dashboard.APPLIANCE,
    Component.ESXI: Dashboard.APPLIANCE,
    Component.VSPHERE: Dashboard.APPLIANCE,
    Component.REPLICATION: Dashboard.OVERVIEW,
    Component.EXPORTER: Dashboard.EXPORTER,
}
"""Dashboards of alerts that are not about one machine; the other components have the connectivity dashboard."""

_ALIASES: Final = {"target": "instance"}
"""Placeholders for labels of another name."""


@dataclass(frozen=True, slots=True)
class AnnotationQuery:
    """A query that Prometheus evaluates when it renders an annotation, for a name or number that no label has.

    `query` contains labels of the alert as quoted strings: ``up{appliance="$appliance"}``. The annotation shows `label`
    of the first `limit` results (with the value, if there is a format), or the value of the first result.
    """

    query: str
    default: Text
    """Shown if the query has no result."""
    label: str = ""
    number_format: NumberFormat = NumberFormat.PLAIN
    limit: int = 1
    """Results that are shown; "and more" stands for the others."""
    placeholder: str = ""
    """The ``<placeholder>`` of a command that the result replaces."""
    order: str = ""
    """The label by which the results are sorted, if it is not `label`: for two queries that show the same results."""


@dataclass(frozen=True, slots=True)
class ExpectedAlert:
    """An alert that a case expects, and what its annotations show."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels whose value is not that of `samples.NAMES`; empty for a label that the alert lacks."""
    value: str = ""
    """``{value}`` as the annotations show it."""
    results: Mapping[str, str | Text] = field(default_factory=dict)
    """What each annotation query shows; one that is left out shows its default."""
    failing: tuple[str, ...] = ()
    """Ids of the documented causes that fail."""
    healthy: tuple[str, ...] = ()
    """Ids of the documented causes that are measured and do not fail."""
    levels: tuple[Severity, ...] = ()
    """The levels of the alert that fire; all if empty."""


@dataclass(frozen=True, slots=True)
class Case:
    """Series in promtool's notation, an evaluation time, and the alerts that fire then: none in a negative case."""

    name: str
    series: Mapping[str, str]
    eval_time: str
    alerts: tuple[ExpectedAlert, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert with all its levels. In `expr`, ``$name`` is a number of `values.yml`, or ``$rank``."""

    name: str
    """Without the common prefix."""
    component: Component
    expr: str
    labels: tuple[str, ...]
    """Labels of the query's result: they identify the alert and do not change while it fires."""
    summary: Text
    """The same for every alert of this name: no placeholder."""
    description: Text
    """What is affected, and its value. Placeholders: labels, names of `annotation_queries`, and ``{value}``."""
    meaning: Text
    impact: Text
    cases: tuple[Case, ...]
    fix: tuple[Cause, ...] = ()
    """Causes of the catalogue with their fixes; empty for all causes of `failure`, and the steps that follow them."""
    failure: Failure | None = None
    annotation_queries: Mapping[str, AnnotationQuery] = field(default_factory=dict)
    value_format: NumberFormat = NumberFormat.PLAIN
    optional_labels: tuple[str, ...] = ()
    """Labels that some results lack; an annotation shows a placeholder instead."""
    links: tuple[Link, ...] = ()
    """Documents; the first one is `documentation_url`, which is the article if there is none."""
    linked_dashboard: Dashboard | None = None
    """The dashboard of `dashboard_url`, if it is not that of the component."""
    diagnosis: tuple[str, ...] = ()
    """Commands of the exporter for the runbook, with placeholders."""
    runbook_queries: tuple[str, ...] = ()
    """PromQL for the runbook, in addition to the rule's own."""

    @property
    def full_name(self) -> str:
        """The name in Prometheus."""
        return PREFIX + self.name

    @property
    def causes(self) -> tuple[Cause, ...]:
        """The causes whose fixes the alert shows."""
        return self.fix or (self.failure.causes if self.failure else ())

    @property
    def then(self) -> tuple[Step, ...]:
        """The steps that follow the fix of any cause."""
        return self.failure.then if self.failure and not self.fix else ()

    @property
    def dashboard(self) -> Dashboard:
        """The dashboard of `dashboard_url`."""
        if self.linked_dashboard:
            return self.linked_dashboard
        return Dashboard.MACHINE if "vm" in self.labels else _DASHBOARDS.get(self.component, Dashboard.CONNECTIVITY)

    def label(self, placeholder: str) -> str:
        """The label that a placeholder of the texts stands for; it need not be one of this alert."""
        return placeholder if placeholder in self.labels else _ALIASES.get(placeholder, placeholder)


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """A recording rule: a query whose result other rules or dashboards use."""

    record: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rules, which Prometheus evaluates in order, and the file of the same name."""

    name: str
    title: Text
    """Its heading in the index of runbooks."""
    rules: tuple[Alert | RecordingRule, ...]
    depends_on: tuple[str, ...] = ()
    """Groups whose recording rules these rules use: the tests load them too."""
    optional: bool = False
    """Whether the rules use metrics of other exporters."""
    interval: str = ""
    """How often Prometheus evaluates it; empty for Prometheus' own interval."""
    evaluation_interval: str = ""
    """How often its tests evaluate it; empty for `interval`, or a minute."""
    sample_interval: str = "1m"
    """Between two samples of its tests."""

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """The alerts, without the recording rules."""
        return tuple(rule for rule in self.rules if isinstance(rule, Alert))

    @property
    def path(self) -> str:
        """Its file, below `rules/` and `tests/`."""
        return f"optional/{self.name}.yml" if self.optional else f"{self.name}.yml"
