"""Section `azure_monitor`: metrics and logs of Azure itself. Off without the section, as each call is billed."""

import re
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from azure_migrate_exporter.config.base import Model, Name
from azure_migrate_exporter.config.clouds import AzureAccess, Guid

MINIMUM_INTERVAL: Final = 60.0
"""Least seconds between two runs of either collector: Azure has one value a minute, and bills every call."""

RESOURCE_TYPES: Final = ("storage account", "Service Bus namespace", "key vault")

_ID: Final = re.compile(
    r"/subscriptions/[0-9a-f-]{36}/resourcegroups/[^/]+/providers/"
    r"microsoft\.(storage/storageaccounts|servicebus/namespaces|keyvault/vaults)/[^/]+",
    re.IGNORECASE,
)


def _resource(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError(
            f"not the id of a {', '.join(RESOURCE_TYPES[:-1])} or {RESOURCE_TYPES[-1]}: copy it from its page "
            "Properties in the portal, as in /subscriptions/…/providers/Microsoft.Storage/storageAccounts/…"
        )
    return value


class MonitoredResource(Model):
    """One storage account, Service Bus namespace or key vault whose platform metrics are read."""

    id: Annotated[str, AfterValidator(_resource)]
    """Its resource id."""
    region: Annotated[str, Field(pattern=r"^[a-z0-9]+$")]
    """Its region, as Azure writes it: `francecentral`."""
    appliance: str = ""
    """Value of the label `appliance`: the one that uses it."""


class WorkspaceSettings(Model):
    """One Log Analytics workspace, to which the key vault's or the Recovery Services vault's diagnostic settings send.

    Needs the role Log Analytics Data Reader on the workspace.
    """

    name: Name
    """Value of the label `workspace`."""
    id: Guid
    """Workspace id, a GUID; not the resource id."""


class AzureMonitorSettings(AzureAccess):
    """Platform metrics of resources, and queries in Log Analytics, by one identity.

    Least privilege: Monitoring Reader on the whole subscription, without which the batch API of metrics answers 401.
    Each call of that API is billed; `azure_monitor_requests_total` counts them. At the default interval there are, a
    day and for every 50 resources of one type in one region, some 580 for storage accounts and 290 for the others.
    """

    name: Name
    """Name of the target."""
    resources: tuple[MonitoredResource, ...] = ()
    """Resources whose metrics are read."""
    discovery: tuple[Name, ...] = ()
    """Names of entries of `discovery`: the resources that they find are read too."""
    workspaces: tuple[WorkspaceSettings, ...] = ()
    """Workspaces that are queried for refused requests to the key vault, and for the vault's events and jobs."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not (self.resources or self.discovery or self.workspaces):
            raise ValueError("nothing to read: give resources, discovery or workspaces")
        return self


@dataclass(frozen=True, slots=True)
class MonitoredTarget:
    """A section, and its own resources together with those that its discoveries found."""

    settings: AzureMonitorSettings
    resources: tuple[MonitoredResource, ...]
