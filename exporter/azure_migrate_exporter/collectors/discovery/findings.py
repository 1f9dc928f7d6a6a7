"""What a search finds, before it becomes targets or a configuration file."""

from dataclasses import dataclass
from typing import Literal

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.off_azure import VCenter
from azure_migrate_exporter.config.settings import Generation

Role = Literal["cache", "gateway", "replication"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that exists, or that Azure names in a resource group that cannot be listed."""

    id: ArmId
    region: str
    """As in ``francecentral``."""


@dataclass(frozen=True, slots=True)
class Account:
    """A storage account and what the replication uses it for."""

    role: Role
    resource: Resource


@dataclass(frozen=True, slots=True)
class MissingResource:
    """A resource that should exist and does not. `named_by` is what names it; empty if its name was only computed."""

    type: str
    name: str
    named_by: str = ""


@dataclass(frozen=True, slots=True)
class NeededRole:
    """A role that an identity needs on an account: `identity` is ``appliance`` or ``vault``."""

    account: str
    identity: str
    role: str
    assigned: bool


@dataclass(frozen=True, slots=True)
class FoundAppliance:
    """An appliance that replicates, and the resources that it uses."""

    name: str
    site: ArmId
    fabric: ArmId
    generation: Generation
    target_region: str
    machines: int
    accounts: tuple[Account, ...] = ()
    servicebus: Resource | None = None
    key_vault: Resource | None = None
    vcenters: tuple[VCenter, ...] = ()
    missing: tuple[MissingResource, ...] = ()
    roles: tuple[NeededRole, ...] = ()
    """Those of which Azure says whether they are assigned."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Every Azure resource that it uses."""
        others = (one for one in (self.servicebus, self.key_vault) if one is not None)
        return (*(account.resource for account in self.accounts), *others)


@dataclass(frozen=True, slots=True)
class Findings:
    """What belongs to one project or vault."""

    project: ArmId | None
    vault: ArmId
    vault_region: str
    private: bool
    """Whether Site Recovery uses private endpoints."""
    appliances: tuple[FoundAppliance, ...]
    notes: tuple[str, ...]
    """What could not be read, or is not as expected; one line each."""
