"""The choices that several dashboards offer; the same name on all of them, so that a link keeps what was chosen."""

from typing import Final

from azure_migrate_exporter.exposition.metrics import (
    CHECK_APPLICABLE,
    COLLECTOR_SUCCESS,
    REPLICATION_INFO,
    REPLICATION_MACHINES,
    VCENTER_UP,
    VSPHERE_VM_INFO,
)
from generate.dashboards.model import Variable
from generate.dashboards.promql import either, of, values_of

VAULT: Final = Variable("vault", "Vault", values_of(of(REPLICATION_MACHINES), "vault"))
APPLIANCE: Final = Variable(
    "appliance", "Appliance", values_of(either(CHECK_APPLICABLE, REPLICATION_INFO), "appliance")
)
VCENTER: Final = Variable("vcenter", "vCenter", values_of(of(VCENTER_UP), "vcenter"))
COLLECTOR: Final = Variable("collector", "Collector", values_of(of(COLLECTOR_SUCCESS), "collector"))
MACHINE: Final = Variable("vm", "Machine", values_of(either(REPLICATION_INFO, VSPHERE_VM_INFO), "vm"), many=False)
IDENTITY: Final = Variable(
    "vm_id",
    "Identity",
    values_of(either(REPLICATION_INFO, VSPHERE_VM_INFO, matchers='vm="$vm"'), "vm_id"),
    hidden=True,
)
"""By which Azure's series and vCenter's are the same machine, also where its name differs."""
