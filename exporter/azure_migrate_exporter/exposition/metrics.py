"""The table of all metrics. Dashboards, rules and documents use these names; no other module contains one.

Base units only: seconds, bytes, ratios from 0 to 1; times are Unix seconds. Every metric of the path has the label
``appliance``: the appliance for which, and from whose network, the path is checked.
"""

from typing import Final

from azure_migrate_exporter.exposition.metric import counter, gauge, histogram

_CURRENT: Final = "Only the current state has a series, and for five minutes, with 0, the one before it."
"""State sets of machines: every state of each would be most of the page."""

# --- the exporter itself ---------------------------------------------------------------------------------------------

EXPORTER_BUILD_INFO: Final = gauge(
    "exporter_build_info", "Always 1. The labels are the running version.", "version", "revision", "python_version"
)
EXPORTER_SHARD_INFO: Final = gauge(
    "exporter_shard_info",
    "Always 1. The number of this exporter's shard, counted from 0, and the number of shards that divide the targets.",
    "shard",
    "total_shards",
)
EXPORTER_TOTAL_SHARDS: Final = gauge(
    "exporter_total_shards", "Number of shards that divide the targets: 1 without --shard."
)
CONFIG_LAST_RELOAD_SUCCESSFUL: Final = gauge(
    "config_last_reload_successful",
    "Whether the last load of the configuration succeeded (1). If not (0), the previous configuration is in force.",
)
CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP: Final = gauge(
    "config_last_reload_success_timestamp_seconds", "Time at which the configuration in force was loaded."
)
EXPORTER_EVENT_LOOP_LAG: Final = gauge(
    "exporter_event_loop_lag_seconds",
    "Largest delay of an event loop in the last minute: loop engine runs the collectors, loop web serves requests.",
    "loop",
)
CLOCK_OFFSET: Final = gauge(
    "clock_offset_seconds",
    "Seconds by which the clock of a peer is ahead of the exporter's, by its newest answer in the last hour: the HTTP "
    "header Date, or vCenter's CurrentTime. peer is the host name.",
    "peer",
)
EXPORTER_LOG_LINES_DROPPED: Final = counter(
    "exporter_log_lines_dropped_total", "Log lines that were not written, because standard error took them too slowly."
)
EXPORTER_HTTP_REQUESTS: Final = counter(
    "exporter_http_requests_total", "HTTP requests that were answered, by handler and status code.", "handler", "code"
)
EXPORTER_HTTP_REQUEST_DURATION: Final = histogram(
    "exporter_http_request_duration_seconds",
    "Time from the request's headers to the last byte of the response handed to the network.",
    "handler",
    buckets=(0.001, 0.01, 0.1, 1.0, 10.0),
)
EXPORTER_HTTP_CONNECTIONS: Final = gauge("exporter_http_connections", "Open connections of the web server.")
EXPORTER_HTTP_CONNECTIONS_CLOSED: Final = counter(
    "exporter_http_connections_closed_total",
    "Connections that the web server closed to stay within its limits, by cause: limit, address_limit, no_request "
    "(no first request in 10 s), idle, no_descriptor.",
    "cause",
)
EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL: Final = gauge(
    "exporter_web_config_last_reload_successful",
    "Whether the newest --web.config.file and its certificates are in force (1). If they do not load (0), the "
    "previous ones are in force.",
)
EXPORTER_WEB_EXTERNAL_URL_INFO: Final = gauge(
    "exporter_web_external_url_info",
    "Always 1. The label is the address of --web.external-url, under which the alerts link to the exporter's runbooks. "
    "Absent without the flag.",
    "external_url",
)
COLLECTOR_SUCCESS: Final = gauge(
    "collector_success", "Whether the newest run of the collector on the target succeeded.", "collector", "target"
)
RESOURCE_INFO: Final = gauge(
    "resource_info",
    "Always 1. address: the host name of an Azure resource, which depends on the cloud. collector: storage, "
    "servicebus, eventhubs, keyvault, or replication for Resource Manager. resource: the account, namespace or vault, "
    "as in the collector's own metrics.",
    "collector",
    "appliance",
    "resource",
    "address",
)
COLLECTOR_FAILURE_INFO: Final = gauge(
    "collector_failure_info",
    "Always 1. reason: why the newest run of the collector failed; absent after a success. appliance: the appliance "
    "that the target belongs to, if any. resource: the name of the target in the collector's own metrics (account, "
    "namespace, vault, host), whatever its configured name.",
    "collector",
    "target",
    "appliance",
    "resource",
    "reason",
)
COLLECTOR_DURATION: Final = gauge("collector_duration_seconds", "Duration of the newest run.", "collector", "target")
COLLECTOR_INTERVAL: Final = gauge(
    "collector_interval_seconds", "Configured time between the starts of two runs.", "collector", "target"
)
COLLECTOR_LAST_SUCCESS_TIMESTAMP: Final = gauge(
    "collector_last_success_timestamp_seconds",
    "Time of the last successful run; absent before the first one.",
    "collector",
    "target",
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
    "Whether a check of the article applies to the generation of the appliance's project (1) or not (0). Projects "
    "made since 2024 have no Service Bus and no replication key vault.",
    "appliance",
    "check",
)

# --- the appliance and its gateway service ---------------------------------------------------------------------------

APPLIANCE_UP: Final = gauge(
    "appliance_up",
    "Whether the appliance's configuration manager (TCP 44368, or the configured port) accepts a connection. This "
    "does not prove that the gateway service works.",
    "appliance",
)
GATEWAY_SERVICE_STATE: Final = gauge(
    "gateway_service_state",
    "State set of a Windows service on the appliance: running, stopped, start_pending, stop_pending, paused, "
    "not_found, unknown (the state could not be read).",
    "appliance",
    "windows_service",
    "state",
)
GATEWAY_SERVICE_START_TIME: Final = gauge(
    "gateway_service_start_time_seconds",
    "Start time of the service's process. A change between two scrapes is a restart. Absent if there is no process.",
    "appliance",
    "windows_service",
)

# --- storage ---------------------------------------------------------------------------------------------------------

STORAGE_UP: Final = gauge(
    "storage_up",
    "Whether the last test upload to the account succeeded. role: cache (migratelsa), gateway (migrategwsa), "
    "replication (migratersa).",
    "appliance",
    "account",
    "role",
)
STORAGE_SAS_EXPIRY: Final = gauge(
    "storage_sas_expiry_timestamp_seconds",
    "Expiry time of the shared access signature of the exporter's tests, as contained in the signature. Absent with "
    "any other credential.",
    "appliance",
    "account",
    "role",
)
STORAGE_UPLOAD_THROUGHPUT: Final = gauge(
    "storage_upload_throughput_bytes_per_second",
    "Goodput of the newest benchmark while it was steady, without TCP's slow start: acknowledged bytes per second. "
    "Absent if that run failed or was skipped.",
    "appliance",
    "account",
    "role",
)
STORAGE_UPLOAD_REQUEST_DURATION: Final = histogram(
    "storage_upload_request_duration_seconds",
    "Duration of each put, from the first byte of the request to its response. test=benchmark: a block of 64 KiB to 8 "
    "MiB, sized to take about half a second; test=probe: a few bytes, including the time to connect.",
    "appliance",
    "account",
    "role",
    "test",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)
STORAGE_UPLOADED_BYTES: Final = counter(
    "storage_uploaded_bytes_total",
    "Bytes that the exporter's tests (probe, benchmark) uploaded and the account acknowledged.",
    "appliance",
    "account",
    "role",
    "test",
)
STORAGE_UPLOAD_FAILURES: Final = counter(
    "storage_upload_failures_total",
    "Failed uploads of the exporter's tests (probe, benchmark), by reason. throttled concerns the service, not the "
    "network.",
    "appliance",
    "account",
    "role",
    "test",
    "reason",
)
STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP: Final = gauge(
    "storage_benchmark_last_success_timestamp_seconds",
    "Time of the last benchmark with a result; absent before the first one. A run that is skipped has no result.",
    "appliance",
    "account",
    "role",
)
STORAGE_BENCHMARK_SKIPPED: Final = gauge(
    "storage_benchmark_skipped",
    "Whether the newest benchmark was skipped, by cause: budget (it might have exceeded the rest of the daily budget), "
    "replicating (machines of the appliance replicate, and share_while_replicating leaves the line to them), unknown "
    "(it is below 1, and no vault reports whether machines of the appliance replicate).",
    "appliance",
    "account",
    "role",
    "cause",
)
STORAGE_BENCHMARK_LIMIT: Final = gauge(
    "storage_benchmark_limit_bytes_per_second",
    "Rate that the newest benchmark did not exceed (max_rate, share_while_replicating): a throughput near it says "
    "nothing of the line. Absent without a limit.",
    "appliance",
    "account",
    "role",
)
STORAGE_BENCHMARK_IDLE_LATENCY: Final = gauge(
    "storage_benchmark_idle_latency_seconds",
    "Median time to open a connection (TCP handshake; by way of the proxy, if there is one) just before the newest "
    "benchmark.",
    "appliance",
    "account",
    "role",
)
STORAGE_BENCHMARK_LOADED_LATENCY: Final = gauge(
    "storage_benchmark_loaded_latency_seconds",
    "The same while the benchmark filled the line. What it exceeds storage_benchmark_idle_latency_seconds by is what "
    "an upload costs everybody else on the line.",
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
    "Bytes that benchmarks had sent at the end of the newest run, in its UTC day.",
    "appliance",
    "account",
    "role",
)

# --- Service Bus and Event Hubs --------------------------------------------------------------------------------------

SERVICEBUS_UP: Final = gauge(
    "servicebus_up",
    "Whether the last peek was answered. A peek consumes no message.",
    "appliance",
    "bus_namespace",
    "entity",
)
SERVICEBUS_PHASE_DURATION: Final = gauge(
    "servicebus_phase_duration_seconds",
    "Duration of each completed phase of the last check, in this order: dns (through a proxy: proxy), connect, tls, "
    "open (AMQP), token, link, peek. While servicebus_up is 0, the first missing phase is the one that failed.",
    "appliance",
    "bus_namespace",
    "entity",
    "phase",
)
EVENTHUBS_UP: Final = gauge(
    "eventhubs_up",
    "Whether the last read of the event hub's properties was answered.",
    "appliance",
    "bus_namespace",
    "entity",
)
EVENTHUBS_PHASE_DURATION: Final = gauge(
    "eventhubs_phase_duration_seconds",
    "Duration of each completed phase of the last check, in this order: dns (through a proxy: proxy), connect, tls, "
    "open (AMQP), token, link, read. While eventhubs_up is 0, the first missing phase is the one that failed.",
    "appliance",
    "bus_namespace",
    "entity",
    "phase",
)

# --- key vault and ESXi ----------------------------------------------------------------------------------------------

KEYVAULT_TCP_UP: Final = gauge(
    "keyvault_tcp_up", "Whether TCP 443 of the key vault opens (Test-NetConnection -Port 443).", "appliance", "keyvault"
)
KEYVAULT_TCP_CONNECT_DURATION: Final = gauge(
    "keyvault_tcp_connect_duration_seconds", "Time to open TCP 443 of the key vault.", "appliance", "keyvault"
)
KEYVAULT_TLS_CERTIFICATE_EXPIRY: Final = gauge(
    "keyvault_tls_certificate_expiry_timestamp_seconds",
    "Expiry time of the certificate that the key vault presents, even if the certificate does not verify.",
    "appliance",
    "keyvault",
)
ESXI_TCP_UP: Final = gauge(
    "esxi_tcp_up",
    "Whether the ESXi host's name resolves and TCP 902 (NFC) opens. If not, cycles fail with error 1022.",
    "appliance",
    "host",
)
ESXI_TCP_CONNECT_DURATION: Final = gauge(
    "esxi_tcp_connect_duration_seconds", "Time to open TCP 902 of the host.", "appliance", "host"
)

# --- vSphere ---------------------------------------------------------------------------------------------------------

VCENTER_UP: Final = gauge("vcenter_up", "Whether the session with this vCenter is usable.", "vcenter")
VSPHERE_LOGINS: Final = counter("vsphere_logins_total", "Logins at this vCenter: one for each session.", "vcenter")
VSPHERE_ACCOUNT_PRIVILEGE: Final = gauge(
    "vsphere_account_privilege",
    "Whether an account of `vcenters[].replication.accounts` has a privilege that Azure Migrate documents, on every "
    "replicating machine (on every machine if none is known to replicate, and on at most 200) or on every datastore. "
    "Asked once an hour. Absent for an account that is configured without its domain, or that vCenter does not know.",
    "vcenter",
    "vcenter_account",
    "privilege",
)
VSPHERE_TASK_PROGRESS: Final = gauge(
    "vsphere_task_progress_ratio",
    "Progress of the oldest running snapshot task of this operation: create_snapshot, remove_snapshot, "
    "consolidate_disks. Absent while the task reports no progress.",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP: Final = gauge(
    "vsphere_task_last_progress_timestamp_seconds",
    "Time at which the progress of that task last changed, by vCenter's clock.",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_START_TIMESTAMP: Final = gauge(
    "vsphere_task_start_timestamp_seconds",
    "Time at which that task started (or was queued, if it has not started), by vCenter's clock.",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_STALLED: Final = gauge(
    "vsphere_task_stalled",
    "Whether that task has made no progress for longer than the configured time. From 95 % on, a shorter time applies "
    "(the article's hung snapshot).",
    "vcenter",
    "vm",
    "vm_id",
    "operation",
)
VSPHERE_TASK_FAILURES: Final = counter(
    "vsphere_task_failures_total",
    "Snapshot tasks that ended with a fault, by documented failure (unknown if there is none).",
    "vcenter",
    "operation",
    "failure",
)
VSPHERE_VM_INFO: Final = gauge(
    "vsphere_vm_info",
    "Always 1, once for each datastore with disks of the machine. Contains the labels that change with a vMotion, so "
    "that no other series changes.",
    "vcenter",
    "vm",
    "vm_id",
    "host",
    "datastore",
    "power_state",
)
VSPHERE_VM_REPLICATING: Final = gauge(
    "vsphere_vm_replicating",
    "Whether the machine replicates, according to Azure's list or the configured patterns. Absent while neither is "
    "known.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_MACHINES: Final = gauge(
    "vsphere_machines",
    "Virtual machines by scope: seen (visible to the exporter's account), replicating (visible and replicating). A "
    "number of replicating machines below Azure's means that a privilege is missing.",
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
    "Whether vCenter reports that the machine's disks need consolidation. vCenter may set the flag late, so one "
    "sample is no evidence.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_CONSOLIDATION_PROGRESS: Final = gauge(
    "vsphere_vm_consolidation_progress_ratio",
    "Progress of a running consolidation. Absent while none runs, and before vSphere 9.1.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_DISK_CHAIN_BROKEN: Final = gauge(
    "vsphere_vm_disk_chain_broken",
    "Whether vCenter reports that a disk's chain of snapshots is broken. Absent before vSphere 9.1.",
    "vcenter",
    "vm",
    "vm_id",
)
VSPHERE_VM_SNAPSHOTS: Final = gauge(
    "vsphere_vm_snapshots", "Number of snapshots of the machine.", "vcenter", "vm", "vm_id"
)
VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP: Final = gauge(
    "vsphere_vm_oldest_snapshot_timestamp_seconds", "Creation time of the oldest snapshot.", "vcenter", "vm", "vm_id"
)
VSPHERE_VM_CBT_ENABLED: Final = gauge(
    "vsphere_vm_cbt_enabled", "Whether changed block tracking is on for the machine.", "vcenter", "vm", "vm_id"
)
VSPHERE_VM_CBT_RESETS: Final = counter(
    "vsphere_vm_cbt_resets_total",
    "Changes of a disk's change-tracking identity while tracking stayed on. That a reset always changes the identity "
    "is common practice, not documented.",
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

VSPHERE_VM_UNREPLICABLE_DISKS: Final = gauge(
    "vsphere_vm_unreplicable_disks",
    "Disks that snapshots leave out, so that they cannot replicate, by kind: independent, physical_mode (a raw device "
    "mapping). Known for machines that replicate or have snapshots; absent while there is none.",
    "vcenter",
    "vm",
    "vm_id",
    "kind",
)
VSPHERE_VM_CONNECTION_STATE: Final = gauge(
    "vsphere_vm_connection_state",
    "State set of a machine as vCenter reaches it: connected, disconnected (its host is), orphaned (its host no longer "
    "has it), inaccessible (its files cannot be reached), invalid (its configuration cannot be read). " + _CURRENT,
    "vcenter",
    "vm",
    "vm_id",
    "state",
)
VSPHERE_HOST_IN_MAINTENANCE_MODE: Final = gauge(
    "vsphere_host_in_maintenance_mode", "Whether the ESXi host is in maintenance mode.", "vcenter", "host"
)
VSPHERE_DATASTORE_ACCESSIBLE: Final = gauge(
    "vsphere_datastore_accessible",
    "Whether vCenter can reach the datastore. While it cannot, its size and free space are absent.",
    "vcenter",
    "datastore",
)
VSPHERE_TASK_GAPS: Final = counter(
    "vsphere_task_gaps_total",
    "Polls between which ends of tasks may have been missed, as vCenter lists no more than the last 200; and running "
    "snapshot tasks that vanished. Failures of those tasks are not counted.",
    "vcenter",
)

# --- NFC and datastores ----------------------------------------------------------------------------------------------

NFC_BUFFER_CAPACITY: Final = gauge(
    "nfc_buffer_capacity_bytes",
    "Size of the ESXi host's NFC buffer. source: azure (as the appliances of `vault` report it; `host` is the address "
    "that they use), vsphere (the configured default, 32 MiB; no vault).",
    "vcenter",
    "host",
    "source",
    "vault",
)
NFC_BUFFER_USED: Final = gauge(
    "nfc_buffer_used_bytes",
    "Usage of the ESXi host's NFC buffer. source: azure (usage by the replication, as the appliances of `vault` "
    "report it), vsphere (a proxy, not a reading: disks with a replication snapshot times 4 MiB; no vault).",
    "vcenter",
    "host",
    "source",
    "vault",
)
NFC_DISKS_IN_FLIGHT: Final = gauge(
    "nfc_disks_in_flight",
    "Disks with a replication snapshot, of the machines on this host. A proxy: it counts snapshots, not reads.",
    "vcenter",
    "host",
    "source",
)
DATASTORE_FREE: Final = gauge("datastore_free_bytes", "Free space of the datastore.", "vcenter", "datastore", "source")
DATASTORE_CAPACITY: Final = gauge(
    "datastore_capacity_bytes", "Size of the datastore.", "vcenter", "datastore", "source"
)
DATASTORE_DISK_SNAPSHOTS: Final = gauge(
    "datastore_disk_snapshots",
    "Disks with a replication snapshot on this datastore. source: azure (as the appliances of `vault` report it), "
    "vsphere (no vault).",
    "vcenter",
    "datastore",
    "source",
    "vault",
)
DATASTORE_DISK_SNAPSHOTS_LIMIT: Final = gauge(
    "datastore_disk_snapshots_limit",
    "Disk snapshots that Azure Migrate allows on this datastore (documented default 15).",
    "vcenter",
    "datastore",
    "source",
    "vault",
)

# --- Azure's data: machines ------------------------------------------------------------------------------------------

_MACHINE: Final = ("vm", "vm_id", "vault")
"""`vm_id` is vCenter's instance UUID, which joins these metrics with those of vSphere."""

REPLICATION_UP: Final = gauge(
    "replication_up",
    "Whether the newest request for the vault's list of machines was answered. While it is 0, Azure's last data is "
    "exported for 15 minutes.",
    "vault",
)
REPLICATION_MACHINES: Final = gauge("replication_machines", "Machines that the vault lists.", "vault")
REPLICATION_INFO: Final = gauge(
    "replication_info",
    "Always 1, for joins. appliance: its name in Azure; host: the address at which the appliance reaches the ESXi "
    "host, empty until the gateway reports it.",
    *_MACHINE,
    "appliance",
    "vcenter",
    "host",
)
REPLICATION_HEALTH: Final = gauge(
    "replication_health",
    "State set of the machine's health: normal, warning, critical, none (a paused machine). " + _CURRENT,
    *_MACHINE,
    "health",
)
REPLICATION_STATE: Final = gauge(
    "replication_state", "State set of Azure's migrationState. " + _CURRENT, *_MACHINE, "state"
)
REPLICATION_ERRORS: Final = gauge(
    "replication_errors",
    "Always 1. A current error of the machine, by its code (empty if it has none) and the documented failure. Azure "
    "reports errors also for machines whose health is normal.",
    *_MACHINE,
    "code",
    "failure",
)
REPLICATION_PROGRESS: Final = gauge(
    "replication_progress_ratio",
    "Progress of the running phase: initial, delta, resync, resume, migration. Absent while no phase runs.",
    *_MACHINE,
    "phase",
)
REPLICATION_RETRIES: Final = gauge(
    "replication_retries",
    "Azure's retry count of each phase: initial, delta, resync, resume. Absent while it is 0.",
    *_MACHINE,
    "phase",
)
REPLICATION_RESYNC_REQUIRED: Final = gauge(
    "replication_resync_required",
    "Always 1. The machine requires a resynchronisation; absent if it does not.",
    *_MACHINE,
)
REPLICATION_OPERATION_INFO: Final = gauge(
    "replication_operation_info",
    "Always 1. The gateway's operation on the machine and its status, for example delta_replication and in_progress. "
    "source: list (read from the list of machines), get (read from the machine itself).",
    *_MACHINE,
    "operation",
    "status",
    "source",
)
REPLICATION_UPLOAD: Final = gauge(
    "replication_upload_bytes_per_second", "Upload speed of the running cycle. Absent while no cycle runs.", *_MACHINE
)
REPLICATION_READ: Final = gauge(
    "replication_read_bytes_per_second",
    "Speed at which the running cycle reads blocks from VMware. A speed below the upload speed of other machines "
    "indicates vCenter or NFC rather than the network. Absent while no cycle runs.",
    *_MACHINE,
)
REPLICATION_TIME_REMAINING: Final = gauge(
    "replication_time_remaining_seconds",
    "The gateway's estimate of the remaining time of the running cycle.",
    *_MACHINE,
)
REPLICATION_LAST_POINT_CHANGE_TIMESTAMP: Final = gauge(
    "replication_last_recovery_point_change_timestamp_seconds",
    "Time at which the exporter saw the machine's newest recovery point change, to the minute, after a successful "
    "cycle. Absent before the first change. Azure's own times of recovery points are wrong.",
    *_MACHINE,
)
REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP: Final = gauge(
    "replication_next_cycle_due_timestamp_seconds",
    "Latest start of the next cycle by the documented schedule: half the duration of the last successful cycle after "
    "it, but 1 to 12 hours (12 if the duration is not known), and not in a blackout window. It does not change while "
    "the cycle runs. Absent for paused machines and outside delta replication.",
    *_MACHINE,
)
REPLICATION_DETAILS_TIMESTAMP: Final = gauge(
    "replication_details_timestamp_seconds",
    "Time at which the machine's disks and monitoring data were read, with one request for each machine and within a "
    "budget: every minute in trouble, every five minutes while data moves, otherwise every three hours and after each "
    "change that not every cycle makes. Data older than four hours is not exported.",
    *_MACHINE,
)
REPLICATION_DISK_CAPACITY: Final = gauge(
    "replication_disk_capacity_bytes",
    "Size of the disk. storage_account: the account that receives its data.",
    *_MACHINE,
    "disk",
    "datastore",
    "storage_account",
)
REPLICATION_DISK_PROGRESS: Final = gauge(
    "replication_disk_progress_ratio", "Progress of the disk in the running cycle.", *_MACHINE, "disk"
)
REPLICATION_DISK_UPLOAD: Final = gauge(
    "replication_disk_upload_bytes_per_second", "Upload speed of the disk in the running cycle.", *_MACHINE, "disk"
)
REPLICATION_DISK_READ: Final = gauge(
    "replication_disk_read_bytes_per_second",
    "Speed at which the running cycle reads the disk from VMware.",
    *_MACHINE,
    "disk",
)

# --- Azure's data: vaults, appliances; the exporter's requests -------------------------------------------------------

_APPLIANCE: Final = ("vault", "appliance")
_FABRIC: Final = (*_APPLIANCE, "fabric")

REPLICATION_MACHINES_BY_STATE: Final = gauge(
    "replication_machines_by_state", "Machines in each of Azure's migration states.", *_APPLIANCE, "state"
)
REPLICATION_MACHINES_BY_HEALTH: Final = gauge(
    "replication_machines_by_health", "Machines with each health that Azure reports.", *_APPLIANCE, "health"
)
REPLICATION_MACHINES_BY_FAILURE: Final = gauge(
    "replication_machines_by_failure",
    "Machines with each documented failure among their current errors. Absent for a failure that no machine has.",
    *_APPLIANCE,
    "failure",
)
REPLICATION_MACHINES_WITH_ERRORS: Final = gauge(
    "replication_machines_with_errors", "Machines with at least one current error.", *_APPLIANCE
)
REPLICATION_MACHINES_BEHIND: Final = gauge(
    "replication_machines_behind_schedule",
    "Machines whose next cycle has been due for more than an hour, by the documented schedule.",
    *_APPLIANCE,
)
REPLICATION_MACHINES_COPIED: Final = gauge(
    "replication_machines_copied", "Machines whose initial replication has completed.", *_APPLIANCE
)
REPLICATION_MACHINES_UPLOADING: Final = gauge(
    "replication_machines_uploading", "Machines whose running cycle has an upload speed.", *_APPLIANCE
)
REPLICATION_TOTAL_UPLOAD: Final = gauge(
    "replication_total_upload_bytes_per_second", "Upload speed of all running cycles together.", *_APPLIANCE
)
REPLICATION_COPY_REMAINING: Final = gauge(
    "replication_copy_remaining_bytes",
    "Bytes that initial replications have still to copy: the size of the disks times the remaining ratio. Machines "
    "whose disks were never read are not in it.",
    *_APPLIANCE,
)
REPLICATION_OLDEST_POINT_CHANGE_TIMESTAMP: Final = gauge(
    "replication_oldest_recovery_point_change_timestamp_seconds",
    "Oldest time at which the newest recovery point of a machine in delta replication changed. Absent before the "
    "first change.",
    *_APPLIANCE,
)

REPLICATION_EVENTS: Final = counter(
    "replication_events_total",
    "Events of the vault, each counted once, even across restarts. Events from before the first start are not "
    "counted. failure: the documented failure of the event, unknown, or none if the event has no error.",
    "vault",
    "event_type",
    "severity",
    "failure",
)
REPLICATION_JOBS: Final = counter(
    "replication_jobs_total",
    "Jobs of the vault that ended without a plain success, each counted once like events. state: failed, "
    "completed_with_information, partially_succeeded, cancelled. Replication cycles are not jobs.",
    "vault",
    "scenario",
    "state",
    "failure",
)
REPLICATION_VAULT_ERRORS: Final = gauge(
    "replication_vault_errors", "Always 1. A current error of the vault itself.", "vault", "code", "failure"
)
REPLICATION_VAULT_ISSUES: Final = gauge(
    "replication_vault_issues",
    "Issues in the vault's health summary, by resource: protected_items, fabrics, containers.",
    "vault",
    "resource",
    "severity",
)
REPLICATION_FABRIC_HEALTH: Final = gauge(
    "replication_fabric_health",
    "State set of the health of an appliance's fabric: normal, warning, critical, none.",
    *_FABRIC,
    "health",
)
REPLICATION_FABRIC_ERRORS: Final = gauge(
    "replication_fabric_errors",
    "Always 1. A current error of the fabric or its replication provider.",
    *_FABRIC,
    "code",
    "failure",
)
AGENT_HEARTBEAT_TIMESTAMP: Final = gauge(
    "agent_heartbeat_timestamp_seconds",
    "Time at which Azure received the last heartbeat of an agent of the appliance: dra (about each minute), discovery "
    "(each quarter of an hour). The gateway has no heartbeat, and neither of these proves that it works.",
    *_APPLIANCE,
    "agent",
)
AGENT_CONNECTED: Final = gauge(
    "agent_connected", "Whether Azure reports that the agent is connected.", *_APPLIANCE, "agent"
)
AGENT_INFO: Final = gauge("agent_info", "Always 1. The version of the agent.", *_APPLIANCE, "agent", "version")
AGENT_VERSION_STATE: Final = gauge(
    "agent_version_state",
    "State set of Azure's support for the agent's version: supported, not_supported, deprecated, update_required, "
    "security_update_required.",
    *_APPLIANCE,
    "agent",
    "state",
)
AGENT_VERSION_EXPIRY_TIMESTAMP: Final = gauge(
    "agent_version_expiry_timestamp_seconds",
    "Time at which Azure's support for the agent's version ends; absent if no end is set.",
    *_APPLIANCE,
    "agent",
)
APPLIANCE_MEMORY_USED: Final = gauge(
    "appliance_memory_used_bytes",
    "Memory in use, as Azure reports it: the sum over the primary and the scale-out appliances, like all appliance_ "
    "metrics with a vault.",
    *_APPLIANCE,
)
APPLIANCE_MEMORY_CAPACITY: Final = gauge("appliance_memory_capacity_bytes", "Size of the memory.", *_APPLIANCE)
APPLIANCE_CPU_USAGE: Final = gauge("appliance_cpu_usage_ratio", "CPU in use.", *_APPLIANCE)
APPLIANCE_CPU_CORES: Final = gauge("appliance_cpu_cores", "Number of processor cores.", *_APPLIANCE)
APPLIANCE_NETWORK_USED: Final = gauge(
    "appliance_network_used_bytes_per_second",
    "Bandwidth in use. Azure's unit is MBps. That it means 2^20 bytes is inferred from Azure's sample, in which 10 "
    "Gbit/s are 1192.",
    *_APPLIANCE,
)
APPLIANCE_NETWORK_CAPACITY: Final = gauge(
    "appliance_network_capacity_bytes_per_second",
    "Available bandwidth, in the same unit as the bandwidth in use.",
    *_APPLIANCE,
)
APPLIANCE_PARALLEL_DISKS: Final = gauge(
    "appliance_parallel_disks", "Disks that are replicated in parallel.", *_APPLIANCE
)
APPLIANCE_PARALLEL_DISKS_LIMIT: Final = gauge(
    "appliance_parallel_disks_limit",
    "Allowed number of parallel disks: Azure's answer, not the documented number.",
    *_APPLIANCE,
)
ARM_REQUESTS: Final = counter(
    "arm_requests_total",
    "The exporter's requests to Azure Resource Manager. code: the HTTP status, or the reason if there was no answer.",
    "subscription",
    "vault",
    "operation",
    "code",
)
ARM_RATELIMIT_REMAINING: Final = gauge(
    "arm_ratelimit_remaining",
    "Remaining requests before Azure Resource Manager throttles the exporter, by the name of the limit in its answers.",
    "subscription",
    "vault",
    "limit",
)

# --- discovery -------------------------------------------------------------------------------------------------------

DISCOVERED_APPLIANCE_INFO: Final = gauge(
    "discovered_appliance_info",
    "Always 1. An appliance that replicates, with its project and vault, the generation of the project, the target "
    "region, and whether Site Recovery uses private endpoints there.",
    "appliance",
    "project",
    "vault",
    "generation",
    "region",
    "private_endpoints",
)
DISCOVERED_RESOURCE_EXISTS: Final = gauge(
    "discovered_resource_exists",
    "Whether a resource of the replication exists (1), or is named by Azure and does not exist (0): a deleted or "
    "moved account causes error 542. A resource that the exporter may not list counts as existing.",
    "appliance",
    "type",
    "resource",
)
DISCOVERED_ROLE_ASSIGNED: Final = gauge(
    "discovered_role_assigned",
    "Whether an identity (of the appliance or the vault) has a role that Azure Migrate documents, on the storage "
    "account of a project made since 2024. Absent in older projects, and where it is not known: with a custom role, or "
    "without the right to read assignments.",
    "appliance",
    "resource",
    "identity",
    "azure_role",
)

# --- Azure Monitor ---------------------------------------------------------------------------------------------------

AZURE_MONITOR_REQUESTS: Final = counter(
    "azure_monitor_requests_total",
    "The exporter's calls of Azure Monitor, by result (success, or a reason). api: metrics (each call is billed), "
    "logs.",
    "target",
    "api",
    "result",
)
AZURE_METRICS_TIMESTAMP: Final = gauge(
    "azure_metrics_timestamp_seconds",
    "End of the newest minute for which the platform metrics of all resources of this target were read. Azure "
    "publishes a value about three minutes late.",
    "target",
)
AZURE_STORAGE_INGRESS_BYTES: Final = counter(
    "azure_storage_ingress_bytes_total",
    "Bytes that the account received from all clients, as Azure counts them. While an appliance replicates, they come "
    "from its gateway.",
    "appliance",
    "account",
)
AZURE_STORAGE_TRANSACTIONS: Final = counter(
    "azure_storage_transactions_total",
    "Requests that the account answered, by Azure's response type. Any type but Success is throttling, missing access "
    "or an error.",
    "appliance",
    "account",
    "response",
)
AZURE_STORAGE_E2E_LATENCY: Final = gauge(
    "azure_storage_e2e_latency_seconds",
    "Average duration of a successful request in the newest of five minutes with one, from the client's first byte to "
    "the last byte of the response. Minus the server latency it is the latency of the network.",
    "appliance",
    "account",
)
AZURE_STORAGE_SERVER_LATENCY: Final = gauge(
    "azure_storage_server_latency_seconds",
    "Average time that the account takes for a successful request, in the newest of five minutes with one.",
    "appliance",
    "account",
)
AZURE_STORAGE_AVAILABILITY: Final = gauge(
    "azure_storage_availability_ratio",
    "Ratio of the account's requests that Azure counts as available, in the newest of five minutes with a value.",
    "appliance",
    "account",
)
AZURE_SERVICEBUS_ACTIVE_MESSAGES: Final = gauge(
    "azure_servicebus_active_messages",
    "Messages that wait in a queue or topic, as the average of the newest minute.",
    "appliance",
    "bus_namespace",
    "entity",
)
AZURE_SERVICEBUS_DEAD_LETTERED_MESSAGES: Final = gauge(
    "azure_servicebus_dead_lettered_messages",
    "Messages in the dead-letter queues of a queue or topic, as the average of the newest minute.",
    "appliance",
    "bus_namespace",
    "entity",
)
AZURE_SERVICEBUS_THROTTLED_REQUESTS: Final = counter(
    "azure_servicebus_throttled_requests_total",
    "Requests that the namespace throttled.",
    "appliance",
    "bus_namespace",
    "entity",
)
AZURE_KEYVAULT_RESULTS: Final = counter(
    "azure_keyvault_results_total",
    "Requests that the key vault answered, by HTTP status. 403 is a missing access policy or a firewall.",
    "appliance",
    "keyvault",
    "code",
)
AZURE_LOGS_TIMESTAMP: Final = gauge(
    "azure_logs_timestamp_seconds",
    "Ingestion time up to which a workspace was read for this query: key_vault, vault_events, vault_jobs.",
    "workspace",
    "query",
)
AZURE_LOGS_PARTIAL_ANSWERS: Final = counter(
    "azure_logs_partial_answers_total",
    "Answers of a workspace that Azure marked as incomplete. Their rows were counted, the missing rows are lost.",
    "workspace",
    "query",
)
AZURE_KEYVAULT_REFUSALS: Final = counter(
    "azure_keyvault_refusals_total",
    "Refused requests for managed storage in a key vault's audit log, by the article's key vault error that they "
    "cause, HTTP status, and whether an access policy of the vault matched the caller (true, false, unknown).",
    "workspace",
    "keyvault",
    "failure",
    "code",
    "access_policy_match",
)
AZURE_VAULT_EVENTS: Final = counter(
    "azure_vault_events_total",
    "Errors in the events that a Recovery Services vault logs, by documented failure. It is not documented that "
    "vaults log them for agentless replication.",
    "workspace",
    "vault",
    "level",
    "failure",
)
AZURE_VAULT_JOBS: Final = counter(
    "azure_vault_jobs_total",
    "Jobs in the log of a Recovery Services vault that did not end well, by operation, status and documented failure.",
    "workspace",
    "vault",
    "operation",
    "status",
    "failure",
)
