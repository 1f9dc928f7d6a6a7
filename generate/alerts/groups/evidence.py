"""`rules/evidence.yml`: recording rules that alerts of several groups, and their annotations, use."""

from typing import Final

from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from azure_migrate_exporter.reasons import NOT_THE_PATH, OUR_ACCESS, OUR_OWN
from generate.alerts.model import Group, RecordingRule

CAUSE_FAILING: Final = "appliance_cause:azure_migrate_cause_failing:max"
"""By appliance and documented cause that is measured: 1 if the cause is failing, 0 if it is not."""
REPLICATING: Final = "vm_datastore:azure_migrate_vsphere_vm_info:replicating"
"""Each machine with its host and each of its datastores, without those that are known not to replicate. Annotations
look it up by host and by datastore for each alert, so the lookup must not read the series of all machines."""
NOT_REPLICATING: Final = "vm:azure_migrate_vsphere_vm_not_replicating:group"
"""The machines that are known not to replicate, which many rules exclude: none of those has to read all machines."""
UNLESS_NOT_REPLICATING: Final = f"unless on (vm_id) {NOT_REPLICATING}"
"""Excludes machines that are known not to replicate; machines of which it is not known are included."""
OLDEST_DATA: Final = "appliance:azure_migrate_replication_last_recovery_point_change_timestamp_seconds:bottomk"
"""The five machines of each appliance with the oldest data. Each alert that concerns an appliance shows them."""
MACHINES_ON_DATASTORE: Final = "datastore:azure_migrate_vsphere_vm_info:count"
"""Number of replicating machines on each datastore."""
MEDIAN_THROUGHPUT: Final = "account:azure_migrate_storage_upload_throughput_bytes_per_second:median"
"""Median of an account's benchmarks over the window `history`."""

OWN_REASONS: Final = "|".join(sorted(OUR_OWN))
"""Reasons of failures that concern the exporter's access, credential or configuration, or a bug of the exporter."""
ACCESS_REASONS: Final = "|".join(sorted(OUR_ACCESS))
"""Reasons with one alert for all collectors that fail for it."""
_NOT_THE_PATH: Final = "|".join(sorted(NOT_THE_PATH))


def not_the_path(collector: str, label: str) -> str:
    """Runs of a collector that failed for a reason other than the path; `label` is the resource in its own metrics."""
    return failed(collector, label, f'reason=~"{_NOT_THE_PATH}"')


def failed(collector: str, label: str, matcher: str) -> str:
    """The collector's newest runs that failed as `matcher` says, with the resource in `label`."""
    return (
        f'label_replace(azure_migrate_collector_failure_info{{collector="{collector}",{matcher}}}, '
        f'"{label}", "$1", "resource", "(.+)")'
    )


def best(collector: str, metric: str, *labels: str) -> str:
    """The best that any exporter sees of a path: 1 if it is up. One that fails for a reason of its own sees nothing.

    `labels`: those of the metric, that of the resource second.
    """
    resource = labels[1]
    return f"""max by ({", ".join(labels)}) (
  {metric}
  unless on (instance, appliance, {resource})
  {not_the_path(collector, resource)}
)"""


BLIND_TO_VAULT: Final = "(azure_migrate_replication_up == 0 and on (vault) azure_migrate_replication_up == 1)"
"""Exporters that cannot read a vault which another one reads: what they know of it is old."""
BLIND_TO_VCENTER: Final = "(azure_migrate_vcenter_up == 0 and on (vcenter) azure_migrate_vcenter_up == 1)"
"""The same of a vCenter."""


def seen_in_vcenter(state: str) -> str:
    """What vCenter shows, without the old state of an exporter that lost it while another one reads it."""
    return f"{state}\n  unless on (instance, vcenter) {BLIND_TO_VCENTER}"


def _down(metric: str, collector: str, *labels: str, matchers: str = "") -> str:
    """By appliance: 1 if any target is down, 0 if all are up. Targets whose state is not known are left out."""
    return f"max by (appliance) (\n{best(collector, metric + matchers, 'appliance', *labels)} == bool 0)"


GATEWAY_RUNNING: Final = 'azure_migrate_gateway_service_state{windows_service="asrgwy",state="running"} == 1'
"""Appliances whose gateway service runs, which therefore are not down."""

_APPLIANCE_UP: Final = "max by (appliance) (azure_migrate_appliance_up)"
_APPLIANCE_DOWN: Final = f"""{_APPLIANCE_UP} == bool 0
unless on (appliance)
({_APPLIANCE_UP} == 0 and on (appliance) {GATEWAY_RUNNING})"""

_GATEWAY_STOPPED: Final = """max by (appliance) (
  azure_migrate_gateway_service_state{windows_service="asrgwy",state!~"running|unknown"}
)
unless on (appliance)
(azure_migrate_gateway_service_state{windows_service="asrgwy",state="unknown"} == 1)"""

_OWN_ACCOUNTS: Final = '{role=~"gateway|replication"}'
_RECEIVING_ACCOUNTS: Final = '{role=~"cache|replication"}'
_CAUSES: Final = (
    (path.APPLIANCE_DOWN, _APPLIANCE_DOWN),
    (path.GATEWAY_STOPPED, _GATEWAY_STOPPED),
    (
        path.APPLIANCE_STORAGE,
        _down("azure_migrate_storage_up", "storage", "account", matchers=_OWN_ACCOUNTS),
    ),
    (
        path.CACHE_STORAGE,
        _down("azure_migrate_storage_up", "storage", "account", matchers=_RECEIVING_ACCOUNTS),
    ),
    (path.SERVICE_BUS, _down("azure_migrate_servicebus_up", "servicebus", "bus_namespace", "entity")),
    (path.EVENT_HUBS, _down("azure_migrate_eventhubs_up", "eventhubs", "bus_namespace", "entity")),
    (path.KEY_VAULT, _down("azure_migrate_keyvault_tcp_up", "keyvault", "keyvault")),
)

MEASURED: Final[frozenset[str]] = frozenset(cause.id for cause, _ in _CAUSES)
"""Ids of the documented causes that are measured."""

GROUP: Final = Group(
    "evidence",
    Text("Evidence", "Éléments mesurés"),
    (
        *(RecordingRule(CAUSE_FAILING, expr, {"cause": cause.id}) for cause, expr in _CAUSES),
        RecordingRule(NOT_REPLICATING, "group by (vm_id) (azure_migrate_vsphere_vm_replicating == 0)"),
        RecordingRule(
            REPLICATING,
            f"""max by (vcenter, vm, vm_id, host, datastore) (azure_migrate_vsphere_vm_info)
{UNLESS_NOT_REPLICATING}""",
        ),
        RecordingRule(MACHINES_ON_DATASTORE, f"count by (vcenter, datastore) ({REPLICATING})"),
        RecordingRule(
            MEDIAN_THROUGHPUT,
            "max by (appliance, account, role) (quantile_over_time(0.5, "
            "azure_migrate_storage_upload_throughput_bytes_per_second[$history]))",
        ),
    ),
)
