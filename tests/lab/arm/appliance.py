"""A replication appliance: its site, fabric and provider, the heartbeats of its agents, and its load."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from tests.lab.arm.blackout import Blackout
from tests.lab.arm.disks import make_disks
from tests.lab.arm.history import Event
from tests.lab.arm.load import Load, Provider
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.names import Generation, guid, naming_hash, suffix
from tests.lab.arm.stages import RUNNING, Pace, Stage
from tests.lab.arm.times import BadTime

if TYPE_CHECKING:
    from tests.lab.arm.project import LabProject

HOSTS: Final = tuple(f"10.20.30.{number}" for number in range(11, 15))
DATASTORES: Final = ("ds-gold-01", "ds-gold-02", "ds-silver-01")
VCENTER: Final = "vcenter01.lab.example"

DRA_AGE: Final = 47.0
DISCOVERY_AGE: Final = 460.0
"""Ages of a healthy agent's last heartbeat."""
DISCONNECTED_AFTER: Final = 900.0
"""Seconds without a heartbeat after which Azure reports the DRA as disconnected."""


class LabAppliance:
    """A primary appliance with its scale-out appliances, if any: to Azure they have one site and one provider."""

    def __init__(
        self,
        project: "LabProject",
        name: str,
        generation: Generation,
        *,
        scale_outs: int = 0,
        vcenter: str = VCENTER,
        hosts: Sequence[str] = HOSTS,
        datastores: Sequence[str] = DATASTORES,
        storage_account: str | None = None,
    ) -> None:
        self.project = project
        self.name = name
        self.generation = generation
        self.appliances = 1 + scale_outs
        self.vcenter = vcenter
        self.hosts = tuple(hosts)
        self.datastores = tuple(datastores)
        self.load = Load()
        self.provider = Provider()
        self.blackout = Blackout("")
        self.bad_time = BadTime.NONE
        """What is wrong with the times of its heartbeats."""
        self.replicated: list[LabMachine] = []
        """The machines that it replicates."""
        self._own_storage = storage_account
        self._dra_stopped = self._discovery_stopped = math.inf
        self._reported = False

    # Names, all of them as Azure Migrate makes them.

    @cached_property
    def site(self) -> str:
        return f"{self.name}{suffix(self.project.name, self.name)}site"

    @cached_property
    def site_id(self) -> str:
        return self.project.group.resource("Microsoft.OffAzure/VMwareSites", self.site)

    @cached_property
    def fabric(self) -> str:
        return f"{self.name}{suffix('fabric', self.project.name, self.name)}replicationfabric"

    @cached_property
    def fabric_id(self) -> str:
        return f"{self.project.vault_id}/replicationFabrics/{self.fabric}"

    @cached_property
    def container(self) -> str:
        return self.fabric.replace("replicationfabric", "replicationcontainer")

    @cached_property
    def container_id(self) -> str:
        return f"{self.fabric_id}/replicationProtectionContainers/{self.container}"

    @cached_property
    def dra(self) -> str:
        return self.fabric.replace("replicationfabric", "dra")

    @cached_property
    def dra_identifier(self) -> str:
        """The end of a machine's `recoveryServicesProviderId`, instead of the provider's name."""
        return guid("dra", self.fabric_id)

    @cached_property
    def policy(self) -> str:
        return f"migrate{self.site}policy"

    @cached_property
    def hash(self) -> int:
        """The number in the names of its project's resources."""
        legacy = self.generation is Generation.LEGACY
        return naming_hash(self.site + self.project.target_location if legacy else self.fabric_id)

    @cached_property
    def cache_account(self) -> str:
        """The storage account that takes the data."""
        if self._own_storage:
            return self._own_storage
        return f"migratelsa{self.hash}" if self.generation is Generation.LEGACY else f"migratersa{self.hash}"

    @cached_property
    def gateway_account(self) -> str:
        """The storage account that holds the gateway's state; greenfield projects have one account for both."""
        return f"migrategwsa{self.hash}" if self.generation is Generation.LEGACY else self.cache_account

    @cached_property
    def servicebus(self) -> str | None:
        return f"migratesbns{self.hash}" if self.generation is Generation.LEGACY else None

    @cached_property
    def key_vault(self) -> str | None:
        return f"migratekv{self.hash}" if self.generation is Generation.LEGACY else None

    # Machines.

    def machine(
        self,
        name: str,
        *,
        disks: int = 1,
        stage: Stage = Stage.WAITING,
        uuid: str | None = None,
        pace: Pace | None = None,
    ) -> LabMachine:
        """Replicate a machine. `uuid` is its instance UUID in vCenter; it is at the beginning of its stage."""
        uuid = uuid or guid("machine", self.project.name, self.name, name, len(self.replicated))
        made = LabMachine(self, name, uuid, make_disks(self, name, disks), stage, pace or self.project.pace)
        self.replicated.append(made)
        return made

    def machines(self, count: int, *, prefix: str = "vm", pace: Pace | None = None) -> list[LabMachine]:
        """Replicate many machines, spread over the delta cycle, with one to three disks each."""
        made = []
        for number in range(count):
            machine = self.machine(f"{prefix}-{number:05}", disks=1 + number % 3 // 2 + number % 7 // 6, pace=pace)
            machine.scatter()
            made.append(machine)
        return made

    def running_disks(self, host: str | None = None, datastore: str | None = None) -> int:
        """Disks that are being copied now: in all, on one host, or snapshots on one datastore."""
        return sum(
            sum(1 for disk in machine.disks if datastore in {None, disk.datastore})
            for machine in self.replicated
            if machine.stage in RUNNING and host in {None, machine.host}
        )

    # Agents.

    def stop_dra(self) -> None:
        """Stop the DRA: its heartbeat becomes old, and after 15 minutes Azure reports it as disconnected."""
        self._dra_stopped, self._reported = self.project.clock.time(), False

    def start_dra(self) -> None:
        """Start the DRA again."""
        self._dra_stopped = math.inf

    def stop_discovery(self) -> None:
        """Stop the discovery agent."""
        self._discovery_stopped = self.project.clock.time()

    def start_discovery(self) -> None:
        """Start the discovery agent again."""
        self._discovery_stopped = math.inf

    def dra_heartbeat(self, now: float) -> float:
        """The last heartbeat of the DRA."""
        return min(now, self._dra_stopped) - DRA_AGE

    def discovery_heartbeat(self, now: float) -> float:
        """The last heartbeat of the discovery agent."""
        return min(now, self._discovery_stopped) - DISCOVERY_AGE

    def connected(self, now: float) -> bool:
        """Whether Azure reports the DRA as connected."""
        return now < self._dra_stopped + DISCONNECTED_AFTER

    def advance(self, now: float) -> None:
        """Advance its machines and agents to `now`."""
        for machine in self.replicated:
            if machine.due <= now:
                machine.advance(now)
        if not self.connected(now) and not self._reported:
            self._reported = True
            at = self._dra_stopped + DISCONNECTED_AFTER
            text = "The replication provider is not connected to the service"
            identifier = self.dra_identifier
            self.project.history.add_event(
                Event(at, "AgentHealth", "Critical", text, self.name, identifier, self.fabric_id)
            )
