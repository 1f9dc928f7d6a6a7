"""vSphere: running snapshot tasks, snapshots, changed block tracking, hosts, datastores and NFC load of one vCenter.

`collector` runs it. `session`, `stub`, `watch` and `reader` speak to vCenter through pyvmomi. Everything else is pure:
`model` (the inventory), `tasks`, `hardware`, `cbt`, `load` and `recognition` (what it means), `site` (all of it) and
`series` (what is exported).
"""

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.vsphere.collector import VSphereCollector
from azure_migrate_exporter.config.vsphere import VCenterSettings


def create(target: Target[VCenterSettings], context: Context) -> Collector:
    """The collector of one vCenter. Connects at its first run."""
    return VSphereCollector(target, context)
