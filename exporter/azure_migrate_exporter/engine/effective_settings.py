"""Settings as they take effect: what an operator wrote, and then what the discoveries found beside it."""

from collections.abc import Iterator
from typing import Any, Final

from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.settings import ApplianceSettings, Generation, Settings
from azure_migrate_exporter.runtime.blackboard import Blackboard

SECTIONS: Final = {"storage": "account", "servicebus": "host", "keyvaults": "host"}
"""Lists of an appliance to which a discovery adds, and what tells that two entries are about the same thing."""
LEGACY_ONLY: Final = ("servicebus", "keyvaults")
GENERATIONS: Final[tuple[Generation, ...]] = ("unknown", "greenfield", "legacy")
"""Of two appliances with one name that were found in different projects, the later in this list has more to check."""


def effective(settings: Settings, blackboard: Blackboard) -> Settings:
    """`settings` with the appliances and vaults that their discoveries found; what is written wins over what is found.

    An appliance that is written and found is one, told by its name without regard to case: it gains what it does not
    have yet, and its generation if that is unknown.
    """
    if not settings.discovery:
        return settings
    found = [blackboard.discovered(entry.target) for entry in settings.discovery]
    appliances = _Appliances(settings)
    for appliance in (appliance for one in found for appliance in one.appliances):
        appliances.add(appliance)
    vaults = [one.vault for one in found if one.vault is not None]
    return settings.model_copy(
        update={
            "appliances": appliances.all,
            "replication": (*settings.replication, *_unwatched(settings, vaults)),
        }
    )


class _Appliances:
    """Those that are written, and what is added to them."""

    def __init__(self, settings: Settings) -> None:
        self._by_name = {appliance.name.casefold(): appliance for appliance in settings.appliances}
        self._written = {name: appliance.generation for name, appliance in self._by_name.items()}
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
        written = self._written.get(name, "unknown")
        more: dict[str, Any] = {"generation": _generation(written, base.generation, found.generation)}
        for section, key in SECTIONS.items():
            if written == "greenfield" and section in LEGACY_ONLY:
                continue
            entries = getattr(base, section)
            known = {getattr(entry, key) for entry in entries}
            new = (entry for entry in getattr(found, section) if getattr(entry, key) not in known)
            more[section] = (*entries, *(self._named(section, base.name, entry) for entry in new))
        self._by_name[name] = base.model_copy(update=more)

    def _named(self, section: str, appliance: str, entry: Any) -> Any:
        """`entry`, under a name of its own: two appliances may share an account."""
        if entry.target in self._targets[section]:
            entry = entry.model_copy(update={"name": f"{entry.target}-{appliance}"})
        self._targets[section].add(entry.target)
        return entry


def _generation(written: Generation, before: Generation, found: Generation) -> Generation:
    return written if written != "unknown" else max(before, found, key=GENERATIONS.index)


def _unwatched(settings: Settings, vaults: list[VaultSettings]) -> Iterator[VaultSettings]:
    """Vaults that were found, and that nobody wrote or found before."""
    known = {vault.place for vault in settings.replication}
    names = {vault.target for vault in settings.replication}
    for vault in vaults:
        if vault.place not in known:
            known.add(vault.place)
            if vault.target in names:
                vault = vault.model_copy(update={"name": f"{vault.target}-{vault.resource_group}"})  # noqa: PLW2901
            names.add(vault.target)
            yield vault
