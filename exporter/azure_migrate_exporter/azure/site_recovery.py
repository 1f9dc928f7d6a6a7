"""Objects of a vault beside machines, events and jobs: fabrics, providers, container mappings and health.

A function `read_…` takes one object as Azure sends it. It returns None for an object that cannot be identified; every
other field may be missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from azure_migrate_exporter.azure.arm_id import KEY_VAULT, STORAGE_ACCOUNT, VMWARE_SITE, ArmId
from azure_migrate_exporter.azure.health_errors import Error, health_errors
from azure_migrate_exporter.azure.json_fields import (
    Json,
    arm_id,
    enum_label,
    expiry_timestamp,
    label,
    mapping,
    objects,
    past_timestamp,
    region,
    text,
)
from azure_migrate_exporter.config.settings import Generation

API_VERSION: Final = "2025-08-01"
"""API version of everything below a vault: that of the SDK, whose models document the names of the fields."""
VMWARE_FABRIC: Final = "VMwareV2"
VMWARE_MAPPING: Final = "VMwareCbt"
HEALTH_PARTS: Final = {
    "protected_items": "protectedItemsHealth",
    "fabrics": "fabricsHealth",
    "containers": "containersHealth",
}
"""Fields of a vault's health by their label values."""


@dataclass(frozen=True, slots=True)
class Fabric:
    """An appliance as the vault knows it; primary and scale-out appliances are one fabric."""

    id: ArmId
    kind: str
    """`instanceType`: a vault may hold fabrics of other kinds of replication."""
    site: ArmId | None
    project: ArmId | None
    health: str
    errors: frozenset[Error]

    @property
    def name(self) -> str:
        """Its name in lower case, a label value."""
        return self.id.name.lower()


@dataclass(frozen=True, slots=True)
class Provider:
    """The replication agent (DRA) of an appliance."""

    fabric: str
    """Name of the fabric in lower case."""
    identifier: str
    """`draIdentifier`: a machine's `recoveryServicesProviderId` ends in it."""
    heartbeat: float | None
    connected: bool
    version: str
    version_state: str
    expires: float | None
    errors: frozenset[Error]
    principal: str = ""
    """Object id of the identity with which the appliance uses Azure's resources."""


@dataclass(frozen=True, slots=True)
class ContainerMapping:
    """The Azure resources that a fabric replicates with."""

    id: ArmId
    """Below the id of its fabric."""
    kind: str
    generation: Generation
    target_region: str
    storage_account: ArmId | None
    key_vault: ArmId | None


@dataclass(frozen=True, slots=True)
class VaultHealth:
    """The vault's summary. `issues` are counted by part and severity."""

    errors: frozenset[Error]
    issues: tuple[tuple[str, str, int], ...]


def read_fabric(value: Any) -> Fabric | None:
    """A fabric of the list."""
    fabric = mapping(value)
    identity, properties = arm_id(fabric.get("id")), mapping(fabric.get("properties"))
    if identity is None:
        return None
    details = mapping(properties.get("customDetails"))
    solution = arm_id(details.get("migrationSolutionId"))
    return Fabric(
        identity,
        label(details.get("instanceType")),
        arm_id(details.get("vmwareSiteId"), VMWARE_SITE),
        solution.ancestor("solutions") if solution else None,
        enum_label(properties.get("health")),
        health_errors(properties.get("healthErrorDetails")),
    )


def read_provider(value: Any, now: float) -> Provider | None:
    """A provider of the list, at `now` in Unix seconds."""
    provider = mapping(value)
    identity, properties = arm_id(provider.get("id")), mapping(provider.get("properties"))
    if identity is None:
        return None
    version = mapping(properties.get("providerVersionDetails"))
    return Provider(
        identity.segment("replicationFabrics").lower(),
        text(properties.get("draIdentifier")).lower(),
        past_timestamp(properties.get("lastHeartBeat"), now),
        enum_label(properties.get("connectionStatus")) == "connected",
        label(version.get("version")) or label(properties.get("providerVersion")),
        enum_label(version.get("status")),
        expiry_timestamp(version.get("expiryDate")),
        health_errors(properties.get("healthErrorDetails")),
        text(mapping(properties.get("resourceAccessIdentityDetails")).get("objectId")),
    )


def read_mapping(value: Any) -> ContainerMapping | None:
    """A container mapping of the list."""
    found = mapping(value)
    identity, properties = arm_id(found.get("id")), mapping(found.get("properties"))
    if identity is None:
        return None
    details = mapping(properties.get("providerSpecificDetails"))
    legacy = details.get("keyVaultId") or details.get("serviceBusConnectionStringSecretName")
    return ContainerMapping(
        identity,
        label(details.get("instanceType")),
        "legacy" if legacy else "greenfield",
        region(details.get("targetLocation")),
        arm_id(details.get("storageAccountId"), STORAGE_ACCOUNT),
        arm_id(details.get("keyVaultId"), KEY_VAULT),
    )


def read_vault_health(value: Json) -> VaultHealth:
    """The answer about the vault's health."""
    properties = mapping(value.get("properties"))
    return VaultHealth(health_errors(properties.get("vaultErrors")), tuple(_issues(properties)))


def _issues(properties: Json) -> Iterator[tuple[str, str, int]]:
    for part, field in HEALTH_PARTS.items():
        counts = dict.fromkeys(("error", "warning"), 0)
        for issue in objects(mapping(properties.get(field)).get("issues")):
            severity = enum_label(issue.get("severity")) or "none"
            counts[severity] = counts.get(severity, 0) + 1
        yield from ((part, severity, count) for severity, count in counts.items())
