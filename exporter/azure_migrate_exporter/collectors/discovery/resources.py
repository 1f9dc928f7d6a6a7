"""The storage accounts, the namespace and the key vault of one appliance: named by Azure, or computed and looked up.

The names that Azure Migrate gives end in one number: a 32-bit hash over the site's name and the target region in
legacy projects, over the fabric's id in those made since 2024. A computed name is a guess until a resource has it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import KEY_VAULT, SERVICEBUS_NAMESPACE, STORAGE_ACCOUNT, ArmId
from azure_migrate_exporter.azure.json_fields import arm_id, mapping, region
from azure_migrate_exporter.azure.site_recovery import ContainerMapping, Fabric
from azure_migrate_exporter.collectors.discovery.findings import Account, MissingResource, Resource, Role
from azure_migrate_exporter.collectors.discovery.project import RESOURCES_VERSION
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


def named_resources(mapping: ContainerMapping | None, machines: Machines) -> Iterator[ArmId]:
    """Every id that Azure names."""
    named = (mapping.storage_account, mapping.key_vault) if mapping else ()
    yield from (*(one for one in named if one is not None), *machines.log_accounts)


class ApplianceResources:
    """The resources of one appliance, and those that should exist and do not.

    Without a mapping the generation is unknown, and nothing is guessed.
    """

    def __init__(
        self, fabric: Fabric, mapping: ContainerMapping | None, machines: Machines, index: ResourceIndex
    ) -> None:
        self.target_region = mapping.target_region if mapping else ""
        self.accounts: list[Account] = []
        self.servicebus: Resource | None = None
        self.key_vault: Resource | None = None
        self.missing: list[MissingResource] = []
        self._index = index
        self._numbers = _numbers(fabric, mapping) if mapping else []
        if mapping is not None:
            self._look_up(mapping, machines)

    def _look_up(self, mapping: ContainerMapping, machines: Machines) -> None:
        own = [one for one in (mapping.storage_account,) if one is not None]
        if mapping.generation == "legacy":
            self._add_accounts("cache", machines.log_accounts, DISK, CACHE)
            self._add_accounts("gateway", own, MAPPING, GATEWAY)
            self.servicebus = self._computed(SERVICEBUS_NAMESPACE, SERVICEBUS)
            self.key_vault = self._named(mapping.key_vault, MAPPING) if mapping.key_vault else None
            return
        self._add_accounts("replication", own, MAPPING, REPLICATION)
        if others := [one for one in machines.log_accounts if one not in own]:
            self._add_accounts("cache", others, DISK, CACHE)

    def _add_accounts(self, role: Role, ids: Iterable[ArmId], named_by: str, prefix: str) -> None:
        """Add the accounts that Azure names, or else the one with the computed name."""
        named = [self._named(one, named_by) for one in ids]
        resources = named or [self._computed(STORAGE_ACCOUNT, prefix)]
        self.accounts += [Account(role, one) for one in resources if one is not None]

    def _named(self, identity: ArmId, named_by: str) -> Resource | None:
        """A resource that Azure names, if it exists."""
        resource = self._index.get(identity, self.target_region)
        if resource is None:
            self.missing.append(MissingResource(identity.type, identity.name, named_by))
        return resource

    def _computed(self, kind: str, prefix: str) -> Resource | None:
        """The resource whose name ends in the number of its siblings, or in the computed one, if it exists."""
        candidates = [f"{prefix}{number}" for number in self._numbers]
        resource = self._index.find(kind, candidates)
        if resource is None:
            self.missing.append(MissingResource(kind, candidates[0]))
        return resource


def _numbers(fabric: Fabric, mapping: ContainerMapping) -> list[int]:
    """The number in the names of the appliance's resources: that of a known sibling, then the computed one."""
    sibling = generated_number(mapping.storage_account.name) if mapping.storage_account else None
    site = fabric.site.name if fabric.site else ""
    computed = naming_hash(site + mapping.target_region if mapping.generation == "legacy" else str(fabric.id))
    return [computed] if sibling is None else [sibling, computed]
