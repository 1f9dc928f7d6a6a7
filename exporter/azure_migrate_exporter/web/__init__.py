"""HTTP: /metrics, /probe, /config, health, reload and the landing page, with TLS and users as exporter-toolkit has."""
