"""Collectors `azure_metrics` and `azure_logs`: what Azure itself measures and logs about the replication's path."""
