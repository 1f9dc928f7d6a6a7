"""The vault, and its objects beside machines, events and jobs."""

from typing import Any, Final

from tests.lab.arm.appliance import LabAppliance
from tests.lab.arm.names import SERVICE, Generation, guid
from tests.lab.arm.payload.item import TYPE
from tests.lab.arm.project import LabProject
from tests.lab.arm.times import NEVER, reported_time, stamp

_FABRICS: Final = f"{SERVICE}/vaults/replicationFabrics"
_TENANT: Final = guid("tenant")


def vault(project: LabProject) -> dict[str, Any]:
    """The vault itself, with its id as every service but Site Recovery writes it."""
    return {
        "id": project.group.resource(f"{SERVICE}/vaults", project.vault_name),
        "name": project.vault_name,
        "type": f"{SERVICE}/vaults",
        "location": project.location,
        "etag": f"W/\"datetime'{guid('etag', project.name)}'\"",
        "tags": {"Migrate Project": project.name},
        "sku": {"name": "RS0", "tier": "Standard"},
        "identity": {"type": "SystemAssigned", "principalId": guid("vault principal", project.name)},
        "properties": {
            "provisioningState": "Succeeded",
            "privateEndpointStateForBackup": "None",
            "privateEndpointStateForSiteRecovery": project.private_endpoint,
            "publicNetworkAccess": "Enabled",
        },
    }


def fabric(appliance: LabAppliance, now: float) -> dict[str, Any]:
    """The fabric of an appliance; its process servers are always none."""
    project = appliance.project
    well = appliance.connected(now)
    keys = {"kekState": "None", "kekCertThumbprint": None}
    return {
        "id": appliance.fabric_id,
        "name": appliance.fabric,
        "type": _FABRICS,
        "properties": {
            "friendlyName": appliance.fabric,
            "encryptionDetails": keys,
            "rolloverEncryptionDetails": keys,
            "internalIdentifier": guid("fabric", appliance.fabric_id),
            "bcdrState": "Valid",
            "customDetails": {
                "instanceType": "VMwareV2",
                "vmwareSiteId": appliance.site_id,
                "physicalSiteId": None,
                "migrationSolutionId": f"{project.id}/Solutions/Servers-Migration-ServerMigration",
                "serviceEndpoint": "https://pod01-srs1.lab.hypervrecoverymanager.example",
                "serviceResourceId": str(1000 + appliance.hash),
                "serviceContainerId": str(2000 + appliance.hash),
                "processServers": [],
            },
            "healthErrorDetails": [] if well else [_disconnected(appliance, now)],
            "health": "Normal" if well else "Critical",
            "replicationPlane": "v2",  # a field that no SDK knows
        },
    }


def provider(appliance: LabAppliance, now: float) -> dict[str, Any]:
    """The DRA of an appliance."""
    well, software = appliance.connected(now), appliance.provider
    identity = {
        "tenantId": _TENANT,
        "applicationId": guid("application", appliance.name),
        "objectId": guid("principal", appliance.name),
        "audience": guid("application", appliance.name),
        "aadAuthority": f"https://login.lab.example/{_TENANT}",
    }
    return {
        "id": f"{appliance.fabric_id}/replicationRecoveryServicesProviders/{appliance.dra}",
        "name": appliance.dra,
        "type": f"{_FABRICS}/replicationRecoveryServicesProviders",
        "properties": {
            "fabricType": "VMwareV2",
            "friendlyName": appliance.dra,
            "providerVersion": software.version,
            "serverVersion": "0.0",
            "providerVersionState": software.version_state,
            "providerVersionExpiryDate": NEVER,
            "fabricFriendlyName": appliance.fabric,
            "lastHeartBeat": reported_time(appliance.dra_heartbeat(now), appliance.bad_time),
            "connectionStatus": "Connected" if well else "Disconnected",
            "protectedItemCount": len(appliance.replicated),
            "allowedScenarios": ["Refresh"],
            "healthErrorDetails": [] if well else [_disconnected(appliance, now)],
            "draIdentifier": appliance.dra_identifier,
            "machineId": None,
            "machineName": f"WIN-{appliance.name.upper()}",
            "biosId": None,
            "authenticationIdentityDetails": identity,
            "resourceAccessIdentityDetails": identity,
            "dataPlaneAuthenticationIdentityDetails": None,
            "providerVersionDetails": {"version": software.version, "expiryDate": NEVER, "status": software.status},
            "updateRing": "broad",  # a field that no SDK knows
        },
    }


def container(appliance: LabAppliance) -> dict[str, Any]:
    """The protection container of an appliance."""
    return {
        "id": appliance.container_id,
        "name": appliance.container,
        "type": TYPE,
        "properties": {
            "fabricFriendlyName": appliance.fabric,
            "friendlyName": appliance.container,
            "fabricType": "VMwareV2",
            "protectedItemCount": len(appliance.replicated),
            "pairingStatus": "Paired",
            "role": "Primary",
            "fabricSpecificDetails": {"instanceType": "VMwareV2"},
        },
    }


def mapping(appliance: LabAppliance) -> dict[str, Any]:
    """The container mapping, which shows the generation."""
    group = appliance.project.group
    accounts = "Microsoft.Storage/storageAccounts"
    details: dict[str, Any] = {
        "instanceType": "VMwareCbt",
        "keyVaultId": None,
        "keyVaultUri": None,
        "storageAccountId": group.resource(accounts, appliance.gateway_account),
        "storageAccountSasSecretName": None,
        "serviceBusConnectionStringSecretName": None,
        "targetLocation": appliance.project.target_location,
        "roleSizeToNicCountMap": {"Standard_D4s_v5": 2, "default": 1},
        "excludedSkus": ["Standard_DC2s"],
    }
    if appliance.generation is Generation.LEGACY and appliance.key_vault:
        details |= {
            "keyVaultId": group.resource("Microsoft.KeyVault/vaults", appliance.key_vault),
            "keyVaultUri": f"https://{appliance.key_vault}.vault.azure.net",
            "storageAccountSasSecretName": f"{appliance.gateway_account}-gwySas",
            "serviceBusConnectionStringSecretName": "ServiceBusConnectionString",
        }
    return {
        "id": f"{appliance.container_id}/replicationProtectionContainerMappings/containermapping",
        "name": "containermapping",
        "type": f"{TYPE}/replicationProtectionContainerMappings",
        "properties": {
            "targetProtectionContainerId": "Microsoft Azure",
            "targetProtectionContainerFriendlyName": "Microsoft Azure",
            "providerSpecificDetails": details,
            "health": "Normal",
            "healthErrorDetails": [],
            "policyId": f"{appliance.project.vault_id}/replicationPolicies/{appliance.policy}",
            "state": "Paired",
            "sourceProtectionContainerFriendlyName": appliance.container,
            "sourceFabricFriendlyName": appliance.fabric,
            "targetFabricFriendlyName": "Microsoft Azure",
            "policyFriendlyName": appliance.policy,
        },
    }


def policy(appliance: LabAppliance) -> dict[str, Any]:
    """The replication policy of an appliance, as the portal makes it."""
    return {
        "id": f"{appliance.project.vault_id}/replicationPolicies/{appliance.policy}",
        "name": appliance.policy,
        "type": f"{SERVICE}/vaults/replicationPolicies",
        "properties": {
            "friendlyName": appliance.policy,
            "providerSpecificDetails": {
                "instanceType": "VMwareCbt",
                "recoveryPointHistoryInMinutes": 360,
                "crashConsistentFrequencyInMinutes": 60,
                "appConsistentFrequencyInMinutes": 240,
            },
        },
    }


def vault_health(project: LabProject, now: float) -> dict[str, Any]:
    """The summary of a vault."""
    unhealthy = [machine for machine in project.machines if machine.error and machine.error.health != "Normal"]
    away = [appliance for appliance in project.appliances if not appliance.connected(now)]
    issues = [
        {
            "summaryCode": machine.error.code or "499",
            "category": "Replication",
            "severity": "Warning" if machine.error.health == "Warning" else "Error",
            "summaryMessage": machine.error.message.partition(".")[0],
            "affectedResourceType": "replicationMigrationItems",
            "affectedResourceSubtype": "VMwareCbt",
            "affectedResourceCorrelationIds": [machine.correlation],
        }
        for machine in unhealthy
        if machine.error
    ]
    machines = len(project.machines)
    return {
        "id": f"{project.vault_id}/replicationVaultHealth/Default",
        "name": "Default",
        "type": f"{SERVICE}/vaults/replicationVaultHealth",
        "properties": {
            "vaultErrors": project.vault_errors,
            "protectedItemsHealth": _summary(
                machines, issues, {"Healthy": machines - len(unhealthy), "Unhealthy": len(unhealthy)}
            ),
            "fabricsHealth": _summary(len(project.appliances), [_away(appliance) for appliance in away], {}),
            "containersHealth": _summary(len(project.appliances), [], {}),
        },
    }


def _summary(count: int, issues: list[dict[str, Any]], counts: dict[str, int]) -> dict[str, Any]:
    return {"resourceCount": count, "issues": issues, "categorizedResourceCounts": counts}


def _away(appliance: LabAppliance) -> dict[str, Any]:
    return {
        "summaryCode": "28101",
        "category": "FabricInfrastructure",
        "severity": "Critical",  # in no SDK's enum
        "summaryMessage": "Provider not connected",
        "affectedResourceType": "replicationFabrics",
        "affectedResourceSubtype": "VMwareV2",
        "affectedResourceCorrelationIds": [guid("fabric", appliance.fabric_id)],
    }


def _disconnected(appliance: LabAppliance, now: float) -> dict[str, Any]:
    return {
        "errorSource": "Provider",
        "errorType": "HealthError",
        "errorLevel": "Error",
        "errorCategory": "FabricInfrastructure",
        "errorCode": "28101",
        "summaryMessage": "Provider not connected",
        "errorMessage": f"The replication provider of {appliance.fabric} sends no heartbeat.",
        "possibleCauses": "",
        "recommendedAction": "",
        "creationTimeUtc": stamp(appliance.dra_heartbeat(now)),
        "recoveryProviderErrorMessage": None,
        "entityId": appliance.dra_identifier,
        "errorId": guid("error", appliance.dra),
        "innerHealthErrors": [],
    }
