"""What a discovery finds, before anything is made of it."""

from dataclasses import dataclass
from typing import Literal

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.config.settings import Generation

Role = Literal["cache", "gateway", "replication"]


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that exists, or that Azure names in a place that we may not look at."""

    id: ArmId
    region: str
    """As in ``francecentral``."""


@dataclass(frozen=True, slots=True)
class Account:
    """A storage account and what the replication uses it for."""

    role: Role
    resource: Resource


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that should exist and does not. `named_by` tells who says so; empty if only its name was computed."""

    type: str
    name: str
    named_by: str = ""


@dataclass(frozen=True, slots=True)
class VCenter:
    """A vCenter that the appliance reads from, as it was entered there."""

    address: str
    port: int


@dataclass(frozen=True, slots=True)
class FoundAppliance:
    """An appliance that replicates, and what it uses."""

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
    missing: tuple[Missing, ...] = ()

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Everything in Azure that it uses."""
        others = (one for one in (self.servicebus, self.key_vault) if one is not None)
        return (*(account.resource for account in self.accounts), *others)


@dataclass(frozen=True, slots=True)
class Findings:
    """One project or vault."""

    project: ArmId | None
    vault: ArmId
    vault_region: str
    private: bool
    """Whether Site Recovery uses private endpoints there."""
    appliances: tuple[FoundAppliance, ...]
    notes: tuple[str, ...]
    """What could not be looked at, or is not as expected; one line each."""
