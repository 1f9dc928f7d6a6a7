"""What a collector is, and what it is given."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from azure_migrate_exporter.config.proxy import ProxySettings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock
from azure_migrate_exporter.runtime.state import MemoryState, StateStore
from azure_migrate_exporter.runtime.throttling import Throttling

SettingsT = TypeVar("SettingsT")


@dataclass(frozen=True, slots=True)
class Target(Generic[SettingsT]):
    """One thing to check: what an operator calls it, the appliance it speaks for (or ""), and its settings."""

    name: str
    appliance: str
    settings: SettingsT
    alias_of: str = ""
    """What the check's own metrics call it (account, namespace, vault, host), if the operator calls it otherwise."""
    proxy: ProxySettings = field(default_factory=ProxySettings)
    """The proxy on the way to it, for collectors whose destination may lie behind one."""

    @property
    def resource(self) -> str:
        """What the check's own metrics call it."""
        return self.alias_of or self.name


@dataclass(frozen=True, slots=True)
class Context:
    """What collectors share: clock, state that outlives a restart, blackboard, and limits on requests.

    `uplink` is held by a measurement that fills the line: of two at once, each would see a part of it.
    """

    clock: Clock = SYSTEM_CLOCK
    state: StateStore = field(default_factory=MemoryState)
    blackboard: Blackboard = field(default_factory=Blackboard)
    uplink: asyncio.Lock = field(default_factory=asyncio.Lock)
    throttling: Throttling = field(default_factory=Throttling)


class Collector(ABC):
    """Measures one target. It knows nothing of schedules, other collectors or the web.

    A collector assumes the worst first: ``up`` = 0, then 1 once it has seen it. Whatever it wrote before it raised
    or ran out of time is exported, so a failed run still shows how far it came. For a reason that it knows it raises
    `CheckError`; every other exception passes, and the engine turns it into a reason.
    """

    @abstractmethod
    async def collect(self, out: Measurements) -> None:
        """Measure once and write what was seen to `out`. May be cancelled at any await."""

    async def news(self) -> None:
        """Return when a run now would see something new. The default never does: the interval alone decides."""
        await asyncio.Event().wait()

    async def close(self) -> None:  # noqa: B027 - most collectors hold nothing
        """Give back what is held (sessions, threads, connections). Called once, after the last run."""
