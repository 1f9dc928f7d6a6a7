"""`rules/path.yml`: the path to Azure and to the ESXi hosts."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.path import reachability, recent_outages, storage
from generate.alerts.model import Group

GROUP: Final = Group(
    "path",
    Text("The path to Azure and to the ESXi hosts", "Le chemin vers Azure et les hôtes ESXi"),
    (*storage.ALERTS, *reachability.ALERTS, *recent_outages.ALERTS),
    depends_on=("evidence",),
)
