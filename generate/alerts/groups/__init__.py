"""Every group of rules."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups import error_budgets, evidence, failures
from generate.alerts.groups.appliance import agents, resources, services
from generate.alerts.groups.capacity import datastores, nfc
from generate.alerts.groups.capacity import recordings as capacity
from generate.alerts.groups.exporter import collectors, process
from generate.alerts.groups.optional import blackbox_exporter, windows_exporter
from generate.alerts.groups.path import reachability, recent_outages, storage
from generate.alerts.groups.replication import machines as replicated_machines
from generate.alerts.groups.replication import repeated_failures, vaults
from generate.alerts.groups.vsphere import machines, vcenter
from generate.alerts.model import Group, Recording

GROUPS: Final = (
    Group(
        "evidence",
        Text("What fails now", "Ce qui est en panne"),
        (
            *evidence.recordings(),
            *capacity.PLACES,
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
        (*process.ALERTS, *collectors.ALERTS, *storage.OWN_TESTS, *vcenter.OWN_RIGHTS),
    ),
    Group("appliance", Text("The appliance", "L'appliance"), (*services.SERVICES, *agents.ALERTS, *resources.ALERTS)),
    Group(
        "path",
        Text("The path to Azure and to the ESXi hosts", "Le chemin vers Azure et les hôtes ESXi"),
        (*storage.PATH, *reachability.ALERTS, *recent_outages.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "capacity",
        Text("NFC buffers and datastores", "Mémoires tampons NFC et magasins de données"),
        (*capacity.RECORDINGS, *nfc.ALERTS, *datastores.ALERTS),
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
        (*replicated_machines.ALERTS, *repeated_failures.ALERTS, *vaults.ALERTS, *vaults.MONITOR),
        needs=("failures",),
        evaluation_interval="5m",
    ),
    Group("slo", Text("Error budgets", "Budgets d'erreur"), (*error_budgets.RECORDINGS, *error_budgets.ALERTS)),
    Group(
        "vsphere",
        Text("vCenter, hosts and machines", "vCenter, hôtes et machines"),
        (*vcenter.SITE, *machines.ALERTS),
        needs=("evidence",),
    ),
    Group(
        "windows_exporter",
        Text("Optional: with windows_exporter", "En option : avec windows_exporter"),
        windows_exporter.ALERTS,
        optional=True,
    ),
    Group(
        "blackbox_exporter",
        Text("Optional: with blackbox_exporter", "En option : avec blackbox_exporter"),
        blackbox_exporter.ALERTS,
        optional=True,
    ),
)
