"""`rules/evidence.yml`: recording rules that alerts of several groups, and their annotations, use."""

from typing import Final

from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Text
from azure_migrate_exporter.reasons import NOT_THE_PATH, OUR_ACCESS, OUR_OWN
from generate.alerts.model import Group, RecordingRule

CAUSE_FAILING: Final = "azure_migrate:cause_failing"
"""By appliance and documented cause that is measured: 1 if the cause is failing, 0 if it is not."""
REPLICATING: Final = "azure_migrate:replicating_machine:info"
"""Each machine with its host and each of its datastores, without those that are known not to replicate. Annotations
look it up by host and by datastore for each alert, so the lookup must not read the series of all machines."""
MACHINES_ON_DATASTORE: Final = "azure_migrate:datastore:machines"
"""Number of replicating machines on each datastore."""
MEDIAN_THROUGHPUT: Final = "azure_migrate:storage_upload_throughput:median"
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


def _down(metric: str, collector: str, label: str, matchers: str = "") -> str:
    """By appliance: 1 if any target is down, 0 if all are up. Targets whose state is not known are left out."""
    return (
        f"max by (appliance) (\n  ({metric}{matchers} == bool 0)\n"
        f"  unless on (appliance, {label})\n  {not_the_path(collector, label)}\n)"
    )


GATEWAY_RUNNING: Final = 'azure_migrate_gateway_service_state{windows_service="asrgwy",state="running"} == 1'
"""Appliances whose gateway service runs, which therefore are not down."""

_APPLIANCE_DOWN: Final = f"""max by (appliance) (azure_migrate_appliance_up == bool 0)
unless on (appliance)
(azure_migrate_appliance_up == 0 and on (appliance) {GATEWAY_RUNNING})"""

_GATEWAY_STOPPED: Final = """max by (appliance) (
  azure_migrate_gateway_service_state{windows_service="asrgwy",state!~"running|unknown"}
)
unless on (appliance)
(azure_migrate_gateway_service_state{windows_service="asrgwy",state="unknown"} == 1)"""

_CAUSES: Final = (
    (path.APPLIANCE_DOWN, _APPLIANCE_DOWN),
    (path.GATEWAY_STOPPED, _GATEWAY_STOPPED),
    (path.APPLIANCE_STORAGE, _down("azure_migrate_storage_up", "storage", "account", '{role=~"gateway|replication"}')),
    (path.CACHE_STORAGE, _down("azure_migrate_storage_up", "storage", "account", '{role=~"cache|replication"}')),
    (path.SERVICE_BUS, _down("azure_migrate_servicebus_up", "servicebus", "bus_namespace")),
    (path.EVENT_HUBS, _down("azure_migrate_eventhubs_up", "eventhubs", "bus_namespace")),
    (path.KEY_VAULT, _down("azure_migrate_keyvault_tcp_up", "keyvault", "keyvault")),
)

MEASURED: Final[frozenset[str]] = frozenset(cause.id for cause, _ in _CAUSES)
"""Ids of the documented causes that are measured."""

GROUP: Final = Group(
    "evidence",
    Text("Evidence", "Éléments mesurés"),
    (
        *(RecordingRule(CAUSE_FAILING, expr, {"cause": cause.id}) for cause, expr in _CAUSES),
        RecordingRule(
            REPLICATING,
            """max by (vcenter, vm, vm_id, host, datastore) (azure_migrate_vsphere_vm_info)
unless on (vm_id) azure_migrate_vsphere_vm_replicating == 0""",
        ),
        RecordingRule(MACHINES_ON_DATASTORE, f"count by (vcenter, datastore) ({REPLICATING})"),
        RecordingRule(
            MEDIAN_THROUGHPUT,
            "max by (appliance, account, role) (quantile_over_time(0.5, "
            "azure_migrate_storage_upload_throughput_bytes_per_second[$history]))",
        ),
    ),
)
