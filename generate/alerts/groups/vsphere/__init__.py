"""`rules/vsphere.yml`: vCenter, ESXi hosts and virtual machines."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.vsphere import access, machines, reported_causes, vcenter
from generate.alerts.model import Group

GROUP: Final = Group(
    "vsphere",
    Text("vCenter, hosts and machines", "vCenter, hôtes et machines"),
    (*vcenter.ALERTS, *access.ALERTS, *machines.ALERTS, *reported_causes.ALERTS),
    depends_on=("evidence",),
)
