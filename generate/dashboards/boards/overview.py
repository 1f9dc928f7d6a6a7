"""Whether replication is healthy, and if not, its documented causes."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.alerts.groups.evidence import CAUSE_FAILING
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    GREEN,
    ORANGE,
    RED,
    Board,
    Column,
    MappedValue,
    Query,
    Row,
    TextMode,
    Threshold,
    stat,
    state_timeline,
    table,
    timeseries,
)
from generate.dashboards.promql import (
    ALERTS,
    APPLIANCE,
    FIRING,
    VAULT,
    external,
    max_by,
    min_by,
    of_appliances,
    recorded,
    selector,
)
from generate.dashboards.thresholds import number, rising

_NO_REPLICATION: Final = (
    "Azure's data is not collected: the configuration has no section `replication`, or Azure does not answer"
)
_GRACE: Final = number("ReplicationCycleOverdue", "grace", "warning")
_ANY_IS_BAD: Final = (Threshold(None, GREEN), Threshold(1, RED))

_MACHINE: Final = Column(
    "vm",
    "Machine",
    link=mappings.dashboard_url(Dashboard.MACHINE, vm=mappings.SELECTED_NAME),
    link_title="Open the machine's dashboard",
    width=150,
)
_DUE: Final = selector(m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, VAULT)
_ERRORS: Final = of_appliances(selector(m.REPLICATION_ERRORS, VAULT))
_MACHINES: Final = selector(m.REPLICATION_MACHINES, VAULT)
_WITH_ERRORS: Final = f"count(count by (vm_id, vault) ({_ERRORS})) or 0 * sum({_MACHINES})"


def _in_states(states: str) -> str:
    """The ratio of the machines that are in one of these states."""
    all_machines = of_appliances(f"{selector(m.REPLICATION_STATE, VAULT)} == 1")
    in_states = of_appliances(f"{selector(m.REPLICATION_STATE, VAULT, state=states)} == 1")
    return f"(count({in_states}) or 0 * count({all_machines})) / count({all_machines})"


# --- status ----------------------------------------------------------------------------------------------------------

_STATUS: Final = (
    stat(
        "Machines",
        "Machines that Azure lists in the vaults.",
        (Query(f"sum(max by (vault) ({_MACHINES}))"),),
        unit="short",
    ),
    stat(
        "Machines by health",
        "Machines by Azure's health. A paused machine has the health none.",
        (Query(f"count by (health) ({of_appliances(f'{selector(m.REPLICATION_HEALTH, VAULT)} == 1')})", "{{health}}"),),
        unit="short",
        width=8,
        styles=mappings.HEALTH_STYLES,
        text_mode=TextMode.BOTH,
    ),
    stat(
        "Machines with errors",
        "Machines with an error in Azure now. Their health may be normal.",
        (Query(_WITH_ERRORS),),
        unit="short",
        thresholds=_ANY_IS_BAD,
    ),
    stat(
        "Behind schedule",
        f"Machines whose next cycle is overdue by more than {_GRACE / 3600:g} h, the threshold of the alert "
        f"{PREFIX}ReplicationCycleOverdue.",
        (Query(f"count({of_appliances(f'time() - {_DUE} > {_GRACE:g}')}) or 0 * count({of_appliances(_DUE)})"),),
        "No machine is in delta replication, or Azure's data is not collected",
        unit="short",
        thresholds=(Threshold(None, GREEN), Threshold(1, ORANGE)),
    ),
    stat(
        "Firing alerts",
        "Firing alerts of alerts/ with the severity critical or warning, of all vaults and appliances.",
        (
            Query(
                f"count({external('ALERTS', FIRING, severity='~critical|warning')}) or "
                f"0 * count({external('ALERTS', alertname=f'{PREFIX}Watchdog')})"
            ),
        ),
        "The rules of alerts/ are not loaded: their watchdog does not fire",
        unit="short",
        thresholds=_ANY_IS_BAD,
    ),
)

# --- the path --------------------------------------------------------------------------------------------------------


def _part(name: str, check: str, up: str) -> Query:
    """The state of a part of the path; if it is not measured: 2 not measured, 3 not applicable."""
    applicable = max_by("appliance", m.CHECK_APPLICABLE, APPLIANCE, check=check)
    return Query(f"{up} or 3 - {applicable}", f"{{{{appliance}}}}: {name}")


def _up(metric: Metric) -> str:
    return min_by("appliance", metric, APPLIANCE)


def _gateway(state: str) -> str:
    return max_by("appliance", m.GATEWAY_SERVICE_STATE, APPLIANCE, windows_service="asrgwy", state=state)


_PATH: Final = (
    state_timeline(
        "The path",
        "Each part of the path of a replication cycle, from the appliance to Azure and to the hosts. Projects made "
        "since 2024 have no Service Bus and no replication key vault: there the state is not applicable. The state is "
        "not measured if the part applies and is not configured.",
        (
            Query(_up(m.APPLIANCE_UP), "{{appliance}}: appliance"),
            _part("gateway service", "gateway", f"{_gateway('running')} + 2 * {_gateway('unknown')}"),
            _part("storage", "storage", _up(m.STORAGE_UP)),
            _part("Service Bus", "servicebus", _up(m.SERVICEBUS_UP)),
            _part("key vault", "keyvault", _up(m.KEYVAULT_TCP_UP)),
            _part("ESXi hosts", "esxi", _up(m.ESXI_TCP_UP)),
            Query(f"min by (vcenter) ({selector(m.VCENTER_UP)})", "vCenter {{vcenter}}"),
        ),
        "No part of the path is checked: the configuration has no section `appliances`",
        width=14,
        mappings=mappings.PATH_STATES,
    ),
    state_timeline(
        "Documented causes",
        "The causes in Microsoft's article that are measured here. If machines fail, check a failing cause first; the "
        "runbook of the failure has its fix. Failures of the exporter's own credential are excluded.",
        (Query(recorded(CAUSE_FAILING, APPLIANCE), "{{appliance}}: {{cause}}"),),
        "Nothing is recorded: load the rules of alerts/, or configure at least one part of the path",
        width=10,
        mappings=mappings.CAUSE_STATES,
    ),
)

# --- errors and alerts -----------------------------------------------------------------------------------------------

_SEEN: Final = f"timestamp({selector(m.REPLICATION_ERRORS, VAULT)})"
_SINCE: Final = f"max by (vm, vm_id, vault, code, failure) (min_over_time({_SEEN}[$__range:1m]) or {_SEEN})"
_SINCE_COLUMN: Final = Column("Value", "Since", unit="dateTimeFromNow", width=130)
_FAILURES: Final = (
    table(
        "Failing machines",
        "Every error that Azure lists for a machine now. Since: the first time at which it was seen in the selected "
        "time range. Fix: the first step, or the number of causes. The runbook has the complete fix.",
        (
            Query(
                "label_replace(label_replace(max by (vm, vault, code, failure) (1000 * "
                f"({_SINCE} and on (vm_id, vault, code, failure) ({_ERRORS}))), "
                '"fix", "$1", "failure", "(.*)"), "runbook", "$1", "failure", "(.*)")'
            ),
        ),
        "No machine has an error",
        width=24,
        height=8,
        columns=(
            _MACHINE,
            Column("failure", "Failure", mappings=mappings.FAILURES, wrap=True),
            Column("code", "Code", width=90),
            _SINCE_COLUMN,
            Column("fix", "Fix", mappings=mappings.FIRST_STEPS, wrap=True),
            Column(
                "runbook",
                "Runbook",
                mappings=mappings.RUNBOOKS,
                link=mappings.runbook_url(),
                link_title="Open the runbook",
                width=190,
            ),
            Column("vault", "Vault", width=110),
        ),
        sort_by="Since",
    ),
    table(
        "Active alerts",
        "Firing alerts of alerts/ and their start time, for the selected appliances and those without an appliance. "
        "Alertmanager has their texts, with the fix.",
        (
            Query(
                "max by (alertname, severity, appliance, vm) (1000 * "
                f"{external('ALERTS_FOR_STATE', ALERTS)} and ignoring (alertstate) "
                f"{external('ALERTS', FIRING, appliance='~$appliance|')})"
            ),
        ),
        "No alert fires, if the rules of alerts/ are loaded",
        width=14,
        columns=(
            Column("alertname", "Alert", link=mappings.runbook_url(), link_title="Open the runbook"),
            Column(
                "severity",
                "Severity",
                mappings={"critical": MappedValue("critical", RED), "warning": MappedValue("warning", ORANGE)},
                width=90,
            ),
            Column("appliance", "Appliance", width=110),
            _MACHINE,
            _SINCE_COLUMN,
        ),
        sort_by="Since",
    ),
    timeseries(
        "Machines by failure",
        "Number of machines with each documented failure. A failure of all machines indicates the path, a failure of "
        "one indicates the machine.",
        (
            Query(f"count by (failure) (count by (vm_id, vault, failure) ({_ERRORS}))", "{{failure}}"),
            Query(_WITH_ERRORS, "all machines with errors"),
        ),
        _NO_REPLICATION,
        unit="short",
        width=10,
    ),
)

# --- the migration wave ----------------------------------------------------------------------------------------------

_POINT_AGE: Final = (
    "(time() - max by (vm, vm_id, vault) "
    f"({of_appliances(selector(m.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP, VAULT))}))"
)


def _of_machines(by: str, metric: Metric) -> Query:
    return Query(f"max by ({by}) ({of_appliances(selector(metric, VAULT))})")


_WAVE: Final = (
    stat(
        "Initial replications",
        "Ratio of the machines whose initial replication has completed.",
        (Query(f"1 - {_in_states('~none|enable_migration_.+|initial_seeding_.+')}"),),
        unit="percentunit",
        width=4,
    ),
    stat(
        "Migrated",
        "Ratio of the listed machines whose migration has succeeded.",
        (Query(_in_states("~migration_succeeded|migration_completed_with_information")),),
        unit="percentunit",
        width=4,
    ),
    timeseries(
        "Machines by migration state",
        "Number of machines in each of Azure's migration states.",
        (Query(f"count by (state) ({of_appliances(f'{selector(m.REPLICATION_STATE, VAULT)} == 1')})", "{{state}}"),),
        unit="short",
        width=16,
        stacked=True,
    ),
    table(
        "Oldest recovery points",
        "The 20 machines with the oldest recovery points, and how long their next cycle is overdue (negative: not due "
        "yet). The age is the time since the exporter saw the recovery point change, because Azure's times are wrong.",
        (
            Query(f"max by (vm, vault) (topk(20, {_POINT_AGE}))"),
            Query(f"max by (vm, vault) (time() - {_DUE} and on (vm_id, vault) topk(20, {_POINT_AGE}))"),
        ),
        "No change of a recovery point since the start of the exporter",
        unit="s",
        width=10,
        height=10,
        columns=(
            _MACHINE,
            Column("Value #A", "Point's age", unit="s"),
            Column("Value #B", "Overdue by", unit="s", thresholds=rising("ReplicationCycleOverdue", "grace")),
            Column("vault", "Vault"),
        ),
        sort_by="Point's age",
    ),
    table(
        "Running cycles",
        "Machines that replicate now. Reading cannot be slower than uploading for long. If both are slow and the "
        "benchmark is fast, the bottleneck is vCenter or NFC, not the network.",
        (
            _of_machines("vm, phase", m.REPLICATION_PROGRESS),
            _of_machines("vm", m.REPLICATION_UPLOAD),
            _of_machines("vm", m.REPLICATION_READ),
            _of_machines("vm", m.REPLICATION_TIME_REMAINING),
        ),
        "No cycle runs now",
        unit="Bps",
        width=14,
        height=10,
        columns=(
            _MACHINE,
            Column("phase", "Phase", width=90),
            Column("Value #A", "Progress", unit="percentunit", gauge=True),
            Column("Value #B", "Upload", unit="Bps", width=100),
            Column("Value #C", "Read", unit="Bps", width=100),
            Column("Value #D", "Time left", unit="s", width=100),
        ),
        sort_by="Progress",
    ),
)

BOARD: Final = Board(
    Dashboard.OVERVIEW,
    "Azure Migrate: overview",
    "Whether the agentless replication is healthy, and if not, its documented causes.",
    (variables.VAULT, variables.APPLIANCE),
    (
        Row("Status", _STATUS, width=4, height=4, no_value=_NO_REPLICATION),
        Row("The path and the documented causes", _PATH, height=12),
        Row("Errors and alerts", _FAILURES, height=9),
        Row("The migration wave", _WAVE, height=9, no_value=_NO_REPLICATION),
    ),
    alerts='appliance=~"$appliance|"',
)
