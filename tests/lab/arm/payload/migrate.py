"""Objects outside the vault: the migrate project, its solutions, the sites, and the resources in the group."""

import json
from typing import Any, Final

from tests.lab.arm.appliance import LabAppliance
from tests.lab.arm.names import Generation, guid
from tests.lab.arm.payload.vault import vault
from tests.lab.arm.project import LabProject
from tests.lab.arm.stages import Stage
from tests.lab.arm.times import reported_time

STORAGE: Final = "Microsoft.Storage/storageAccounts"
SERVICEBUS: Final = "Microsoft.ServiceBus/namespaces"
KEYVAULT: Final = "Microsoft.KeyVault/vaults"


def migrate_project(project: LabProject) -> dict[str, Any]:
    """The project itself."""
    return {
        "id": project.id,
        "name": project.name,
        "type": "Microsoft.Migrate/MigrateProjects",
        "eTag": f'"{guid("etag", project.id)}"',
        "location": project.location,
        "tags": {"Migrate Project": project.name},
        "properties": {
            "registeredTools": ["ServerDiscovery", "ServerAssessment", "ServerMigration"],
            "provisioningState": "Succeeded",
            "publicNetworkAccess": "Enabled",
        },
    }


def solutions(project: LabProject) -> list[dict[str, Any]]:
    """The two solutions that lead to the vault and to the sites."""
    machines = project.machines
    summary = {
        "instanceType": "Servers",
        "discoveredCount": 0,
        "assessedCount": 0,
        "replicatingCount": sum(machine.stage is not Stage.MIGRATED for machine in machines),
        "testMigratedCount": sum(machine.tested is not None for machine in machines),
        "migratedCount": sum(machine.stage is Stage.MIGRATED for machine in machines),
    }
    vault_id = project.group.resource("Microsoft.RecoveryServices/vaults", project.vault_name)
    found = [
        _solution(project, "ServerMigration", "Migration", {"vaultId": vault_id}, summary),
        _solution(project, "ServerDiscovery", "Discovery", _site_maps(project), {"instanceType": "Servers"}),
    ]
    return [one for one in found if one["properties"]["tool"] in project.tools]


def _solution(
    project: LabProject, tool: str, purpose: str, extended: dict[str, str], summary: dict[str, Any]
) -> dict[str, Any]:
    name = f"Servers-{purpose}-{tool}"
    return {
        "id": f"{project.id}/Solutions/{name}",
        "name": name,
        "type": "Microsoft.Migrate/MigrateProjects/Solutions",
        "etag": f'"{guid("etag", project.id, name)}"',
        "properties": {
            "tool": tool,
            "purpose": purpose,
            "goal": "Servers",
            "status": "Active",
            "cleanupState": "None",
            "summary": summary,
            "details": {
                "groupCount": 0,
                "assessmentCount": 0,
                "extendedDetails": {"serversOnLinux": "0", "machinesHavingSqlServers": "0", **extended},
            },
        },
    }


def _site_maps(project: LabProject) -> dict[str, str]:
    """JSON within JSON. Where both versions exist, the older one names sites that are no longer there."""
    maps = {}
    if "V2" in project.site_maps:
        end = "-old" if "V3" in project.site_maps else ""
        listed = [{"ApplianceName": one.name, "SiteId": one.site_id + end} for one in project.appliances]
        maps["applianceNameToSiteIdMapV2"] = json.dumps(listed)
    if "V3" in project.site_maps:
        named = {one.name: {"SiteId": one.site_id, "KeyVaultUri": None} for one in project.appliances}
        several = [{name: value} for name, value in named.items()]
        maps["applianceNameToSiteIdMapV3"] = json.dumps(several if project.site_map_v3_is_a_list else named)
    return maps


def site(appliance: LabAppliance, now: float) -> dict[str, Any]:
    """The site of an appliance: where the discovery agent reports."""
    project = appliance.project
    vault_name = f"{project.name}{guid('discovery vault', project.name)[:4]}kv"
    return {
        "id": appliance.site_id,
        "name": appliance.site,
        "type": "Microsoft.OffAzure/VMwareSites",
        "etag": f'"{guid("etag", appliance.site_id)}"',
        "location": project.location,
        "kind": "Migrate",
        "properties": {
            "masterSiteId": project.group.resource("Microsoft.OffAzure/MasterSites", f"{project.name}mastersite"),
            "servicePrincipalIdentityDetails": {
                "tenantId": guid("tenant"),
                "applicationId": guid("application", appliance.name),
                "objectId": guid("principal", appliance.name),
                "audience": guid("application", appliance.name),
                "rawCertData": "TABmAGEAawBlAC0AYwBlAHIAdABpAGYAaQBjAGEAdABl",
            },
            "agentDetails": {
                "id": f"{guid('agent', appliance.name)}-agent",
                "version": "2.0.3100.7",
                "lastHeartBeatUtc": reported_time(appliance.discovery_heartbeat(now), appliance.bad_time),
                "keyVaultUri": f"https://{vault_name}.vault.azure.net",
                "keyVaultId": project.group.resource(KEYVAULT, vault_name),
            },
            "applianceName": appliance.name,
            "discoverySolutionId": f"{project.id}/Solutions/Servers-Discovery-ServerDiscovery",
            "serviceEndpoint": "https://discoverysrv.lab.example/",
            "provisioningState": "Succeeded",
        },
    }


CONTRIBUTOR: Final = "b24988ac-6180-42a0-ab88-20f7382dd24c"
BLOB_CONTRIBUTOR: Final = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_ROLES: Final = {CONTRIBUTOR: "Contributor", BLOB_CONTRIBUTOR: "Storage Blob Data Contributor", READER: "Reader"}


def role_assignments(project: LabProject, path: str, principal: str) -> list[dict[str, Any]]:
    """The assignments of a principal, as the portal makes them when replication is enabled, or as they were changed."""
    roles = project.role_changes.get(principal, [CONTRIBUTOR, BLOB_CONTRIBUTOR])
    scope = path.partition("/providers/Microsoft.Authorization")[0]
    definitions = f"/subscriptions/{project.subscription}/providers/Microsoft.Authorization/roleDefinitions"
    return [
        {
            "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{guid('assignment', principal, role)}",
            "name": guid("assignment", principal, role),
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": f"{definitions}/{role}",
                "principalId": principal,
                "principalType": "ServicePrincipal",
                "scope": scope,
                "condition": None,
            },
        }
        for role in roles
    ]


def role_definition(path: str, role: str) -> dict[str, Any]:
    """A role."""
    return {
        "id": path,
        "name": role,
        "type": "Microsoft.Authorization/roleDefinitions",
        "properties": {
            "roleName": _ROLES.get(role, "Migration operators"),
            "type": "BuiltInRole" if role in _ROLES else "CustomRole",
            "assignableScopes": ["/"],
            "permissions": [],
        },
    }


def vcenter(appliance: LabAppliance) -> dict[str, Any]:
    """The vCenter that was entered at the appliance."""
    name = f"vcenter-{guid('vcenter', appliance.vcenter)[:8]}"
    return {
        "id": f"{appliance.site_id}/vcenters/{name}",
        "name": name,
        "type": "Microsoft.OffAzure/VMwareSites/vcenters",
        "properties": {
            "fqdn": appliance.vcenter,
            "port": "443",
            "friendlyName": appliance.vcenter,
            "version": "8.0.3",
            "runAsAccountId": f"{appliance.site_id}/runasaccounts/{guid('account', appliance.name)}",
            "errors": [],
        },
    }


def resources(project: LabProject) -> list[dict[str, Any]]:
    """Everything in the project's group, each with the properties that a GET by its id has."""
    found = [migrate_project(project), vault(project)]
    for appliance in project.appliances:
        accounts = dict.fromkeys((appliance.cache_account, appliance.gateway_account))
        found += [_storage(project, name) for name in accounts]
        if appliance.generation is Generation.LEGACY and appliance.servicebus and appliance.key_vault:
            found += [_servicebus(project, appliance.servicebus), _key_vault(project, appliance.key_vault)]
    # The discovery vault, which is not the replication vault, and an account that has nothing to do with any of it.
    found.append(_key_vault(project, f"{project.name}{guid('discovery vault', project.name)[:4]}kv"))
    found.append({**_storage(project, f"st{project.name}logs".replace("-", "")[:24]), "tags": {}})
    left = (resource for resource in found if resource["name"] not in project.deleted)
    return list({resource["id"].lower(): resource for resource in left}.values())


def _resource(project: LabProject, kind: str, name: str, /, **more: Any) -> dict[str, Any]:
    return {
        "id": project.group.resource(kind, name),
        "name": name,
        "type": kind,
        "location": project.target_location,
        "tags": {"Migrate Project": project.name},
        **more,
    }


def _storage(project: LabProject, name: str) -> dict[str, Any]:
    properties = {
        "provisioningState": "Succeeded",
        "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        "statusOfPrimary": "available",
        "allowSharedKeyAccess": True,
    }
    sku = {"name": "Standard_LRS", "tier": "Standard"}
    return _resource(project, STORAGE, name, kind="StorageV2", sku=sku, properties=properties)


def _servicebus(project: LabProject, name: str) -> dict[str, Any]:
    endpoint = f"https://{name}.servicebus.windows.net:443/"
    properties = {"provisioningState": "Succeeded", "status": "Active", "serviceBusEndpoint": endpoint}
    return _resource(project, SERVICEBUS, name, sku={"name": "Standard", "tier": "Standard"}, properties=properties)


def _key_vault(project: LabProject, name: str) -> dict[str, Any]:
    properties = {
        "tenantId": guid("tenant"),
        "vaultUri": f"https://{name}.vault.azure.net",
        "provisioningState": "Succeeded",
        "accessPolicies": [],
    }
    return _resource(project, KEYVAULT, name, properties=properties)
