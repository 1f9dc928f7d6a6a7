"""The stages of the article's procedure, in its order, and what each generation of project has."""

from typing import Final

from azure_migrate_exporter.config.settings import ApplianceSettings, Generation
from azure_migrate_exporter.diagnosis.model import Stage
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Text

ACCESS: Final = Stage(
    "access", Text("The exporter's own access", "Accès de l'exportateur lui-même"), (), "", per_appliance=False
)
"""The first stage: a path that the exporter itself cannot enter is not to blame. It has no collector of its own."""

STORAGE_SIGNALS: Final = (evidence.STORAGE_GATEWAY, evidence.STORAGE_CACHE, evidence.STORAGE_REPLICATION)

STAGES: Final = (
    Stage("appliance", Text("Appliance", "Appliance"), (evidence.APPLIANCE,), "appliances[].address"),
    Stage(
        "gateway", Text("Gateway service", "Service de passerelle"), (evidence.GATEWAY_SERVICE,), "appliances[].gateway"
    ),
    Stage("storage", Text("Storage account", "Compte de stockage"), STORAGE_SIGNALS, "appliances[].storage"),
    Stage("servicebus", Text("Service Bus", "Service Bus"), (evidence.SERVICEBUS,), "appliances[].servicebus"),
    Stage("eventhubs", Text("Event Hubs", "Event Hubs"), (evidence.EVENTHUBS,), "appliances[].eventhubs"),
    Stage("keyvault", Text("Key vault", "Coffre de clés"), (evidence.KEYVAULT,), "appliances[].keyvaults"),
    Stage("esxi", Text("ESXi hosts", "Hôtes ESXi"), (evidence.ESXI,), "appliances[].esxi"),
    Stage(
        "vsphere",
        Text("vCenter", "vCenter"),
        (
            evidence.VCENTER,
            evidence.ACCOUNT_PRIVILEGES,
            evidence.HOST_CONNECTION,
            evidence.DATASTORE_ACCESSIBLE,
            evidence.MACHINE_CONNECTION,
            evidence.DATASTORE_SPACE,
            evidence.NFC_DISKS,
            evidence.TASK_STALLED,
            evidence.RUNNING_TASKS,
            evidence.TASK_FAULT,
            evidence.CONSOLIDATION_NEEDED,
            evidence.INVALID_SNAPSHOT_DISKS,
            evidence.SNAPSHOTS,
            evidence.SNAPSHOTS_WITHOUT_CBT,
            evidence.INDEPENDENT_DISKS,
            evidence.PHYSICAL_MODE_DISKS,
            evidence.CBT_ENABLED,
            evidence.CBT_IDENTITY,
        ),
        "vcenters",
        per_appliance=False,
    ),
    Stage(
        "replication",
        Text("Azure's own view", "Vue d'Azure"),
        (evidence.NFC_REPORTED, evidence.SPEEDS),
        "replication",
        per_appliance=False,
    ),
    Stage(
        "storage_benchmark",
        Text("Upload speed", "Débit de l'envoi"),
        (evidence.STORAGE_SPEED,),
        "appliances[].storage[].benchmark",
    ),
)
"""The most upstream first. The benchmark comes last: it saturates the network that the other checks use."""

CHECK_NAMES: Final = tuple(stage.collector for stage in STAGES if stage.collector != "storage_benchmark")
"""Values of `--only`."""
MACHINE_COLLECTORS: Final = frozenset({"vsphere", "replication"})
"""Collectors that list the machines."""

STORAGE_ROLES: Final[dict[Generation, frozenset[str]]] = {
    "legacy": frozenset({"gateway", "cache"}),
    "greenfield": frozenset({"replication"}),
    "unknown": frozenset(),
}
"""The roles of the storage accounts that a project has."""


def project_generation(appliance: ApplianceSettings) -> Generation:
    """The generation of the appliance's project: as configured, else inferred from the sections it has."""
    if appliance.generation != "unknown":
        return appliance.generation
    roles = {account.role for account in appliance.storage}
    if roles & STORAGE_ROLES["legacy"] or appliance.servicebus or appliance.keyvaults:
        return "legacy"
    return "greenfield" if roles else "unknown"
