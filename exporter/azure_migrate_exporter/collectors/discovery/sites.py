"""An appliance's site: its name, and the vCenters that were entered there.

Microsoft.OffAzure/VMwareSites, api-version 2020-01-01. Both are a help, not a need: who may not see them still gets the
rest.
"""

from dataclasses import dataclass
from typing import Any, Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.discovery.found import VCenter
from azure_migrate_exporter.reasons import CheckError, Reason

VERSION: Final = "2020-01-01"


@dataclass(frozen=True, slots=True)
class Site:
    """What a site says of its appliance; `name` is empty if it may not be seen."""

    name: str
    vcenters: tuple[VCenter, ...]


async def site(arm: Arm, where: ArmId) -> Site:
    """Raises `CheckError` for anything but a site that is gone or hidden."""
    try:
        found = await arm.get(str(where), VERSION)
        vcenters = [_vcenter(one.get("properties") or {}) async for one in arm.listed(f"{where}/vcenters", VERSION)]
    except CheckError as error:
        if error.reason in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
            return Site("", ())
        raise
    name = (found.get("properties") or {}).get("applianceName") or ""
    return Site(name, tuple(one for one in vcenters if one is not None))


def _vcenter(properties: dict[str, Any]) -> VCenter | None:
    address = properties.get("fqdn")
    port = str(properties.get("port") or "443")
    return VCenter(address, int(port)) if address and port.isdigit() else None
