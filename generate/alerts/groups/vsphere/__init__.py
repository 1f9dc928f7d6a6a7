"""`rules/vsphere.yml` and `rules/vsphere_machines.yml`: vCenter, ESXi hosts and virtual machines."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.intervals import EVERY_MINUTE
from generate.alerts.groups.vsphere import access, machines, reported_causes, vcenter
from generate.alerts.model import Group

GROUP: Final = Group(
    "vsphere",
    Text("vCenter, hosts and machines", "vCenter, hôtes et machines"),
    (*vcenter.ALERTS, *access.ALERTS, *reported_causes.ALERTS),
    depends_on=("evidence",),
)
OF_MACHINES: Final = Group(
    "vsphere_machines",
    Text("Single machines in vCenter", "Machines isolées dans vCenter"),
    machines.ALERTS,
    depends_on=("evidence",),
    interval=EVERY_MINUTE,
)
