"""The paths of ARM and the API versions in which each exists. Paths are compared without regard to case."""

import re
from collections.abc import Mapping
from typing import Final

from tests.lab.arm.kinds import Kind
from tests.lab.arm.refusals import RefusalError

_GROUP: Final = "/subscriptions/{subscription}/resourceGroups/{group}"
_PROJECTS: Final = f"{_GROUP}/providers/Microsoft.Migrate/migrateProjects"
_VAULTS: Final = "/providers/Microsoft.RecoveryServices/vaults"
_VAULT: Final = f"{_GROUP}{_VAULTS}/{{vault}}"
_FABRIC: Final = f"{_VAULT}/replicationFabrics/{{fabric}}"
_CONTAINER: Final = f"{_FABRIC}/replicationProtectionContainers/{{container}}"
_ITEM: Final = f"{_CONTAINER}/replicationMigrationItems/{{item}}"
_ACCOUNT: Final = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{resource}}"

SITE_RECOVERY: Final = "2025-08-01"

_TEMPLATES: Final = (
    (Kind.ITEM, _ITEM),
    (Kind.ITEMS, f"{_VAULT}/replicationMigrationItems"),
    (Kind.CONTAINER_ITEMS, f"{_CONTAINER}/replicationMigrationItems"),
    (Kind.RECOVERY_POINTS, f"{_ITEM}/migrationRecoveryPoints"),
    (Kind.EVENTS, f"{_VAULT}/replicationEvents"),
    (Kind.EVENT, f"{_VAULT}/replicationEvents/{{event}}"),
    (Kind.JOBS, f"{_VAULT}/replicationJobs"),
    (Kind.JOB, f"{_VAULT}/replicationJobs/{{job}}"),
    (Kind.PROVIDERS, f"{_VAULT}/replicationRecoveryServicesProviders"),
    (Kind.PROVIDERS, f"{_FABRIC}/replicationRecoveryServicesProviders"),
    (Kind.FABRICS, f"{_VAULT}/replicationFabrics"),
    (Kind.FABRIC, _FABRIC),
    (Kind.CONTAINERS, f"{_VAULT}/replicationProtectionContainers"),
    (Kind.CONTAINERS, f"{_FABRIC}/replicationProtectionContainers"),
    (Kind.MAPPINGS, f"{_VAULT}/replicationProtectionContainerMappings"),
    (Kind.MAPPINGS, f"{_CONTAINER}/replicationProtectionContainerMappings"),
    (Kind.POLICIES, f"{_VAULT}/replicationPolicies"),
    (Kind.VAULT_HEALTH, f"{_VAULT}/replicationVaultHealth"),
    (Kind.APPLIANCES, f"{_VAULT}/replicationAppliances"),
    (Kind.VAULT, _VAULT),
    (Kind.VAULTS, f"{_GROUP}{_VAULTS}"),
    (Kind.VAULTS, f"/subscriptions/{{subscription}}{_VAULTS}"),
    (Kind.SITE, f"{_GROUP}/providers/Microsoft.OffAzure/VMwareSites/{{site}}"),
    (Kind.VCENTERS, f"{_GROUP}/providers/Microsoft.OffAzure/VMwareSites/{{site}}/vcenters"),
    (Kind.PROJECT, f"{_PROJECTS}/{{project}}"),
    (Kind.PROJECTS, _PROJECTS),
    (Kind.PROJECTS, "/subscriptions/{subscription}/providers/Microsoft.Migrate/migrateProjects"),
    (Kind.SOLUTION, f"{_PROJECTS}/{{project}}/solutions/{{solution}}"),
    (Kind.SOLUTIONS, f"{_PROJECTS}/{{project}}/solutions"),
    (Kind.RESOURCES, f"{_GROUP}/resources"),
    (Kind.RESOURCES, "/subscriptions/{subscription}/resources"),
    (Kind.RESOURCE, _ACCOUNT),
    (Kind.RESOURCE, f"{_GROUP}/providers/Microsoft.ServiceBus/namespaces/{{resource}}"),
    (Kind.RESOURCE, f"{_GROUP}/providers/Microsoft.KeyVault/vaults/{{resource}}"),
    (
        Kind.ROLE_ASSIGNMENTS,
        f"{_ACCOUNT}/providers/Microsoft.Authorization/roleAssignments",
    ),
    (
        Kind.ROLE_DEFINITION,
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}",
    ),
    (Kind.RESOURCE_GRAPH, "/providers/Microsoft.ResourceGraph/resources"),
    (Kind.REGISTER, "/subscriptions/{subscription}/providers/{provider}/register"),
)

POSTED: Final = frozenset({Kind.RESOURCE_GRAPH, Kind.REGISTER})

_MIGRATE: Final = frozenset({"2018-09-01-preview", "2020-05-01"})
_VERSIONS: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.SITE: frozenset({"2020-01-01", "2020-07-07", "2024-12-01-preview"}),
    Kind.VCENTERS: frozenset({"2020-01-01", "2020-07-07", "2023-06-06"}),
    Kind.PROJECT: _MIGRATE,
    Kind.PROJECTS: _MIGRATE,
    Kind.SOLUTION: _MIGRATE,
    Kind.SOLUTIONS: _MIGRATE,
    **{kind: frozenset({SITE_RECOVERY}) for kind, template in _TEMPLATES if "/replication" in template},
}
"""The others accept any version of the right form."""
_VERSION: Final = re.compile(r"20\d\d-\d\d-\d\d(-preview)?")


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template)), re.IGNORECASE)


_ROUTES: Final = tuple((kind, _pattern(template)) for kind, template in _TEMPLATES)


def find(path: str) -> tuple[Kind, dict[str, str]]:
    """The kind of a path, and the names in it in lower case."""
    for kind, pattern in _ROUTES:
        if match := pattern.fullmatch(path):
            return kind, {name: value.lower() for name, value in match.groupdict().items()}
    return Kind.OTHER, {}


def check_version(kind: Kind, version: str | None) -> None:
    """Raises RefusalError for an API version that does not exist."""
    if version is None:
        raise RefusalError(400, "MissingApiVersionParameter", "The api-version query parameter is required.")
    known = _VERSIONS.get(kind)
    if version not in known if known is not None else not _VERSION.fullmatch(version):
        offered = ", ".join(sorted(known or ()))
        text = f"No registered resource provider found for API version '{version}'. The supported are '{offered}'."
        raise RefusalError(400, "NoRegisteredProviderFound", text)
