"""Prometheus exporter for agentless Azure Migrate replication of VMware machines."""
