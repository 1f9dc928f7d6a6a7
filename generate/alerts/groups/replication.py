"""Azure's view of each machine, where it names no documented failure."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.failures import HARMLESS, SEEN
from generate.alerts.groups.lookups import CONCEPTS, SLOW
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

_MACHINE: Final = ("appliance", "vault", "vm", "vm_id")
_WEB01: Final = {"appliance": "paris", "vault": "paris-vault", "vm": "web01", "vm_id": "5015"}
_OWN: Final = 'vm="web01",vm_id="5015",vault="paris-vault"'
_INFO: Final = {
    f'azure_migrate_replication_info{{{_OWN},appliance="paris",vcenter="vc.example.com",host="10.0.0.1"}}': "1x3000",
    'azure_migrate_replication_up{vault="paris-vault"}': "1x3000",
}
_ALIASES: Final = {"recovery_vault": "vault"}
OF_APPLIANCE: Final = (
    "* on (vm_id, vault) group_left (appliance)\n  max by (vm_id, vault, appliance) (azure_migrate_replication_info)"
)
_TOLD: Final = f'unless on (vm_id, vault) azure_migrate_replication_errors{{failure!~"unknown|{HARMLESS}"}}'
"""Leaves out machines of which an alert of a documented failure tells."""
_CODES: Final = Live(
    'azure_migrate_replication_errors{vm_id="$vm_id",vault="$vault",code!=""}',
    Text("none", "aucune"),
    label="code",
    most=5,
)
_AGE_IMPACT: Final = Text(
    "The machine's recovery point grows old; a migration now would first have to catch up.",
    "Le point de récupération de la machine vieillit ; une migration maintenant devrait d'abord rattraper le retard.",
)


def _series(metric: str, samples: str, extra: str = "") -> dict[str, str]:
    return {f"azure_migrate_replication_{metric}{{{_OWN}{extra}}}": samples}


def _health(word: str, samples: str = "1x3000") -> dict[str, str]:
    return {
        **_series("health", "0x3000", ',health="critical"'),
        **_series("health", "0x3000", ',health="warning"'),
        **_series("health", samples, f',health="{word}"'),
    }


def _error(failure: str, samples: str, code: str = "99999") -> dict[str, str]:
    return _series("errors", samples, f',code="{code}",failure="{failure}"')


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
{_TOLD}""",
    labels=_MACHINE,
    optional=("appliance",),
    aliases=_ALIASES,
    live={"codes": _CODES},
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
    impact=_AGE_IMPACT,
    fix=(cycles.UNHEALTHY,),
    dashboard=Dashboard.MACHINE,
    queries=('azure_migrate_replication_errors{failure="unknown"}',),
    cases=(
        Case(
            "critical, with a code that nobody documents",
            {**_INFO, **_health("critical"), **_error("unknown", "1x3000")},
            "30m",
            (Fires(_WEB01, live={"codes": "99999"}),),
        ),
        Case(
            "a warning without any error",
            {**_INFO, **_health("warning")},
            "30m",
            (Fires(_WEB01, levels=("warning",)),),
        ),
        Case(
            "the failure is documented, and has an alert of its own",
            {**_INFO, **_health("critical"), **_error("snapshot_hung", "1x3000")},
            "30m",
        ),
        Case(
            "normal, beside an error that Azure lists of healthy machines",
            {**_INFO, **_health("normal"), **_error("test_migration_missing", "1x3000", "110084")},
            "30m",
        ),
        Case("paused: Azure tells no health", {**_INFO, **_health("none")}, "30m"),
        Case("the machine is removed", {**_INFO, **_health("critical", "1x5 stale")}, "30m"),
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
{_TOLD}
unless on (vm_id, vault) azure_migrate_replication_health{{health=~"warning|critical"}} == 1
unless on (vault) azure_migrate_replication_up == 0""",
    labels=_MACHINE,
    optional=("appliance",),
    aliases=_ALIASES,
    value=Form.DURATION,
    live={
        "status": Live(
            'azure_migrate_replication_operation_info{vm_id="$vm_id",vault="$vault"}',
            Text("not told", "non indiqué"),
            label="status",
        )
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
    impact=_AGE_IMPACT,
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
            {**_INFO, **_series("next_cycle_due_timestamp_seconds", "0x3000"), **_health("normal")},
            "2h",
            (Fires(_WEB01, value="2h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "seven hours after it was due, it is still in the queue",
            {
                **_INFO,
                **_series("next_cycle_due_timestamp_seconds", "0x3000"),
                **_series("operation_info", "1x3000", ',operation="delta_replication",status="queued",source="list"'),
            },
            "7h",
            (Fires(_WEB01, value="7h 0m 0s", live={"status": "queued"}),),
        ),
        Case(
            "it began when it was due and has run for a day and a half",
            {
                **_INFO,
                **_series("next_cycle_due_timestamp_seconds", "0x3000"),
                **_series("progress_ratio", "0.5x3000", ',phase="delta"'),
            },
            "36h",
            (Fires(_WEB01, value="1d 12h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "a healthy machine at its limit: a cycle of twelve hours",
            {
                **_INFO,
                **_series("next_cycle_due_timestamp_seconds", "0x720 86400x800"),
                **_series("progress_ratio", "0+0.001x715 stale", ',phase="delta"'),
            },
            "12h",
        ),
        Case("not due yet", {**_INFO, **_series("next_cycle_due_timestamp_seconds", "7200x3000")}, "2h"),
        Case(
            "paused, or in a blackout window: nothing is due",
            {**_INFO, **_series("next_cycle_due_timestamp_seconds", "0x10 stale")},
            "3h",
        ),
        Case(
            "Azure does not answer, so nothing new is known",
            {
                **_INFO,
                **_series("next_cycle_due_timestamp_seconds", "0x3000"),
                'azure_migrate_replication_up{vault="paris-vault"}': "1x30 0x3000",
            },
            "2h",
        ),
        Case(
            "a documented error explains it",
            {
                **_INFO,
                **_series("next_cycle_due_timestamp_seconds", "0x3000"),
                **_error("snapshot_hung", "1x3000"),
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
{_TOLD}""",
    labels=_MACHINE,
    optional=("appliance",),
    aliases=_ALIASES,
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
            {**_INFO, **_series("progress_ratio", "0.40+0.01x8 0.48x600", ',phase="initial"')},
            "8h",
            (Fires(_WEB01, value="48%"),),
        ),
        Case(
            "a large disk: one percent each two hours",
            {**_INFO, **_series("progress_ratio", "0.40x120 0.41x120 0.42x120 0.43x120 0.44x120", ',phase="initial"')},
            "8h",
        ),
        Case("it waits in the queue", {**_INFO, **_series("progress_ratio", "0x600", ',phase="initial"')}, "8h"),
        Case(
            "a first start without history",
            {**_INFO, **_series("progress_ratio", "0.48x600", ',phase="initial"')},
            "3h",
        ),
        Case("it is done", {**_INFO, **_series("progress_ratio", "1x600", ',phase="initial"')}, "8h"),
        Case("it is paused", {**_INFO, **_series("progress_ratio", "0.48x30 stale", ',phase="initial"')}, "8h"),
    ),
)
FAILING_AGAIN: Final = Alert(
    name="MachineFailingRepeatedly",
    component=Component.REPLICATION,
    expr=f"""count_over_time(
  max by (appliance, vault, vm, vm_id, failure) (
    {SEEN}{{vm_id!="",failure!~"{HARMLESS}"}}
  )[$window:30m]
) >= $times""",
    labels=(*_MACHINE, "failure"),
    optional=("appliance",),
    aliases=_ALIASES,
    value=Form.PLAIN,
    summary=Text("A machine has the same failure again and again.", "Une machine a sans cesse la même panne."),
    description=Text(
        "{vm} (appliance {appliance}, vault {recovery_vault}) had the failure {failure} at {value} of the 48 half "
        "hours of the last day.",
        "{vm} (appliance {appliance}, coffre {recovery_vault}) avait la panne {failure} à {value} des 48 "
        "demi-heures du dernier jour.",
    ),
    meaning=Text(
        "A failed cycle is tried again after 12 hours at the latest. A failure that was there for longer within one "
        "day has come back, also where it vanished in between.",
        "Un cycle échoué est retenté après 12 heures au plus. Une panne présente plus longtemps en un jour est donc "
        "revenue, même si elle a disparu entre-temps.",
    ),
    impact=_AGE_IMPACT,
    fix=(cycles.FAILING_AGAIN,),
    dashboard=Dashboard.MACHINE,
    diagnosis=("azure-migrate-exporter explain {failure}",),
    cases=(
        Case(
            "it comes back with each cycle of an hour, for sixteen hours",
            {
                **_INFO,
                **_health("warning"),
                **_error("consolidate_disks_failed", "1x50 _x10 " * 16, "572"),
            },
            "16h",
            (Fires({**_WEB01, "failure": "consolidate_disks_failed"}, value="28"),),
        ),
        Case(
            "one failed cycle, mended by the next after twelve hours",
            {**_INFO, **_health("warning"), **_error("consolidate_disks_failed", "1x715 _x2000", "572")},
            "16h",
        ),
        Case(
            "a reminder that Azure lists of healthy machines",
            {**_INFO, **_health("normal"), **_error("test_migration_missing", "1x3000", "110084")},
            "20h",
        ),
        Case(
            "a first start, with a failure that is there from the beginning",
            {**_INFO, **_health("warning"), **_error("consolidate_disks_failed", "1x3000", "572")},
            "3h",
        ),
    ),
)
STATE_FAILED: Final = Alert(
    name="MachineOperationFailed",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (azure_migrate_replication_state{{state=~".+_failed"}} == 1)
  {OF_APPLIANCE}
)
{_TOLD}""",
    labels=_MACHINE,
    optional=("appliance",),
    aliases=_ALIASES,
    live={
        "state": Live(
            'azure_migrate_replication_state{vm_id="$vm_id",vault="$vault"} == 1',
            Text("failed", "en échec"),
            label="state",
        ),
        "codes": _CODES,
    },
    summary=Text("An operation on a machine has failed.", "Une opération sur une machine a échoué."),
    description=Text(
        "The state of {vm} (appliance {appliance}, vault {recovery_vault}) is {state}; codes: {codes}.",
        "L'état de {vm} (appliance {appliance}, coffre {recovery_vault}) est {state} ; codes : {codes}.",
    ),
    meaning=Text(
        "Enabling, the initial replication, a migration or disabling ended with an error, and Azure goes on no "
        "further by itself.",
        "L'activation, la réplication initiale, une migration ou la désactivation s'est terminée par une erreur, et "
        "Azure ne continue pas de lui-même.",
    ),
    impact=Text(
        "The machine stays as it is until somebody starts the operation again.",
        "La machine reste en l'état jusqu'à ce que quelqu'un relance l'opération.",
    ),
    fix=(cycles.STATE_FAILED,),
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "a migration failed",
            {
                **_INFO,
                **_series("state", "1x300", ',state="migration_failed"'),
                **_series("state", "0x300", ',state="replicating"'),
            },
            "30m",
            (Fires(_WEB01, live={"state": "migration_failed"}),),
        ),
        Case("it replicates", {**_INFO, **_series("state", "0x300", ',state="migration_failed"')}, "30m"),
        Case(
            "a documented error says more",
            {
                **_INFO,
                **_series("state", "1x300", ',state="initial_seeding_failed"'),
                **_error("vcenter_privileges_missing", "1x300", "110034"),
            },
            "30m",
        ),
    ),
)
RESYNC_REQUIRED: Final = Alert(
    name="ResyncRequired",
    component=Component.REPLICATION,
    expr=f"""max by (appliance, vault, vm, vm_id) (
  (azure_migrate_replication_resync_required == 1)
  {OF_APPLIANCE}
)
unless on (vm_id, vault) azure_migrate_replication_progress_ratio{{phase="resync"}}
{_TOLD}""",
    labels=_MACHINE,
    optional=("appliance",),
    aliases=_ALIASES,
    summary=Text("A machine must be copied again.", "Une machine doit être copiée de nouveau."),
    description=Text(
        "Azure wants a resynchronisation of {vm} (appliance {appliance}, vault {recovery_vault}), and none runs.",
        "Azure demande une resynchronisation de {vm} (appliance {appliance}, coffre {recovery_vault}), et aucune "
        "n'est en cours.",
    ),
    meaning=Text(
        "Replica and disks no longer fit together. With automatic repair Azure starts a resynchronisation by itself.",
        "La réplique et les disques ne correspondent plus. Avec la réparation automatique, Azure lance lui-même une "
        "resynchronisation.",
    ),
    impact=_AGE_IMPACT,
    fix=(cycles.RESYNC_REQUIRED,),
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "it is required for two hours, and none runs",
            {**_INFO, **_series("resync_required", "1x300")},
            "2h",
            (Fires(_WEB01),),
        ),
        Case(
            "it runs",
            {
                **_INFO,
                **_series("resync_required", "1x300"),
                **_series("progress_ratio", "0.1+0.001x300", ',phase="resync"'),
            },
            "2h",
        ),
        Case("Azure repairs by itself", {**_INFO, **_series("resync_required", "1x30 0x300")}, "2h"),
    ),
)

MACHINES: Final = (UNHEALTHY, CYCLE_OVERDUE, INITIAL_STALLED, FAILING_AGAIN, STATE_FAILED, RESYNC_REQUIRED)
