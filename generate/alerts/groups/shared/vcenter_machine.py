"""The machine web01, of which the cases of vSphere's alerts tell."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.recordings import PLACE
from generate.alerts.model import Live

MACHINE: Final = ("vcenter", "vm", "vm_id")
WEB01: Final = {"vcenter": "vc", "vm": "web01", "vm_id": "5015"}
WEB: Final = 'vcenter="vc",vm="web01",vm_id="5015"'
NOT_OURS: Final = "unless on (vm_id) azure_migrate_vsphere_vm_replicating == 0"
"""Leaves out machines that are known not to replicate; those of which nobody tells stay in."""

HOST: Final = Live('azure_migrate_vsphere_vm_info{vm_id="$vm_id"}', Text("<host>", "<hôte>"), label="host")
DATASTORE: Final = Live(
    'azure_migrate_vsphere_vm_info{vm_id="$vm_id"}', Text("<datastore>", "<magasin de données>"), label="datastore"
)
NO_MACHINE: Final = Text("<machine>", "<machine>")
ON_HOST: Final = f'{PLACE}{{vcenter="$vcenter",host="$host"}}'
VM_ON_HOST: Final = Live(ON_HOST, NO_MACHINE, label="vm")
"""A replicating machine of the host."""
INFO: Final = {
    f'azure_migrate_vsphere_vm_info{{{WEB},host="esx-01",datastore="ds-1",power_state="poweredOn"}}': "1x5000"
}
STRANGER: Final = {f"azure_migrate_vsphere_vm_replicating{{{WEB}}}": "0x5000"}
"""The machine does not replicate."""


def of_web01(metric: str, samples: str, extra: str = "") -> dict[str, str]:
    """A metric of the machine."""
    return {f"azure_migrate_vsphere_{metric}{{{WEB}{extra}}}": samples}


def vm_on(
    name: str, number: int, *, host: str = "esx-01", datastore: str = "ds-1", samples: str = "1x300"
) -> dict[str, str]:
    """Where a machine is."""
    labels = f'vcenter="vc",vm="{name}",vm_id="{number}",host="{host}",datastore="{datastore}",power_state="poweredOn"'
    return {f"azure_migrate_vsphere_vm_info{{{labels}}}": samples}
