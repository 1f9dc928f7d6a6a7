"""Shards: several exporters that divide the targets of one configuration among them, without talking to each other.

What is divided are units. The entries of a unit share what they find: a vCenter has to know which of its machines a
vault replicates, an appliance checks the hosts of its vCenters, and what a discovery finds is merged into appliances.
The shard of a unit is that with the highest hash of unit and shard (rendezvous hashing): it depends on nothing else,
and one more shard moves units to itself only.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from itertools import chain, combinations
from typing import Any, Final, Self

from azure_migrate_exporter.collectors.protocol import Target
from azure_migrate_exporter.config.discovery import DiscoverySettings
from azure_migrate_exporter.config.keyvault import KeyVaultSettings
from azure_migrate_exporter.config.servicebus import ServiceBusSettings
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.config.storage import StorageSettings
from azure_migrate_exporter.engine.effective_settings import SECTIONS as FOUND_SECTIONS

MAX_SHARDS: Final = 1000

SECTIONS: Final = ("replication", "discovery", "vcenters", "appliances", "azure_monitor")
"""Lists of the configuration that are divided. The first entry of a unit in this order names it."""
VAULTS: Final = ("replication", "discovery")
_SECTION_OF: Final = {
    "replication": "replication",
    "discovery": "discovery",
    "vsphere": "vcenters",
    "azure_metrics": "azure_monitor",
    "azure_logs": "azure_monitor",
}
"""Collectors whose targets are no appliance's → the section that lists the targets."""

_FOUND: Final = (StorageSettings, ServiceBusSettings, KeyVaultSettings)
"""Settings that a discovery adds to an appliance."""

Entry = tuple[str, str]
"""Section and name of an entry of the configuration."""


class ShardError(Exception):
    """A value of `--shard` that is none."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `total` exporters, counted from 0."""

    index: int = 0
    total: int = 1

    def __str__(self) -> str:
        return f"{self.index}/{self.total}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The shard that `--shard` names, as in ``0/3``. Raises `ShardError`."""
        written = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
        if written is None:
            raise ShardError(
                f"--shard: {text[:40]!r} is no shard: write its number, from 0, and how many there are, as in 0/3"
            )
        index, total = (int(number) if len(number) < 10 else sys.maxsize for number in written.groups())
        if not 1 <= total <= MAX_SHARDS:
            raise ShardError(f"--shard: {text[:20]}: there are 1 to {MAX_SHARDS} shards")
        if index >= total:
            raise ShardError(
                f"--shard: {text[:20]}: the shards are numbered from 0, so there are 0/{total} to {total - 1}/{total}"
            )
        return cls(index, total)


WHOLE: Final = Shard()
"""An exporter that checks everything."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Entries that one shard checks together, in the order of `SECTIONS`."""

    entries: tuple[Entry, ...]

    def shard_of(self, total: int) -> int:
        """The index of the shard that checks it."""
        section, name = self.entries[0]
        return max(range(total), key=lambda index: sha256(f"{index}/{section}/{name}".encode()).digest())


class Assignment:
    """Which targets of a configuration one shard checks."""

    def __init__(self, settings: Settings, shard: Shard) -> None:
        units = find_units(settings) if shard.total > 1 else []
        self._owned = {entry: unit.shard_of(shard.total) == shard.index for unit in units for entry in unit.entries}
        self._appliances = {appliance.name: appliance for appliance in settings.appliances}

    def own_discoveries(self, settings: Settings) -> Settings:
        """`settings` without the discoveries of other shards, so that nothing they found is merged."""
        own = tuple(entry for entry in settings.discovery if self._owns(("discovery", entry.target)))
        return settings.model_copy(update={"discovery": own})

    def owns_appliance(self, appliance: ApplianceSettings) -> bool:
        """Whether it is configured here, or found by a discovery of this shard and not configured."""
        return self._owns(("appliances", appliance.name))

    def owns(self, collector: str, target: Target[Any]) -> bool:
        """Whether this shard checks a target of its merged settings."""
        if not target.appliance:
            return self._owns((_SECTION_OF.get(collector, ""), target.name))
        return self._owns(("appliances", target.appliance)) or self._is_found(target)

    def _owns(self, entry: Entry) -> bool:
        """What is not configured was found, and by this shard: it runs no discovery of another one."""
        return self._owned.get(entry, True)

    def _is_found(self, target: Target[Any]) -> bool:
        """Whether a discovery of this shard found the target, under the name of an appliance that another one has."""
        appliance = self._appliances[target.appliance]
        configured = chain.from_iterable(getattr(appliance, section) for section in FOUND_SECTIONS)
        return isinstance(target.settings, _FOUND) and target.settings not in configured


def find_units(settings: Settings) -> list[Unit]:
    """The units of a configuration, in the order of their first entries."""
    units = _linked(settings)
    vaults, unlinked = _with_vaults(units), _without_vaults(settings, units)
    if vaults and unlinked:
        units = _join(units, frozenset().union(*vaults, *unlinked))
    return sorted((Unit(tuple(sorted(unit, key=_order))) for unit in units), key=lambda unit: _order(unit.entries[0]))


def unlinked_entries(settings: Settings) -> list[Entry]:
    """The entries that name no vault and so may belong to each, which keeps all vaults in one unit."""
    units = _linked(settings)
    if len(_with_vaults(units)) < 2:
        return []
    entries = frozenset[Entry]().union(*_without_vaults(settings, units))
    return sorted((entry for entry in entries if entry[0] in {"vcenters", "appliances"}), key=_order)


def _linked(settings: Settings) -> list[frozenset[Entry]]:
    """What is connected by the names that entries have of each other."""
    alone = [frozenset({entry}) for entry in _entries(settings)]
    return reduce(_join, _links(settings), alone)


def _join(units: list[frozenset[Entry]], linked: frozenset[Entry]) -> list[frozenset[Entry]]:
    """`units` with those that contain one of `linked` made one."""
    return [
        *(unit for unit in units if not unit & linked),
        frozenset().union(*(unit for unit in units if unit & linked)),
    ]


def _with_vaults(units: list[frozenset[Entry]]) -> list[frozenset[Entry]]:
    return [unit for unit in units if any(section in VAULTS for section, _ in unit)]


def _without_vaults(settings: Settings, units: list[frozenset[Entry]]) -> list[frozenset[Entry]]:
    """The units that need what a vault knows, or a discovery finds, and do not say which."""
    needs = {"vcenters", "appliances"} if settings.discovery else {"vcenters"}
    with_vaults = _with_vaults(units)
    return [unit for unit in units if unit not in with_vaults and any(section in needs for section, _ in unit)]


def _entries(settings: Settings) -> Iterator[Entry]:
    for section in SECTIONS:
        for entry in getattr(settings, section):
            yield section, entry.target if section in VAULTS else entry.name


def _links(settings: Settings) -> Iterator[frozenset[Entry]]:
    for appliance in settings.appliances:
        vcenters = appliance.esxi.vcenters if appliance.esxi else ()
        vaults = _vaults(settings, (appliance.vault,) if appliance.vault else ())
        yield frozenset({("appliances", appliance.name), *(("vcenters", name) for name in vcenters), *vaults})
    for vcenter in settings.vcenters:
        yield frozenset({("vcenters", vcenter.name), *_vaults(settings, vcenter.vaults)})
    for entry in settings.azure_monitor:
        yield frozenset({("azure_monitor", entry.name), *(("discovery", name) for name in entry.discovery)})
    for one, other in combinations(settings.discovery, 2):
        if _may_find_the_same(one, other):
            yield frozenset({("discovery", one.target), ("discovery", other.target)})


def _vaults(settings: Settings, names: tuple[str, ...]) -> Iterator[Entry]:
    """The entries of these names: a discovery and a vault may have the same."""
    for section in VAULTS:
        yield from ((section, entry.target) for entry in getattr(settings, section) if entry.target in names)


def _may_find_the_same(one: DiscoverySettings, other: DiscoverySettings) -> bool:
    """Whether they may find one vault: a project and a vault of one subscription, or one of them twice."""
    if one.subscription != other.subscription:
        return False
    if (one.project is None) != (other.project is None):
        return True
    return (one.project or one.vault or "").casefold() == (other.project or other.vault or "").casefold()


def _order(entry: Entry) -> tuple[int, str]:
    section, name = entry
    return SECTIONS.index(section), name
