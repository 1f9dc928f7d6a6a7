"""The web server: endpoints, landing page, TLS and users as in exporter-toolkit."""
