"""How Azure Migrate names what it creates, and the ARM ids of it."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_NAMESPACE: Final = uuid.UUID("5c1b7d1e-2f6a-4d0c-9a53-0e8f1f3a7b42")
SERVICE: Final = "Microsoft.RecoveryServices"


class Generation(StrEnum):
    """Which resources a project has created for its replication."""

    LEGACY = "legacy"
    """migratelsa…, migrategwsa…, migratesbns…, migratekv…."""
    GREENFIELD = "greenfield"
    """migratersa… alone."""


def guid(*parts: object) -> str:
    """Always the same GUID for the same parts."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, parts))))


def suffix(*parts: object) -> str:
    """Four hexadecimal digits, as many names end in."""
    return guid("suffix", *parts)[:4]


def naming_hash(text: str) -> int:
    """The number in the names of a project's resources: the absolute value of a 32-bit hash over the characters."""
    value = 0
    for character in text:
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return abs(value - (1 << 32) if value >> 31 else value)


@dataclass(frozen=True, slots=True)
class Group:
    """A resource group, and the ids in it: only Site Recovery writes the first segment with a capital."""

    subscription: str
    name: str

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"

    def resource(self, kind: str, name: str) -> str:
        """The id of a resource, for instance of kind `Microsoft.Storage/storageAccounts`."""
        return f"{self.id}/providers/{kind}/{name}"

    def vault(self, name: str) -> str:
        """The id of a vault as the ids of everything below it begin."""
        return f"/Subscriptions/{self.subscription}/resourceGroups/{self.name}/providers/{SERVICE}/vaults/{name}"
