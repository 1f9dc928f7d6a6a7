"""One machine: its replication cycle, the bottleneck of the cycle, and its state in vSphere and in Azure."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards import variables
from generate.dashboards.boards.machine_vsphere import VSPHERE, highest
from generate.dashboards.model import (
    BLUE,
    GREEN,
    GREY,
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
    stat,
    state_timeline,
    table,
    timeseries,
)
from generate.dashboards.promql import MACHINE, max_by, new_events, selector
from generate.dashboards.thresholds import rising

_NOT_LISTED: Final = "Azure does not list this machine: select another one"
_NO_CYCLE: Final = "No cycle of this machine ran in this time range"
_NOT_IN_VCENTER: Final = "vCenter's data is not collected, or the exporter's account does not see this machine"


# --- status ----------------------------------------------------------------------------------------------------------

_STATUS: Final = (
    stat(
        "Health",
        "Azure's health of the machine. A paused machine has the health none.",
        (Query(f"max by (health) ({selector(m.REPLICATION_HEALTH, MACHINE)} == 1)", "{{health}}"),),
        styles=mappings.HEALTH_STYLES,
        text_mode=TextMode.NAME,
    ),
    stat(
        "Migration state",
        "Azure's migration state of the machine.",
        (Query(f"max by (state) ({selector(m.REPLICATION_STATE, MACHINE)} == 1)", "{{state}}"),),
        styles=mappings.MIGRATION_STYLES,
        text_mode=TextMode.NAME,
    ),
    stat(
        "Recovery point age",
        "Time since the exporter saw the newest recovery point change, which means that a cycle succeeded. No data: "
        "it saw no change since its start.",
        (Query(f"time() - {highest(m.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP)}"),),
        unit="s",
    ),
    stat(
        "Cycle overdue by",
        "Time since the next cycle was due by the documented schedule. A negative value means that it is not due "
        "yet. No data: the machine is paused, or not in delta replication.",
        (Query(f"time() - {highest(m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP)}"),),
        unit="s",
        thresholds=rising("ReplicationCycleOverdue", "grace"),
        links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}ReplicationCycleOverdue")),),
    ),
    stat(
        "Resynchronisation",
        "Whether the machine requires a resynchronisation.",
        (Query(f"{highest(m.REPLICATION_RESYNC_REQUIRED)} or 0 * {highest(m.REPLICATION_INFO)}"),),
        mappings={"0": MappedValue("not required", GREEN), "1": MappedValue("required", ORANGE)},
    ),
    stat(
        "Appliance and host",
        "The appliance that replicates the machine, and the address at which it reaches the ESXi host.",
        (Query(max_by("appliance, host", m.REPLICATION_INFO, MACHINE), "{{appliance}} {{host}}"),),
        text_mode=TextMode.NAME,
    ),
)

# --- the cycle -------------------------------------------------------------------------------------------------------


def _operation(statuses: str, factor: str) -> str:
    matcher = f'status{statuses[0] if statuses[0] == "!" else "="}~"{statuses.lstrip("!~")}"'
    return factor + max_by("operation, status", m.REPLICATION_OPERATION_INFO, MACHINE, matcher)


_CYCLE: Final = (
    timeseries(
        "Progress of the cycle",
        "Progress of the running phase: initial, delta, resync, resume, migration.",
        (Query(max_by("phase", m.REPLICATION_PROGRESS, MACHINE), "{{phase}}"),),
        unit="percentunit",
        width=6,
        maximum=1,
    ),
    timeseries(
        "Time left",
        "The gateway's estimate for the running cycle.",
        (Query(highest(m.REPLICATION_TIME_REMAINING), "time left"),),
        unit="s",
        width=6,
    ),
    timeseries(
        "Upload and read speed",
        "The bottleneck of the cycle. If reading is faster than uploading, it is the network or the storage account. "
        "If both are far below the benchmark and other machines upload faster, it is vCenter, the host or its NFC "
        "buffer. Dashed: the newest benchmark of the appliance's accounts, and the mean upload speed of the machines "
        "that it replicates now.",
        (
            Query(highest(m.REPLICATION_UPLOAD), "upload"),
            Query(highest(m.REPLICATION_READ), "read"),
            Query(
                f"max({selector(m.STORAGE_UPLOAD_THROUGHPUT, role='~cache|replication')} "
                f"and on (appliance) {selector(m.REPLICATION_INFO, MACHINE)})",
                "benchmark",
            ),
            Query(
                f"max({selector(m.REPLICATION_TOTAL_UPLOAD)} / {selector(m.REPLICATION_MACHINES_UPLOADING)} "
                f"and on (vault, appliance) {selector(m.REPLICATION_INFO, MACHINE)})",
                "mean of the appliance",
            ),
        ),
        unit="Bps",
        styles=(SeriesStyle("/benchmark|mean/", dashed=True),),
    ),
    table(
        "Disks",
        "The disks of the machine, and their progress in the running cycle.",
        (
            Query(f"max by (disk, datastore, storage_account) ({selector(m.REPLICATION_DISK_CAPACITY, MACHINE)})"),
            Query(max_by("disk", m.REPLICATION_DISK_PROGRESS, MACHINE)),
            Query(max_by("disk", m.REPLICATION_DISK_UPLOAD, MACHINE)),
            Query(max_by("disk", m.REPLICATION_DISK_READ, MACHINE)),
        ),
        "The disks were not read in the last hour: this takes one request for each machine, within a budget",
        unit="bytes",
        width=24,
        height=6,
        columns=(
            Column("disk", "Disk"),
            Column("datastore", "Datastore"),
            Column("storage_account", "Storage account"),
            Column("Value #A", "Size", unit="bytes", width=110),
            Column("Value #B", "Progress", unit="percentunit", gauge=True),
            Column("Value #C", "Upload", unit="Bps", width=110),
            Column("Value #D", "Read", unit="Bps", width=110),
        ),
    ),
)

# --- errors ----------------------------------------------------------------------------------------------------------

_AZURE: Final = (
    table(
        "Errors of this machine",
        "The errors that Azure reports for the machine now, with their runbooks.",
        (
            Query(
                f"label_replace({max_by('failure, code', m.REPLICATION_ERRORS, MACHINE)}, "
                '"runbook", "$1", "failure", "(.*)")'
            ),
        ),
        UNKNOWN,
        height=7,
        columns=(
            Column("failure", "Failure", mappings=mappings.FAILURES, wrap=True),
            Column("code", "Code", width=90),
            Column(
                "runbook",
                "Runbook",
                mappings=mappings.RUNBOOKS,
                link=mappings.runbook_url(),
                link_title="Open the runbook",
            ),
        ),
    ),
    timeseries(
        "Retries",
        "Azure's retry count of each phase that was retried; none is the line of the others.",
        (
            Query(max_by("phase", m.REPLICATION_RETRIES, MACHINE), "{{phase}}"),
            Query(f"0 * {highest(m.REPLICATION_INFO)}", "none"),
        ),
        unit="short",
        height=7,
    ),
    state_timeline(
        "Gateway operation",
        "The operation that the gateway reports for the machine, and its status.",
        (
            Query(_operation("~in_progress|completed|queued", ""), "{{operation}}: {{status}}"),
            Query(_operation("~.*(fail|cancel|abort|error).*", "2 * "), "{{operation}}: {{status}} (failed)"),
            Query(
                _operation("!~in_progress|completed|queued|.*(fail|cancel|abort|error).*", "3 * "),
                "{{operation}}: {{status}} (other)",
            ),
        ),
        mappings={"1": MappedValue("now", BLUE), "2": MappedValue("failed", RED), "3": MappedValue("now", GREY)},
    ),
    timeseries(
        "Events of the machine's vault",
        "Events of the whole vault, since no metric has the machine of an event.",
        (
            Query(
                new_events("vault, event_type, severity", selector(m.REPLICATION_EVENTS, 'vault="$vm_vault"')),
                "{{event_type}} {{severity}}",
            ),
        ),
        unit="short",
        stacked=True,
        failures=True,
        points=300,
    ),
)

BOARD: Final = Board(
    Dashboard.MACHINE,
    "Azure Migrate: machine",
    "One machine: its replication cycle, the bottleneck of the cycle, its snapshots, and its errors in Azure.",
    (variables.MACHINE, variables.MACHINE_ID, variables.MACHINE_VAULT),
    (
        Row("Status", _STATUS, width=4, height=4, no_value=_NOT_LISTED),
        Row("Replication cycle", _CYCLE, height=9, no_value=_NO_CYCLE),
        Row("The machine in vSphere", VSPHERE, width=8, height=7, no_value=_NOT_IN_VCENTER),
        Row("The machine in Azure", _AZURE, no_value=_NOT_LISTED),
    ),
    alerts='vm_id="$vm_id"',
)
