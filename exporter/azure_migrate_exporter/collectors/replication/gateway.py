"""`gatewayOperationDetails`: what the gateway does with a machine or a disk, and how fast.

After an operation the last numbers stay in it; they are read as Microsoft's own command does, which shows none then.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import Json, label, mapping, number, percent, shared, text, word

_PHASES: Final = {
    "initial_replication": "initial",
    "delta_replication": "delta",
    "resync": "resync",
    "resume_replication": "resume",
    "planned_failover_over_delta_replication": "migration",
    "final_delta_replication": "migration",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """Seconds, bytes per second and ratios; None for what is not told. `name` and `status` are label values."""

    name: str
    status: str
    progress: float | None
    elapsed: float | None
    remaining: float | None
    upload: float | None
    read: float | None
    vcenter: str
    host: str

    @property
    def running(self) -> bool:
        """Whether data moves."""
        return self.status == "in_progress"

    @property
    def phase(self) -> str | None:
        """The phase of the replication that it belongs to."""
        return _PHASES.get(self.name)

    def blank(self) -> "Operation":
        """Without the numbers, which mean nothing once nothing moves. How long it took stays true."""
        return replace(self, progress=None, remaining=None, upload=None, read=None)


def operation(value: Any) -> Operation | None:
    """What the details say; None if they are missing or empty."""
    details = mapping(value)
    name, _, status = text(details.get("state")).rpartition(" ")
    vcenter, host = _host(label(details.get("hostName")))
    if not (name or status or host):
        return None
    told = Operation(
        word(name),
        word(status),
        percent(details.get("progressPercentage")),
        _seconds(details.get("timeElapsed")),
        _seconds(details.get("timeRemaining")),
        number(details.get("uploadSpeed")),
        number(details.get("vmwareReadThroughput")),
        vcenter,
        host,
    )
    return told if told.running else told.blank()


def blanked(properties: Json) -> tuple[bool, bool]:
    """Whether Microsoft's command shows no numbers of the machine, and none of its disks."""
    status = text(properties.get("replicationStatus")).lower()
    paused = "pause" in status and "migration" not in text(properties.get("migrationState")).lower()
    return paused, paused or "resum" in status


def _seconds(milliseconds: Any) -> float | None:
    found = number(milliseconds)
    return None if found is None else found / 1000


def _host(name: str) -> tuple[str, str]:
    """The vCenter and the ESXi host of ``<vCenter>_<address>``. It is not the host's own name in vCenter."""
    vcenter, _, host = name.rpartition("_")
    return shared(vcenter), shared(host)
