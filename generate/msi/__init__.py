"""The Windows Installer package: `make msi`."""
