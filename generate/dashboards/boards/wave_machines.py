"""The machines of a wave: the slowest and what limits them, the oldest recovery points, and which are ready."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.alerts.model import PREFIX
from generate.dashboards import mappings
from generate.dashboards.boards.overview import MACHINE, MACHINE_ID, total
from generate.dashboards.model import (
    GREEN,
    ORANGE,
    RED,
    UNKNOWN,
    Column,
    Link,
    MappedValue,
    Query,
    Threshold,
    stat,
    table,
    timeseries,
)
from generate.dashboards.promql import APPLIANCE, VAULT, new_events, of_appliances, selector
from generate.dashboards.thresholds import rising

_INFO: Final = selector(m.REPLICATION_INFO, VAULT, APPLIANCE)
_BY_MACHINE: Final = "vm, vm_id, vault"


def _of_machines(metric: Metric, **labels: str) -> str:
    """Series of the selected machines."""
    return of_appliances(selector(metric, VAULT, **labels))


def _of_azure(metric: Metric) -> str:
    """A reading of a host or datastore by the appliances of the selected vaults."""
    return selector(metric, VAULT, source="azure")


# --- slow machines ---------------------------------------------------------------------------------------------------

_UPLOAD: Final = f"max by ({_BY_MACHINE}) ({_of_machines(m.REPLICATION_UPLOAD)})"
_SLOWEST: Final = f"bottomk(20, {_UPLOAD})"
_AMONG: Final = f"and on (vm_id, vault) {_SLOWEST}"
_READ: Final = f"max by ({_BY_MACHINE}) ({_of_machines(m.REPLICATION_READ)})"
_NFC: Final = f"({_of_azure(m.NFC_BUFFER_USED)} / {_of_azure(m.NFC_BUFFER_CAPACITY)}) > 0.9"
_FULL: Final = f"({_of_azure(m.DATASTORE_DISK_SNAPSHOTS)} / {_of_azure(m.DATASTORE_DISK_SNAPSHOTS_LIMIT)}) >= 1"
_DISKS: Final = selector(m.REPLICATION_DISK_CAPACITY, VAULT)
_ON_FULL_HOST: Final = f"{_SLOWEST} and on (vm_id, vault) ({_INFO} and on (vault, host) ({_NFC}))"
_ON_FULL_STORE: Final = f"{_SLOWEST} and on (vm_id, vault) ({_DISKS} and on (vault, datastore) ({_FULL}))"
_READ_BOUND: Final = (
    f"{_SLOWEST} and on (vm_id, vault) "
    f"({selector(m.REPLICATION_READ, VAULT)} <= 1.2 * {selector(m.REPLICATION_UPLOAD, VAULT)})"
)


def _because(reason: str, expr: str) -> str:
    return f'label_replace({expr}, "why", "{reason}", "", "")'


_WHY: Final = " or on (vm_id, vault) ".join(
    (
        _because("nfc", _ON_FULL_HOST),
        _because("datastore", _ON_FULL_STORE),
        _because("vcenter", _READ_BOUND),
        _because("network", _SLOWEST),
    )
)
_WHY_TEXTS: Final = {
    "nfc": MappedValue("NFC buffer of its host full", ORANGE),
    "datastore": MappedValue("datastore at its snapshot limit", ORANGE),
    "vcenter": MappedValue("reading: vCenter, host or datastore"),
    "network": MappedValue("uploading: network or account"),
}
_CHANGED: Final = f"max by ({_BY_MACHINE}) ({_of_machines(m.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP)})"
_OLDEST: Final = f"topk(20, time() - {_CHANGED})"
_DUE: Final = f"max by ({_BY_MACHINE}) ({_of_machines(m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP)})"
SLOW: Final = (
    table(
        "Slowest machines",
        "The 20 running cycles with the lowest upload speeds, and what limits each: the NFC buffer of its host is "
        "full, its datastore is at the limit of snapshots, it is read no faster than it is uploaded (vCenter, the "
        "host or the datastore), or it is read faster (the network or the storage account).",
        (
            Query(f"max by ({_BY_MACHINE}, why) ({_WHY})"),
            Query(f"max by ({_BY_MACHINE}) ({_READ} {_AMONG})"),
            Query(f"max by ({_BY_MACHINE}) ({_of_machines(m.REPLICATION_TIME_REMAINING)} {_AMONG})"),
        ),
        "No cycle is known to run",
        unit="Bps",
        width=14,
        columns=(
            MACHINE,
            Column("why", "Limited by", mappings=_WHY_TEXTS, wrap=True),
            Column("Value #A", "Upload", unit="Bps", width=90),
            Column("Value #B", "Read", unit="Bps", width=90),
            Column("Value #C", "Time left", unit="s", width=90),
            Column("vault", "Vault", width=140),
            MACHINE_ID,
        ),
        sort_by=("+Upload",),
    ),
    table(
        "Oldest recovery points",
        "The 20 machines with the oldest recovery points, and how long their next cycle is overdue (negative: not "
        "due yet): those wait for the schedule. The age is the time since the exporter saw the recovery point "
        "change, as Azure's times are wrong.",
        (
            Query(_OLDEST),
            Query(f"time() - ({_DUE} and on (vm_id, vault) {_OLDEST})"),
        ),
        "No change of a recovery point is known",
        unit="s",
        width=10,
        columns=(
            MACHINE,
            Column("Value #A", "Point's age", unit="s", width=110),
            Column(
                "Value #B", "Overdue by", unit="s", width=100, thresholds=rising("ReplicationCycleOverdue", "grace")
            ),
            Column("vault", "Vault"),
            MACHINE_ID,
        ),
        sort_by=("Point's age",),
    ),
)

# --- readiness -------------------------------------------------------------------------------------------------------

_REPLICATING: Final = of_appliances(f"{selector(m.REPLICATION_STATE, VAULT, state='replicating')} == 1")
_SERIOUS: Final = selector(m.REPLICATION_ERRORS, VAULT, 'failure!~"test_migration_missing"')
_UNTESTED: Final = selector(m.REPLICATION_ERRORS, VAULT, failure="test_migration_missing")
_ON_MACHINE: Final = "on (vm_id, vault)"
_BLOCKERS: Final = (
    ("error", f"({_REPLICATING}) and {_ON_MACHINE} {_SERIOUS}"),
    ("resync", f"({_REPLICATING}) and {_ON_MACHINE} {selector(m.REPLICATION_RESYNC_REQUIRED, VAULT)} == 1"),
    (
        "late",
        f"({_REPLICATING}) and {_ON_MACHINE} time() - {selector(m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, VAULT)} > 3600",
    ),
    ("untested", f"({_REPLICATING}) and {_ON_MACHINE} {_UNTESTED}"),
)
_NOT_READY: Final = " or on (vm_id, vault) ".join(
    f'label_replace({expr}, "lacks", "{name}", "", "")' for name, expr in _BLOCKERS
)
READY: Final = (
    stat(
        "Ready to cut over",
        "Machines in delta replication without an error (a missing test migration is not one), without a required "
        "resynchronisation, and not behind schedule.",
        (
            Query(
                f"count(({_REPLICATING}) unless {_ON_MACHINE} {_SERIOUS} unless {_ON_MACHINE} "
                f"({selector(m.REPLICATION_RESYNC_REQUIRED, VAULT)} == 1) unless {_ON_MACHINE} "
                f"(time() - {selector(m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP, VAULT)} > 3600)) "
                f"or 0 * {total(m.REPLICATION_MACHINES_BY_STATE)}"
            ),
        ),
        unit="short",
        width=4,
        height=5,
    ),
    stat(
        "Not tested yet",
        "Machines for which Azure reports that no test migration was done (code 110084).",
        (
            Query(
                f"{total(m.REPLICATION_MACHINES_BY_FAILURE, failure='test_migration_missing')} or 0 * "
                f"{total(m.REPLICATION_MACHINES_BY_STATE)}"
            ),
        ),
        unit="short",
        width=4,
        height=5,
        thresholds=(Threshold(None, GREEN), Threshold(1, ORANGE)),
        links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}TestMigrationMissing")),),
    ),
    timeseries(
        "Test and other jobs that failed",
        "Jobs of the vaults that did not end with plain success in each interval: test migrations, their clean-up, "
        "migrations.",
        (
            Query(
                new_events("scenario, state", selector(m.REPLICATION_JOBS, VAULT)) + " > 0",
                "{{scenario}}: {{state}}",
            ),
        ),
        "No failed job is known in this time range",
        unit="short",
        width=16,
        height=5,
        stacked=True,
        failures=True,
        points=300,
    ),
    table(
        "Not ready to cut over",
        "Machines in delta replication that lack something, at most 200: the most severe reason of each.",
        (Query(f"topk(200, max by ({_BY_MACHINE}, lacks) ({_NOT_READY}))"),),
        UNKNOWN,
        width=24,
        height=9,
        columns=(
            MACHINE,
            Column(
                "lacks",
                "What it lacks",
                mappings={
                    "error": MappedValue("has an error: see its dashboard", RED),
                    "resync": MappedValue("requires a resynchronisation", ORANGE),
                    "late": MappedValue("is behind schedule by more than an hour", ORANGE),
                    "untested": MappedValue("has no test migration"),
                },
            ),
            Column("vault", "Vault"),
            MACHINE_ID,
        ),
        sort_by=("+What it lacks",),
    ),
)
