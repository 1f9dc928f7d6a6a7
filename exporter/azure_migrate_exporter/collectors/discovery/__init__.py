"""Collector `discovery`: from a migrate project or a vault to everything that is checked for it.

Project → solution → vault → fabrics → container mappings → accounts, namespace and key vault; the appliances by their
sites. The findings become targets of the other collectors through the blackboard.
"""

from azure_migrate_exporter.collectors.discovery.collector import create

__all__ = ["create"]
