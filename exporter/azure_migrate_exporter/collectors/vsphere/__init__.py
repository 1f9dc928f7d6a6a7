"""vSphere: running snapshot tasks, snapshots, changed block tracking, hosts, datastores and NFC load of one vCenter.

`collector` runs it. `session`, `stub`, `watch` and `property_reads` call vCenter; `soap_answers` and `object_updates`
convert its answers from pyvmomi's objects to plain data. Everything else is pure: `inventory`, `tasks`, `hardware`,
`hardware_store`, `cbt_history`, `machine_history`, `nfc_load` and `replication_matcher` hold and interpret the data,
`vcenter_state` combines them, `series` and `block_cache` export the result.
"""

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.vsphere.collector import VSphereCollector
from azure_migrate_exporter.config.vsphere import VCenterSettings


def create(target: Target[VCenterSettings], context: Context) -> Collector:
    """The collector of one vCenter. Connects at its first run."""
    return VSphereCollector(target, context)
