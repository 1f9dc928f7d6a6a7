"""Section `replication`: the Recovery Services vaults whose replication is read from Azure Resource Manager."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from azure_migrate_exporter.config.base import Name, PositiveDuration
from azure_migrate_exporter.config.blackout import Blackout
from azure_migrate_exporter.config.clouds import AzureAccess, Guid


class VaultSettings(AzureAccess):
    """One vault. Least privilege: the role Reader on its resource group, which also holds the appliances' sites."""

    name: Name | None = None
    """Name of the target and value of the label `vault`; the vault's own name if left out."""
    subscription: Guid
    """Id of the subscription."""
    resource_group: Name
    """Name of the resource group."""
    vault: Name
    """Name of the vault."""
    reads_per_minute: Annotated[int, Field(ge=30, le=1200)] = 150
    """Most requests in any minute. Lists come first, about ten a minute; the others read single machines, those in
    trouble first. The subscription's own limit is 1500 for all requests of one identity."""
    request_timeout: PositiveDuration = 15.0
    """Deadline of one request. It must be well below the timeout of the collector's schedule."""

    @property
    def target(self) -> str:
        """Name of the target."""
        return self.name or self.vault

    @property
    def place(self) -> tuple[str, ...]:
        """What identifies the vault."""
        return tuple(part.casefold() for part in (self.subscription, self.resource_group, self.vault))


@dataclass(frozen=True, slots=True)
class ReplicationTarget:
    """A vault, and the blackout windows of appliances by name: any of them may replicate into it."""

    settings: VaultSettings
    blackouts: tuple[tuple[str, Blackout], ...] = ()
