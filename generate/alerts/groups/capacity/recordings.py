"""Recording rules about machines, hosts and datastores, which several alerts and dashboards ask for."""

from typing import Final

from generate.alerts.model import Recording

PLACE: Final = "azure_migrate:replicating_machine:info"
NFC: Final = "azure_migrate:nfc_buffer:usage_ratio"
ADDRESS: Final = "azure_migrate:esxi_host:address"
MACHINES: Final = "azure_migrate:datastore:machines"
REMAINING: Final = "azure_migrate:datastore:cycle_remaining_seconds"

_AZURE_NFC: Final = (
    'sum by (host) (azure_migrate_nfc_buffer_used_bytes{source="azure"})'
    ' / max by (host) (azure_migrate_nfc_buffer_capacity_bytes{source="azure"})'
)
PLACES: Final = (
    Recording(
        PLACE,
        """max by (vcenter, vm, vm_id, host, datastore) (azure_migrate_vsphere_vm_info)
unless on (vm_id) azure_migrate_vsphere_vm_replicating == 0""",
    ),
    Recording(MACHINES, f"count by (vcenter, datastore) ({PLACE})"),
)
"""Where each machine is, without those that are known not to replicate, and their number on each datastore. Texts look
the first up by host and by datastore, for each alert anew, so it must not take a pass over all machines."""

RECORDINGS: Final = (
    # The appliance knows a host by its address, vCenter by its name; a machine that both list ties the two. Azure hears
    # late of a vMotion, so machines may differ: an address belongs to the host of most of them.
    Recording(
        ADDRESS,
        """group by (vcenter, host, address) (
  topk by (vcenter, address) (1,
    count by (vcenter, host, address) (
      azure_migrate_vsphere_vm_info
      * on (vm_id) group_left (address)
      topk by (vm_id) (1,
        max by (vm_id, address) (
          label_replace(azure_migrate_replication_info{host!=""}, "address", "$1", "host", "(.+)")
        )
      )
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
        REMAINING,
        """max by (vcenter, datastore) (
  azure_migrate_replication_time_remaining_seconds
  * on (vm_id) group_left (vcenter, datastore)
  topk by (vm_id) (1, max by (vm_id, vcenter, datastore) (azure_migrate_vsphere_vm_info))
)""",
    ),
)
"""Of each host the use of its buffer, as Azure reports it and as disks in flight let one guess; of each datastore
the longest time that a cycle on it still takes."""
