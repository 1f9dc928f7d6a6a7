"""Names of series, for cases."""


def series(metric: str, **labels: str) -> str:
    """A series of the exporter as promtool writes it: ``azure_migrate_appliance_up{appliance="paris"}``."""
    inside = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"azure_migrate_{metric}{{{inside}}}"
