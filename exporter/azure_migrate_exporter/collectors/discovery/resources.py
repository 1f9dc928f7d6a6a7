"""The accounts, the namespace and the key vault of one appliance: told by Azure, or computed and then looked for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.discovery import names
from azure_migrate_exporter.collectors.discovery.contents import Fabric, Machines, Mapping
from azure_migrate_exporter.collectors.discovery.existing import Existing
from azure_migrate_exporter.collectors.discovery.found import Account, Missing, Resource, Role

MAPPING: Final = "the container mapping"
DISK: Final = "a machine's disk"


@dataclass(slots=True)
class Resources:
    """What was found for one appliance, and what was not."""

    accounts: list[Account] = field(default_factory=list)
    servicebus: Resource | None = None
    key_vault: Resource | None = None
    missing: list[Missing] = field(default_factory=list)


def told(mapping: Mapping, machines: Machines) -> Iterator[ArmId]:
    """Every id that Azure names, for whoever wants to know in which groups to look."""
    yield from (one for one in (mapping.storage_account, mapping.key_vault) if one is not None)
    yield from machines.log_accounts


def resources(fabric: Fabric, mapping: Mapping, machines: Machines, existing: Existing) -> Resources:
    """What the appliance of `fabric` uses. Without a mapping nothing is known, and so nothing is guessed."""
    search = _Search(fabric, mapping, existing)
    if mapping.generation == "legacy":
        search.accounts("cache", machines.log_accounts, DISK, names.CACHE)
        search.accounts("gateway", _one(mapping.storage_account), MAPPING, names.GATEWAY)
        search.found.servicebus = search.computed(names.SERVICEBUS, names.BUS)
        search.found.key_vault = search.named(mapping.key_vault, MAPPING) if mapping.key_vault else None
    elif mapping.generation == "greenfield":
        search.accounts("replication", _one(mapping.storage_account), MAPPING, names.REPLICATION)
        others = [one for one in machines.log_accounts if one != mapping.storage_account]
        if others:
            search.accounts("cache", others, DISK, names.CACHE)
    return search.found


def _one(named: ArmId | None) -> tuple[ArmId, ...]:
    return () if named is None else (named,)


class _Search:
    """Looks for the resources of one appliance, and keeps what it finds and misses."""

    def __init__(self, fabric: Fabric, mapping: Mapping, existing: Existing) -> None:
        self.found = Resources()
        self._mapping = mapping
        self._existing = existing
        legacy = mapping.generation == "legacy"
        computed = names.naming_hash(fabric.site.name + mapping.target_region if legacy else str(fabric.id))
        given = names.number_of(mapping.storage_account.name) if mapping.storage_account else None
        self._numbers = dict.fromkeys(number for number in (given, computed) if number is not None)

    def accounts(self, role: Role, ids: Iterable[ArmId], named_by: str, prefix: str) -> None:
        """Add those that Azure names, or else the one with the computed name."""
        named = [self.named(one, named_by) for one in ids]
        resources = named or [self.computed(names.STORAGE, prefix)]
        self.found.accounts += [Account(role, one) for one in resources if one is not None]

    def named(self, where: ArmId, named_by: str) -> Resource | None:
        """What Azure names, if it is there."""
        resource = self._existing.get(where, self._mapping.target_region)
        if resource is None:
            self.found.missing.append(Missing(where.type, where.name, named_by))
        return resource

    def computed(self, kind: str, prefix: str) -> Resource | None:
        """The resource whose name ends in the number of its siblings, or in the computed one, if there is one."""
        candidates = [f"{prefix}{number}" for number in self._numbers]
        resource = self._existing.find(kind, candidates)
        if resource is None:
            self.found.missing.append(Missing(kind, candidates[0]))
        return resource
