"""Every group of rules."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups import agents, appliance, checks, exporter, resources
from generate.alerts.model import Group

GROUPS: Final = (
    Group("exporter", Text("The exporter itself", "L'exportateur lui-même"), (*exporter.ALERTS, *checks.ALERTS)),
    Group("appliance", Text("The appliance", "L'appliance"), (*appliance.SERVICES, *agents.ALERTS, *resources.ALERTS)),
)
