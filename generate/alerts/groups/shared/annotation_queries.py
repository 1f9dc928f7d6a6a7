"""Queries that the texts of several alerts ask at the moment when they are written."""

from typing import Final

from azure_migrate_exporter.failures.model import Link, Text
from generate.alerts.groups.shared.samples import series
from generate.alerts.model import Live

SLOW: Final = Link(
    Text("Microsoft: slow replication or stuck migration", "Microsoft : réplication lente ou migration bloquée"),
    "https://learn.microsoft.com/azure/migrate/vmware/troubleshoot-replication-vmware",
)
CONCEPTS: Final = Link(
    Text("Microsoft: how agentless migration works", "Microsoft : fonctionnement de la migration sans agent"),
    "https://learn.microsoft.com/azure/migrate/vmware/concepts-vmware-agentless-migration",
)
CONFIGURATION: Final = Link(Text("Configuration", "Configuration"), "configuration.md")
WEB_CONFIGURATION: Final = Link(Text("Web configuration", "Configuration web"), "web-configuration.md")
METRICS: Final = Link(Text("Metrics and reasons", "Métriques et raisons"), "metrics.md")

PROJECT: Final = Live(
    'azure_migrate_discovered_appliance_info{vault="$vault",project!=""}',
    Text("<project>", "<project>"),
    label="project",
)
"""The Azure Migrate project of the alert's vault, where the exporter's discovery tells it."""
BY_PROJECT: Final = {"project": "project"}
"""What it takes the place of in a command."""

NONE: Final = Text("none", "aucune")


def reason(collector: str, **labels: str) -> Live:
    """Why the newest run of a collector failed; `labels` tell which of its targets, by labels of the alert."""
    return Live(
        series("collector_failure_info", collector=collector, **labels),
        Text("reason not known", "raison inconnue"),
        label="reason",
    )


ACCOUNT: Final = Live(
    'azure_migrate_storage_up{appliance="$appliance"}', Text("<account>", "<compte>"), label="account"
)
NAMESPACE: Final = Live(
    'azure_migrate_servicebus_up{appliance="$appliance"}', Text("<namespace>", "<espace de noms>"), label="namespace"
)
VAULT: Final = Live(
    'azure_migrate_keyvault_tcp_up{appliance="$appliance"}', Text("<key vault>", "<coffre de clés>"), label="vault"
)
HOST: Final = Live('azure_migrate_vsphere_vm_info{vm_id="$vm_id"}', Text("<host>", "<hôte>"), label="host")
VCENTER: Final = Live('azure_migrate_vsphere_vm_info{vm_id="$vm_id"}', Text("<vCenter>", "<vCenter>"), label="vcenter")
