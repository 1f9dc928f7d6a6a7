"""Machines that are ill, late or stuck in Azure's view, where it names no documented failure."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.failures import OF_APPLIANCE
from generate.alerts.groups.shared.annotation_queries import BY_PROJECT, CONCEPTS, PROJECT, SLOW
from generate.alerts.groups.shared.azure_machine import (
    AGE_IMPACT,
    ALIASES,
    CODES,
    INFO,
    MACHINE,
    TOLD,
    WEB01,
    error,
    health,
    told,
)
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

UNHEALTHY: Final = Alert(
    name="ReplicationUnhealthy",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (
    2 * (azure_migrate_replication_health{{health="critical"}} == 1)
    or azure_migrate_replication_health{{health="warning"}} == 1
  )
  {OF_APPLIANCE}
) >= $rank
{TOLD}""",
    labels=MACHINE,
    optional=("appliance",),
    aliases=ALIASES,
    live={"codes": CODES},
    summary=Text(
        "A machine's replication is not healthy, and no documented failure explains it.",
        "La réplication d'une machine n'est pas saine, et aucune panne documentée ne l'explique.",
    ),
    description=Text(
        "Azure rates the replication of {vm} (appliance {appliance}, vault {recovery_vault}) as not healthy; codes: "
        "{codes}.",
        "Azure juge que la réplication de {vm} (appliance {appliance}, coffre {recovery_vault}) n'est pas saine ; "
        "codes : {codes}.",
    ),
    meaning=Text(
        "The health of the machine is warning or critical, and none of its errors is in the catalogue. Machines whose "
        "error is documented have the alert of that failure.",
        "L'intégrité de la machine est avertissement ou critique, et aucune de ses erreurs n'est au catalogue. Les "
        "machines dont l'erreur est documentée ont l'alerte de cette panne.",
    ),
    impact=AGE_IMPACT,
    fix=(cycles.UNHEALTHY,),
    dashboard=Dashboard.MACHINE,
    queries=('azure_migrate_replication_errors{failure="unknown"}',),
    cases=(
        Case(
            "critical, with a code that nobody documents",
            {**INFO, **health("critical"), **error("unknown", "1x3000")},
            "30m",
            (Fires(WEB01, live={"codes": "99999"}),),
        ),
        Case(
            "a warning without any error",
            {**INFO, **health("warning")},
            "30m",
            (Fires(WEB01, levels=("warning",)),),
        ),
        Case(
            "the failure is documented, and has an alert of its own",
            {**INFO, **health("critical"), **error("snapshot_hung", "1x3000")},
            "30m",
        ),
        Case(
            "normal, beside an error that Azure lists of healthy machines",
            {**INFO, **health("normal"), **error("test_migration_missing", "1x3000", "110084")},
            "30m",
        ),
        Case("paused: Azure tells no health", {**INFO, **health("none")}, "30m"),
        Case("the machine is removed", {**INFO, **health("critical", "1x5 stale")}, "30m"),
    ),
)
CYCLE_OVERDUE: Final = Alert(
    name="ReplicationCycleOverdue",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (
    (
      time() - azure_migrate_replication_next_cycle_due_timestamp_seconds > $grace_seconds
      unless on (vm_id, vault) azure_migrate_replication_operation_info{{status="in_progress"}}
      unless on (vm_id, vault) azure_migrate_replication_progress_ratio
    )
    or time() - azure_migrate_replication_next_cycle_due_timestamp_seconds > $longest_seconds
  )
  {OF_APPLIANCE}
)
{TOLD}
unless on (vm_id, vault) azure_migrate_replication_health{{health=~"warning|critical"}} == 1
unless on (vault) azure_migrate_replication_up == 0""",
    labels=MACHINE,
    optional=("appliance",),
    aliases=ALIASES,
    choices=BY_PROJECT,
    value=Form.DURATION,
    live={
        "project": PROJECT,
        "status": Live(
            'azure_migrate_replication_operation_info{vm_id="$vm_id",vault="$vault"}',
            Text("not told", "non indiqué"),
            label="status",
        ),
    },
    summary=Text(
        "A machine's replication cycle is overdue, and Azure shows no error.",
        "Le cycle de réplication d'une machine est en retard, et Azure ne montre aucune erreur.",
    ),
    description=Text(
        "The next cycle of {vm} (appliance {appliance}, vault {recovery_vault}) was due {value} ago; the gateway's "
        "status is {status}.",
        "Le prochain cycle de {vm} (appliance {appliance}, coffre {recovery_vault}) était attendu il y a {value} ; "
        "l'état de la passerelle est {status}.",
    ),
    meaning=Text(
        "By the documented schedule a cycle begins 1 to 12 hours after the one before (half of its duration). This one "
        "did not begin, or has run for far too long. Paused machines and blackout windows do not count.",
        "D'après le calendrier documenté, un cycle commence 1 à 12 heures après le précédent (la moitié de sa durée). "
        "Celui-ci n'a pas commencé, ou dure depuis bien trop longtemps. Les machines suspendues et les fenêtres "
        "d'interdiction ne comptent pas.",
    ),
    impact=AGE_IMPACT,
    fix=(cycles.CYCLE_OVERDUE,),
    documents=(CONCEPTS,),
    dashboard=Dashboard.MACHINE,
    queries=(
        "time() - azure_migrate_replication_last_recovery_point_change_timestamp_seconds",
        "sum by (operation, status) (azure_migrate_replication_operation_info)",
    ),
    cases=(
        Case(
            "two hours after it was due, nothing runs",
            {**INFO, **told("next_cycle_due_timestamp_seconds", "0x3000"), **health("normal")},
            "2h",
            (Fires(WEB01, value="2h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "seven hours after it was due, it is still in the queue",
            {
                **INFO,
                **told("next_cycle_due_timestamp_seconds", "0x3000"),
                **told("operation_info", "1x3000", ',operation="delta_replication",status="queued",source="list"'),
            },
            "7h",
            (Fires(WEB01, value="7h 0m 0s", live={"status": "queued"}),),
        ),
        Case(
            "it began when it was due and has run for a day and a half",
            {
                **INFO,
                **told("next_cycle_due_timestamp_seconds", "0x3000"),
                **told("progress_ratio", "0.5x3000", ',phase="delta"'),
            },
            "36h",
            (Fires(WEB01, value="1d 12h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "a healthy machine at its limit: a cycle of twelve hours",
            {
                **INFO,
                **told("next_cycle_due_timestamp_seconds", "0x720 86400x800"),
                **told("progress_ratio", "0+0.001x715 stale", ',phase="delta"'),
            },
            "12h",
        ),
        Case("not due yet", {**INFO, **told("next_cycle_due_timestamp_seconds", "7200x3000")}, "2h"),
        Case(
            "paused, or in a blackout window: nothing is due",
            {**INFO, **told("next_cycle_due_timestamp_seconds", "0x10 stale")},
            "3h",
        ),
        Case(
            "Azure does not answer, so nothing new is known",
            {
                **INFO,
                **told("next_cycle_due_timestamp_seconds", "0x3000"),
                'azure_migrate_replication_up{vault="paris-vault"}': "1x30 0x3000",
            },
            "2h",
        ),
        Case(
            "a documented error explains it",
            {
                **INFO,
                **told("next_cycle_due_timestamp_seconds", "0x3000"),
                **error("snapshot_hung", "1x3000"),
            },
            "2h",
        ),
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
  {OF_APPLIANCE}
)
{TOLD}""",
    labels=MACHINE,
    optional=("appliance",),
    aliases=ALIASES,
    choices=BY_PROJECT,
    live={"project": PROJECT},
    value=Form.PERCENT,
    summary=Text(
        "The first full copy of a machine no longer advances.",
        "La première copie complète d'une machine n'avance plus.",
    ),
    description=Text(
        "The initial replication of {vm} (appliance {appliance}, vault {recovery_vault}) has stood at {value} for "
        "hours.",
        "La réplication initiale de {vm} (appliance {appliance}, coffre {recovery_vault}) est à {value} depuis des "
        "heures.",
    ),
    meaning=Text(
        "It has begun, so it does not wait in a queue, but its progress has not changed for the whole window. On a "
        "disk of 10 TB one percent takes half an hour at 50 MB/s.",
        "Elle a commencé, donc elle n'attend pas son tour, mais sa progression n'a pas changé de toute la fenêtre. "
        "Sur un disque de 10 To, un pour cent prend une demi-heure à 50 Mo/s.",
    ),
    impact=Text(
        "The machine cannot be migrated, and its snapshot grows on the datastore.",
        "La machine ne peut pas être migrée, et son instantané grossit sur le magasin de données.",
    ),
    fix=(cycles.INITIAL_STALLED,),
    documents=(SLOW,),
    dashboard=Dashboard.MACHINE,
    queries=("azure_migrate_replication_upload_bytes_per_second", "azure_migrate_replication_read_bytes_per_second"),
    cases=(
        Case(
            "48 % for eight hours",
            {**INFO, **told("progress_ratio", "0.40+0.01x8 0.48x600", ',phase="initial"')},
            "8h",
            (Fires(WEB01, value="48%"),),
        ),
        Case(
            "a large disk: one percent each two hours",
            {**INFO, **told("progress_ratio", "0.40x120 0.41x120 0.42x120 0.43x120 0.44x120", ',phase="initial"')},
            "8h",
        ),
        Case("it waits in the queue", {**INFO, **told("progress_ratio", "0x600", ',phase="initial"')}, "8h"),
        Case(
            "a first start without history",
            {**INFO, **told("progress_ratio", "0.48x600", ',phase="initial"')},
            "3h",
        ),
        Case("it is done", {**INFO, **told("progress_ratio", "1x600", ',phase="initial"')}, "8h"),
        Case("it is paused", {**INFO, **told("progress_ratio", "0.48x30 stale", ',phase="initial"')}, "8h"),
    ),
)

ALERTS: Final = (UNHEALTHY, CYCLE_OVERDUE, INITIAL_STALLED)
