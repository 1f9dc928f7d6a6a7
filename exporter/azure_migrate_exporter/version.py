"""Version and revision of this build."""

import os
from importlib.metadata import version as installed_version


def version() -> str:
    """Version of the installed distribution."""
    return installed_version("azure-migrate-exporter")


def revision() -> str:
    """Source revision, if the build sets it in the environment (the container image does)."""
    return os.environ.get("AZURE_MIGRATE_EXPORTER_REVISION", "unknown")
