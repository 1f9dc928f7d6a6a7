"""The fields that are read exist in the models of the SDK, which are the published description of the API."""

import inspect
from typing import Any

import pytest
from azure.mgmt.recoveryservicessiterecovery import SiteRecoveryManagementClient, models

from azure_migrate_exporter.azure import migration_item, site_recovery
from azure_migrate_exporter.collectors.replication import appliance_load

MODELS: dict[Any, set[str]] = {
    models.MigrationItemProperties: {
        "machineName",
        "recoveryServicesProviderId",
        "replicationStatus",
        "migrationState",
        "health",
        "healthErrors",
        "providerSpecificDetails",
    },
    models.VMwareCbtMigrationDetails: {
        "vmwareMachineId",
        "lastRecoveryPointId",
        "resyncRequired",
        "gatewayOperationDetails",
        "applianceMonitoringDetails",
        "protectedDisks",
        *migration_item.PROGRESS_FIELDS.values(),
        *migration_item.RETRY_FIELDS.values(),
    },
    models.VMwareCbtProtectedDiskDetails: {
        "diskId",
        "diskName",
        "diskPath",
        "capacityInBytes",
        "logStorageAccountId",
        "gatewayOperationDetails",
    },
    models.GatewayOperationDetails: {
        "state",
        "progressPercentage",
        "timeElapsed",
        "timeRemaining",
        "uploadSpeed",
        "vmwareReadThroughput",
        "hostName",
    },
    models.ApplianceMonitoringDetails: {
        *(resource for resource, *_ in (*appliance_load.APPLIANCE_FIELDS, *appliance_load.HOST_FIELDS)),
        "datastoreSnapshot",
    },
    models.ApplianceResourceDetails: {
        field for _, field, *_ in (*appliance_load.APPLIANCE_FIELDS, *appliance_load.HOST_FIELDS)
    },
    models.DataStoreUtilizationDetails: {"dataStoreName", *(field for field, _ in appliance_load.DATASTORE_FIELDS)},
    models.HealthError: {
        "errorCode",
        "errorMessage",
        "summaryMessage",
        "possibleCauses",
        "recoveryProviderErrorMessage",
        "innerHealthErrors",
    },
    models.EventProperties: {"eventType", "severity", "description", "healthErrors", "timeOfOccurrence"},
    models.JobProperties: {"scenarioName", "state", "startTime", "endTime", "errors"},
    models.JobErrorDetails: {"serviceErrorDetails", "providerErrorDetails"},
    models.ServiceError: {"code", "message", "possibleCauses"},
    models.ProviderError: {"errorCode", "errorMessage", "possibleCauses"},
    models.RecoveryServicesProviderProperties: {
        "draIdentifier",
        "lastHeartBeat",
        "connectionStatus",
        "providerVersion",
        "providerVersionDetails",
        "healthErrorDetails",
    },
    models.VersionDetails: {"version", "expiryDate", "status"},
    models.FabricProperties: {"health", "healthErrorDetails", "customDetails"},
    models.VMwareV2FabricSpecificDetails: {"instanceType", "vmwareSiteId", "migrationSolutionId"},
    models.ProtectionContainerMappingProperties: {"providerSpecificDetails"},
    models.VMwareCbtProtectionContainerMappingDetails: {
        "instanceType",
        "keyVaultId",
        "serviceBusConnectionStringSecretName",
        "storageAccountId",
        "targetLocation",
    },
    models.VaultHealthProperties: {"vaultErrors", *site_recovery.HEALTH_PARTS.values()},
    models.ResourceHealthSummary: {"issues"},
    models.HealthErrorSummary: {"severity"},
}


def wire_names(model: Any) -> set[str]:
    """Names of a model's fields on the wire."""
    fields: dict[str, Any] = {}
    for base in reversed(inspect.getmro(model)):
        fields |= {name: value for name, value in vars(base).items() if hasattr(value, "_rest_name_input")}
    return {field._rest_name_input or name for name, field in fields.items()}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_fields_that_are_read_exist(model: Any) -> None:
    assert MODELS[model] <= wire_names(model)


def test_the_version_of_the_api_is_the_sdks() -> None:
    client = SiteRecoveryManagementClient(credential=object(), subscription_id="x")  # type: ignore[arg-type]
    assert client._config.api_version == site_recovery.API_VERSION
