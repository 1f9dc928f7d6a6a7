"""`rules/exporter.yml`: the exporter itself."""
