"""`rules/recurring.yml`: failures that come back, which half hours of a day show.

What moves so slowly is evaluated every three minutes: at 3,000 failing machines it costs more than most other rules.
"""

from typing import Final

from azure_migrate_exporter.failures.data import cycles
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.failures import FAILURE_SEEN, HARMLESS
from generate.alerts.groups.replication.machines import OLD_RECOVERY_POINT
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, Group, NumberFormat
from generate.alerts.samples import series


def _failing(samples: str, failure: str = "consolidate_disks_failed", code: str = "572") -> dict[str, str]:
    """A machine that Azure lists, with a failure at some times."""
    found = {series("replication_info"): "1x3000", series("replication_up"): "1x3000"}
    return {**found, series("replication_errors", failure=failure, code=code): samples}


REPEATEDLY: Final = Alert(
    name="MachineFailingRepeatedly",
    component=Component.REPLICATION,
    expr=f"""count_over_time(
  max by (appliance, vault, vm, vm_id, failure) (
    {FAILURE_SEEN}{{source="machine",failure!~"{HARMLESS}"}}
  )[$window:30m]
) >= $times
and on (vault, vm_id, failure) max_over_time({FAILURE_SEEN}{{source="machine"}}[$well])""",
    labels=("appliance", "vault", "vm", "vm_id", "failure"),
    optional_labels=("appliance",),
    value_format=NumberFormat.PLAIN,
    summary=Text("A machine has the same failure repeatedly.", "Une machine a la même panne à répétition."),
    description=Text(
        "{vm} (appliance {appliance}, vault {vault}) had the failure {failure} in {value} of the 48 half "
        "hours of the last day.",
        "{vm} (appliance {appliance}, coffre {vault}) avait la panne {failure} à {value} des 48 "
        "demi-heures du dernier jour.",
    ),
    meaning=Text(
        "Azure tries a failed cycle again after 12 hours at the latest. A failure that lasted longer within one day "
        "has occurred again, even if it was absent in between.",
        "Un cycle échoué est retenté après 12 heures au plus. Une panne présente plus longtemps en un jour est donc "
        "revenue, même si elle a disparu entre-temps.",
    ),
    impact=OLD_RECOVERY_POINT,
    fix=(cycles.FAILING_AGAIN,),
    diagnosis=("explain {failure}",),
    cases=(
        Case(
            "it occurs with each cycle of an hour, for sixteen hours",
            _failing("1x50 _x10 " * 16),
            "16h",
            (ExpectedAlert({"failure": "consolidate_disks_failed"}, value="28"),),
        ),
        Case(
            "it failed for sixteen hours and has been well for two",
            _failing("1x960 _x400"),
            "18h",
        ),
        Case(
            "one failed cycle, and the next one succeeds after twelve hours",
            _failing("1x715 _x2000"),
            "16h",
        ),
        Case(
            "an error that Azure reports for healthy machines",
            _failing("1x3000", "test_migration_missing", "110084"),
            "20h",
        ),
        Case(
            "a first start, with a failure that exists from the beginning",
            _failing("1x3000"),
            "3h",
        ),
    ),
)

GROUP: Final = Group(
    "recurring",
    Text("Failures that come back", "Pannes qui reviennent"),
    (REPEATEDLY,),
    depends_on=("failures",),
    interval="3m",
)
