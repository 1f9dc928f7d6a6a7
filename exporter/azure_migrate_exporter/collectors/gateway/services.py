"""What every source returns: states of Windows services, in one vocabulary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from azure_migrate_exporter.reasons import CheckError

STATES: Final = ("running", "stopped", "start_pending", "stop_pending", "paused", "not_found", "unknown")
"""The states of `gateway_service_state`."""

_SAME_AS: Final = {"continue_pending": "start_pending", "pause_pending": "paused"}
"""Two rare states, and the common one with the same meaning for the service's work."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service as it was seen.

    `started` is when its process started, in Unix seconds; None if it has none or the source does not know. `problem`
    says why the state is unknown.
    """

    state: str
    started: float | None = None
    problem: CheckError | None = None


class Source(Protocol):
    """Reads the states of services somewhere."""

    async def read(self, services: Sequence[str]) -> dict[str, Service]:
        """The services by the names that were asked for. Raises if nothing at all could be read."""

    async def close(self) -> None:
        """Give back what is held."""


def state_named(text: str) -> str:
    """One of `STATES` for what Windows (``Start Pending``), psutil or windows_exporter call a state."""
    name = text.strip().lower().replace(" ", "_")
    name = _SAME_AS.get(name, name)
    return name if name in STATES else "unknown"
