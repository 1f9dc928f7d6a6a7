"""`rules/replication.yml`: replication problems for which Azure reports no documented failure."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.replication import azure_monitor, machines, vaults
from generate.alerts.groups.shared.intervals import EVERY_MINUTE
from generate.alerts.model import Group

GROUP: Final = Group(
    "replication",
    Text("Replication without a documented failure", "Réplication sans panne documentée"),
    (*machines.RECORDINGS, *machines.ALERTS, *vaults.ALERTS, *azure_monitor.ALERTS),
    depends_on=("failures",),
    interval=EVERY_MINUTE,
    evaluation_interval="5m",
)
