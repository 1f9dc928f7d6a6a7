"""Machines that are unhealthy, late or stuck in Azure's data, without a documented failure."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import BLIND_TO_VAULT
from generate.alerts.groups.failures import HARMLESS, JOIN_APPLIANCE
from generate.alerts.groups.shared.annotation_queries import CONCEPTS, PROJECT, SLOW_REPLICATION, codes
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat, RecordingRule
from generate.alerts.samples import series, state_set

_LABELS: Final = ("appliance", "vault", "vm", "vm_id")
_UNDOCUMENTED: Final = f'unless on (vm_id, vault) azure_migrate_replication_errors{{failure!~"unknown|{HARMLESS}"}}'
"""Excludes machines for which an alert of a documented failure exists."""
_CODES: Final = codes('azure_migrate_replication_errors{vm_id="$vm_id",vault="$vault",code!=""}')
OLD_RECOVERY_POINT: Final = Text(
    "The machine's recovery point gets older. A migration now would first have to replicate the changes since then.",
    "Le point de récupération de la machine vieillit. Une migration maintenant devrait d'abord rattraper le retard.",
)


def _machine(*parts: dict[str, str]) -> dict[str, str]:
    """A machine that Azure lists, with these series."""
    found = {series("replication_info"): "1x3000", series("replication_up"): "1x3000"}
    for part in parts:
        found |= part
    return found


def _health(health: str, samples: str = "1x3000") -> dict[str, str]:
    return {series("replication_health", health=health): samples}


def _error(failure: str, samples: str = "1x3000", code: str = "99999") -> dict[str, str]:
    return {series("replication_errors", failure=failure, code=code): samples}


def _due(samples: str) -> dict[str, str]:
    return {series("replication_next_cycle_due_timestamp_seconds"): samples}


def _progress(phase: str, samples: str) -> dict[str, str]:
    return {series("replication_progress_ratio", phase=phase): samples}


UNHEALTHY: Final = Alert(
    name="ReplicationUnhealthy",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (
    2 * (azure_migrate_replication_health{{health="critical"}} == 1)
    or azure_migrate_replication_health{{health="warning"}} == 1
    unless on (instance, vault) {BLIND_TO_VAULT}
  )
  {JOIN_APPLIANCE}
) >= $rank
{_UNDOCUMENTED}""",
    labels=_LABELS,
    optional_labels=("appliance",),
    annotation_queries={"codes": _CODES},
    summary=Text(
        "A machine's replication is not healthy, and no documented failure explains it.",
        "La réplication d'une machine n'est pas saine, et aucune panne documentée ne l'explique.",
    ),
    description=Text(
        "Azure rates the replication of {vm} (appliance {appliance}, vault {vault}) as not healthy. Error "
        "codes: {codes}.",
        "Azure juge que la réplication de {vm} (appliance {appliance}, coffre {vault}) n'est pas saine. Codes "
        "d'erreur : {codes}.",
    ),
    meaning=Text(
        "The health of the machine is warning or critical, and none of its errors is in the catalogue. A documented "
        "failure has its own alert.",
        "L'intégrité de la machine est warning ou critical, et aucune de ses erreurs n'est au catalogue. Une panne "
        "documentée a sa propre alerte.",
    ),
    impact=OLD_RECOVERY_POINT,
    fix=(cycles.UNHEALTHY,),
    runbook_queries=('azure_migrate_replication_errors{failure="unknown"}',),
    cases=(
        Case(
            "critical, with an undocumented code",
            _machine(_health("critical"), _error("unknown")),
            "30m",
            (ExpectedAlert(results={"codes": "99999"}),),
        ),
        Case(
            "a warning without any error",
            _machine(_health("warning")),
            "30m",
            (ExpectedAlert(levels=("warning",)),),
        ),
        Case("a documented failure has its own alert", _machine(_health("critical"), _error("snapshot_hung")), "30m"),
        Case(
            "normal, with an error that Azure reports for healthy machines",
            _machine(_health("normal"), _error("test_migration_missing", code="110084")),
            "30m",
        ),
        Case("paused: Azure reports no health", _machine(_health("none")), "30m"),
        Case("the machine is removed", _machine(_health("critical", "1x5 stale")), "30m"),
    ),
)
_OVERDUE: Final = "vm:azure_migrate_replication_cycle_overdue_seconds:min"
RECORDINGS: Final = (
    RecordingRule(
        _OVERDUE,
        "time() - max by (vault, vm, vm_id) (azure_migrate_replication_next_cycle_due_timestamp_seconds) > 0",
    ),
)
"""For how long the next cycle of each late machine has been due, which both levels of an alert compare."""
CYCLE_OVERDUE: Final = Alert(
    name="ReplicationCycleOverdue",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (
    (
      {_OVERDUE} > $grace_seconds
      unless on (vm_id, vault) azure_migrate_replication_operation_info{{status="in_progress"}}
      unless on (vm_id, vault) azure_migrate_replication_progress_ratio
    )
    or {_OVERDUE} > $longest_seconds
  )
  {JOIN_APPLIANCE}
)
{_UNDOCUMENTED}
unless on (vm_id, vault) azure_migrate_replication_health{{health=~"warning|critical"}} == 1
unless on (vault) max by (vault) (azure_migrate_replication_up) == 0""",
    labels=_LABELS,
    optional_labels=("appliance",),
    value_format=NumberFormat.DURATION,
    annotation_queries={
        "project": PROJECT,
        "status": AnnotationQuery(
            'azure_migrate_replication_operation_info{vm_id="$vm_id",vault="$vault"}',
            Text("unknown", "inconnu"),
            label="status",
        ),
    },
    summary=Text(
        "A machine's replication cycle is overdue, and Azure reports no error.",
        "Le cycle de réplication d'une machine est en retard, et Azure ne signale aucune erreur.",
    ),
    description=Text(
        "The next cycle of {vm} (appliance {appliance}, vault {vault}) was due {value} ago. The gateway's "
        "status is {status}.",
        "Le prochain cycle de {vm} (appliance {appliance}, coffre {vault}) était attendu il y a {value}. "
        "L'état de la passerelle est {status}.",
    ),
    meaning=Text(
        "According to the documented schedule, a cycle begins 1 to 12 hours after the previous one (half of its "
        "duration). This cycle has not begun, or it has run for too long. Paused machines and blackout windows do not "
        "count.",
        "D'après le calendrier documenté, un cycle commence 1 à 12 heures après le précédent (la moitié de sa durée). "
        "Celui-ci n'a pas commencé, ou dure depuis trop longtemps. Les machines suspendues et les fenêtres "
        "d'interdiction ne comptent pas.",
    ),
    impact=OLD_RECOVERY_POINT,
    fix=(cycles.CYCLE_OVERDUE,),
    links=(CONCEPTS,),
    runbook_queries=(
        "time() - azure_migrate_replication_last_recovery_point_change_timestamp_seconds",
        "sum by (operation, status) (azure_migrate_replication_operation_info)",
    ),
    cases=(
        Case(
            "two hours after it was due, no cycle runs",
            _machine(_due("0x3000"), _health("normal")),
            "2h",
            (ExpectedAlert(value="2h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "seven hours after it was due, it is still in the queue",
            _machine(
                _due("0x3000"),
                {
                    series(
                        "replication_operation_info", operation="delta_replication", status="queued", source="list"
                    ): "1x3000"
                },
            ),
            "7h",
            (ExpectedAlert(value="7h 0m 0s", results={"status": "queued"}),),
        ),
        Case(
            "it began when it was due and has run for a day and a half",
            _machine(_due("0x3000"), _progress("delta", "0.5x3000")),
            "36h",
            (ExpectedAlert(value="1d 12h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "a healthy machine at its limit: a cycle of twelve hours",
            _machine(_due("0x720 86400x800"), _progress("delta", "0+0.001x715 stale")),
            "12h",
        ),
        Case("not due yet", _machine(_due("7200x3000")), "2h"),
        Case("paused, or in a blackout window: nothing is due", _machine(_due("0x10 stale")), "3h"),
        Case(
            "Azure does not answer the exporter",
            _machine(_due("0x3000"), {series("replication_up"): "1x30 0x3000"}),
            "2h",
        ),
        Case("a documented failure explains it", _machine(_due("0x3000"), _error("snapshot_hung")), "2h"),
    ),
)
INITIAL_STALLED: Final = Alert(
    name="InitialReplicationStalled",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (
    azure_migrate_replication_progress_ratio{{phase="initial"}} > 0 < 1
    and changes(azure_migrate_replication_progress_ratio{{phase="initial"}}[$window]) == 0
    and azure_migrate_replication_progress_ratio{{phase="initial"}} offset $window
  )
  {JOIN_APPLIANCE}
)
{_UNDOCUMENTED}""",
    labels=_LABELS,
    optional_labels=("appliance",),
    annotation_queries={"project": PROJECT},
    value_format=NumberFormat.PERCENT,
    summary=Text(
        "The initial replication of a machine has stalled.",
        "La réplication initiale d'une machine n'avance plus.",
    ),
    description=Text(
        "The initial replication of {vm} (appliance {appliance}, vault {vault}) has been at {value} for hours.",
        "La réplication initiale de {vm} (appliance {appliance}, coffre {vault}) est à {value} depuis des heures.",
    ),
    meaning=Text(
        "The replication has begun, so it does not wait in the queue. Its progress has not changed during the whole "
        "window. On a disk of 10 TB, one percent takes half an hour at 50 MB/s.",
        "Elle a commencé, donc elle n'attend pas son tour, mais sa progression n'a pas changé de toute la fenêtre. "
        "Sur un disque de 10 To, un pour cent prend une demi-heure à 50 Mo/s.",
    ),
    impact=Text(
        "The machine cannot be migrated, and its snapshot grows on the datastore.",
        "La machine ne peut pas être migrée, et son instantané grossit sur le magasin de données.",
    ),
    fix=(cycles.INITIAL_STALLED,),
    links=(SLOW_REPLICATION,),
    runbook_queries=(
        "azure_migrate_replication_upload_bytes_per_second",
        "azure_migrate_replication_read_bytes_per_second",
    ),
    cases=(
        Case(
            "48 % for eight hours",
            _machine(_progress("initial", "0.40+0.01x8 0.48x600")),
            "8h",
            (ExpectedAlert(value="48%"),),
        ),
        Case(
            "a large disk: one percent each two hours",
            _machine(_progress("initial", "0.40x120 0.41x120 0.42x120 0.43x120 0.44x120")),
            "8h",
        ),
        Case("it waits in the queue", _machine(_progress("initial", "0x600")), "8h"),
        Case("a first start without history", _machine(_progress("initial", "0.48x600")), "3h"),
        Case("it has completed", _machine(_progress("initial", "1x600")), "8h"),
        Case("it is paused", _machine(_progress("initial", "0.48x30 stale")), "8h"),
    ),
)
OPERATION_FAILED: Final = Alert(
    name="MachineOperationFailed",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (azure_migrate_replication_state{{state=~".+_failed"}} == 1)
  {JOIN_APPLIANCE}
)
{_UNDOCUMENTED}""",
    labels=_LABELS,
    optional_labels=("appliance",),
    annotation_queries={
        "project": PROJECT,
        "state": AnnotationQuery(
            'azure_migrate_replication_state{vm_id="$vm_id",vault="$vault"} == 1',
            Text("failed", "en échec"),
            label="state",
        ),
        "codes": _CODES,
    },
    summary=Text("An operation on a machine has failed.", "Une opération sur une machine a échoué."),
    description=Text(
        "The state of {vm} (appliance {appliance}, vault {vault}) is {state}. Error codes: {codes}.",
        "L'état de {vm} (appliance {appliance}, coffre {vault}) est {state}. Codes d'erreur : {codes}.",
    ),
    meaning=Text(
        "Enabling the replication, the initial replication, a migration or disabling the replication ended with an "
        "error, and Azure does not retry it.",
        "L'activation, la réplication initiale, une migration ou la désactivation s'est terminée par une erreur, et "
        "Azure ne la relance pas.",
    ),
    impact=Text(
        "The machine stays in this state until the operation is started again.",
        "La machine reste dans cet état jusqu'à ce que l'opération soit relancée.",
    ),
    fix=(cycles.STATE_FAILED,),
    cases=(
        Case(
            "a migration failed",
            _machine(state_set("replication_state", "state", {"migration_failed": "1x300", "replicating": "0x300"})),
            "30m",
            (ExpectedAlert(results={"state": "migration_failed"}),),
        ),
        Case("it replicates", _machine({series("replication_state", state="migration_failed"): "0x300"}), "30m"),
        Case(
            "a documented failure explains it",
            _machine(
                {series("replication_state", state="initial_seeding_failed"): "1x300"},
                _error("vcenter_privileges_missing", "1x300", "110034"),
            ),
            "30m",
        ),
    ),
)
RESYNC_REQUIRED: Final = Alert(
    name="ResyncRequired",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (azure_migrate_replication_resync_required == 1)
  {JOIN_APPLIANCE}
)
unless on (vm_id, vault) azure_migrate_replication_progress_ratio{{phase="resync"}}
{_UNDOCUMENTED}""",
    labels=_LABELS,
    optional_labels=("appliance",),
    annotation_queries={"project": PROJECT},
    summary=Text("A machine requires a resynchronisation.", "Une machine doit être resynchronisée."),
    description=Text(
        "Azure requires a resynchronisation of {vm} (appliance {appliance}, vault {vault}), and none runs.",
        "Azure demande une resynchronisation de {vm} (appliance {appliance}, coffre {vault}), et aucune "
        "n'est en cours.",
    ),
    meaning=Text(
        "The replica and the disks of the machine no longer match. With automatic repair, Azure starts a "
        "resynchronisation by itself.",
        "La réplique et les disques ne correspondent plus. Avec la réparation automatique, Azure lance lui-même une "
        "resynchronisation.",
    ),
    impact=OLD_RECOVERY_POINT,
    fix=(cycles.RESYNC_REQUIRED,),
    cases=(
        Case(
            "it is required for two hours, and none runs",
            _machine({series("replication_resync_required"): "1x300"}),
            "2h",
            (ExpectedAlert(),),
        ),
        Case(
            "it runs",
            _machine(
                {series("replication_resync_required"): "1x300"},
                _progress("resync", "0.1+0.001x300"),
            ),
            "2h",
        ),
        Case("Azure repairs it", _machine({series("replication_resync_required"): "1x30 0x300"}), "2h"),
    ),
)

ALERTS: Final = (
    UNHEALTHY,
    CYCLE_OVERDUE,
    INITIAL_STALLED,
    OPERATION_FAILED,
    RESYNC_REQUIRED,
)
