"""Checks across sections: contradictions, and targets that share a name."""

from collections.abc import Iterator
from typing import Final

from azure_migrate_exporter.config.azure_monitor import MINIMUM_INTERVAL
from azure_migrate_exporter.config.settings import ApplianceSettings, Settings
from azure_migrate_exporter.config.yaml_reader import Place, Problem

SECTIONS: Final = ("storage", "servicebus", "eventhubs", "keyvaults")
"""Lists of targets in an appliance."""
BILLED: Final = ("azure_metrics", "azure_logs")
"""Collectors whose calls cost money."""
LEGACY_ONLY: Final = {"servicebus": "Service Bus", "keyvaults": "replication key vault"}


def find_conflicts(settings: Settings) -> Iterator[Problem]:
    """Every conflict, with its location."""
    yield from _duplicate_names("appliances", [appliance.name for appliance in settings.appliances])
    yield from _duplicate_names("vcenters", [vcenter.name for vcenter in settings.vcenters])
    yield from _duplicate_names("replication", [vault.target for vault in settings.replication])
    yield from _duplicate_names("discovery", [entry.target for entry in settings.discovery])
    yield from _duplicate_names("azure_monitor", [entry.name for entry in settings.azure_monitor])
    yield from _duplicate_vaults(settings)
    yield from _unknown_discoveries(settings)
    yield from _unknown_vaults(settings)
    yield from _monitored_twice(settings)
    yield from _billed_schedules(settings)
    yield from _unknown_replication(settings)
    for section in SECTIONS:
        yield from _duplicate_targets(settings, section)
    vcenters = {vcenter.name for vcenter in settings.vcenters}
    for position, appliance in enumerate(settings.appliances):
        yield from _appliance_conflicts(appliance, ("appliances", position), vcenters)


def _duplicate_names(section: str, names: list[str]) -> Iterator[Problem]:
    for position, name in enumerate(names):
        if name in names[:position]:
            first = f"{section}[{names.index(name)}]"
            yield (section, position, "name"), f"{first} has this name already; give each its own"


def _unknown_discoveries(settings: Settings) -> Iterator[Problem]:
    known = [entry.target for entry in settings.discovery]
    for i, entry in enumerate(settings.azure_monitor):
        for j, name in enumerate(entry.discovery):
            if name not in known:
                names = ", ".join(known) or "none"
                yield ("azure_monitor", i, "discovery", j), f"no discovery {name!r} is configured; there are: {names}"


def _unknown_vaults(settings: Settings) -> Iterator[Problem]:
    known = [vault.target for vault in settings.replication] + [entry.target for entry in settings.discovery]
    named: list[tuple[Place, str]] = [
        (("appliances", i, "vault"), appliance.vault)
        for i, appliance in enumerate(settings.appliances)
        if appliance.vault
    ]
    named += [
        (("vcenters", i, "vaults", j), name)
        for i, vcenter in enumerate(settings.vcenters)
        for j, name in enumerate(vcenter.vaults)
    ]
    for place, name in named:
        if name not in known:
            yield place, f"no replication or discovery {name!r} is configured; there are: {', '.join(known) or 'none'}"


def _unknown_replication(settings: Settings) -> Iterator[Problem]:
    """Benchmarks that make way for machines of which nothing is known."""
    if settings.replication or settings.discovery:
        return
    for i, appliance in enumerate(settings.appliances):
        for j, account in enumerate(appliance.storage):
            if account.benchmark.share_while_replicating < 1:
                place = ("appliances", i, "storage", j, "benchmark", "share_while_replicating")
                yield place, "only a vault knows which machines replicate: add the section replication or discovery"


def _duplicate_vaults(settings: Settings) -> Iterator[Problem]:
    """One vault under two names: it would be read twice, and its events and jobs counted twice."""
    first: dict[tuple[str, ...], int] = {}
    for position, vault in enumerate(settings.replication):
        known = first.setdefault(vault.place, position)
        if known != position:
            yield ("replication", position), f"replication[{known}] is this vault already; remove one of them"


def _monitored_twice(settings: Settings) -> Iterator[Problem]:
    """Resources that two entries would query (and pay for) twice, and write the same series for."""
    first: dict[tuple[str, str, str], str] = {}
    for place, what, key in _monitored(settings):
        written = f"{place[0]}[{place[1]}].{place[2]}[{place[3]}]"
        known = first.setdefault((str(place[2]), *key), written)
        if known != written:
            yield place, f"{known} {what} already; remove one of them"


def _monitored(settings: Settings) -> Iterator[tuple[Place, str, tuple[str, str]]]:
    """Everything that `azure_monitor` names: its location, what the entry does, and its identity."""
    for i, entry in enumerate(settings.azure_monitor):
        for j, resource in enumerate(entry.resources):
            key = (resource.id.casefold(), resource.appliance)
            yield ("azure_monitor", i, "resources", j), "reads this resource for this appliance", key
        for j, name in enumerate(entry.discovery):
            yield ("azure_monitor", i, "discovery", j), "reads what this discovery finds", (name, "")
        for j, workspace in enumerate(entry.workspaces):
            place: Place = ("azure_monitor", i, "workspaces", j)
            yield place, "asks this workspace", ("id", workspace.id.casefold())
            yield place, "has this name", ("name", workspace.name)


def _billed_schedules(settings: Settings) -> Iterator[Problem]:
    for collector in BILLED:
        changes = settings.schedules.get(collector)
        for key in ("interval", "retry_interval"):
            seconds = getattr(changes, key, None)
            if seconds is not None and seconds < MINIMUM_INTERVAL:
                text = f"each of these calls is billed: write at least {MINIMUM_INTERVAL:g}s"
                yield ("schedules", collector, key), text


def _duplicate_targets(settings: Settings, section: str) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for i, appliance in enumerate(settings.appliances):
        for j, entry in enumerate(getattr(appliance, section)):
            place = f"appliances[{i}].{section}[{j}]"
            known = first.setdefault(entry.target, place)
            if known != place:
                yield (
                    ("appliances", i, section, j),
                    f"the target {entry.target!r} is {known} already; give one of them another `name`",
                )


def _appliance_conflicts(appliance: ApplianceSettings, place: Place, vcenters: set[str]) -> Iterator[Problem]:
    if appliance.generation == "greenfield":
        for section, what in LEGACY_ONLY.items():
            if getattr(appliance, section):
                yield (
                    (*place, section),
                    f"a greenfield project has no {what}: remove this section, or correct `generation`",
                )
    for position, name in enumerate(appliance.esxi.vcenters if appliance.esxi else ()):
        if name not in vcenters:
            known = ", ".join(sorted(vcenters)) or "none"
            yield (*place, "esxi", "vcenters", position), f"no vCenter {name!r} is configured; there are: {known}"
