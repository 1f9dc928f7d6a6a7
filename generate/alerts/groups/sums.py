"""Recording rules about hosts and datastores, which several alerts and dashboards ask for."""

from typing import Final

from generate.alerts.model import Recording

NFC: Final = "azure_migrate:nfc_buffer:usage_ratio"
ADDRESS: Final = "azure_migrate:esxi_host:address"
MACHINES: Final = "azure_migrate:datastore:machines"
REMAINING: Final = "azure_migrate:datastore:cycle_remaining_seconds"

_AZURE_NFC: Final = (
    'sum by (host) (azure_migrate_nfc_buffer_used_bytes{source="azure"})'
    ' / max by (host) (azure_migrate_nfc_buffer_capacity_bytes{source="azure"})'
)
RECORDINGS: Final = (
    # The appliance knows a host by its address, vCenter by its name; a machine that both list ties the two.
    Recording(
        ADDRESS,
        """group by (vcenter, host, address) (
  azure_migrate_vsphere_vm_info{vm_id!=""}
  * on (vm_id) group_left (address)
  topk by (vm_id) (1,
    max by (vm_id, address) (
      label_replace(azure_migrate_replication_info{host!=""}, "address", "$1", "host", "(.+)")
    )
  )
)""",
    ),
    Recording(
        NFC,
        f"""max by (vcenter, host) (
  label_replace({_AZURE_NFC}, "address", "$1", "host", "(.+)")
  * on (address) group_right () {ADDRESS}
)
or (
  {_AZURE_NFC}
  unless on (host) label_replace({ADDRESS}, "host", "$1", "address", "(.+)")
)""",
        {"source": "azure"},
    ),
    Recording(
        NFC,
        """sum by (vcenter, host) (azure_migrate_nfc_buffer_used_bytes{source="vsphere"})
/ max by (vcenter, host) (azure_migrate_nfc_buffer_capacity_bytes{source="vsphere"})""",
        {"source": "vsphere"},
    ),
    Recording(
        MACHINES,
        """count by (vcenter, datastore) (
  azure_migrate_vsphere_vm_info
  unless on (vm_id) azure_migrate_vsphere_vm_replicating == 0
)""",
    ),
    Recording(
        REMAINING,
        """max by (vcenter, datastore) (
  azure_migrate_replication_time_remaining_seconds
  * on (vm_id) group_left (vcenter, datastore)
  topk by (vm_id) (1, max by (vm_id, vcenter, datastore) (azure_migrate_vsphere_vm_info{vm_id!=""}))
)""",
    ),
)
"""Of each host the use of its buffer, as Azure reports it and as disks in flight let one guess; of each datastore its
replicating machines, and the longest time that a cycle on it still takes."""
