"""The effective settings: the configuration file merged with what the discoveries found."""

from collections.abc import Iterator
from typing import Any, Final

from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.settings import ApplianceSettings, Generation, Settings
from azure_migrate_exporter.runtime.blackboard import Blackboard

SECTIONS: Final = {"storage": "account", "servicebus": "host", "keyvaults": "host"}
"""Lists of an appliance to which a discovery adds entries → the attribute that identifies an entry."""
LEGACY_ONLY: Final = ("servicebus", "keyvaults")
GENERATIONS: Final[tuple[Generation, ...]] = ("unknown", "greenfield", "legacy")
"""Ascending order of precedence, for appliances of one name that were found in different projects."""


def merge_discovered(settings: Settings, blackboard: Blackboard) -> Settings:
    """`settings` with the appliances and vaults that their discoveries found. Configured values take precedence.

    A configured and a discovered appliance are the same if their names match, ignoring case: the configured one gains
    the entries that it lacks, and its generation if that is unknown.
    """
    if not settings.discovery:
        return settings
    found = [blackboard.discovered(entry.target) for entry in settings.discovery]
    appliances = _ApplianceMerger(settings)
    for appliance in (appliance for one in found for appliance in one.appliances):
        appliances.add(appliance)
    vaults = [one.vault for one in found if one.vault is not None]
    return settings.model_copy(
        update={
            "appliances": appliances.all,
            "replication": (*settings.replication, *_new_vaults(settings, vaults)),
        }
    )


class _ApplianceMerger:
    """The configured appliances and the discovered entries added to them."""

    def __init__(self, settings: Settings) -> None:
        self._by_name = {appliance.name.casefold(): appliance for appliance in settings.appliances}
        self._configured = {name: appliance.generation for name, appliance in self._by_name.items()}
        self._targets = {
            section: {entry.target for appliance in settings.appliances for entry in getattr(appliance, section)}
            for section in SECTIONS
        }

    @property
    def all(self) -> tuple[ApplianceSettings, ...]:
        return tuple(self._by_name.values())

    def add(self, found: ApplianceSettings) -> None:
        name = found.name.casefold()
        base = self._by_name.get(name) or ApplianceSettings(name=found.name)
        configured = self._configured.get(name, "unknown")
        more: dict[str, Any] = {"generation": _generation(configured, base.generation, found.generation)}
        for section, key in SECTIONS.items():
            if configured == "greenfield" and section in LEGACY_ONLY:
                continue
            entries = getattr(base, section)
            known = {getattr(entry, key) for entry in entries}
            new = (entry for entry in getattr(found, section) if getattr(entry, key) not in known)
            more[section] = (*entries, *(self._with_unique_name(section, base.name, entry) for entry in new))
        self._by_name[name] = base.model_copy(update=more)

    def _with_unique_name(self, section: str, appliance: str, entry: Any) -> Any:
        """`entry`, renamed if its target exists already: two appliances may share an account."""
        if entry.target in self._targets[section]:
            entry = entry.model_copy(update={"name": f"{entry.target}-{appliance}"})
        self._targets[section].add(entry.target)
        return entry


def _generation(configured: Generation, before: Generation, found: Generation) -> Generation:
    return configured if configured != "unknown" else max(before, found, key=GENERATIONS.index)


def _new_vaults(settings: Settings, vaults: list[VaultSettings]) -> Iterator[VaultSettings]:
    """The discovered vaults that are neither configured nor found by an earlier discovery."""
    known = {vault.place for vault in settings.replication}
    names = {vault.target for vault in settings.replication}
    for vault in vaults:
        if vault.place not in known:
            known.add(vault.place)
            if vault.target in names:
                vault = vault.model_copy(update={"name": f"{vault.target}-{vault.resource_group}"})  # noqa: PLW2901
            names.add(vault.target)
            yield vault
