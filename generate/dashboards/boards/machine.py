"""One machine: its cycle, what limits it, and what vSphere and Azure say of it."""

from typing import Final

from azure_migrate_exporter.exposition.metrics import (
    REPLICATION_DISK_CAPACITY,
    REPLICATION_DISK_INFO,
    REPLICATION_DISK_PROGRESS,
    REPLICATION_DISK_READ,
    REPLICATION_DISK_UPLOAD,
    REPLICATION_ERRORS,
    REPLICATION_EVENTS,
    REPLICATION_HEALTH,
    REPLICATION_INFO,
    REPLICATION_LAST_POINT_CHANGE_TIMESTAMP,
    REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP,
    REPLICATION_OPERATION_INFO,
    REPLICATION_PROGRESS,
    REPLICATION_READ,
    REPLICATION_RESYNC_REQUIRED,
    REPLICATION_RETRIES,
    REPLICATION_STATE,
    REPLICATION_TIME_REMAINING,
    REPLICATION_UPLOAD,
    STORAGE_UPLOAD_THROUGHPUT,
    VSPHERE_TASK_PROGRESS,
    VSPHERE_TASK_STALLED,
    VSPHERE_VM_CBT_ENABLED,
    VSPHERE_VM_CBT_RESETS,
    VSPHERE_VM_CONSOLIDATION_NEEDED,
    VSPHERE_VM_DISK_CHAIN_BROKEN,
    VSPHERE_VM_INVALID_SNAPSHOT_DISKS,
    VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP,
    VSPHERE_VM_SNAPSHOTS,
)
from generate.alerts.model import Dashboard
from generate.dashboards import words
from generate.dashboards.boards import variables
from generate.dashboards.model import GREEN, RED, Board, Column, Kind, Panel, Query, Row, Show, Style, Word
from generate.dashboards.promql import MACHINE, of
from generate.dashboards.thresholds import above

NOT_LISTED: Final = "Azure does not list this machine: choose one above"
NO_CYCLE: Final = "No cycle of this machine ran in this time"
NOT_SEEN: Final = "vCenter is not read, or our account does not see this machine"

# --- now -------------------------------------------------------------------------------------------------------------

_NOW: Final = (
    Panel(
        Kind.STAT,
        "Health",
        "Azure's word for the health of the machine. Of a paused machine it says none.",
        NOT_LISTED,
        (Query(f"max by (health) ({of(REPLICATION_HEALTH, MACHINE)} == 1)", "{{health}}"),),
        width=4,
        height=4,
        styles=words.HEALTH,
        show=Show.NAME,
    ),
    Panel(
        Kind.STAT,
        "Migration state",
        "Azure's migration state of the machine.",
        NOT_LISTED,
        (Query(f"max by (state) ({of(REPLICATION_STATE, MACHINE)} == 1)", "{{state}}"),),
        width=4,
        height=4,
        styles=(Style("/failed/", RED),),
        show=Show.NAME,
    ),
    Panel(
        Kind.STAT,
        "Recovery point age",
        "Since the newest recovery point was seen to become another one: that cycle had worked.",
        "Not seen to change since the exporter began to watch",
        (Query(f"time() - max({of(REPLICATION_LAST_POINT_CHANGE_TIMESTAMP, MACHINE)})"),),
        unit="s",
        width=4,
        height=4,
    ),
    Panel(
        Kind.STAT,
        "Next cycle overdue by",
        "How long ago the next cycle should have begun by the documented schedule; negative: it is not due yet.",
        "No schedule: the machine is paused, or not in delta replication",
        (Query(f"time() - max({of(REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, MACHINE)})"),),
        unit="s",
        width=4,
        height=4,
        steps=above("ReplicationCycleOverdue", "grace"),
    ),
    Panel(
        Kind.STAT,
        "Resynchronisation",
        "Whether the machine must be copied again.",
        NOT_LISTED,
        (Query(f"max({of(REPLICATION_RESYNC_REQUIRED, MACHINE)})"),),
        width=4,
        height=4,
        words={"0": Word("not needed", GREEN), "1": Word("required", RED)},
    ),
    Panel(
        Kind.STAT,
        "Appliance and host",
        "The appliance that replicates the machine, and the ESXi host's address as the appliance uses it.",
        NOT_LISTED,
        (
            Query(
                f"max by (appliance, host) ({of(REPLICATION_INFO, MACHINE)})",
                "{{appliance}} {{host}}",
            ),
        ),
        width=4,
        height=4,
        show=Show.NAME,
    ),
)

# --- the cycle -------------------------------------------------------------------------------------------------------

_CYCLE: Final = (
    Panel(
        Kind.GRAPH,
        "Progress of the cycle",
        "Progress of the phase that runs: initial, delta, resync, resume, migration.",
        NO_CYCLE,
        (Query(f"max by (phase) ({of(REPLICATION_PROGRESS, MACHINE)})", "{{phase}}"),),
        unit="percentunit",
        width=6,
        height=9,
        maximum=1,
    ),
    Panel(
        Kind.GRAPH,
        "Time left",
        "What the gateway expects of the cycle that runs.",
        NO_CYCLE,
        (Query(f"max({of(REPLICATION_TIME_REMAINING, MACHINE)})", "time left"),),
        unit="s",
        width=6,
        height=9,
    ),
    Panel(
        Kind.GRAPH,
        "Upload against read",
        "What limits the cycle. Reading keeps ahead of uploading: the network or the storage account. Both low while "
        "other machines upload faster, and far below the benchmark: vCenter, the host or its NFC buffer. Dashed: what "
        "the newest benchmark of the appliance's accounts reached, and the median upload of all machines of the vault.",
        NO_CYCLE,
        (
            Query(f"max({of(REPLICATION_UPLOAD, MACHINE)})", "upload"),
            Query(f"max({of(REPLICATION_READ, MACHINE)})", "read"),
            Query(
                f"max({of(STORAGE_UPLOAD_THROUGHPUT, role='~cache|replication')} "
                f"and on (appliance) {of(REPLICATION_INFO, MACHINE)})",
                "benchmark",
            ),
            Query(
                f"quantile(0.5, {of(REPLICATION_UPLOAD)} and on (vault) {of(REPLICATION_INFO, MACHINE)})",
                "median of the vault",
            ),
        ),
        unit="Bps",
        width=12,
        height=9,
        styles=(Style("/benchmark|median/", dashed=True),),
    ),
    Panel(
        Kind.TABLE,
        "Disks",
        "The disks of the machine, and how far each of them is in the cycle that runs.",
        "The machine's disks were not read in the last hour: one request a machine, within a budget",
        (
            Query(
                f"max by (disk, datastore, storage_account) ({of(REPLICATION_DISK_CAPACITY, MACHINE)} "
                "* on (vm_id, vault, disk) group_left (datastore, storage_account) "
                f"{of(REPLICATION_DISK_INFO, MACHINE)})"
            ),
            Query(f"max by (disk) ({of(REPLICATION_DISK_PROGRESS, MACHINE)})"),
            Query(f"max by (disk) ({of(REPLICATION_DISK_UPLOAD, MACHINE)})"),
            Query(f"max by (disk) ({of(REPLICATION_DISK_READ, MACHINE)})"),
        ),
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

# --- vSphere ---------------------------------------------------------------------------------------------------------

_SNAPSHOTS: Final = of(VSPHERE_VM_SNAPSHOTS, MACHINE)
_TROUBLE: Final = {"0": Word("no", GREEN), "1": Word("yes", RED)}
_VSPHERE: Final = (
    Panel(
        Kind.STATES,
        "Signs of trouble in vSphere",
        "Each is a cause of a documented failure: a task that makes no progress (the article's hung snapshot), disks "
        "that need consolidation, change tracking that is off, snapshots whose disks have another size, a broken chain "
        "of disks (told since vSphere 9.1).",
        NOT_SEEN,
        (
            Query(
                f"max({of(VSPHERE_TASK_STALLED, MACHINE)}) or 0 * max({_SNAPSHOTS})",
                "snapshot task hangs",
            ),
            Query(f"max({of(VSPHERE_VM_CONSOLIDATION_NEEDED, MACHINE)})", "consolidation needed"),
            Query(f"1 - min({of(VSPHERE_VM_CBT_ENABLED, MACHINE)})", "change tracking off"),
            Query(f"max({of(VSPHERE_VM_INVALID_SNAPSHOT_DISKS, MACHINE)} > bool 0)", "wrong size in a snapshot"),
            Query(f"max({of(VSPHERE_VM_DISK_CHAIN_BROKEN, MACHINE)})", "broken chain of disks"),
        ),
        width=12,
        height=8,
        words=_TROUBLE,
    ),
    Panel(
        Kind.GRAPH,
        "Snapshot tasks",
        "Progress of the machine's running snapshot tasks. One that stays at 95 % is the article's hung snapshot.",
        "No snapshot task of this machine ran in this time, as is normal between two cycles",
        (Query(f"max by (operation) ({of(VSPHERE_TASK_PROGRESS, MACHINE)})", "{{operation}}"),),
        unit="percentunit",
        width=12,
        height=8,
        maximum=1,
    ),
    Panel(
        Kind.GRAPH,
        "Snapshots",
        "Snapshots of the machine, and the limit from which an alert warns.",
        NOT_SEEN,
        (Query(f"max({_SNAPSHOTS})", "snapshots"),),
        unit="short",
        width=8,
        height=7,
        steps=above("TooManySnapshots"),
    ),
    Panel(
        Kind.GRAPH,
        "Age of the oldest snapshot",
        "A snapshot that stays grows with every write and slows the machine. 0 while there is none.",
        NOT_SEEN,
        (
            Query(
                f"time() - min({of(VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, MACHINE)}) or 0 * max({_SNAPSHOTS})",
                "oldest snapshot",
            ),
        ),
        unit="s",
        width=8,
        height=7,
        steps=above("SnapshotTooOld", "age"),
    ),
    Panel(
        Kind.GRAPH,
        "Resets of change tracking",
        "After a reset the changed blocks are unknown, and the disks are read as a whole. Usual makers of resets: "
        "backup products, and a move of the disks.",
        NOT_SEEN,
        (Query(f"max(increase({of(VSPHERE_VM_CBT_RESETS, MACHINE)}[$__rate_interval]))", "resets"),),
        unit="short",
        width=8,
        height=7,
    ),
)

# --- errors ----------------------------------------------------------------------------------------------------------

_AZURE: Final = (
    Panel(
        Kind.TABLE,
        "Errors of this machine",
        "What Azure says is wrong with the machine now, and where each error is explained.",
        "Azure lists no error of this machine",
        (
            Query(
                f"label_replace(max by (failure, code) ({of(REPLICATION_ERRORS, MACHINE)}), "
                '"runbook", "$1", "failure", "(.*)")'
            ),
        ),
        width=12,
        height=7,
        columns=(
            Column("failure", "Failure", words=words.FAILURES, wrap=True),
            Column("code", "Code", width=90),
            Column("runbook", "Runbook", words=words.RUNBOOKS, link=words.runbook(), link_title="Open the runbook"),
        ),
    ),
    Panel(
        Kind.GRAPH,
        "Retries",
        "How often Azure has tried each phase again.",
        NOT_LISTED,
        (Query(f"max by (phase) ({of(REPLICATION_RETRIES, MACHINE)})", "{{phase}}"),),
        unit="short",
        width=12,
        height=7,
    ),
    Panel(
        Kind.STATES,
        "What the gateway does",
        "The operation that the gateway reports for the machine, and how far it is.",
        NOT_LISTED,
        (
            Query(
                f"max by (operation, status) ({of(REPLICATION_OPERATION_INFO, MACHINE)})",
                "{{operation}}: {{status}}",
            ),
        ),
        width=12,
        height=8,
        words={"1": Word("now", GREEN)},
    ),
    Panel(
        Kind.GRAPH,
        "Events of the machine's vault",
        "Events of the whole vault; no metric tells of which machine. They show when something happened.",
        NOT_LISTED,
        (
            Query(
                f"sum by (event_type, severity) (increase({of(REPLICATION_EVENTS)}[$__rate_interval]) "
                f"and on (vault) {of(REPLICATION_INFO, MACHINE)})",
                "{{event_type}} {{severity}}",
            ),
        ),
        unit="short",
        width=12,
        height=8,
        stacked=True,
    ),
)

BOARD: Final = Board(
    Dashboard.MACHINE,
    "Azure Migrate: machine",
    "One machine: its replication cycle, what limits it, its snapshots, and what Azure says of it.",
    (variables.MACHINE, variables.IDENTITY),
    (
        Row("Now", _NOW),
        Row("The cycle", _CYCLE),
        Row("The machine in vSphere", _VSPHERE),
        Row("What Azure says", _AZURE),
    ),
    alerts='vm=~"$vm|"',
)
