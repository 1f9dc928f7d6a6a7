"""Machines that fail again and again, or whose operation or replication has failed for good."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.failures import HARMLESS, OF_APPLIANCE, SEEN
from generate.alerts.groups.shared.annotation_queries import BY_PROJECT, PROJECT
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

FAILING_AGAIN: Final = Alert(
    name="MachineFailingRepeatedly",
    component=Component.REPLICATION,
    expr=f"""count_over_time(
  max by (appliance, vault, vm, vm_id, failure) (
    {SEEN}{{source="machine",failure!~"{HARMLESS}"}}
  )[$window:30m]
) >= $times""",
    labels=(*MACHINE, "failure"),
    optional=("appliance",),
    aliases=ALIASES,
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
    impact=AGE_IMPACT,
    fix=(cycles.FAILING_AGAIN,),
    dashboard=Dashboard.MACHINE,
    diagnosis=("azure-migrate-exporter explain {failure}",),
    cases=(
        Case(
            "it comes back with each cycle of an hour, for sixteen hours",
            {
                **INFO,
                **health("warning"),
                **error("consolidate_disks_failed", "1x50 _x10 " * 16, "572"),
            },
            "16h",
            (Fires({**WEB01, "failure": "consolidate_disks_failed"}, value="28"),),
        ),
        Case(
            "one failed cycle, mended by the next after twelve hours",
            {**INFO, **health("warning"), **error("consolidate_disks_failed", "1x715 _x2000", "572")},
            "16h",
        ),
        Case(
            "a reminder that Azure lists of healthy machines",
            {**INFO, **health("normal"), **error("test_migration_missing", "1x3000", "110084")},
            "20h",
        ),
        Case(
            "a first start, with a failure that is there from the beginning",
            {**INFO, **health("warning"), **error("consolidate_disks_failed", "1x3000", "572")},
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
{TOLD}""",
    labels=MACHINE,
    optional=("appliance",),
    aliases=ALIASES,
    choices=BY_PROJECT,
    live={
        "project": PROJECT,
        "state": Live(
            'azure_migrate_replication_state{vm_id="$vm_id",vault="$vault"} == 1',
            Text("failed", "en échec"),
            label="state",
        ),
        "codes": CODES,
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
                **INFO,
                **told("state", "1x300", ',state="migration_failed"'),
                **told("state", "0x300", ',state="replicating"'),
            },
            "30m",
            (Fires(WEB01, live={"state": "migration_failed"}),),
        ),
        Case("it replicates", {**INFO, **told("state", "0x300", ',state="migration_failed"')}, "30m"),
        Case(
            "a documented error says more",
            {
                **INFO,
                **told("state", "1x300", ',state="initial_seeding_failed"'),
                **error("vcenter_privileges_missing", "1x300", "110034"),
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
{TOLD}""",
    labels=MACHINE,
    optional=("appliance",),
    aliases=ALIASES,
    choices=BY_PROJECT,
    live={"project": PROJECT},
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
    impact=AGE_IMPACT,
    fix=(cycles.RESYNC_REQUIRED,),
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "it is required for two hours, and none runs",
            {**INFO, **told("resync_required", "1x300")},
            "2h",
            (Fires(WEB01),),
        ),
        Case(
            "it runs",
            {
                **INFO,
                **told("resync_required", "1x300"),
                **told("progress_ratio", "0.1+0.001x300", ',phase="resync"'),
            },
            "2h",
        ),
        Case("Azure repairs by itself", {**INFO, **told("resync_required", "1x30 0x300")}, "2h"),
    ),
)

ALERTS: Final = (FAILING_AGAIN, STATE_FAILED, RESYNC_REQUIRED)
