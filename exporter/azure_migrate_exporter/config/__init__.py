"""What an operator writes: the schema (one file per section), loading with all errors at once, and secrets."""
