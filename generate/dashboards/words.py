"""What the values of labels stand for, in the words of the catalogue, and where each failure is explained."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import PLACEHOLDERS
from azure_migrate_exporter.reasons import REMEDIES
from generate.alerts.groups.failures import alert_name
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards.model import GREEN, GREY, ORANGE, RED, Style, Word
from generate.dashboards.thresholds import values

_PAGE: Final = Page("en", {name: f"<{name}>" for name in PLACEHOLDERS})
"""Writes what no label fills as a person reads it: ``<vm>``."""
UNDOCUMENTED: Final = "unknown"
"""Value of the label `failure` of what is in no catalogue."""

FAILURES: Final = {
    **{failure.id: Word(_PAGE.say(failure.title)) for failure in CATALOGUE.values()},
    UNDOCUMENTED: Word("not documented: see its code"),
}
"""The title of each documented failure."""

FIRST_STEPS: Final = {
    **{
        failure.id: Word(
            _PAGE.say(failure.causes[0].fix[0].text)
            if len(failure.causes) == 1
            else f"{len(failure.causes)} causes: the runbook tells which of them is measured to fail"
        )
        for failure in CATALOGUE.values()
    },
    UNDOCUMENTED: Word("Look its code up in Azure's own words: portal, error details of the machine"),
}
"""How the fix of each failure begins, or that it depends on the cause."""

RUNBOOKS: Final = {
    **{failure.id: Word(PREFIX + alert_name(failure)) for failure in CATALOGUE.values()},
    UNDOCUMENTED: Word(f"{PREFIX}ReplicationUnhealthy"),
}
"""The alert of each failure, whose runbook has the same name."""

REASONS: Final = {str(reason): Word(remedy) for reason, remedy in REMEDIES.items()}
"""What to do about each reason."""

SOUND: Final = {"0": Word("sound", GREEN), "1": Word("fails", RED)}
PATH: Final = {
    "0": Word("fails", RED),
    "1": Word("works", GREEN),
    "2": Word("not measured", GREY),
    "3": Word("not applicable", GREY),
}
"""Values of the path: the last says that projects of this generation have no such thing."""

HEALTH: Final = (
    Style("normal", GREEN),
    Style("warning", ORANGE),
    Style("critical", RED),
    Style("none", GREY),
)
"""Azure's words for the health of a machine or a fabric."""


def runbook() -> str:
    """The address of the runbook of the alert whose name a cell shows."""
    return f"{values().runbook_base_url}/${{__value.text}}.md"


def dashboard(name: Dashboard, **variables: str) -> str:
    """The address of another dashboard, for the same data source and time."""
    chosen = "".join(f"&var-{variable}={value}" for variable, value in variables.items())
    return f"/d/{values().dashboards.uids[name]}?${{datasource:queryparam}}&${{__url_time_range}}{chosen}"


MACHINE: Final = "${__value.text:percentencode}"
"""The name that a cell shows, as part of an address."""
