"""The first row in words: for each appliance in trouble the cause, the first step, and the machines that wait."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.failures.model import Cause
from generate.alerts.groups import GROUPS
from generate.alerts.groups.evidence import CAUSE_FAILING, MEASURED
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.model import ORANGE, RED, UNKNOWN, Column, MappedValue, Query, table
from generate.dashboards.promql import APPLIANCE, VAULT, recorded, selector

_CAUSES: Final[dict[str, Cause]] = {
    cause.id: cause for group in GROUPS for alert in group.alerts for cause in alert.fix if cause.id in MEASURED
}
_ALERTS: Final = {
    cause.id: alert.full_name
    for group in reversed(GROUPS)
    for alert in reversed(group.alerts)
    for cause in alert.fix
    if cause.id in MEASURED
}
"""The alert of each measured cause, whose runbook has its whole fix."""

_LIMIT: Final = 105
"""Characters in two lines of a column."""

_WAITING: Final = f"sum by (appliance) ({selector(m.REPLICATION_MACHINES_BEHIND, VAULT, APPLIANCE)})"
_FAILING_CAUSES: Final = f"{recorded(CAUSE_FAILING, APPLIANCE)} == 1"
_BY_CAUSE: Final = f"({_FAILING_CAUSES}) * on (appliance) group_left () {_WAITING} or 0 * ({_FAILING_CAUSES})"
_FAILURES: Final = selector(m.REPLICATION_MACHINES_BY_FAILURE, VAULT, APPLIANCE)
_BY_FAILURE: Final = f"topk by (appliance) (3, sum by (appliance, failure) ({_FAILURES}))"


def alert_of(cause: str) -> str:
    """The alert that has the fix of a measured cause."""
    return _ALERTS[cause]


def _ranked(expr: str, label: str, rank: int) -> str:
    named = f'label_replace({expr}, "what", "$1", "{label}", "(.+)")'
    stepped = f'label_join(label_replace({named}, "runbook", "$1", "what", "(.+)"), "step", "|", "what", "appliance")'
    return f'sum by (rank, appliance, what, step, runbook) (label_replace({stepped}, "rank", "{rank}", "", ""))'


WHAT_TO_DO: Final = table(
    "What to do first",
    "For each appliance in trouble: a documented cause that fails now (red; needs the rules of alerts/), or the most "
    "frequent failures of its machines, with the first step of the fix and the number of machines that wait: behind "
    "schedule for a cause, with the error for a failure. A cause comes first, as it explains failures.",
    (Query(f"{_ranked(_BY_CAUSE, 'cause', 1)} or {_ranked(_BY_FAILURE, 'failure', 2)}"),),
    UNKNOWN,
    unit="short",
    width=24,
    height=7,
    columns=(
        Column("rank", "No.", width=80),
        Column(
            "appliance",
            "Appliance",
            link=mappings.dashboard_url(Dashboard.CONNECTIVITY, appliance=mappings.SELECTED_NAME),
            link_title="Open its connectivity",
            width=120,
        ),
        Column(
            "what",
            "What fails",
            mappings={
                **{
                    cause: MappedValue(mappings.brief(mappings.said(found.text), _LIMIT), RED)
                    for cause, found in _CAUSES.items()
                },
                **{failure: MappedValue(title.text, ORANGE) for failure, title in mappings.FAILURES.items()},
            },
            wrap=True,
        ),
        Column(
            "step",
            "First step",
            patterns={
                **{
                    f"^{cause}\\|(.*)$": mappings.filled(found.fix[0].text, _LIMIT, appliance="$1")
                    for cause, found in _CAUSES.items()
                },
                **mappings.first_steps(_LIMIT, machine="the machine", appliance="$1", fields=1),
            },
            wrap=True,
        ),
        Column("Value", "Waiting", width=90),
        Column(
            "runbook",
            "Runbook",
            mappings={
                **{cause: MappedValue(alert.removeprefix(PREFIX)) for cause, alert in _ALERTS.items()},
                **mappings.RUNBOOKS,
            },
            link=mappings.runbook_url(),
            link_title="Open the runbook",
            width=230,
        ),
    ),
    sort_by=("+No.", "Waiting"),
)
