"""The generated files of `alerts/azure/`."""

from azure_migrate_exporter.failures.model import Language
from generate.alerts.azure.rule_groups import rule_groups
from generate.alerts.azure.templates import arm_template, bicep
from generate.alerts.files import check_names
from generate.alerts.groups import GROUPS
from generate.alerts.values import Values


def files(values: Values, language: Language | None = None) -> dict[str, str]:
    """The files' content by their path below `alerts/`. Raises ValueError for what Azure Monitor refuses."""
    check_names(values)
    made: dict[str, str] = {}
    groups = rule_groups(GROUPS, values, language or values.language)
    for name, chosen in (("azure-migrate", groups.main), ("optional", groups.optional)):
        if chosen:
            made[f"azure/{name}.bicep"] = bicep(chosen, values)
            made[f"azure/{name}.json"] = arm_template(chosen, values)
    return made
