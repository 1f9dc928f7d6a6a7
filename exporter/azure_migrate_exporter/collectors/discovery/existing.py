"""What exists in the resource groups that a project uses: the test of every name that was told or computed.

ARM's list of a group's resources: Reader on the group suffices.
"""

from collections.abc import Iterable
from typing import Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.collectors.discovery.contents import region
from azure_migrate_exporter.collectors.discovery.found import Resource
from azure_migrate_exporter.collectors.discovery.locate import RESOURCES_VERSION
from azure_migrate_exporter.collectors.discovery.names import KEYVAULT, SERVICEBUS, STORAGE
from azure_migrate_exporter.reasons import CheckError, Reason

TYPES: Final = frozenset({STORAGE, SERVICEBUS, KEYVAULT})


class Existing:
    """The storage accounts, Service Bus namespaces and key vaults of some groups."""

    def __init__(self) -> None:
        self._resources: dict[ArmId, Resource] = {}
        self._listed: set[ArmId] = set()
        self.hidden: list[ArmId] = []
        """Groups that exist for others only, or not at all."""

    async def look(self, arm: Arm, groups: Iterable[ArmId]) -> None:
        """List those `groups` that have not been looked at. Raises `CheckError` for any failure but a refusal."""
        for group in dict.fromkeys(groups):
            if group in self._listed or group in self.hidden:
                continue
            try:
                async for one in arm.listed(f"{group}/resources", RESOURCES_VERSION):
                    if one["type"].casefold() in TYPES:
                        found = ArmId(one["id"])
                        self._resources[found] = Resource(found, region(one.get("location") or ""))
            except CheckError as error:
                if error.reason not in {Reason.NOT_FOUND, Reason.FORBIDDEN}:
                    raise
                self.hidden.append(group)
            else:
                self._listed.add(group)

    def find(self, kind: str, names: Iterable[str]) -> Resource | None:
        """The first of `names` that exists as a resource of type `kind`."""
        known = {one.id.name.casefold(): one for one in self._resources.values() if one.id.type == kind}
        return next((known[name] for name in names if name in known), None)

    def get(self, named: ArmId, told_region: str) -> Resource | None:
        """A resource that Azure names: None if it is not there. In a hidden group it is taken on trust."""
        if group_of(named) in self.hidden:
            return Resource(named, told_region)
        return self._resources.get(named)


def group_of(resource: ArmId) -> ArmId:
    """The resource group of a resource."""
    return ArmId(f"/subscriptions/{resource.subscription}/resourceGroups/{resource.group}")
