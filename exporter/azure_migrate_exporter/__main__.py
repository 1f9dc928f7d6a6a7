"""`python -m azure_migrate_exporter`."""

from azure_migrate_exporter.cli import main

if __name__ == "__main__":
    main()
