"""Names under which Windows knows the exporter."""

import hashlib
from pathlib import PureWindowsPath
from typing import Final

SERVICE: Final = "azure-migrate-exporter"
"""Name of the service, of its source in the Event Log, of its firewall rule, and of its directory."""
DISPLAY_NAME: Final = "Azure Migrate exporter"
VIRTUAL_ACCOUNT: Final = rf"NT SERVICE\{SERVICE}"

SYSTEM_SID: Final = "S-1-5-18"
ADMINISTRATORS_SID: Final = "S-1-5-32-544"


def service_sid(name: str) -> str:
    """The security identifier of a service, as Windows makes it of its name (`sc showsid`). Needs no such service."""
    digest = hashlib.sha1(name.upper().encode("utf-16-le"), usedforsecurity=False).digest()
    parts = (int.from_bytes(digest[at : at + 4], "little") for at in range(0, 20, 4))
    return "-".join(("S-1-5-80", *map(str, parts)))


def data_directory(program_data: str | None) -> PureWindowsPath:
    """Where configuration, secrets, state and logs are, by the value of %ProgramData%."""
    return PureWindowsPath(program_data or r"C:\ProgramData") / SERVICE
