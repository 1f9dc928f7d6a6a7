"""Series for the test cases of alerts: one appliance, one vault, one machine and so on, always under the same names."""

from collections.abc import Mapping
from typing import Final

from azure_migrate_exporter.exposition import metrics as _table  # noqa: F401 - fills TABLE
from azure_migrate_exporter.exposition.metric import PREFIX, TABLE
from generate.alerts.model import Alert

KEPT: Final = "here"
"""Value of each of the operator's own labels."""
NAMES: Final[Mapping[str, str]] = {
    "appliance": "paris",
    "vault": "paris-vault",
    "keyvault": "migratekv1",
    "fabric": "paris0001replicationfabric",
    "vm": "web01",
    "vm_id": "5015",
    "vcenter": "vc",
    "host": "esx-01",
    "datastore": "ds-1",
    "account": "migratelsa1",
    "role": "cache",
    "bus_namespace": "migratesbns1",
    "entity": "topic/sub",
    "windows_service": "asrgwy",
    "project": "wave-1",
    "instance": "exporter:9878",
    "job": "azure-migrate-exporter",
    "peer": "vcenter.example.com",
    "vcenter_account": "svc-migrate@vsphere.local",
    "identity": "vault",
    "azure_role": "Contributor",
    "privilege": "VirtualMachine.Provisioning.DiskRandomRead",
    # labels that no alert has
    "power_state": "poweredOn",
    "source": "vsphere",
    "subscription": "s",
    "workspace": "w",
    "generation": "legacy",
    "region": "westeurope",
    "private_endpoints": "false",
    "shard": "0",
    "total_shards": "3",
    "version": "1",
    "revision": "r",
    "python_version": "3.13",
}
"""Value of each label, unless a case has another one."""

_AZURE: Final = {"vcenter": "vc.example.com", "host": "10.0.0.1"}
"""How Azure names vCenter and the host."""
_NO_VAULT: Final = {"vault": ""}
_OF_METRICS: Final[Mapping[str, Mapping[str, str]]] = {
    "replication_info": _AZURE,
    "nfc_buffer_used_bytes": _NO_VAULT,
    "nfc_buffer_capacity_bytes": _NO_VAULT,
    "datastore_disk_snapshots": _NO_VAULT,
    "datastore_disk_snapshots_limit": _NO_VAULT,
}


def series(metric: str, **labels: str) -> str:
    """A series of a metric of the exporter with all its labels, as promtool writes it.

    Raises KeyError for an unknown metric or a label without a sample name, ValueError for a label of another metric.
    """
    names = TABLE[PREFIX + metric].labels
    if unknown := labels.keys() - set(names):
        raise ValueError(f"{metric} has no label {', '.join(sorted(unknown))}")
    values = {**NAMES, **_OF_METRICS.get(metric, {}), **labels}
    inside = ",".join(f'{name}="{values[name]}"' for name in names)
    return f"{PREFIX}{metric}{{{inside}}}" if inside else f"{PREFIX}{metric}"


def replica(*written: Mapping[str, str]) -> dict[str, str]:
    """Series of a second exporter."""
    target = 'instance="replica:9878",job="azure-migrate-exporter"'
    return {
        f"{name.removesuffix('}')},{target}}}" if "{" in name else f"{name}{{{target}}}": samples
        for series_of in written
        for name, samples in series_of.items()
    }


def failure_info(collector: str, resource: str, reason: str, appliance: str = "paris", target: str = "") -> str:
    """The series with the reason for which a collector's run on `resource` fails; `target` is its configured name."""
    labels = {"collector": collector, "target": target or resource, "appliance": appliance, "resource": resource}
    return series("collector_failure_info", **labels, reason=reason)


def resource_info(collector: str, resource: str, address: str, appliance: str = "paris") -> str:
    """The series with the host name of an Azure resource."""
    return series("resource_info", collector=collector, appliance=appliance, resource=resource, address=address)


def state_set(metric: str, label: str, states: Mapping[str, str], **labels: str) -> dict[str, str]:
    """Series of a state set, by the value of `label`."""
    return {series(metric, **labels, **{label: state}): samples for state, samples in states.items()}


def labels_of(alert: Alert) -> dict[str, str]:
    """The sample name of each label of an alert that has one."""
    return {label: NAMES[label] for label in alert.labels if label in NAMES}
