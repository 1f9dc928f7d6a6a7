"""What vCenter knows of one machine: problems, snapshot tasks, snapshots, change tracking."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.dashboards.model import (
    GREEN,
    ORANGE,
    RED,
    MappedValue,
    Query,
    state_timeline,
    timeseries,
)
from generate.dashboards.promql import MACHINE, max_by, selector
from generate.dashboards.thresholds import rising


def highest(metric: Metric) -> str:
    """The newest value of the selected machine."""
    return f"max({selector(metric, MACHINE)})"


def _worst(metric: Metric, **labels: str) -> str:
    """The highest value in each interval."""
    return f"max(max_over_time({selector(metric, MACHINE, **labels)}[$__interval]))"


def _never(metric: Metric) -> str:
    return f"max(1 - min_over_time({selector(metric, MACHINE)}[$__interval]))"


_ON_MACHINE: Final = selector(m.VSPHERE_VM_INFO, MACHINE)
_UNREACHED: Final = "~orphaned|inaccessible|invalid"
_PROBLEMS: Final = (
    ("snapshot task stalled", f"{_worst(m.VSPHERE_TASK_STALLED)} or 0 * {highest(m.VSPHERE_VM_SNAPSHOTS)}"),
    ("broken chain of disks", _worst(m.VSPHERE_VM_DISK_CHAIN_BROKEN)),
    (
        "orphaned, inaccessible or invalid",
        f"{_worst(m.VSPHERE_VM_CONNECTION_STATE, state=_UNREACHED)} or 0 * {highest(m.VSPHERE_VM_CONNECTION_STATE)}",
    ),
    (
        "datastore not accessible",
        f"1 - min({selector(m.VSPHERE_DATASTORE_ACCESSIBLE)} and on (vcenter, datastore) {_ON_MACHINE})",
    ),
    ("consolidation needed", f"2 * {_worst(m.VSPHERE_VM_CONSOLIDATION_NEEDED)}"),
    ("change tracking off", f"2 * {_never(m.VSPHERE_VM_CBT_ENABLED)}"),
    ("wrong disk size in a snapshot", f"2 * ({_worst(m.VSPHERE_VM_INVALID_SNAPSHOT_DISKS)} > bool 0)"),
    (
        "host in maintenance mode",
        f"2 * max({selector(m.VSPHERE_HOST_IN_MAINTENANCE_MODE)} and on (vcenter, host) {_ON_MACHINE})",
    ),
)
"""Problems by name: 1 if one pages, 2 if it is a warning."""
VSPHERE: Final = (
    state_timeline(
        "Problems in vSphere",
        "Each line is a cause of a documented failure: a task without progress (the article's hung snapshot), disks "
        "that need consolidation, change tracking that is off, a wrong disk size in a snapshot, a broken chain of "
        "disks (reported by vSphere 9.1 and later), a machine or a datastore that vCenter does not reach, and the "
        "maintenance mode of the host. Red: it stops the cycle; orange: it will, or makes it slow.",
        (*(Query(expr, name) for name, expr in _PROBLEMS),),
        width=12,
        height=8,
        mappings={
            "0": MappedValue("no", GREEN),
            "1": MappedValue("yes", RED),
            "2": MappedValue("yes", ORANGE),
        },
    ),
    timeseries(
        "Snapshot tasks",
        "Progress of the machine's running snapshot tasks. A task that stays at 95 % is the article's hung snapshot.",
        (Query(max_by("operation", m.VSPHERE_TASK_PROGRESS, MACHINE), "{{operation}}"),),
        "No snapshot task of this machine ran in this time range, which is normal between two cycles",
        unit="percentunit",
        width=12,
        height=8,
        maximum=1,
    ),
    timeseries(
        "Snapshots",
        "Number of snapshots of the machine, and the threshold of the alert.",
        (Query(highest(m.VSPHERE_VM_SNAPSHOTS), "snapshots"),),
        unit="short",
        thresholds=rising("TooManySnapshots"),
    ),
    timeseries(
        "Age of the oldest snapshot",
        "A snapshot grows with every write and slows down the machine. 0 if there is none.",
        (
            Query(
                f"time() - min({selector(m.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, MACHINE)}) "
                f"or 0 * {highest(m.VSPHERE_VM_SNAPSHOTS)}",
                "oldest snapshot",
            ),
        ),
        unit="s",
        thresholds=rising("SnapshotTooOld", "age"),
    ),
    timeseries(
        "Resets of change tracking",
        "After a reset the changed blocks are unknown, and the whole disks are read. Usual causes are backup products "
        "and a migration of the disks to another datastore.",
        (Query(f"max(increase({selector(m.VSPHERE_VM_CBT_RESETS, MACHINE)}[$__rate_interval]))", "resets"),),
        unit="short",
    ),
)
