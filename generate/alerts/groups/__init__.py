"""Every group of rules."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.evidence import recordings
from generate.alerts.groups import (
    agents,
    appliance,
    blackbox,
    checks,
    datastores,
    doors,
    echoes,
    exporter,
    failures,
    machines,
    nfc,
    replication,
    resources,
    setbacks,
    slo,
    storage,
    sums,
    vaults,
    vsphere,
    windows,
)
from generate.alerts.model import Group, Recording

GROUPS: Final = (
    Group(
        "evidence",
        Text("What fails now", "Ce qui est en panne"),
        (
            *recordings(),
            *sums.PLACES,
            Recording(
                storage.MEDIAN,
                "max by (appliance, account, role) (quantile_over_time(0.5, "
                "azure_migrate_storage_upload_throughput_bytes_per_second[$history]))",
            ),
        ),
    ),
    Group(
        "exporter",
        Text("The exporter itself", "L'exportateur lui-même"),
        (*exporter.ALERTS, *checks.ALERTS, *storage.OWN_TESTS, *vsphere.OWN_RIGHTS),
    ),
    Group("appliance", Text("The appliance", "L'appliance"), (*appliance.SERVICES, *agents.ALERTS, *resources.ALERTS)),
    Group(
        "path",
        Text("The path to Azure and to the ESXi hosts", "Le chemin vers Azure et les hôtes ESXi"),
        (*storage.PATH, *doors.ALERTS, *echoes.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "capacity",
        Text("NFC buffers and datastores", "Mémoires tampons NFC et magasins de données"),
        (*sums.RECORDINGS, *nfc.ALERTS, *datastores.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "failures",
        Text("Documented failures", "Pannes documentées"),
        (*failures.RECORDINGS, *failures.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "replication",
        Text("Replication where Azure names no documented failure", "Réplication sans panne documentée"),
        (*replication.ALERTS, *setbacks.ALERTS, *vaults.ALERTS, *vaults.MONITOR),
        needs=("failures",),
        evaluation_interval="5m",
    ),
    Group("slo", Text("Error budgets", "Budgets d'erreur"), (*slo.RECORDINGS, *slo.ALERTS)),
    Group(
        "vsphere",
        Text("vCenter, hosts and machines", "vCenter, hôtes et machines"),
        (*vsphere.SITE, *machines.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "windows_exporter",
        Text("Optional: with windows_exporter", "En option : avec windows_exporter"),
        windows.ALERTS,
        optional=True,
    ),
    Group(
        "blackbox_exporter",
        Text("Optional: with blackbox_exporter", "En option : avec blackbox_exporter"),
        blackbox.ALERTS,
        optional=True,
    ),
)
