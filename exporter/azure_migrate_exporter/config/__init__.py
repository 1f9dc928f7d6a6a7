"""The configuration file: the schema (one module per section), the loader, and secrets."""
