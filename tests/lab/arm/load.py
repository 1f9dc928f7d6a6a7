"""The load of an appliance, and the version of its software."""

from dataclasses import dataclass, field
from typing import Final

MB_PER_DISK: Final = 4
"""NFC buffer that a disk takes on its host while it is copied."""


@dataclass(slots=True)
class Load:
    """The content of `applianceMonitoringDetails`, in its own units; sums over primary and scale-out appliances."""

    present: bool = True
    """Whether Azure reports it at all."""
    cpu_cores: int = 8
    """Of one appliance."""
    cpu_percent: float = 35.0
    ram_capacity_mb: int = 32768
    """Of one appliance."""
    ram_used_mb: float = 9216.0
    ram_process_mb: float = 1808.0
    network_capacity: int = 1192
    """MBps by the label; whether bytes or bits is not known."""
    disks_capacity: int = 58
    """Disks in parallel of one appliance."""
    nfc_capacity_mb: int = 32
    """Of each host."""
    nfc_used_mb: dict[str, float] = field(default_factory=dict)
    """By host, instead of what its running disks take."""
    snapshots_supported: int = 15
    """Of each datastore."""


@dataclass(slots=True)
class Provider:
    """The DRA's software, as Azure reports it."""

    version: str = "5.2.1204.0"
    version_state: str = "Latest"
    status: str = "Supported"
