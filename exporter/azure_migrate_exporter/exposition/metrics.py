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
EXPORTER_EVENT_LOOP_LAG: Final = gauge(
    "exporter_event_loop_lag_seconds",
    "Largest delay of an event loop in the last minute: loop engine runs the collectors, loop web serves requests.",
    "loop",
)
EXPORTER_LOG_LINES_DROPPED: Final = counter(
    "exporter_log_lines_dropped_total", "Log lines that were not written, because standard error took them too slowly."
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
EXPORTER_HTTP_CONNECTIONS: Final = gauge("exporter_http_connections", "Open connections of the web server.")
EXPORTER_HTTP_CONNECTIONS_CLOSED: Final = counter(
    "exporter_http_connections_closed_total",
    "Connections that the web server closed to stay within its limits, by cause: limit, address_limit, no_request "
    "(no first request in 10 s), idle, no_descriptor.",
    "cause",
)
EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL: Final = gauge(
    "exporter_web_config_last_reload_successful",
    "Whether the newest --web.config.file and certificates are in force (1) or older ones, as these do not load (0).",
)
COLLECTOR_SUCCESS: Final = gauge(
    "collector_success", "Whether the newest run of this collector on this target worked.", "collector", "target"
)
COLLECTOR_FAILURE_INFO: Final = gauge(
    "collector_failure_info",
    "Always 1: why the newest run of this collector failed. Absent while it works. appliance: the one for which it "
    "speaks, if it speaks for one. resource: what the check's own metrics call the target (account, namespace, vault, "
    "host), whatever its name here.",
    "collector",
    "target",
    "appliance",
    "resource",
    "reason",
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
VSPHERE_VM_REPLICATING: Final = gauge(
    "vsphere_vm_replicating",
    "Whether the machine replicates, as Azure lists it or the configured patterns say. Absent while neither says "
    "anything.",
    "vcenter",
    "vm",
    "vm_id",
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
    "NFC buffer of the ESXi host. source: azure (as the appliances of `vault` report it; `host` is the address that "
    "they use), vsphere (the configured default, 32 MiB; no vault).",
    "vcenter",
    "host",
    "source",
    "vault",
)
NFC_BUFFER_USED: Final = gauge(
    "nfc_buffer_used_bytes",
    "Use of the NFC buffer. source: azure (what the replication takes, as the appliances of `vault` report it), "
    "vsphere (a proxy, not a reading: disks with a replication snapshot times 4 MiB; no vault).",
    "vcenter",
    "host",
    "source",
    "vault",
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

# --- Azure's own view: machines --------------------------------------------------------------------------------------

_MACHINE: Final = ("vm", "vm_id", "vault")
"""`vm_id` is vCenter's instance UUID: the join key with the metrics of vSphere."""

REPLICATION_UP: Final = gauge(
    "replication_up",
    "Whether the newest list of the vault's machines was answered. While it is 0, what Azure said last stays for 15 "
    "minutes.",
    "vault",
)
REPLICATION_MACHINES: Final = gauge("replication_machines", "Machines that the vault lists.", "vault")
REPLICATION_INFO: Final = gauge(
    "replication_info",
    "Always 1, for joins. appliance: as Azure names it; host: the ESXi host's address as the appliance uses it, empty "
    "until the gateway has told it.",
    *_MACHINE,
    "appliance",
    "vcenter",
    "host",
)
REPLICATION_HEALTH: Final = gauge(
    "replication_health",
    "State set of the machine's health: normal, warning, critical, none (Azure says none of a paused machine).",
    *_MACHINE,
    "health",
)
REPLICATION_STATE: Final = gauge("replication_state", "State set of Azure's migrationState.", *_MACHINE, "state")
REPLICATION_ERRORS: Final = gauge(
    "replication_errors",
    "Always 1: an error that the machine has now, by its code (empty if it has none) and the documented failure. Azure "
    "lists errors also of machines whose health is normal.",
    *_MACHINE,
    "code",
    "failure",
)
REPLICATION_PROGRESS: Final = gauge(
    "replication_progress_ratio",
    "Progress of the phase that runs: initial, delta, resync, resume, migration. Absent while none does.",
    *_MACHINE,
    "phase",
)
REPLICATION_RETRIES: Final = gauge(
    "replication_retries", "Azure's retry count of each phase: initial, delta, resync, resume.", *_MACHINE, "phase"
)
REPLICATION_RESYNC_REQUIRED: Final = gauge(
    "replication_resync_required", "Whether the machine must be copied again.", *_MACHINE
)
REPLICATION_OPERATION_INFO: Final = gauge(
    "replication_operation_info",
    "Always 1: what the gateway does with the machine, as in delta_replication / in_progress, and whether that was "
    "read from the list of the machines or from the machine itself (source: list, get).",
    *_MACHINE,
    "operation",
    "status",
    "source",
)
REPLICATION_UPLOAD: Final = gauge(
    "replication_upload_bytes_per_second", "Upload speed of the cycle that runs. Absent while none does.", *_MACHINE
)
REPLICATION_READ: Final = gauge(
    "replication_read_bytes_per_second",
    "Speed at which VMware's blocks are read in the cycle that runs; below the upload speed of other machines it "
    "points to vCenter or NFC rather than to the network. Absent while no cycle runs.",
    *_MACHINE,
)
REPLICATION_TIME_REMAINING: Final = gauge(
    "replication_time_remaining_seconds", "What the gateway expects of the cycle that runs.", *_MACHINE
)
REPLICATION_LAST_POINT_CHANGE_TIMESTAMP: Final = gauge(
    "replication_last_recovery_point_change_timestamp_seconds",
    "When we saw the machine's newest recovery point become another one, to the minute: a cycle had worked. Absent "
    "until we have; Azure's own times of recovery points lie.",
    *_MACHINE,
)
REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP: Final = gauge(
    "replication_next_cycle_due_timestamp_seconds",
    "When, by the documented schedule, the cycle after the newest that worked should begin at the latest: half of that "
    "one's duration later, but 1 to 12 hours (12 if the duration is not known), and not in a blackout window. It stays "
    "while the cycle runs. Absent for paused machines and outside delta replication.",
    *_MACHINE,
)
REPLICATION_DETAILS_TIMESTAMP: Final = gauge(
    "replication_details_timestamp_seconds",
    "When the machine's disks and monitoring were read: one request a machine, within a budget. Older than an hour "
    "they are not shown.",
    *_MACHINE,
)
REPLICATION_DISK_INFO: Final = gauge(
    "replication_disk_info",
    "Always 1; storage_account is the one that takes the disk's data.",
    *_MACHINE,
    "disk",
    "datastore",
    "storage_account",
)
REPLICATION_DISK_CAPACITY: Final = gauge("replication_disk_capacity_bytes", "Size of the disk.", *_MACHINE, "disk")
REPLICATION_DISK_PROGRESS: Final = gauge(
    "replication_disk_progress_ratio", "Progress of the disk in the cycle that runs.", *_MACHINE, "disk"
)
REPLICATION_DISK_UPLOAD: Final = gauge(
    "replication_disk_upload_bytes_per_second", "Upload speed of the disk in the cycle that runs.", *_MACHINE, "disk"
)
REPLICATION_DISK_READ: Final = gauge(
    "replication_disk_read_bytes_per_second", "Speed at which the disk is read from VMware.", *_MACHINE, "disk"
)

# --- Azure's own view: vaults, appliances, our own cost --------------------------------------------------------------

_APPLIANCE: Final = ("vault", "appliance")
_FABRIC: Final = (*_APPLIANCE, "fabric")

REPLICATION_EVENTS: Final = counter(
    "replication_events_total",
    "Events of the vault, each counted once, across restarts too; those from before the first start are not counted. "
    "failure: the documented failure that the event names, unknown, or none if it names no error.",
    "vault",
    "event_type",
    "severity",
    "failure",
)
REPLICATION_JOBS: Final = counter(
    "replication_jobs_total",
    "Jobs of the vault that ended and did not simply succeed, each counted once as events are. state: failed, "
    "completed_with_information, partially_succeeded, cancelled. Replication cycles are not jobs.",
    "vault",
    "scenario",
    "state",
    "failure",
)
REPLICATION_VAULT_ERRORS: Final = gauge(
    "replication_vault_errors", "Always 1: an error that the vault itself has now.", "vault", "code", "failure"
)
REPLICATION_VAULT_ISSUES: Final = gauge(
    "replication_vault_issues",
    "Issues in the vault's health summary, by what has them: protected_items, fabrics, containers.",
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
    "Always 1: an error that the fabric or its replication provider has now.",
    *_FABRIC,
    "code",
    "failure",
)
AGENT_HEARTBEAT_TIMESTAMP: Final = gauge(
    "agent_heartbeat_timestamp_seconds",
    "When Azure last heard of an agent of the appliance: dra (each minute or so), discovery (each quarter of an hour). "
    "The gateway has no heartbeat, and neither of these proves that it works.",
    *_APPLIANCE,
    "agent",
)
AGENT_CONNECTED: Final = gauge(
    "agent_connected", "Whether Azure says that the agent is connected.", *_APPLIANCE, "agent"
)
AGENT_INFO: Final = gauge("agent_info", "Always 1.", *_APPLIANCE, "agent", "version")
AGENT_VERSION_STATE: Final = gauge(
    "agent_version_state",
    "State set of what Azure thinks of the agent's version: supported, not_supported, deprecated, update_required, "
    "security_update_required.",
    *_APPLIANCE,
    "agent",
    "state",
)
AGENT_VERSION_EXPIRY_TIMESTAMP: Final = gauge(
    "agent_version_expiry_timestamp_seconds",
    "When Azure stops to support the agent's version; absent if no end is set.",
    *_APPLIANCE,
    "agent",
)
APPLIANCE_MEMORY_USED: Final = gauge(
    "appliance_memory_used_bytes",
    "Memory in use, as Azure reports it: the sum over the primary and the scale-out appliances, like all appliance_ "
    "metrics with a vault.",
    *_APPLIANCE,
)
APPLIANCE_MEMORY_CAPACITY: Final = gauge("appliance_memory_capacity_bytes", "Memory.", *_APPLIANCE)
APPLIANCE_CPU_USAGE: Final = gauge("appliance_cpu_usage_ratio", "CPU in use.", *_APPLIANCE)
APPLIANCE_CPU_CORES: Final = gauge("appliance_cpu_cores", "Processor cores.", *_APPLIANCE)
APPLIANCE_NETWORK_USED: Final = gauge(
    "appliance_network_used_bytes_per_second",
    "Network in use. Azure writes MBps; that these are 2^20 bytes is inferred from its sample, in which 10 Gbit/s are "
    "1192.",
    *_APPLIANCE,
)
APPLIANCE_NETWORK_CAPACITY: Final = gauge(
    "appliance_network_capacity_bytes_per_second", "Bandwidth; for the unit see the use.", *_APPLIANCE
)
APPLIANCE_PARALLEL_DISKS: Final = gauge(
    "appliance_parallel_disks", "Disks that are replicated at the same time.", *_APPLIANCE
)
APPLIANCE_PARALLEL_DISKS_LIMIT: Final = gauge(
    "appliance_parallel_disks_limit", "How many may be: Azure's answer, not the documented number.", *_APPLIANCE
)
ARM_REQUESTS: Final = counter(
    "arm_requests_total",
    "Our requests to Azure Resource Manager. code: the HTTP status, or the reason if there was no answer.",
    "subscription",
    "vault",
    "operation",
    "code",
)
ARM_RATELIMIT_REMAINING: Final = gauge(
    "arm_ratelimit_remaining",
    "Requests that Azure Resource Manager would still take from us, by the limit's name in its answers.",
    "subscription",
    "vault",
    "limit",
)

# --- discovery -------------------------------------------------------------------------------------------------------

DISCOVERED_APPLIANCE_INFO: Final = gauge(
    "discovered_appliance_info",
    "Always 1: an appliance that replicates, its project and vault, its generation, the target region, and whether "
    "Site Recovery uses private endpoints there.",
    "appliance",
    "project",
    "vault",
    "generation",
    "region",
    "private_endpoints",
)
DISCOVERED_RESOURCE_EXISTS: Final = gauge(
    "discovered_resource_exists",
    "Whether a resource of the replication exists (1), or is named by Azure and gone (0): a deleted or moved account "
    "is error 542. What we may not list counts as existing.",
    "appliance",
    "type",
    "resource",
)

# --- Azure Monitor ---------------------------------------------------------------------------------------------------

AZURE_MONITOR_REQUESTS: Final = counter(
    "azure_monitor_requests_total",
    "Our calls of Azure Monitor, by result (success, or a reason). api: metrics (each call is billed), logs.",
    "target",
    "api",
    "result",
)
AZURE_METRICS_TIMESTAMP: Final = gauge(
    "azure_metrics_timestamp_seconds",
    "End of the newest minute whose platform metrics were read for every resource of this target. Azure has a value "
    "some three minutes late.",
    "target",
)
AZURE_STORAGE_INGRESS_BYTES: Final = counter(
    "azure_storage_ingress_bytes_total",
    "Bytes that the account took in, as Azure counts them, from everybody: while an appliance replicates they come "
    "from its gateway.",
    "appliance",
    "account",
)
AZURE_STORAGE_TRANSACTIONS: Final = counter(
    "azure_storage_transactions_total",
    "Requests that the account answered, by Azure's response type: what is not Success is throttling, access or an "
    "error.",
    "appliance",
    "account",
    "response",
)
AZURE_STORAGE_E2E_LATENCY: Final = gauge(
    "azure_storage_e2e_latency_seconds",
    "Average time of a successful request in the newest of five minutes that had one, from the client's first byte to "
    "the last of the answer; less the server's part it is the network.",
    "appliance",
    "account",
)
AZURE_STORAGE_SERVER_LATENCY: Final = gauge(
    "azure_storage_server_latency_seconds",
    "Average time that the account itself took for a successful request in the newest of five minutes that had one.",
    "appliance",
    "account",
)
AZURE_STORAGE_AVAILABILITY: Final = gauge(
    "azure_storage_availability_ratio",
    "Part of the account's requests that Azure counts as available, in the newest of five minutes that it tells.",
    "appliance",
    "account",
)
AZURE_SERVICEBUS_ACTIVE_MESSAGES: Final = gauge(
    "azure_servicebus_active_messages",
    "Messages that wait in a queue or topic, average of the newest minute.",
    "appliance",
    "namespace",
    "entity",
)
AZURE_SERVICEBUS_DEAD_LETTERED_MESSAGES: Final = gauge(
    "azure_servicebus_dead_lettered_messages",
    "Messages in the dead-letter queues of a queue or topic, average of the newest minute.",
    "appliance",
    "namespace",
    "entity",
)
AZURE_SERVICEBUS_THROTTLED_REQUESTS: Final = counter(
    "azure_servicebus_throttled_requests_total",
    "Requests that the namespace refused because there were too many.",
    "appliance",
    "namespace",
    "entity",
)
AZURE_KEYVAULT_RESULTS: Final = counter(
    "azure_keyvault_results_total",
    "Requests that the key vault answered, by HTTP status: 403 is a missing access policy or a firewall.",
    "appliance",
    "vault",
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
    "Answers of a workspace that Azure called incomplete; what they had was counted, what they lacked is lost.",
    "workspace",
    "query",
)
AZURE_KEYVAULT_REFUSALS: Final = counter(
    "azure_keyvault_refusals_total",
    "Refused requests for managed storage in a key vault's audit log, by what they were for (the article's two key "
    "vault errors), HTTP status, and whether an access policy of the vault matched the caller (true, false, unknown).",
    "workspace",
    "vault",
    "failure",
    "code",
    "access_policy_match",
)
AZURE_VAULT_EVENTS: Final = counter(
    "azure_vault_events_total",
    "Errors in the events that a Recovery Services vault logs, by documented failure. It is not documented that vaults "
    "log this for agentless replication.",
    "workspace",
    "vault",
    "level",
    "failure",
)
AZURE_VAULT_JOBS: Final = counter(
    "azure_vault_jobs_total",
    "Jobs that a Recovery Services vault logs as not ended well, by operation, status and documented failure.",
    "workspace",
    "vault",
    "operation",
    "status",
    "failure",
)
