"""The one table of every metric. Dashboards, rules and documents rely on these names; nothing else writes one.

Base units only: seconds, bytes, ratios from 0 to 1; points in time are Unix seconds. Every path metric carries
``appliance``: the one for which, and from whose network, the check speaks.
"""

from typing import Final

from azure_migrate_exporter.exposition.metric import counter, gauge, histogram

# --- the exporter itself ---------------------------------------------------------------------------------------------

EXPORTER_BUILD_INFO: Final = gauge(
    "exporter_build_info", "Always 1; the labels tell what runs.", "version", "revision", "python_version"
)
CONFIG_LAST_RELOAD_SUCCESSFUL: Final = gauge(
    "config_last_reload_successful",
    "Whether the newest load of the configuration worked (1); with 0 the old one runs on.",
)
CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP: Final = gauge(
    "config_last_reload_success_timestamp_seconds", "When the running configuration was loaded."
)
EXPORTER_HTTP_REQUESTS: Final = counter(
    "exporter_http_requests_total", "HTTP requests answered, by handler and status code.", "handler", "code"
)
EXPORTER_HTTP_REQUEST_DURATION: Final = histogram(
    "exporter_http_request_duration_seconds",
    "Time from the head of a request to the last byte of its answer handed to the network.",
    "handler",
    buckets=(0.001, 0.01, 0.1, 1.0, 10.0),
)
EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL: Final = gauge(
    "exporter_web_config_last_reload_successful",
    "Whether the newest --web.config.file and certificates are in force (1) or older ones, as these do not load (0).",
)
COLLECTOR_SUCCESS: Final = gauge(
    "collector_success", "Whether the newest run of this collector on this target worked.", "collector", "target"
)
COLLECTOR_DURATION: Final = gauge("collector_duration_seconds", "How long the newest run took.", "collector", "target")
COLLECTOR_INTERVAL: Final = gauge(
    "collector_interval_seconds", "Configured time between the starts of two runs.", "collector", "target"
)
COLLECTOR_LAST_SUCCESS_TIMESTAMP: Final = gauge(
    "collector_last_success_timestamp_seconds", "When a run last worked; absent until one has.", "collector", "target"
)
COLLECTOR_RUNS: Final = counter(
    "collector_runs_total",
    "Runs by result: success, or the reason of the failure.",
    "collector",
    "target",
    "result",
)
CHECK_APPLICABLE: Final = gauge(
    "check_applicable",
    "Whether a check of the article applies to this appliance's generation of project (1) or has nothing to check (0): "
    "projects made since 2024 have no Service Bus and no replication key vault.",
    "appliance",
    "check",
)

# --- the appliance and its gateway service ---------------------------------------------------------------------------

APPLIANCE_UP: Final = gauge(
    "appliance_up",
    "Whether the appliance's configuration manager (TCP 44368, or the configured port) accepts a connection. It does "
    "not prove that the gateway service works.",
    "appliance",
)
GATEWAY_SERVICE_STATE: Final = gauge(
    "gateway_service_state",
    "State set of a Windows service on the appliance: running, stopped, start_pending, stop_pending, paused, "
    "not_found, unknown (nobody could tell).",
    "appliance",
    "service",
    "state",
)
GATEWAY_SERVICE_START_TIME: Final = gauge(
    "gateway_service_start_time_seconds",
    "When the service's process started; a change between scrapes is a restart. Absent while it has no process.",
    "appliance",
    "service",
)

# --- storage ---------------------------------------------------------------------------------------------------------

STORAGE_UP: Final = gauge(
    "storage_up",
    "Whether the last upload test to the account worked. role: cache (migratelsa), gateway (migrategwsa), replication "
    "(migratersa).",
    "appliance",
    "account",
    "role",
)
STORAGE_SAS_EXPIRY: Final = gauge(
    "storage_sas_expiry_timestamp_seconds",
    "When the shared access signature of our own tests expires, as written in it; absent with any other credential.",
    "appliance",
    "account",
    "role",
)
STORAGE_UPLOAD_THROUGHPUT: Final = gauge(
    "storage_upload_throughput_bytes_per_second",
    "Goodput of the newest benchmark: bytes acknowledged, from the first byte sent to the last acknowledgement. Absent "
    "if that run failed or was skipped.",
    "appliance",
    "account",
    "role",
)
STORAGE_UPLOAD_REQUEST_DURATION: Final = histogram(
    "storage_upload_request_duration_seconds",
    "Time of each put, from the first byte of the request to its answer. test=benchmark: a block of 64 KiB to 8 MiB, "
    "sized to take at most a second; test=probe: a few bytes, and the time to connect.",
    "appliance",
    "account",
    "role",
    "test",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
STORAGE_UPLOADED_BYTES: Final = counter(
    "storage_uploaded_bytes_total",
    "Bytes that our own tests (probe, benchmark) uploaded and the account acknowledged.",
    "appliance",
    "account",
    "role",
    "test",
)
STORAGE_UPLOAD_FAILURES: Final = counter(
    "storage_upload_failures_total",
    "Uploads of our own tests (probe, benchmark) that failed, by reason: throttled is the service, not the network.",
    "appliance",
    "account",
    "role",
    "test",
    "reason",
)
STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP: Final = gauge(
    "storage_benchmark_last_success_timestamp_seconds",
    "When a benchmark last gave a figure; absent until one has. A run skipped for the budget gives none.",
    "appliance",
    "account",
    "role",
)
STORAGE_BENCHMARK_SKIPPED: Final = gauge(
    "storage_benchmark_skipped",
    "Whether the newest benchmark was skipped because it might not have fitted in the rest of the day's budget.",
    "appliance",
    "account",
    "role",
)
STORAGE_BENCHMARK_BUDGET: Final = gauge(
    "storage_benchmark_budget_bytes",
    "Bytes that benchmarks of this target may send in one UTC day.",
    "appliance",
    "account",
    "role",
)
STORAGE_BENCHMARK_BUDGET_USED: Final = gauge(
    "storage_benchmark_budget_used_bytes",
    "Bytes that benchmarks had sent in the UTC day of the newest run, when it ended.",
    "appliance",
    "account",
    "role",
)

# --- Service Bus and Event Hubs --------------------------------------------------------------------------------------

SERVICEBUS_UP: Final = gauge(
    "servicebus_up",
    "Whether the last peek (it consumes nothing) was answered.",
    "appliance",
    "namespace",
    "entity",
)
SERVICEBUS_PHASE_DURATION: Final = gauge(
    "servicebus_phase_duration_seconds",
    "Time of each phase that ended in the last check, in this order: dns, connect, tls, open (AMQP, token and link), "
    "peek. While servicebus_up is 0, the first one that is missing has failed.",
    "appliance",
    "namespace",
    "entity",
    "phase",
)
EVENTHUBS_UP: Final = gauge(
    "eventhubs_up",
    "Whether the last read of the event hub's properties was answered.",
    "appliance",
    "namespace",
    "entity",
)
EVENTHUBS_PHASE_DURATION: Final = gauge(
    "eventhubs_phase_duration_seconds",
    "Time of each phase that ended in the last check, in this order: dns, connect, tls, open (AMQP, token and the "
    "read, which the SDK makes in one call). While eventhubs_up is 0, the first one that is missing has failed.",
    "appliance",
    "namespace",
    "entity",
    "phase",
)

# --- key vault and ESXi ----------------------------------------------------------------------------------------------

KEYVAULT_TCP_UP: Final = gauge(
    "keyvault_tcp_up", "Whether TCP 443 of the key vault opens (Test-NetConnection -Port 443).", "appliance", "vault"
)
KEYVAULT_TCP_CONNECT_DURATION: Final = gauge(
    "keyvault_tcp_connect_duration_seconds", "Time until TCP 443 of the key vault was open.", "appliance", "vault"
)
KEYVAULT_TLS_CERTIFICATE_EXPIRY: Final = gauge(
    "keyvault_tls_certificate_expiry_timestamp_seconds",
    "When the certificate that the key vault shows expires, also where it does not verify.",
    "appliance",
    "vault",
)
ESXI_TCP_UP: Final = gauge(
    "esxi_tcp_up", "Whether the ESXi host's name resolves and TCP 902 (NFC) opens: error 1022.", "appliance", "host"
)
ESXI_TCP_CONNECT_DURATION: Final = gauge(
    "esxi_tcp_connect_duration_seconds", "Time until TCP 902 of the host was open.", "appliance", "host"
)

# --- vSphere ---------------------------------------------------------------------------------------------------------

VCENTER_UP: Final = gauge("vcenter_up", "Whether the session with this vCenter is usable.", "vcenter")
VSPHERE_LOGINS: Final = counter(
    "vsphere_logins_total", "Logins at this vCenter: one for as long as the session lasts.", "vcenter"
)
VSPHERE_TASK_PROGRESS: Final = gauge(
    "vsphere_task_progress_ratio",
    "Progress of the oldest running snapshot task of this kind: create_snapshot, remove_snapshot, consolidate_disks. "
    "Absent while the task reports none.",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP: Final = gauge(
    "vsphere_task_last_progress_timestamp_seconds",
    "When that task's progress last moved, on the vCenter's clock.",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_START_TIMESTAMP: Final = gauge(
    "vsphere_task_start_timestamp_seconds",
    "When that task started (or was queued, if it has not), on the vCenter's clock.",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_STALLED: Final = gauge(
    "vsphere_task_stalled",
    "Whether that task has made no progress for longer than the configured time; from 95 % on a shorter time counts "
    "(the article's hung snapshot).",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_FAILURES: Final = counter(
    "vsphere_task_failures_total",
    "Snapshot tasks that ended with a fault, by documented failure (unknown if it is none).",
    "vcenter",
    "operation",
    "failure",
)
VSPHERE_VM_INFO: Final = gauge(
    "vsphere_vm_info",
    "Always 1; what moves with a vMotion lives here, so that no other series breaks.",
    "vcenter",
    "vm",
    "vm_id",
    "host",
    "datastore",
    "power_state",
)
VSPHERE_MACHINES: Final = gauge(
    "vsphere_machines",
    "Virtual machines by scope: seen (visible to our account), replicating (those that replicate and that we see). "
    "Fewer replicating here than in Azure means a missing privilege.",
    "vcenter",
    "scope",
)
VSPHERE_HOST_CONNECTION_STATE: Final = gauge(
    "vsphere_host_connection_state",
    "State set of an ESXi host: connected, notResponding, disconnected.",
    "vcenter",
    "host",
    "state",
)
VSPHERE_VM_CONSOLIDATION_NEEDED: Final = gauge(
    "vsphere_vm_consolidation_needed",
    "Whether vCenter says that the machine's disks need consolidation. The flag can be late: do not act on one sample.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_CONSOLIDATION_PROGRESS: Final = gauge(
    "vsphere_vm_consolidation_progress_ratio",
    "How much of a running consolidation is done. Absent while none runs, and before vSphere 9.1.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_DISK_CHAIN_BROKEN: Final = gauge(
    "vsphere_vm_disk_chain_broken",
    "Whether vCenter says that a disk's chain of snapshots is broken. Absent before vSphere 9.1.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_SNAPSHOTS: Final = gauge("vsphere_vm_snapshots", "Snapshots of the machine.", "vcenter", "vm", "vm_id")
VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP: Final = gauge(
    "vsphere_vm_oldest_snapshot_timestamp_seconds", "When the oldest snapshot was made.", "vcenter", "vm", "vm_id"
)
VSPHERE_VM_CBT_ENABLED: Final = gauge(
    "vsphere_vm_cbt_enabled", "Whether changed block tracking is on for the machine.", "vcenter", "vm", "vm_id"
)
VSPHERE_VM_CBT_RESETS: Final = counter(
    "vsphere_vm_cbt_resets_total",
    "Times that a disk's change-tracking identity changed while tracking stayed on. That a reset always changes it is "
    "common practice, not documented.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_INVALID_SNAPSHOT_DISKS: Final = gauge(
    "vsphere_vm_invalid_snapshot_disks",
    "Disks in the machine's snapshots whose size is zero or differs from the machine's disk.",
    "vcenter",
    "vm",
    "vm_id",
)

# --- NFC and datastores ----------------------------------------------------------------------------------------------

NFC_BUFFER_CAPACITY: Final = gauge(
    "nfc_buffer_capacity_bytes",
    "NFC buffer of the ESXi host. source: azure (reported), vsphere (the configured default, 32 MiB).",
    "vcenter",
    "host",
    "source",
)
NFC_BUFFER_USED: Final = gauge(
    "nfc_buffer_used_bytes",
    "Use of the NFC buffer. source=vsphere is a proxy, not a reading: disks with a replication snapshot times 4 MiB.",
    "vcenter",
    "host",
    "source",
)
NFC_DISKS_IN_FLIGHT: Final = gauge(
    "nfc_disks_in_flight",
    "Disks of machines on this host that carry a replication snapshot now. A proxy: it counts snapshots, not reads.",
    "vcenter",
    "host",
    "source",
)
DATASTORE_FREE: Final = gauge("datastore_free_bytes", "Free space.", "vcenter", "datastore", "source")
DATASTORE_CAPACITY: Final = gauge("datastore_capacity_bytes", "Size.", "vcenter", "datastore", "source")
DATASTORE_DISK_SNAPSHOTS: Final = gauge(
    "datastore_disk_snapshots", "Disks with a replication snapshot on this datastore.", "vcenter", "datastore", "source"
)
DATASTORE_DISK_SNAPSHOTS_LIMIT: Final = gauge(
    "datastore_disk_snapshots_limit",
    "Disk snapshots that Azure Migrate allows on this datastore (documented default 15).",
    "vcenter",
    "datastore",
    "source",
)
