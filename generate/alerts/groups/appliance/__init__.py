"""`rules/appliance.yml`: the appliance, its services, its agents and its resources."""

from typing import Final

from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.appliance import agents, resources, services
from generate.alerts.model import Group

GROUP: Final = Group(
    "appliance",
    Text("The appliance", "L'appliance"),
    (*services.ALERTS, *agents.ALERTS, *resources.ALERTS),
)
