"""The storage accounts, the namespace and the key vault of one appliance: named by Azure, or computed and looked up.

The names that Azure Migrate gives end in one number: a 32-bit hash over the site's name and the target region in
legacy projects, over the fabric's id in those made since 2024. A computed name is a guess until a resource has it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import KEY_VAULT, SERVICEBUS_NAMESPACE, STORAGE_ACCOUNT, ArmId
from azure_migrate_exporter.azure.json_fields import arm_id, mapping, region
from azure_migrate_exporter.azure.site_recovery import ContainerMapping, Fabric
from azure_migrate_exporter.collectors.discovery.findings import Account, MissingResource, Resource, Role
from azure_migrate_exporter.collectors.discovery.project import RESOURCES_VERSION
from azure_migrate_exporter.config.settings import Generation
from azure_migrate_exporter.reasons import CheckError, Reason

CACHE: Final = "migratelsa"
GATEWAY: Final = "migrategwsa"
REPLICATION: Final = "migratersa"
SERVICEBUS: Final = "migratesbns"
REPLICATION_VAULT: Final = "migratekv"
TYPES: Final = frozenset({STORAGE_ACCOUNT, SERVICEBUS_NAMESPACE, KEY_VAULT})
MAPPING: Final = "the container mapping"
DISK: Final = "a machine's disk"

_GENERATED: Final = re.compile(
    rf"(?:{CACHE}|{GATEWAY}|{REPLICATION}|{SERVICEBUS}|{REPLICATION_VAULT})([0-9]+)", re.IGNORECASE
)


def naming_hash(text: str) -> int:
    """The number for `text`: over its characters h = 31 h + code in 32 signed bits, and the absolute value of that."""
    value = 0
    for character in text:
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return abs(value - (1 << 32) if value >> 31 else value)


def generated_number(name: str) -> int | None:
    """The number in a name that Azure Migrate gave; None for any other, for instance a customer's own account."""
    match = _GENERATED.fullmatch(name)
    return int(match[1]) if match else None


class ResourceIndex:
    """The storage accounts, Service Bus namespaces and key vaults of some resource groups."""

    def __init__(self) -> None:
        self._resources: dict[ArmId, Resource] = {}
        self._listed: set[ArmId] = set()
        self.hidden: list[ArmId] = []
        """Groups that cannot be listed, or do not exist."""
        self.unreadable = 0
        """Resources without a readable id."""

    async def add_groups(self, arm: Arm, groups: Iterable[ArmId]) -> None:
        """List those `groups` that were not listed yet. Raises `CheckError` unless access is refused."""
        for group in dict.fromkeys(groups):
            if group in self._listed or group in self.hidden:
                continue
            try:
                async for value in arm.listed(f"{group}/resources", RESOURCES_VERSION):
                    self._add(mapping(value).get("id"), mapping(value).get("location"))
            except CheckError as error:
                if error.reason not in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
                    raise
                self.hidden.append(group)
            else:
                self._listed.add(group)

    def _add(self, identity: object, location: object) -> None:
        found = arm_id(identity)
        if found is not None and found.type in TYPES:
            found = arm_id(identity, found.type)
        if found is None:
            self.unreadable += 1
        elif found.type in TYPES:
            self._resources[found] = Resource(found, region(location))

    def find(self, kind: str, names: Iterable[str]) -> Resource | None:
        """The first of `names` that exists as a resource of type `kind`."""
        known = {one.id.name.lower(): one for one in self._resources.values() if one.id.type == kind}
        return next((known[name] for name in names if name in known), None)

    def get(self, named: ArmId, default_region: str) -> Resource | None:
        """A resource that Azure names; None if it does not exist. In a hidden group it counts as existing."""
        if named.group_id in self.hidden:
            return Resource(named, default_region)
        return self._resources.get(named)


@dataclass(frozen=True, slots=True)
class Machines:
    """The machines of one fabric: their number, and the cache accounts that the disks of some of them name."""

    count: int = 0
    log_accounts: tuple[ArmId, ...] = ()


@dataclass(slots=True)
class ApplianceResources:
    """The resources of one appliance, and those that should exist and do not."""

    accounts: list[Account] = field(default_factory=list)
    servicebus: Resource | None = None
    key_vault: Resource | None = None
    missing: list[MissingResource] = field(default_factory=list)


def named_resources(mapping: ContainerMapping | None, machines: Machines) -> Iterator[ArmId]:
    """Every id that Azure names."""
    if mapping is not None:
        yield from (one for one in (mapping.storage_account, mapping.key_vault) if one is not None)
    yield from machines.log_accounts


def appliance_resources(
    fabric: Fabric, mapping: ContainerMapping | None, machines: Machines, index: ResourceIndex
) -> ApplianceResources:
    """What the appliance of `fabric` uses. Without a mapping the generation is unknown, and nothing is guessed."""
    if mapping is None:
        return ApplianceResources()
    lookup = _Lookup(fabric, mapping, index)
    if mapping.generation == "legacy":
        lookup.add_accounts("cache", machines.log_accounts, DISK, CACHE)
        lookup.add_accounts("gateway", _optional(mapping.storage_account), MAPPING, GATEWAY)
        lookup.found.servicebus = lookup.computed(SERVICEBUS_NAMESPACE, SERVICEBUS)
        lookup.found.key_vault = lookup.named(mapping.key_vault, MAPPING) if mapping.key_vault else None
    else:
        lookup.add_accounts("replication", _optional(mapping.storage_account), MAPPING, REPLICATION)
        others = [one for one in machines.log_accounts if one != mapping.storage_account]
        if others:
            lookup.add_accounts("cache", others, DISK, CACHE)
    return lookup.found


def generation_of(mapping: ContainerMapping | None) -> Generation:
    """The generation of a fabric's project, which only its mapping shows."""
    return mapping.generation if mapping else "unknown"


def _optional(named: ArmId | None) -> tuple[ArmId, ...]:
    return () if named is None else (named,)


class _Lookup:
    """Looks up the resources of one appliance."""

    def __init__(self, fabric: Fabric, mapping: ContainerMapping, index: ResourceIndex) -> None:
        self.found = ApplianceResources()
        self._mapping = mapping
        self._index = index
        legacy = mapping.generation == "legacy"
        site = fabric.site.name if fabric.site else ""
        computed = naming_hash(site + mapping.target_region if legacy else str(fabric.id))
        sibling = generated_number(mapping.storage_account.name) if mapping.storage_account else None
        self._numbers = dict.fromkeys(number for number in (sibling, computed) if number is not None)

    def add_accounts(self, role: Role, ids: Iterable[ArmId], named_by: str, prefix: str) -> None:
        """Add the accounts that Azure names, or else the one with the computed name."""
        named = [self.named(one, named_by) for one in ids]
        resources = named or [self.computed(STORAGE_ACCOUNT, prefix)]
        self.found.accounts += [Account(role, one) for one in resources if one is not None]

    def named(self, identity: ArmId, named_by: str) -> Resource | None:
        """A resource that Azure names, if it exists."""
        resource = self._index.get(identity, self._mapping.target_region)
        if resource is None:
            self.found.missing.append(MissingResource(identity.type, identity.name, named_by))
        return resource

    def computed(self, kind: str, prefix: str) -> Resource | None:
        """The resource whose name ends in the number of its siblings, or in the computed one, if it exists."""
        candidates = [f"{prefix}{number}" for number in self._numbers]
        resource = self._index.find(kind, candidates)
        if resource is None:
            self.found.missing.append(MissingResource(kind, candidates[0]))
        return resource
