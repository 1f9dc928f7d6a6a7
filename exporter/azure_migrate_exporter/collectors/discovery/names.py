"""The names that Azure Migrate gives to what it makes for a project's replication.

All end in one number: a 32-bit hash over the site's name and the target region in projects of the older generation,
over the fabric's id in those made since 2024. A computed name is a guess until something of that name exists.
"""

import re
from typing import Final

STORAGE: Final = "microsoft.storage/storageaccounts"
SERVICEBUS: Final = "microsoft.servicebus/namespaces"
KEYVAULT: Final = "microsoft.keyvault/vaults"

CACHE: Final = "migratelsa"
GATEWAY: Final = "migrategwsa"
REPLICATION: Final = "migratersa"
BUS: Final = "migratesbns"
VAULT: Final = "migratekv"

_NUMBERED: Final = re.compile(rf"({CACHE}|{GATEWAY}|{REPLICATION}|{BUS}|{VAULT})([0-9]+)", re.IGNORECASE)


def naming_hash(text: str) -> int:
    """The number for `text`: over its characters h = 31 h + code in 32 signed bits, and the absolute value of that."""
    value = 0
    for character in text:
        value = (value * 31 + ord(character)) & 0xFFFFFFFF
    return abs(value - (1 << 32) if value >> 31 else value)


def number_of(name: str) -> int | None:
    """The number in a name that Azure Migrate gave; None for any other, for instance a customer's own account."""
    match = _NUMBERED.fullmatch(name)
    return int(match[2]) if match else None
