"""Azure Resource Manager, as an exporter of Azure Migrate replication sees it: over TLS, with machines that replicate.

    async with LabArm(ca, clock=clock) as arm:                      # any Clock: machines follow it
        project = arm.project("contoso", generation=Generation.LEGACY)
        paris = project.appliance("paris", scale_outs=1)
        web01 = paris.machine("web01", disks=2)                     # replicates, between two delta cycles
        paris.machine("db01", stage=Stage.SEEDING)                  # advances with the clock
        paris.machines(498)                                         # many more, spread over the cycle

        SiteRecoveryManagementClient(credential, project.subscription, base_url=arm.url, …)
        await client.replication_migration_items.list(project.resource_group, project.vault_name)

        web01.fail("snapshot_hung", lang="fr", where=Where.INNER)   # health, event and job, as Azure has them
        web01.heal()
        with arm.faults.on(Trouble.THROTTLED, kinds={Kind.ITEM}, times=3, retry_after=17):
            ...
        arm.requests.count(Kind.ITEMS), arm.requests.times(Kind.ITEM)

Tokens come from `arm.entra`, a `tests.lab.entra.LabEntra` that starts and stops with it.

What tests change:
* a machine: `fail`, `heal`, `pause`, `resume`, `resync`, `migrate`, `test_migrate`, `clean_up`, `disable` (it leaves
  the lists), `vanish` (still listed, 404 to a GET), and the attributes `bad_time` (timestamps), `overlay` (any field);
* an appliance: `stop_dra`, `start_dra`, `stop_discovery`, `start_discovery`, `blackout`, `load`, `provider`,
  `bad_time`;
* the whole: `faults` and `rewrite` (answers), `switch` (network), `page_size`, `empty_pages`, `limits`.
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
from tests.lab.arm.times import BadTime

__all__ = [
    "BadTime",
    "Blackout",
    "Generation",
    "Kind",
    "LabAppliance",
    "LabArm",
    "LabMachine",
    "LabProject",
    "Load",
    "Pace",
    "Provider",
    "Rule",
    "Seen",
    "Stage",
    "Trouble",
    "Where",
]
