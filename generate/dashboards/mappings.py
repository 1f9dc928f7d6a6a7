"""Value mappings of label values and states, and links to runbooks and other dashboards."""

import re
from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.explain import Page
from azure_migrate_exporter.failures.model import PLACEHOLDERS, Text
from azure_migrate_exporter.reasons import REMEDIES
from generate.alerts.groups.failures import alert_name
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards.model import (
    BLUE,
    GREEN,
    GREY,
    NO_DATA,
    ORANGE,
    PURPLE,
    RED,
    MappedValue,
    SeriesStyle,
    Threshold,
)
from generate.dashboards.promql import LOST
from generate.dashboards.thresholds import values

_UNFILLED: Final = {name: f"<{name}>" for name in PLACEHOLDERS}
_PAGE: Final = Page("en", _UNFILLED)
"""Writes placeholders as ``<vm>``."""
UNDOCUMENTED: Final = "unknown"
"""Value of the label `failure` of an error that is not in the catalogue."""

_BRACKETS: Final = re.compile(r" \([^()]*\)")
_CLAUSE: Final = re.compile(r"[.,;:](?= )")


def brief(text: str, limit: int) -> str:
    """The text without its parentheses and, if that is still longer than `limit`, without its last clauses.

    Grafana's table makes a row as high as the raw value needs, not the text that is shown in its place. So a cell has
    two lines, and a longer text would be cut anywhere.
    """
    text = _BRACKETS.sub("", text)
    if len(text) <= limit:
        return text
    ends = [found.start() for found in _CLAUSE.finditer(text, 0, limit)] or [text.rfind(" ", 0, limit)]
    return f"{text[: ends[-1] if ends[-1] > 0 else limit]} …"


FAILURES: Final = {
    **{failure.id: MappedValue(brief(_PAGE.say(failure.title), 66)) for failure in CATALOGUE.values()},
    UNDOCUMENTED: MappedValue("not documented: see the code"),
}
"""The title of each documented failure, without Azure's own name of it in parentheses."""


def said(text: Text) -> str:
    """A text of the catalogue, with placeholders such as ``<vm>``."""
    return _PAGE.say(text)


def filled(text: Text, limit: int, **names: str) -> MappedValue:
    """A text of the catalogue with names in its placeholders, for a mapping by regular expression."""
    return MappedValue(brief(Page("en", {**_UNFILLED, **names}).say(text), limit))


def first_steps(limit: int, *, machine: str, appliance: str, fields: int) -> dict[str, MappedValue]:
    """The first step of each failure's fix, by a pattern of the failure and so many names, with ``|`` between them.

    A failure with several causes has the number of its causes instead.
    """
    names = r"\|([^|]*)" * fields
    steps = {
        f"^{failure.id}{names}$": filled(failure.causes[0].fix[0].text, limit, vm=machine, appliance=appliance)
        if len(failure.causes) == 1
        else MappedValue(f"{len(failure.causes)} causes: see the runbook")
        for failure in CATALOGUE.values()
    }
    undocumented = MappedValue("Read Azure's own text: portal, error details")
    return {**steps, f"^{UNDOCUMENTED}{names}$": undocumented}


RUNBOOKS: Final = {
    **{failure.id: MappedValue(alert_name(failure)) for failure in CATALOGUE.values()},
    UNDOCUMENTED: MappedValue("ReplicationUnhealthy"),
}
"""The alert of each failure, whose runbook has the same name."""
ALERT_NAMES: Final = {f"^{PREFIX}(.+)$": MappedValue("$1")}
"""The name of each alert as tables show it, by the pattern of its full name."""

REASONS: Final = {str(reason): MappedValue(brief(remedy, 100)) for reason, remedy in REMEDIES.items()}
"""What to do about each reason."""

LOST_STATE: Final = {str(LOST): MappedValue(NO_DATA, PURPLE)}
"""What is not there in a part of the time range."""
CAUSE_STATES: Final = {
    **LOST_STATE,
    "0": MappedValue("not failing", GREEN),
    "1": MappedValue("failing", RED),
}
PATH_STATES: Final = {
    **LOST_STATE,
    "0": MappedValue("failing", RED),
    "1": MappedValue("working", GREEN),
    "2": MappedValue("not measured", BLUE),
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

HEALTH_COUNTS: Final = (
    SeriesStyle("normal", GREEN),
    *(
        SeriesStyle(name, thresholds=(Threshold(None, GREY), Threshold(1, colour)))
        for name, colour in (("warning", ORANGE), ("critical", RED))
    ),
    SeriesStyle("none", GREY),
)
"""The same for numbers of machines: a 0 has no colour."""

MIGRATED: Final = "~migration_succeeded|migration_completed_with_information"
"""Migration states of machines whose migration has succeeded, as a matcher."""
MIGRATION_STYLES: Final = (
    SeriesStyle("/failed/", RED),
    SeriesStyle("/with_information|partially|suspend/", ORANGE),
    SeriesStyle("/^(replicating|migration_succeeded)$/", GREEN),
    SeriesStyle("/in_progress|initiated/", BLUE),
)
"""Azure's migration states; any other is grey."""

SELECTED_NAME: Final = "${__value.text:percentencode}"
"""The name in a cell, as part of a URL."""


def cell(column: str) -> str:
    """The text of another column in the same row, as part of a URL."""
    return f"${{__data.fields.{column}:percentencode}}"


def runbook_of(alert: str) -> str:
    """The address of the runbook of an alert, by its full name."""
    return f"{values().runbooks}/{alert}.md"


def runbook_url() -> str:
    """The address of the runbook of the alert whose name, without the prefix, a cell shows."""
    return f"{values().runbooks}/{PREFIX}${{__value.text}}.md"


def dashboard_url(name: Dashboard, **variables: str) -> str:
    """The address of another dashboard, with the same data source and time range."""
    selected = "".join(f"&var-{variable}={value}" for variable, value in variables.items())
    return f"/d/{values().dashboards.uids[name]}?${{datasource:queryparam}}&${{__url_time_range}}{selected}"
