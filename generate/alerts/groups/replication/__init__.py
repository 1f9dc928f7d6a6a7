"""`rules/replication.yml`: replication problems for which Azure reports no documented failure.

They are evaluated each minute: a vault is not listed more often, and each of a thousand failing machines has its texts.
"""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.replication import azure_monitor, machines, vaults
from generate.alerts.model import Group

GROUP: Final = Group(
    "replication",
    Text("Replication without a documented failure", "Réplication sans panne documentée"),
    (*machines.RECORDINGS, *machines.ALERTS, *vaults.ALERTS, *azure_monitor.ALERTS),
    depends_on=("failures",),
    interval="1m",
    evaluation_interval="5m",
)
