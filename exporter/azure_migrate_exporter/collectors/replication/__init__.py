"""Collector `replication`: Azure's own view of one vault, read from Resource Manager.

It reads plain JSON and not the models of azure-mgmt-recoveryservicessiterecovery: for a list of 500 machines these cost
ten times the CPU (0.24 s against 0.02 s) and block the event loop meanwhile; and the SDK's client tries to register
resource providers by itself, which a reader must not do. Tests compare API version and field names with the SDK.
"""

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.replication.collector import ReplicationCollector
from azure_migrate_exporter.config.replication import ReplicationTarget

__all__ = ["create"]


def create(target: Target[ReplicationTarget], context: Context) -> Collector:
    """The collector of one vault."""
    return ReplicationCollector(target, context)
