"""Variables of several dashboards; a link between two dashboards keeps the values of variables with the same name."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from generate.dashboards.model import Variable
from generate.dashboards.promql import any_of, label_values, selector

VAULT: Final = Variable("vault", "Vault", label_values(selector(m.REPLICATION_MACHINES), "vault"))
APPLIANCE: Final = Variable(
    "appliance", "Appliance", label_values(any_of(m.CHECK_APPLICABLE, m.REPLICATION_INFO), "appliance")
)
VCENTER: Final = Variable("vcenter", "vCenter", label_values(selector(m.VCENTER_UP), "vcenter"))
COLLECTOR: Final = Variable("collector", "Collector", label_values(selector(m.COLLECTOR_SUCCESS), "collector"))
MACHINE: Final = Variable(
    "vm", "Machine", label_values(any_of(m.REPLICATION_INFO, m.VSPHERE_VM_INFO), "vm"), multi=False
)
MACHINE_ID: Final = Variable(
    "vm_id",
    "Machine id",
    label_values(any_of(m.REPLICATION_INFO, m.VSPHERE_VM_INFO, matchers='vm="$vm"'), "vm_id"),
    multi=False,
)
"""Joins the series of Azure and of vCenter, in which the machine's name may differ, and distinguishes machines of one
name."""
MACHINE_VAULT: Final = Variable(
    "vm_vault",
    "Vault",
    label_values(selector(m.REPLICATION_INFO, 'vm_id="$vm_id"'), "vault"),
    multi=False,
    hidden=True,
)
"""A name of its own: a link that carries the choice of vaults must not select one that does not have the machine."""
