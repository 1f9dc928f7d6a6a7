"""Objects of Microsoft.OffAzure: the site that an appliance reports to, and the vCenters that were entered there."""

from dataclasses import dataclass
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import Json, label, mapping, name, past_timestamp

API_VERSION: Final = "2020-01-01"


@dataclass(frozen=True, slots=True)
class Site:
    """The discovery site of one appliance; every field may be empty."""

    appliance: str = ""
    heartbeat: float | None = None
    """Last heartbeat of the discovery agent, in Unix seconds."""
    agent_version: str = ""


@dataclass(frozen=True, slots=True)
class VCenter:
    """A vCenter as it was entered at the appliance."""

    address: str
    port: int


def read_site(value: Json, now: float) -> Site:
    """The answer about a site, at `now` in Unix seconds."""
    properties = mapping(value.get("properties"))
    agent = mapping(properties.get("agentDetails"))
    heartbeat = past_timestamp(agent.get("lastHeartBeatUtc"), now)
    return Site(name(properties.get("applianceName")), heartbeat, label(agent.get("version")))


def read_vcenter(value: Any) -> VCenter | None:
    """A vCenter of a site's list; None for one without a usable address."""
    properties = mapping(mapping(value).get("properties"))
    address, port = name(properties.get("fqdn")), properties.get("port") or 443
    if isinstance(port, str) and port.isdecimal() and len(port) < 6:
        port = int(port)
    return VCenter(address, port) if address and isinstance(port, int) and 0 < port < 65536 else None
