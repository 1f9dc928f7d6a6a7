"""A migrate project: its vault, its appliances, and the resources in its resource group."""

from functools import cached_property
from typing import Any

from azure_migrate_exporter.runtime.clock import Clock
from tests.lab.arm.appliance import LabAppliance
from tests.lab.arm.history import History
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.names import Generation, Group, guid, suffix
from tests.lab.arm.stages import Pace


class LabProject:
    """One project in a resource group and a subscription of its own, with one vault."""

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        generation: Generation = Generation.LEGACY,
        subscription: str | None = None,
        location: str = "westeurope",
        target_location: str = "francecentral",
        pace: Pace | None = None,
    ) -> None:
        self.name = name
        self.clock = clock
        self.generation = generation
        """The default for its appliances."""
        self.group = Group(subscription or guid("subscription", name), f"rg-{name}")
        self.location = location
        self.target_location = target_location
        self.pace = pace or Pace()
        self.appliances: list[LabAppliance] = []
        self.history = History()
        self.private_endpoint = "None"
        """privateEndpointStateForSiteRecovery of the vault; "Enabled" with private endpoints."""
        self.site_maps = frozenset({"V2", "V3"})
        """Which versions of applianceNameToSiteIdMap the discovery solution has; with both, V2 is out of date."""
        self.site_map_v3_is_a_list = True
        """Azure sends both forms."""
        self.lists_gateway_details = True
        """Whether a LIST of machines has their gatewayOperationDetails."""
        self.tools = {"ServerDiscovery", "ServerMigration"}
        """Tools that were added to it; each has a solution."""
        self.deleted: set[str] = set()
        """Names of resources that were deleted since."""
        self.role_changes: dict[str, list[str]] = {}
        """By principal: the ids of its roles, where those are not the documented ones."""
        self.vault_errors: list[dict[str, Any]] = []
        """Health errors of the vault itself."""

    @property
    def subscription(self) -> str:
        return self.group.subscription

    @property
    def resource_group(self) -> str:
        return self.group.name

    @cached_property
    def id(self) -> str:
        return self.group.resource("Microsoft.Migrate/MigrateProjects", self.name)

    @cached_property
    def vault_name(self) -> str:
        return f"{self.name}{suffix('vault', self.name)}vault"

    @cached_property
    def vault_id(self) -> str:
        """As everything of Site Recovery writes it."""
        return self.group.vault(self.vault_name)

    @property
    def machines(self) -> list[LabMachine]:
        """Those of every appliance."""
        return [machine for appliance in self.appliances for machine in appliance.replicated]

    def appliance(self, name: str, generation: Generation | None = None, **options: Any) -> LabAppliance:
        """Register an appliance; `options` are those of `LabAppliance`."""
        made = LabAppliance(self, name, generation or self.generation, **options)
        self.appliances.append(made)
        return made

    def advance(self) -> float:
        """Advance everything in it to the present time, and return that."""
        now = self.clock.time()
        for appliance in self.appliances:
            appliance.advance(now)
        return now
