"""What is in a vault beside machines, events and jobs: fabrics, providers, sites and the vault's own health."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.azure.json_fields import (
    Json,
    deadline,
    label,
    last_segment,
    mapping,
    moment,
    objects,
    segment_after,
    text,
    word,
)
from azure_migrate_exporter.collectors.replication.errors import Error, health_errors
from azure_migrate_exporter.collectors.replication.item import Item

PARTS: Final = {
    "protected_items": "protectedItemsHealth",
    "fabrics": "fabricsHealth",
    "containers": "containersHealth",
}
_SITE: Final = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.offazure/vmwaresites/[^/]+", re.IGNORECASE
)
_MADE: Final = re.compile(r"(.+)[0-9a-f]{4}(?:site|replicationfabric)")
"""How the names of sites and fabrics are made from the appliance's."""


@dataclass(frozen=True, slots=True)
class Fabric:
    """An appliance as the vault has it."""

    name: str
    site: str
    """ARM id of its site, in lower case, or ""."""
    health: str
    errors: frozenset[Error]


@dataclass(frozen=True, slots=True)
class Provider:
    """The DRA of an appliance."""

    fabric: str
    dra: str
    """draIdentifier: what ends a machine's `recoveryServicesProviderId`."""
    heartbeat: float | None
    connected: bool
    version: str
    version_state: str
    expires: float | None
    errors: frozenset[Error]


@dataclass(frozen=True, slots=True)
class Site:
    """What an appliance discovers into."""

    appliance: str
    heartbeat: float | None
    """Of its discovery agent."""
    version: str


@dataclass(frozen=True, slots=True)
class Health:
    """The vault's summary. `issues` are counted by part and severity."""

    errors: frozenset[Error]
    issues: tuple[tuple[str, str, int], ...]


def fabric(value: Json) -> Fabric:
    """A fabric of the list."""
    properties = mapping(value.get("properties"))
    site = text(mapping(properties.get("customDetails")).get("vmwareSiteId")).lower()
    errors = health_errors(properties.get("healthErrorDetails"))
    return Fabric(last_segment(value.get("id")), site, word(properties.get("health")), errors)


def provider(value: Json, now: float) -> Provider:
    """A provider of the list."""
    properties = mapping(value.get("properties"))
    version = mapping(properties.get("providerVersionDetails"))
    return Provider(
        segment_after(value.get("id"), "replicationFabrics"),
        text(properties.get("draIdentifier")).lower(),
        moment(properties.get("lastHeartBeat"), now),
        word(properties.get("connectionStatus")) == "connected",
        label(version.get("version")) or label(properties.get("providerVersion")),
        word(version.get("status")),
        deadline(version.get("expiryDate")),
        health_errors(properties.get("healthErrorDetails")),
    )


def site(value: Json, now: float) -> Site:
    """The answer about a site."""
    properties = mapping(value.get("properties"))
    agent = mapping(properties.get("agentDetails"))
    name = label(properties.get("applianceName"))
    return Site(name, moment(agent.get("lastHeartBeatUtc"), now), label(agent.get("version")))


def health(value: Json) -> Health:
    """The answer about the vault's health."""
    properties = mapping(value.get("properties"))
    return Health(health_errors(properties.get("vaultErrors")), tuple(_issues(properties)))


def _issues(properties: Json) -> Iterator[tuple[str, str, int]]:
    for part, field in PARTS.items():
        counts = dict.fromkeys(("error", "warning"), 0)
        for issue in objects(mapping(properties.get(field)).get("issues")):
            severity = word(issue.get("severity")) or "none"
            counts[severity] = counts.get(severity, 0) + 1
        yield from ((part, severity, count) for severity, count in counts.items())


class Names:
    """Which appliance something belongs to. What cannot be read is concluded from how Azure Migrate makes names."""

    def __init__(self) -> None:
        self.fabrics: dict[str, Fabric] = {}
        self.providers: tuple[Provider, ...] = ()
        self.sites: dict[str, Site] = {}
        """By ARM id in lower case."""

    def wanted_sites(self, items: Iterable[Item]) -> list[str]:
        """Ids of the sites to be read: those of the fabrics, and those of the machines."""
        named = {one.site for one in self.fabrics.values()} | {one.site for one in items}
        return sorted(name for name in named if _SITE.fullmatch(name))

    def of_item(self, item: Item) -> str:
        """The appliance of a machine."""
        if item.site:
            return self.of_site(item.site)
        joined = (one.fabric for one in self.providers if one.dra and one.dra == item.provider)
        return self.of_fabric(next(joined, item.fabric))

    def of_fabric(self, name: str) -> str:
        """The appliance of a fabric."""
        known = self.fabrics.get(name)
        return self.of_site(known.site) if known and known.site else _made_from(name)

    def of_site(self, site_id: str) -> str:
        """The appliance of a site."""
        known = self.sites.get(site_id)
        return known.appliance if known and known.appliance else _made_from(last_segment(site_id))


def _made_from(name: str) -> str:
    made = _MADE.fullmatch(name)
    return made[1] if made else name
