"""What the benchmark may take of the line: all of it, or less while machines of its appliance replicate."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from azure_migrate_exporter.azure.json_fields import number
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.runtime.state import StateStore

_FULL: Final = "bytes_per_second"


class Skip(StrEnum):
    """Why a run is skipped. The values are those of the label `cause`."""

    BUDGET = "budget"
    REPLICATING = "replicating"
    """Machines replicate, and the configuration leaves the line to them."""
    UNKNOWN = "unknown"
    """No vault reports whether machines of the appliance replicate."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What one run may take: nothing (`skip`), at most `limit` bytes per second, or everything."""

    skip: Skip | None = None
    limit: float | None = None


class LineShare:
    """Knows from the vaults whether the line is in use, and from the newest run on a free line what it carries."""

    def __init__(self, share: float, appliance: str, blackboard: Blackboard, state: StateStore, name: str) -> None:
        self._share = share
        self._appliance = appliance.casefold()
        self._blackboard = blackboard
        self._state = state
        self._name = name

    def grant(self) -> Grant:
        """What a run may take now."""
        if self._share == 1 or (use := self._use()) is None:
            return Grant()
        full = number(self._state.load(self._name).get(_FULL))
        if self._share == 0 or use is Skip.UNKNOWN or full is None:
            return Grant(skip=use)
        return Grant(limit=full * self._share)

    def learn(self, grant: Grant, bytes_per_second: float) -> None:
        """Remember what the line carried in a run that had all of it."""
        if self._share < 1 and grant.limit is None:
            self._state.save(self._name, {_FULL: bytes_per_second})

    def _use(self) -> Skip | None:
        """Why the line is not free; None if it is."""
        if self._appliance not in self._blackboard.union("appliances"):
            return Skip.UNKNOWN
        return Skip.REPLICATING if self._appliance in self._blackboard.union("replicating_appliances") else None
