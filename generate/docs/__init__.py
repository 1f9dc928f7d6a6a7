"""The pages of `docs/` that are written from the code: the metrics and the configuration."""
