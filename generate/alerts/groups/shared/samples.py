"""Names of series, for cases."""


def series(metric: str, **labels: str) -> str:
    """A series of the exporter as promtool writes it: ``azure_migrate_appliance_up{appliance="paris"}``."""
    inside = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"azure_migrate_{metric}{{{inside}}}"


def fails(collector: str, resource: str, why: str, appliance: str = "paris", target: str = "") -> str:
    """The series that says why a check of `resource` fails; `target` is the operator's own name for it, if any."""
    who = {"collector": collector, "target": target or resource, "appliance": appliance, "resource": resource}
    return series("collector_failure_info", **who, reason=why)
