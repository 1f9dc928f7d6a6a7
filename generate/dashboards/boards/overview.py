"""Whether replication is healthy, and if not, what to do first."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards import path, variables
from generate.dashboards.boards.first_steps import WHAT_TO_DO
from generate.dashboards.inhibition import not_inhibited
from generate.dashboards.model import (
    GREEN,
    GREY,
    NO_DATA,
    ORANGE,
    RED,
    UNKNOWN,
    Board,
    Column,
    Link,
    MappedValue,
    Query,
    Row,
    SeriesStyle,
    TextMode,
    Threshold,
    stat,
    table,
    timeseries,
)
from generate.dashboards.promql import (
    ALERTS,
    APPLIANCE,
    VAULT,
    external,
    selector,
)
from generate.dashboards.thresholds import number, values

_NO_REPLICATION: Final = "Azure's data is not collected, or Azure does not answer: see the tile Data"
_GRACE: Final = number("ReplicationCycleOverdue", "grace", "warning")
_WARN: Final = (Threshold(None, GREEN), Threshold(1, ORANGE))
_PAGE: Final = (Threshold(None, GREEN), Threshold(1, RED))
_INFO: Final = selector(m.REPLICATION_INFO, VAULT, APPLIANCE)
_SCOPE: Final = ('appliance=~"$appliance|"', 'vault=~"$vault|"')
MACHINE: Final = Column(
    "vm",
    "Machine",
    link=mappings.dashboard_url(Dashboard.MACHINE, vm=mappings.SELECTED_NAME, vm_id=mappings.cell("vm_id")),
    link_title="Open the machine's dashboard",
    width=130,
)
MACHINE_ID: Final = Column("vm_id", "Machine id", hidden=True)
"""Distinguishes machines of the same name in links."""


def total(metric: Metric, *by: str, **labels: str) -> str:
    """The sum of a total of the exporter over the selected vaults and appliances."""
    return f"sum by ({', '.join(by)}) ({selector(metric, VAULT, APPLIANCE, **labels)})"


# --- status ----------------------------------------------------------------------------------------------------------


def _age(collector: str) -> str:
    """Seconds since the oldest of the last successes; -1 without one."""
    success = selector(m.COLLECTOR_LAST_SUCCESS_TIMESTAMP, collector=collector)
    return f"time() - min({success}) or vector(-1)"


_AGE: Final = (Threshold(None, GREY), Threshold(0, GREEN), Threshold(600, ORANGE), Threshold(1800, RED))
_NOTHING: Final = {"-1": MappedValue(NO_DATA, GREY)}
_RULES: Final = external("ALERTS", alertname=f"{PREFIX}Watchdog", alertstate="firing")
_STATUS: Final = (
    stat(
        "Data",
        "How fresh everything on this dashboard is. exporter: whether Prometheus scrapes it. Azure, vCenter: time "
        "since the oldest of the last complete reads; no data if it is not configured or the exporter does not "
        "answer. rules: whether the rules of alerts/ are loaded. While one of them is grey or red, an empty panel "
        "shows blindness, not health.",
        (
            Query(f"min({external('up', values().selectors.exporter)}) or vector(-1)", "exporter"),
            Query(_age("replication"), "Azure"),
            Query(_age("vsphere"), "vCenter"),
            Query(f"group({_RULES}) or vector(-1)", "rules"),
        ),
        unit="s",
        width=10,
        thresholds=_AGE,
        mappings=_NOTHING,
        styles=(
            SeriesStyle(
                "exporter", mappings={**_NOTHING, "0": MappedValue("down", RED), "1": MappedValue("up", GREEN)}
            ),
            SeriesStyle("rules", mappings={**_NOTHING, "1": MappedValue("loaded", GREEN)}),
        ),
        text_mode=TextMode.BOTH,
        links=(Link("Open the exporter's dashboard", mappings.dashboard_url(Dashboard.EXPORTER)),),
    ),
    stat(
        "Alerts",
        "Firing alerts of alerts/ with the severity critical or warning, of the selected appliances and vaults and "
        "of those without one. An alert that the rules of the shipped Alertmanager inhibit is not counted.",
        tuple(
            Query(f"count({not_inhibited(*_SCOPE, severity=severity)}) or 0 * group({_RULES})", severity)
            for severity in ("critical", "warning")
        ),
        unit="short",
        width=6,
        styles=(SeriesStyle("critical", thresholds=_PAGE), SeriesStyle("warning", thresholds=_WARN)),
        text_mode=TextMode.BOTH,
        links=(Link("Open the runbooks", mappings.runbook_of("README")),),
    ),
    stat(
        "Machines by health",
        "Machines by Azure's health. A paused machine has the health none.",
        (Query(total(m.REPLICATION_MACHINES_BY_HEALTH, "health"), "{{health}}"),),
        unit="short",
        width=8,
        styles=mappings.HEALTH_COUNTS,
        text_mode=TextMode.BOTH,
        links=(Link("Open the migration wave", mappings.dashboard_url(Dashboard.WAVE)),),
    ),
)

# --- errors and alerts -----------------------------------------------------------------------------------------------

_ERRORS: Final = selector(m.REPLICATION_ERRORS, VAULT)
_SINCE: Final = f"(min_over_time(timestamp({_ERRORS})[$__range:$__interval]) or timestamp({_ERRORS}))"
_SINCE_COLUMN: Final = Column("Value", "Since", unit="dateTimeFromNow", width=140)
_FAILURES: Final = (
    table(
        "Failing machines",
        "The errors that Azure lists for machines now, the newest first, at most 200. Since: the first time at which "
        "it was seen in the selected time range. Fix: the first step for this machine, or the number of causes. The "
        "runbook has the complete fix.",
        (
            Query(
                "topk(200, max by (vm, vm_id, vault, code, failure, fix, runbook) (label_join(label_replace(1000 * "
                f'({_SINCE} and {_ERRORS}) * on (vm_id, vault) group_left (appliance) {_INFO}, "runbook", "$1", '
                '"failure", "(.*)"), "fix", "|", "failure", "vm", "appliance")))'
            ),
        ),
        UNKNOWN,
        width=24,
        height=10,
        points=300,
        columns=(
            MACHINE,
            Column("failure", "Failure", mappings=mappings.FAILURES, wrap=True),
            Column("code", "Code", width=80),
            _SINCE_COLUMN,
            Column("fix", "Fix", patterns=mappings.first_steps(60, machine="$1", appliance="$2", fields=2), wrap=True),
            Column(
                "runbook",
                "Runbook",
                mappings=mappings.RUNBOOKS,
                link=mappings.runbook_url(),
                link_title="Open the runbook",
                width=230,
            ),
            Column("vault", "Vault", width=150),
            MACHINE_ID,
        ),
        sort_by=("Since",),
    ),
    table(
        "Active alerts",
        "Firing alerts of alerts/ and their start time, critical first, for the selected appliances and vaults and "
        "those without one; without those that the shipped Alertmanager inhibits. Alertmanager has their texts, with "
        "the fix.",
        (
            Query(
                "max by (alertname, severity, appliance, vm, vm_id) (1000 * "
                f"{external('ALERTS_FOR_STATE', ALERTS)} and ignoring (alertstate) "
                f"{not_inhibited(*_SCOPE, severity='~critical|warning')})"
            ),
        ),
        UNKNOWN,
        width=14,
        columns=(
            Column(
                "alertname",
                "Alert",
                patterns=mappings.ALERT_NAMES,
                link=mappings.runbook_url(),
                link_title="Open the runbook",
            ),
            Column(
                "severity",
                "Severity",
                mappings={"critical": MappedValue("critical", RED), "warning": MappedValue("warning", ORANGE)},
                width=90,
            ),
            Column("appliance", "Appliance", width=110),
            MACHINE,
            _SINCE_COLUMN,
            MACHINE_ID,
        ),
        sort_by=("+Severity", "Since"),
    ),
    timeseries(
        "Machines by failure",
        "Number of machines with each documented failure, the 20 most frequent. A failure of all machines indicates "
        "the path, a failure of one indicates the machine.",
        (
            Query(f"topk(20, {total(m.REPLICATION_MACHINES_BY_FAILURE, 'failure')})", "{{failure}}"),
            Query(total(m.REPLICATION_MACHINES_WITH_ERRORS), "all machines with errors"),
        ),
        _NO_REPLICATION,
        unit="short",
        width=10,
        failures=True,
    ),
)

# --- machines --------------------------------------------------------------------------------------------------------

_MACHINES: Final = (
    stat(
        "Machines",
        "Machines that Azure lists in the vaults, for the selected appliances.",
        (Query(total(m.REPLICATION_MACHINES_BY_HEALTH)),),
        unit="short",
        links=(Link("Open the migration wave", mappings.dashboard_url(Dashboard.WAVE)),),
    ),
    stat(
        "With errors",
        "Machines with an error in Azure now. Their health may be normal. They are listed below.",
        (Query(total(m.REPLICATION_MACHINES_WITH_ERRORS)),),
        unit="short",
        thresholds=_WARN,
        links=(
            Link("Open the machines", mappings.dashboard_url(Dashboard.WAVE)),
            Link("Open the runbook", mappings.runbook_of(f"{PREFIX}ReplicationUnhealthy")),
        ),
    ),
    stat(
        "Behind schedule",
        f"Machines whose next cycle is overdue by more than {_GRACE / 3600:g} h, the threshold of the alert "
        f"{PREFIX}ReplicationCycleOverdue. They are listed on the dashboard of the wave.",
        (Query(total(m.REPLICATION_MACHINES_BEHIND)),),
        unit="short",
        thresholds=_WARN,
        links=(
            Link("Open the machines", mappings.dashboard_url(Dashboard.WAVE)),
            Link("Open the runbook", mappings.runbook_of(f"{PREFIX}ReplicationCycleOverdue")),
        ),
    ),
    stat(
        "Oldest point",
        "Time since the recovery point of some machine in delta replication last changed: the oldest of all "
        "machines. No data before the first change.",
        (Query(f"time() - min({selector(m.REPLICATION_OLDEST_POINT_CHANGE_TIMESTAMP, VAULT, APPLIANCE)})"),),
        unit="s",
        links=(Link("Open the machines", mappings.dashboard_url(Dashboard.WAVE)),),
    ),
    stat(
        "Copied",
        "Ratio of the machines whose initial replication has completed.",
        (Query(f"{total(m.REPLICATION_MACHINES_COPIED)} / ({total(m.REPLICATION_MACHINES_BY_HEALTH)} > 0)"),),
        unit="percentunit",
    ),
    stat(
        "Migrated",
        "Ratio of the listed machines whose migration has succeeded.",
        (
            Query(
                f"{total(m.REPLICATION_MACHINES_BY_STATE, state=mappings.MIGRATED)} "
                f"/ ({total(m.REPLICATION_MACHINES_BY_HEALTH)} > 0)"
            ),
        ),
        unit="percentunit",
    ),
)

BOARD: Final = Board(
    Dashboard.OVERVIEW,
    "Azure Migrate: overview",
    "Whether the agentless replication is healthy, and if not, what to do first.",
    (variables.VAULT, variables.APPLIANCE, variables.VCENTER),
    (
        Row("Status", (*_STATUS, WHAT_TO_DO), height=4),
        Row("Machines", _MACHINES, width=4, height=4, no_value=_NO_REPLICATION),
        Row("Errors and alerts", _FAILURES, height=10),
        Row("The path", (path.COUNTS, path.FAILING, path.VCENTERS), height=8),
        Row("The path of $appliance", (path.TIMELINE, path.CAUSES), height=10, repeat="appliance"),
    ),
    alerts='appliance=~"$appliance|",vault=~"$vault|"',
)
