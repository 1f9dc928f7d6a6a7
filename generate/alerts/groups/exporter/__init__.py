"""`rules/exporter.yml`: the exporter itself."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.exporter import access, collectors, coverage, process, replicas
from generate.alerts.model import Group

GROUP: Final = Group(
    "exporter",
    Text("The exporter itself", "L'exportateur lui-même"),
    (*process.ALERTS, *access.ALERTS, *collectors.ALERTS, *coverage.ALERTS, *replicas.ALERTS),
)
