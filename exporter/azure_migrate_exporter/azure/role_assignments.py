"""The roles that replication needs on its storage account, and whether an identity has them."""

from collections.abc import Mapping
from typing import Any, Final

from azure_migrate_exporter.azure.arm_client import Arm
from azure_migrate_exporter.azure.arm_id import ArmId
from azure_migrate_exporter.azure.json_fields import mapping, text
from azure_migrate_exporter.reasons import CheckError, Reason

API_VERSION: Final = "2022-04-01"
NEEDED_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "Contributor": frozenset({"b24988ac-6180-42a0-ab88-20f7382dd24c", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"}),
    "Storage Blob Data Contributor": frozenset(
        {"ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"}
    ),
}
"""The documented roles of the appliance's identity and of the vault's, in projects without a key vault; each with the
ids of the built-in roles that include it: its own, and that of the owner's role."""


async def needed_roles(arm: Arm, scope: ArmId, principal: str) -> Mapping[str, bool]:
    """By needed role: whether `principal` has it at `scope`, assigned there or above, to itself or to a group of it.

    A role is left out if that is not known: the assignments may not be read, or a custom role may include it. Raises
    `CheckError` for anything else that keeps Azure from an answer.
    """
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
    where = {"$filter": f"atScope() and assignedTo('{principal}')"}
    try:
        found = {_role(value) async for value in arm.listed(path, API_VERSION, **where)} - {""}
        has = {role: bool(_ids(found) & known) for role, known in NEEDED_ROLES.items()}
        if not all(has.values()) and await _any_custom(arm, found):
            return {role: True for role, granted in has.items() if granted}
    except CheckError as error:
        if error.reason in {Reason.FORBIDDEN, Reason.NOT_FOUND}:
            return {}
        raise
    return has


def _role(value: Any) -> str:
    """The id of the role definition of an assignment; empty for one that cannot be read."""
    return text(mapping(mapping(value).get("properties")).get("roleDefinitionId"))


def _ids(definitions: set[str]) -> set[str]:
    return {definition.rpartition("/")[2].lower() for definition in definitions}


async def _any_custom(arm: Arm, definitions: set[str]) -> bool:
    """Whether a role that is not known here is not built in."""
    known = frozenset().union(*NEEDED_ROLES.values())
    for definition in sorted(definitions):
        if not _ids({definition}) <= known:
            role = mapping((await arm.get(definition, API_VERSION)).get("properties"))
            if text(role.get("type")) != "BuiltInRole":
                return True
    return False
