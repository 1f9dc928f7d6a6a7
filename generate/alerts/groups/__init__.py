"""Every group of rules."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.evidence import recordings
from generate.alerts.groups import (
    agents,
    appliance,
    checks,
    datastores,
    doors,
    exporter,
    failures,
    machines,
    nfc,
    replication,
    resources,
    slo,
    storage,
    sums,
    vaults,
    vsphere,
)
from generate.alerts.model import Group, Recording

GROUPS: Final = (
    Group(
        "evidence",
        Text("What fails now", "Ce qui est en panne"),
        (
            *recordings(),
            Recording(
                storage.MEDIAN,
                "max by (appliance, account, role) (quantile_over_time(0.5, azure_migrate_storage_upload_throughput_bytes_per_second[$history]))",
            ),
        ),
    ),
    Group(
        "exporter",
        Text("The exporter itself", "L'exportateur lui-même"),
        (*exporter.ALERTS, *checks.ALERTS, *storage.OWN_TESTS, *vsphere.OWN_RIGHTS),
    ),
    Group("appliance", Text("The appliance", "L'appliance"), (*appliance.SERVICES, *agents.ALERTS, *resources.ALERTS)),
    Group("path", Text("The path", "Le chemin"), (*storage.PATH, *doors.ALERTS), needs=("evidence",)),
    Group("capacity", Text("Capacity", "Capacité"), (*sums.RECORDINGS, *nfc.ALERTS, *datastores.ALERTS)),
    Group(
        "failures",
        Text("Documented failures", "Pannes documentées"),
        (*failures.RECORDINGS, *failures.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "replication",
        Text("Replication", "Réplication"),
        (*replication.MACHINES, *vaults.ALERTS, *vaults.MONITOR),
        needs=("failures",),
    ),
    Group("slo", Text("Error budgets", "Budgets d'erreur"), (*slo.RECORDINGS, *slo.ALERTS)),
    Group("vsphere", Text("vSphere", "vSphere"), (*vsphere.SITE, *machines.ALERTS)),
)
