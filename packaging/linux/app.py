"""Runs the exporter of this directory, which holds its packages too. Installed as `__main__.py`."""

from azure_migrate_exporter.__main__ import run

run(prog_name="azure-migrate-exporter")
