"""Value mappings of label values and states, and links to runbooks and other dashboards."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import PLACEHOLDERS
from azure_migrate_exporter.reasons import REMEDIES
from generate.alerts.groups.failures import alert_name
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards.model import GREEN, GREY, ORANGE, RED, MappedValue, SeriesStyle
from generate.dashboards.thresholds import values

_PAGE: Final = Page("en", {name: f"<{name}>" for name in PLACEHOLDERS})
"""Writes placeholders as ``<vm>``."""
UNDOCUMENTED: Final = "unknown"
"""Value of the label `failure` of an error that is not in the catalogue."""

FAILURES: Final = {
    **{failure.id: MappedValue(_PAGE.say(failure.title)) for failure in CATALOGUE.values()},
    UNDOCUMENTED: MappedValue("not documented: see the code"),
}
"""The title of each documented failure."""

FIRST_STEPS: Final = {
    **{
        failure.id: MappedValue(
            _PAGE.say(failure.causes[0].fix[0].text)
            if len(failure.causes) == 1
            else f"{len(failure.causes)} causes: see the panel Documented causes, and the runbook"
        )
        for failure in CATALOGUE.values()
    },
    UNDOCUMENTED: MappedValue("Read Azure's own text: portal, error details of the machine"),
}
"""The first step of each failure's fix, if the failure has only one cause."""

RUNBOOKS: Final = {
    **{failure.id: MappedValue(PREFIX + alert_name(failure)) for failure in CATALOGUE.values()},
    UNDOCUMENTED: MappedValue(f"{PREFIX}ReplicationUnhealthy"),
}
"""The alert of each failure, whose runbook has the same name."""

REASONS: Final = {str(reason): MappedValue(remedy) for reason, remedy in REMEDIES.items()}
"""What to do about each reason."""

CAUSE_STATES: Final = {"0": MappedValue("healthy", GREEN), "1": MappedValue("failing", RED)}
PATH_STATES: Final = {
    "0": MappedValue("failing", RED),
    "1": MappedValue("working", GREEN),
    "2": MappedValue("not measured", GREY),
    "3": MappedValue("not applicable", GREY),
}
"""States of a part of the path; not applicable means that projects of this generation do not have it."""

HEALTH_STYLES: Final = (
    SeriesStyle("normal", GREEN),
    SeriesStyle("warning", ORANGE),
    SeriesStyle("critical", RED),
    SeriesStyle("none", GREY),
)
"""Azure's values for the health of a machine or a fabric."""

SELECTED_NAME: Final = "${__value.text:percentencode}"
"""The name in a cell, as part of a URL."""


def runbook_url() -> str:
    """The address of the runbook of the alert whose name a cell contains."""
    return f"{values().runbook_base_url}/${{__value.text}}.md"


def dashboard_url(name: Dashboard, **variables: str) -> str:
    """The address of another dashboard, with the same data source and time range."""
    selected = "".join(f"&var-{variable}={value}" for variable, value in variables.items())
    return f"/d/{values().dashboards.uids[name]}?${{datasource:queryparam}}&${{__url_time_range}}{selected}"
