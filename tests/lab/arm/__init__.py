"""Azure Resource Manager, as an exporter of Azure Migrate replication sees it: over TLS, and with a life of its own.

    async with LabArm(ca, clock=clock) as arm:                      # any Clock: machines live by it
        project = arm.project("contoso", generation=Generation.LEGACY)
        paris = project.appliance("paris", scale_outs=1)
        web01 = paris.machine("web01", disks=2)                     # replicates, at rest between two delta cycles
        paris.machine("db01", stage=Stage.SEEDING)                  # moves on by itself as the clock turns
        paris.machines(498)                                         # a fleet, spread over the cycle

        SiteRecoveryManagementClient(credential, project.subscription, base_url=arm.url, …)
        await client.replication_migration_items.list(project.resource_group, project.vault_name)

        web01.fail("snapshot_hung", lang="fr", where=Where.INNER)   # health, event, job: whatever Azure would show
        web01.heal()
        with arm.faults.on(Trouble.THROTTLED, kinds={Kind.ITEM}, times=3, retry_after=17):
            ...
        arm.requests.count(Kind.ITEMS), arm.requests.times(Kind.ITEM)

Tokens come from `arm.entra`, a `tests.lab.entra.LabEntra` that starts and stops with it.

What can be done to …
* a machine: `fail`, `heal`, `pause`, `resume`, `resync`, `migrate`, `test_migrate`, `clean_up`, `disable` (it leaves
  the lists), `vanish` (still listed, 404 to a GET), and the attributes `lie` (timestamps), `overlay` (any field);
* an appliance: `stop_dra`, `start_dra`, `stop_discovery`, `start_discovery`, `blackout`, `load`, `provider`,
  `lie`;
* the whole: `faults` (answers), `switch` (network), `page_size`, `empty_pages`, `limits`.
"""

from tests.lab.arm.appliance import LabAppliance
from tests.lab.arm.blackout import Blackout
from tests.lab.arm.errors import Where
from tests.lab.arm.faults import Rule, Trouble
from tests.lab.arm.kinds import Kind
from tests.lab.arm.load import Load, Provider
from tests.lab.arm.machine import LabMachine
from tests.lab.arm.names import Generation
from tests.lab.arm.project import LabProject
from tests.lab.arm.requests import Seen
from tests.lab.arm.server import LabArm
from tests.lab.arm.stages import Pace, Stage
from tests.lab.arm.times import Lie

__all__ = [
    "Blackout",
    "Generation",
    "Kind",
    "LabAppliance",
    "LabArm",
    "LabMachine",
    "LabProject",
    "Lie",
    "Load",
    "Pace",
    "Provider",
    "Rule",
    "Seen",
    "Stage",
    "Trouble",
    "Where",
]
