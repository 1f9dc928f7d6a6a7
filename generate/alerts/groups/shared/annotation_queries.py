"""Annotation queries and links that several alerts share."""

from typing import Final

from azure_migrate_exporter.failures.model import Link, Text
from generate.alerts.groups.evidence import OLDEST_DATA, REPLICATING
from generate.alerts.model import AnnotationQuery, NumberFormat

SLOW_REPLICATION: Final = Link(
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

_NO_MACHINE: Final = Text("<machine>", "<machine>")
_NO_ID: Final = Text("<UUID>", "<UUID>")
_OF_MACHINE: Final = 'azure_migrate_vsphere_vm_info{vm_id="$vm_id"}'
_ON_HOST: Final = f'group by (vm, vm_id) ({REPLICATING}{{vcenter="$vcenter",host="$host"}})'
_ON_DATASTORE: Final = f'{REPLICATING}{{vcenter="$vcenter",datastore="$datastore"}}'
_ANY: Final = Text("?", "?")

PROJECT: Final = AnnotationQuery(
    'azure_migrate_discovered_appliance_info{vault="$vault",project!=""}',
    Text("<project>", "<projet>"),
    label="project",
    placeholder="project",
)
"""The Azure Migrate project of the alert's vault, if the exporter discovers it."""
HOST: Final = AnnotationQuery(_OF_MACHINE, Text("<host>", "<hôte>"), label="host")
DATASTORE: Final = AnnotationQuery(_OF_MACHINE, Text("<datastore>", "<magasin de données>"), label="datastore")
VCENTER: Final = AnnotationQuery(_OF_MACHINE, Text("<vCenter>", "<vCenter>"), label="vcenter")
NAMESPACE: Final = AnnotationQuery(
    'azure_migrate_servicebus_up{appliance="$appliance"}',
    Text("<namespace>", "<espace de noms>"),
    label="bus_namespace",
)
KEY_VAULT: Final = AnnotationQuery(
    'azure_migrate_keyvault_tcp_up{appliance="$appliance"}', Text("<key vault>", "<coffre de clés>"), label="keyvault"
)
MACHINE_ON_HOST: Final = AnnotationQuery(_ON_HOST, _NO_MACHINE, label="vm")
MACHINE_ID_ON_HOST: Final = AnnotationQuery(_ON_HOST, _NO_ID, label="vm_id", order="vm")
MACHINES_ON_HOST: Final = AnnotationQuery(_ON_HOST, Text("unknown", "inconnues"), label="vm", limit=5)
MACHINE_ON_DATASTORE: Final = AnnotationQuery(_ON_DATASTORE, _NO_MACHINE, label="vm")
MACHINE_ID_ON_DATASTORE: Final = AnnotationQuery(_ON_DATASTORE, _NO_ID, label="vm_id", order="vm")
MACHINES_ON_DATASTORE: Final = AnnotationQuery(_ON_DATASTORE, Text("unknown", "inconnues"), label="vm", limit=5)


def _address(query: str, what: Text) -> AnnotationQuery:
    return AnnotationQuery(query, what, label="address")


_OF_ACCOUNT: Final = Text("<address of the account>", "<adresse du compte>")
_OF_NAMESPACE: Final = Text("<address of the namespace>", "<adresse du namespace>")
_OF_VAULT: Final = Text("<address of the key vault>", "<adresse du coffre de clés>")

_RESOURCES: Final = 'azure_migrate_resource_info{collector="%s",appliance="$appliance"%s}'
ACCOUNT_ADDRESS: Final = _address(_RESOURCES % ("storage", ',resource="$account"'), _OF_ACCOUNT)
VAULT_ADDRESS: Final = _address(_RESOURCES % ("keyvault", ',resource="$keyvault"'), _OF_VAULT)
VAULT_OF_APPLIANCE: Final = _address(_RESOURCES % ("keyvault", ""), _OF_VAULT)
NAMESPACE_OF_APPLIANCE: Final = _address(_RESOURCES % ("servicebus", ""), _OF_NAMESPACE)
EVENT_HUBS_OF_APPLIANCE: Final = _address(
    _RESOURCES % ("eventhubs", ""), Text("<address of Event Hubs>", "<adresse Event Hubs>")
)


def namespace_address(collector: str) -> AnnotationQuery:
    """The address of the alert's namespace."""
    return _address(_RESOURCES % (collector, ',resource="$bus_namespace"'), _OF_NAMESPACE)


def account_of_appliance(roles: str) -> AnnotationQuery:
    """The address of the appliance's account in one of these roles."""
    accounts = f'azure_migrate_storage_up{{appliance="$appliance",role=~"{roles}"}}'
    resources = _RESOURCES % ("storage", "")
    return _address(
        f'{resources} and on (appliance, resource) label_replace({accounts}, "resource", "${{1}}", "account", "(.+)")',
        _OF_ACCOUNT,
    )


RESOURCE_MANAGER: Final = _address(
    'azure_migrate_resource_info{collector="replication"} and on (resource) label_replace('
    'azure_migrate_agent_heartbeat_timestamp_seconds{appliance="$appliance"}, "resource", "${1}", "vault", "(.+)")',
    Text("<address of Resource Manager>", "<adresse de Resource Manager>"),
)
"""The address to which the agents of the alert's appliance report."""


def codes(errors: str) -> AnnotationQuery:
    """The codes of these errors."""
    return AnnotationQuery(errors, Text("none", "aucun"), label="code", limit=5)


def number(query: str, number_format: NumberFormat) -> AnnotationQuery:
    """The value of a query, or a question mark."""
    return AnnotationQuery(query, _ANY, number_format=number_format)


def failure_reason(collector: str, **labels: str) -> AnnotationQuery:
    """The reason of a collector's newest failure; `labels` select the target by labels of the alert."""
    selector = ",".join(f'{name}="{value}"' for name, value in {"collector": collector, **labels}.items())
    return AnnotationQuery(
        f"azure_migrate_collector_failure_info{{{selector}}}",
        Text("reason unknown", "raison inconnue"),
        label="reason",
    )


_CHANGED: Final = "azure_migrate_replication_last_recovery_point_change_timestamp_seconds"
COMMON_QUERIES: Final = {
    "data_age": AnnotationQuery(
        f'time() - {_CHANGED}{{vm_id="$vm_id"}}', Text("unknown", "inconnu"), number_format=NumberFormat.DURATION
    ),
    "oldest_data": AnnotationQuery(
        f'sort_desc(time() - {OLDEST_DATA}{{appliance="$appliance"}})',
        Text("unknown", "inconnues"),
        label="vm",
        number_format=NumberFormat.DURATION,
        limit=5,
    ),
}
"""What the page of any alert may show: how old the data of a machine are, and the oldest of an appliance."""
