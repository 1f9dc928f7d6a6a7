"""The `discover` command: a search in Azure, printed as a configuration to save."""
