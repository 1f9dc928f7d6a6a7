"""Is replication healthy, and if not, which documented cause."""

from typing import Final

from azure_migrate_exporter.exposition.metrics import (
    APPLIANCE_UP,
    CHECK_APPLICABLE,
    ESXI_TCP_UP,
    GATEWAY_SERVICE_STATE,
    KEYVAULT_TCP_UP,
    REPLICATION_ERRORS,
    REPLICATION_HEALTH,
    REPLICATION_LAST_POINT_CHANGE_TIMESTAMP,
    REPLICATION_MACHINES,
    REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP,
    REPLICATION_PROGRESS,
    REPLICATION_READ,
    REPLICATION_STATE,
    REPLICATION_TIME_REMAINING,
    REPLICATION_UPLOAD,
    SERVICEBUS_UP,
    STORAGE_UP,
    VCENTER_UP,
)
from generate.alerts.groups.evidence import CAUSE_FAILING
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import words
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    GREEN,
    ORANGE,
    RED,
    Board,
    Column,
    Kind,
    Panel,
    Query,
    Row,
    Show,
    Step,
    Word,
)
from generate.dashboards.promql import APPLIANCE, FIRING, OURS, VAULT, foreign, of, of_appliances, recorded
from generate.dashboards.thresholds import above, number

NO_REPLICATION: Final = (
    "Azure's view is not read: no section `replication` in the exporter's configuration, or no answer"
)
SERVICE: Final = "asrgwy"
GRACE: Final = number("ReplicationCycleOverdue", "grace", "warning")

_MACHINE: Final = Column(
    "vm",
    "Machine",
    link=words.dashboard(Dashboard.MACHINE, vm=words.MACHINE),
    link_title="Open the machine's dashboard",
    width=150,
)
_DUE: Final = of(REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, VAULT)
_ERRORS: Final = of_appliances(of(REPLICATION_ERRORS, VAULT))


def _in_state(states: str) -> str:
    """How many machines are in one of these states, as a part of all of them."""
    state = of_appliances(f"{of(REPLICATION_STATE, VAULT)} == 1")
    chosen = of_appliances(f"{of(REPLICATION_STATE, VAULT, state=states)} == 1")
    return f"(count({chosen}) or 0 * count({state})) / count({state})"


# --- now -------------------------------------------------------------------------------------------------------------

_NOW: Final = (
    Panel(
        Kind.STAT,
        "Machines",
        "Machines that Azure lists in the vaults.",
        NO_REPLICATION,
        (Query(f"sum(max by (vault) ({of(REPLICATION_MACHINES, VAULT)}))"),),
        unit="short",
        width=4,
        height=4,
    ),
    Panel(
        Kind.STAT,
        "Machines by health",
        "Machines by the health that Azure gives them. Of paused machines it says none.",
        NO_REPLICATION,
        (
            Query(
                f"count by (health) ({of_appliances(f'{of(REPLICATION_HEALTH, VAULT)} == 1')})",
                "{{health}}",
            ),
        ),
        unit="short",
        width=8,
        height=4,
        styles=words.HEALTH,
        show=Show.BOTH,
    ),
    Panel(
        Kind.STAT,
        "Machines with errors",
        "Machines for which Azure lists an error now; of machines whose health is normal, too.",
        NO_REPLICATION,
        (
            Query(
                f"count(count by (vm_id, vault) ({_ERRORS})) or 0 * sum({of(REPLICATION_MACHINES, VAULT)})",
            ),
        ),
        unit="short",
        width=4,
        height=4,
        steps=(Step(None, GREEN), Step(1, RED)),
    ),
    Panel(
        Kind.STAT,
        "Behind schedule",
        f"Machines whose next cycle is overdue by more than {GRACE / 3600:g} h, the limit of the alert "
        f"{PREFIX}ReplicationCycleOverdue.",
        "No machine is in delta replication, or Azure's view is not read",
        (
            Query(
                f"count({of_appliances(f'time() - {_DUE} > {GRACE:g}')}) or 0 * count({of_appliances(_DUE)})",
            ),
        ),
        unit="short",
        width=4,
        height=4,
        steps=(Step(None, GREEN), Step(1, ORANGE)),
    ),
    Panel(
        Kind.STAT,
        "Alerts that fire",
        "Critical and warning alerts of alerts/ that fire, of all vaults and appliances.",
        "The rules of alerts/ are not loaded: their watchdog does not fire",
        (
            Query(
                f"count({foreign('ALERTS', FIRING, severity='~critical|warning')}) or "
                f"0 * count({foreign('ALERTS', alertname=f'{PREFIX}Watchdog')})"
            ),
        ),
        unit="short",
        width=4,
        height=4,
        steps=(Step(None, GREEN), Step(1, RED)),
    ),
)

# --- the path --------------------------------------------------------------------------------------------------------


def _checked(check: str, up: str) -> str:
    """Whether a check works, and where nothing measures it, why: 2 not measured, 3 not applicable."""
    return f"{up} or 3 - max by (appliance) ({of(CHECK_APPLICABLE, APPLIANCE, check=check)})"


def _gateway(state: str) -> str:
    return f"max by (appliance) ({of(GATEWAY_SERVICE_STATE, APPLIANCE, service=SERVICE, state=state)})"


_PATH: Final = (
    Panel(
        Kind.STATES,
        "The path",
        "Each part of the way of a replication cycle, from the appliance to Azure and to the hosts. Projects made "
        "since 2024 have no Service Bus and no replication key vault: there the check is not applicable. A part that "
        "applies and that nothing checks is not measured.",
        "Nothing of the path is checked: no section `appliances` in the exporter's configuration",
        (
            Query(f"min by (appliance) ({of(APPLIANCE_UP, APPLIANCE)})", "{{appliance}}: appliance"),
            Query(
                _checked("gateway", f"{_gateway('running')} + 2 * {_gateway('unknown')}"),
                "{{appliance}}: gateway service",
            ),
            Query(_checked("storage", f"min by (appliance) ({of(STORAGE_UP, APPLIANCE)})"), "{{appliance}}: storage"),
            Query(
                _checked("servicebus", f"min by (appliance) ({of(SERVICEBUS_UP, APPLIANCE)})"),
                "{{appliance}}: Service Bus",
            ),
            Query(
                _checked("keyvault", f"min by (appliance) ({of(KEYVAULT_TCP_UP, APPLIANCE)})"),
                "{{appliance}}: key vault",
            ),
            Query(_checked("esxi", f"min by (appliance) ({of(ESXI_TCP_UP, APPLIANCE)})"), "{{appliance}}: ESXi hosts"),
            Query(f"min by (vcenter) ({of(VCENTER_UP)})", "vCenter {{vcenter}}"),
        ),
        width=14,
        height=12,
        words=words.PATH,
    ),
    Panel(
        Kind.STATES,
        "Documented causes",
        "The causes that Microsoft's article lists and that are measured here. One that fails while machines fail is "
        "the first to look at; the runbook of the failure says what to do. A check that only our own credential fails "
        "is left out.",
        "Nothing is recorded: load the rules of alerts/, or check at least one part of the path",
        (Query(recorded(CAUSE_FAILING, APPLIANCE), "{{appliance}}: {{cause}}"),),
        width=10,
        height=12,
        words=words.SOUND,
    ),
)

# --- what fails ------------------------------------------------------------------------------------------------------

_SEEN: Final = f"timestamp({of(REPLICATION_ERRORS, VAULT)})"
_SINCE: Final = f"max by (vm, vm_id, vault, code, failure) (min_over_time({_SEEN}[$__range:1m]) or {_SEEN})"
_FAILS: Final = (
    Panel(
        Kind.TABLE,
        "Failing machines",
        "Every error that Azure lists for a machine now. Since: the first time at which it was seen in the time range "
        "above. The fix names the first step, or says that it depends on the cause; the runbook has all of it.",
        "No machine has an error",
        (
            Query(
                "label_replace(label_replace(max by (vm, vault, code, failure) (1000 * "
                f"({_SINCE} and on (vm_id, vault, code, failure) ({_ERRORS}))), "
                '"fix", "$1", "failure", "(.*)"), "runbook", "$1", "failure", "(.*)")'
            ),
        ),
        unit="none",
        width=24,
        height=8,
        columns=(
            _MACHINE,
            Column("failure", "Failure", words=words.FAILURES, wrap=True),
            Column("code", "Code", width=90),
            Column("Value", "Since", unit="dateTimeFromNow", width=130),
            Column("fix", "Fix", words=words.FIRST_STEPS, wrap=True),
            Column(
                "runbook",
                "Runbook",
                words=words.RUNBOOKS,
                link=words.runbook(),
                link_title="Open the runbook",
                width=190,
            ),
            Column("vault", "Vault", width=110),
        ),
        sort="Since",
    ),
    Panel(
        Kind.TABLE,
        "Active alerts",
        "Alerts of alerts/ that fire, and since when, for the chosen appliances and those without one. Their texts, "
        "with the fix, are in Alertmanager.",
        "No alert fires, if the rules of alerts/ are loaded",
        (
            Query(
                "max by (alertname, severity, appliance, vm) (1000 * "
                f"{foreign('ALERTS_FOR_STATE', OURS)} and ignoring (alertstate) "
                f"{foreign('ALERTS', FIRING, appliance='~$appliance|')})"
            ),
        ),
        unit="none",
        width=14,
        height=9,
        columns=(
            Column("alertname", "Alert", link=words.runbook(), link_title="Open the runbook"),
            Column(
                "severity",
                "Severity",
                words={"critical": Word("critical", RED), "warning": Word("warning", ORANGE)},
                width=90,
            ),
            Column("appliance", "Appliance", width=110),
            _MACHINE,
            Column("Value", "Since", unit="dateTimeFromNow", width=130),
        ),
        sort="Since",
    ),
    Panel(
        Kind.GRAPH,
        "Machines by failure",
        "How many machines have each documented failure; all of them at once point to the path, one to the machine.",
        NO_REPLICATION,
        (
            Query(f"count by (failure) (count by (vm_id, vault, failure) ({_ERRORS}))", "{{failure}}"),
            Query(
                f"count(count by (vm_id, vault) ({_ERRORS})) or 0 * sum({of(REPLICATION_MACHINES, VAULT)})",
                "all machines with errors",
            ),
        ),
        unit="short",
        width=10,
        height=9,
    ),
)

# --- the wave --------------------------------------------------------------------------------------------------------

_POINT: Final = (
    f"(time() - max by (vm, vm_id, vault) ({of_appliances(of(REPLICATION_LAST_POINT_CHANGE_TIMESTAMP, VAULT))}))"
)
_WAVE: Final = (
    Panel(
        Kind.STAT,
        "Initial copies done",
        "Machines past their initial replication, as a part of all machines.",
        NO_REPLICATION,
        (Query(f"1 - {_in_state('~none|enable_migration_.+|initial_seeding_.+')}"),),
        unit="percentunit",
        width=4,
        height=9,
    ),
    Panel(
        Kind.STAT,
        "Migrated",
        "Machines whose migration has succeeded, as a part of all machines that the vaults still list.",
        NO_REPLICATION,
        (Query(_in_state("~migration_succeeded|migration_completed_with_information")),),
        unit="percentunit",
        width=4,
        height=9,
    ),
    Panel(
        Kind.GRAPH,
        "Machines by migration state",
        "The wave on its way: how many machines are in each of Azure's migration states.",
        NO_REPLICATION,
        (Query(f"count by (state) ({of_appliances(f'{of(REPLICATION_STATE, VAULT)} == 1')})", "{{state}}"),),
        unit="short",
        width=16,
        height=9,
        stacked=True,
    ),
    Panel(
        Kind.TABLE,
        "Oldest recovery points",
        "The 20 machines whose newest recovery point is the oldest, and by how much their next cycle is overdue "
        "(negative: not due yet). Azure's own times of recovery points lie; these tell when one was seen to change.",
        "No recovery point was seen to change since the exporter began to watch",
        (
            Query(f"max by (vm, vault) (topk(20, {_POINT}))"),
            Query(f"max by (vm, vault) (time() - {_DUE} and on (vm_id, vault) topk(20, {_POINT}))"),
        ),
        unit="s",
        width=10,
        height=10,
        columns=(
            _MACHINE,
            Column("Value #A", "Point's age", unit="s"),
            Column("Value #B", "Overdue by", unit="s", steps=above("ReplicationCycleOverdue", "grace")),
            Column("vault", "Vault"),
        ),
        sort="Point's age",
    ),
    Panel(
        Kind.TABLE,
        "Cycles that run",
        "Machines that replicate at this moment. Reading slower than uploading is not possible for long; both slow "
        "while the benchmark is fast point to vCenter and NFC, not to the network.",
        "No cycle runs now",
        (
            Query(f"max by (vm, phase) ({of_appliances(of(REPLICATION_PROGRESS, VAULT))})"),
            Query(f"max by (vm) ({of_appliances(of(REPLICATION_UPLOAD, VAULT))})"),
            Query(f"max by (vm) ({of_appliances(of(REPLICATION_READ, VAULT))})"),
            Query(f"max by (vm) ({of_appliances(of(REPLICATION_TIME_REMAINING, VAULT))})"),
        ),
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
        sort="Progress",
    ),
)

BOARD: Final = Board(
    Dashboard.OVERVIEW,
    "Azure Migrate: overview",
    "Whether the agentless replication is healthy, and if not, which documented cause it has.",
    (variables.VAULT, variables.APPLIANCE),
    (
        Row("Is replication healthy?", _NOW),
        Row("The path, and the documented causes", _PATH),
        Row("What fails", _FAILS),
        Row("The migration wave", _WAVE),
    ),
    alerts='appliance=~"$appliance|"',
)
