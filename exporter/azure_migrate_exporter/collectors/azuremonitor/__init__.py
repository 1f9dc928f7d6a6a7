"""Collectors `azure_metrics` and `azure_logs`: metrics and logs of Azure itself about the path of the replication."""
