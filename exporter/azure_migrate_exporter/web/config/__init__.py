"""The file of `--web.config.file`: its schema, the TLS context made from it, and the reload when a file changes."""
