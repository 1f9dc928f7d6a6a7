"""Recording rules: use of each host's NFC buffer, and remaining time of the cycles on each datastore."""

from typing import Final

from generate.alerts.groups.evidence import seen_in_vcenter
from generate.alerts.model import RecordingRule

NFC_USAGE: Final = "host:azure_migrate_nfc_buffer_usage:ratio"
"""Use of each host's NFC buffer: as Azure reports it, and as derived from the disks in flight."""
REMAINING: Final = "datastore:azure_migrate_replication_time_remaining_seconds:max"
"""Remaining seconds of the longest cycle on each datastore."""
_HOST_ADDRESS: Final = "host:azure_migrate_replication_info:address"


def _azure_usage(by: str) -> str:
    return (
        f'sum by ({by}) (max by (vault, vcenter, host) (azure_migrate_nfc_buffer_used_bytes{{source="azure"}}))'
        f' / max by ({by}) (azure_migrate_nfc_buffer_capacity_bytes{{source="azure"}})'
    )


RECORDINGS: Final = (
    # The appliance identifies a host by its address, vCenter by its name. A machine that both list relates the two.
    # Azure reports a vMotion late, so machines may disagree: an address belongs to the host of the majority.
    RecordingRule(
        _HOST_ADDRESS,
        """group by (vcenter, host, address) (
  topk by (vcenter, address) (1,
    count by (vcenter, host, address) (
      group by (vcenter, vm_id, host) (azure_migrate_vsphere_vm_info)
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
    RecordingRule(
        NFC_USAGE,
        f"""max by (vcenter, host) (
  label_replace({_azure_usage("host")}, "address", "$1", "host", "(.+)")
  * on (address) group_right () {_HOST_ADDRESS}
)
or (
  {_azure_usage("vcenter, host")}
  unless on (host) label_replace({_HOST_ADDRESS}, "host", "$1", "address", "(.+)")
)""",
        {"source": "azure"},
    ),
    RecordingRule(
        NFC_USAGE,
        f"""max by (vcenter, host) (
  {seen_in_vcenter('azure_migrate_nfc_buffer_used_bytes{source="vsphere"}')}
)
/ max by (vcenter, host) (azure_migrate_nfc_buffer_capacity_bytes{{source="vsphere"}})""",
        {"source": "vsphere"},
    ),
    RecordingRule(
        REMAINING,
        """max by (vcenter, datastore) (
  group by (vcenter, vm_id, datastore) (azure_migrate_vsphere_vm_info)
  * on (vm_id) group_left ()
  max by (vm_id) (azure_migrate_replication_time_remaining_seconds)
)""",
    ),
)
