"""`check-config --total-shards`: which shard has which entries of a configuration, one line for each unit."""

from collections.abc import Iterator
from typing import Final

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.sharding import SECTIONS, Unit, find_units, unlinked_entries

_KEYS: Final = {"vcenters": "`vaults`", "appliances": "`vault`"}
"""The key with which an entry of a section names its vaults."""


def describe_shards(settings: Settings, total: int) -> Iterator[str]:
    """The units of each shard, then what keeps them from being smaller."""
    units = find_units(settings)
    for index in range(total):
        own = [unit for unit in units if unit.shard_of(total) == index]
        yield from (f"shard {index}/{total}: {_entries(unit)}" for unit in own)
        if not own:
            yield f"shard {index}/{total}: nothing"
    for section, name in unlinked_entries(settings):
        yield f"{section} {name}: names no vault, so all vaults are in one shard with it; give it {_KEYS[section]}"


def _entries(unit: Unit) -> str:
    """As in ``replication paris; vcenters vc1, vc2``."""
    names = {section: ", ".join(name for of, name in unit.entries if of == section) for section in SECTIONS}
    return "; ".join(f"{section} {listed}" for section, listed in names.items() if listed)
