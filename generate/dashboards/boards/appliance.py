"""Appliances, ESXi hosts and datastores, each with its limits."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    GREEN,
    GREY,
    ORANGE,
    RED,
    Board,
    Column,
    MappedValue,
    Panel,
    Query,
    Row,
    state_timeline,
    table,
    timeseries,
)
from generate.dashboards.promql import APPLIANCE, VCENTER, max_by, min_by, selector
from generate.dashboards.thresholds import falling, rising

_NOT_REPORTED: Final = (
    "Azure has not reported it: Azure's data is not collected, or no machine of the appliance replicates"
)
_NO_VCENTER: Final = (
    "No host is known: the exporter's configuration has no section `vcenters`, or vCenter does not answer"
)
_NO_DATASTORE: Final = "No datastore is known: neither vCenter's nor Azure's data is collected"

# --- resources -------------------------------------------------------------------------------------------------------


def _usage(title: str, description: str, expr: str, alert: str) -> Panel:
    """The usage of one resource of the appliances, as a ratio of its limit."""
    return timeseries(
        title,
        f"{description} Azure reports the sum over the primary and the scale-out appliances. Lines: the thresholds of "
        f"the alert {PREFIX}{alert}.",
        (Query(expr, "{{appliance}}"),),
        unit="percentunit",
        width=6,
        thresholds=rising(alert),
        maximum=1,
    )


def _ratio(used: Metric, limit: Metric) -> str:
    return f"max by (appliance) ({selector(used, APPLIANCE)} / {selector(limit, APPLIANCE)})"


_FIGURES: Final = (
    (m.APPLIANCE_MEMORY_USED, "Memory used", "bytes"),
    (m.APPLIANCE_MEMORY_CAPACITY, "Memory", "bytes"),
    (m.APPLIANCE_CPU_CORES, "Cores", "short"),
    (m.APPLIANCE_NETWORK_USED, "Network used", "Bps"),
    (m.APPLIANCE_NETWORK_CAPACITY, "Network", "Bps"),
    (m.APPLIANCE_PARALLEL_DISKS, "Parallel disks", "short"),
    (m.APPLIANCE_PARALLEL_DISKS_LIMIT, "Limit of disks", "short"),
)
_RESOURCES: Final = (
    _usage(
        "Memory", "Memory in use.", _ratio(m.APPLIANCE_MEMORY_USED, m.APPLIANCE_MEMORY_CAPACITY), "ApplianceMemoryHigh"
    ),
    _usage("Processor", "CPU in use.", max_by("appliance", m.APPLIANCE_CPU_USAGE, APPLIANCE), "ApplianceCpuHigh"),
    _usage(
        "Network",
        "Bandwidth in use. A wave of initial replications uses the whole line.",
        _ratio(m.APPLIANCE_NETWORK_USED, m.APPLIANCE_NETWORK_CAPACITY),
        "ApplianceNetworkSaturated",
    ),
    _usage(
        "Parallel disks",
        "Disks that are replicated in parallel, of the allowed number. Further disks wait.",
        _ratio(m.APPLIANCE_PARALLEL_DISKS, m.APPLIANCE_PARALLEL_DISKS_LIMIT),
        "ParallelDisksAtLimit",
    ),
    table(
        "Resources in figures",
        "The same resources in absolute figures.",
        tuple(Query(max_by("appliance", metric, APPLIANCE)) for metric, _, _ in _FIGURES),
        unit="short",
        width=24,
        height=5,
        columns=(
            Column("appliance", "Appliance"),
            *(
                Column(f"Value #{letter}", title, unit=unit)
                for letter, (_, title, unit) in zip("ABCDEFG", _FIGURES, strict=True)
            ),
        ),
    ),
)

# --- services and agents ---------------------------------------------------------------------------------------------


def _service(states: str) -> str:
    return max_by("appliance, windows_service", m.GATEWAY_SERVICE_STATE, APPLIANCE, state=f"~{states}")


def _heartbeat(agent: str, value: str) -> Panel:
    return timeseries(
        f"Heartbeat of the {agent} agent",
        "Time since Azure received the agent's last heartbeat. The gateway has no heartbeat, and a heartbeat of an "
        f"agent does not prove that the gateway works. Lines: the thresholds of the alert {PREFIX}HeartbeatMissing.",
        (
            Query(
                f"time() - {max_by('appliance', m.AGENT_HEARTBEAT_TIMESTAMP, APPLIANCE, agent=value)}", "{{appliance}}"
            ),
        ),
        unit="s",
        thresholds=rising("HeartbeatMissing", value),
    )


def _fabric(health: str) -> str:
    return max_by("appliance, fabric", m.REPLICATION_FABRIC_HEALTH, APPLIANCE, health=health)


_SERVICES: Final = (
    state_timeline(
        "Windows services",
        "The gateway service (asrgwy) and the other monitored services of each appliance.",
        (
            Query(
                f"{_service('running')} + 2 * {_service('unknown')} "
                f"+ 3 * {_service('start_pending|stop_pending|paused')} + 4 * {_service('not_found')}",
                "{{appliance}}: {{windows_service}}",
            ),
        ),
        "No service is monitored: the appliance's section of the configuration has no `gateway`",
        mappings={
            "0": MappedValue("stopped", RED),
            "1": MappedValue("running", GREEN),
            "2": MappedValue("unknown", GREY),
            "3": MappedValue("paused, starting or stopping", ORANGE),
            "4": MappedValue("not installed", RED),
        },
    ),
    state_timeline(
        "Health of the fabrics",
        "Azure's health of each appliance as a whole (its replication fabric).",
        (
            Query(
                f"{_fabric('normal')} + 2 * {_fabric('warning')} + 3 * {_fabric('critical')}",
                "{{appliance}}: {{fabric}}",
            ),
        ),
        mappings={
            "0": MappedValue("none", GREY),
            "1": MappedValue("normal", GREEN),
            "2": MappedValue("warning", ORANGE),
            "3": MappedValue("critical", RED),
        },
    ),
    _heartbeat("replication", "dra"),
    _heartbeat("discovery", "discovery"),
    table(
        "Agents",
        "Version of each agent, Azure's support for the version, and whether the agent is connected.",
        (
            Query(
                f"max by (appliance, agent, version, state) ({selector(m.AGENT_CONNECTED, APPLIANCE)} "
                f"* on (vault, appliance, agent) group_left (version) {selector(m.AGENT_INFO, APPLIANCE)} * on "
                f"(vault, appliance, agent) group_left (state) ({selector(m.AGENT_VERSION_STATE, APPLIANCE)} == 1))"
            ),
        ),
        width=24,
        height=6,
        columns=(
            Column("appliance", "Appliance"),
            Column("agent", "Agent"),
            Column("version", "Version"),
            Column("state", "Support"),
            Column("Value", "Connected", mappings={"0": MappedValue("no", RED), "1": MappedValue("yes", GREEN)}),
        ),
    ),
)

# --- hosts -----------------------------------------------------------------------------------------------------------


def _connection(state: str) -> str:
    return max_by("vcenter, host", m.VSPHERE_HOST_CONNECTION_STATE, VCENTER, state=state)


_IN_MAINTENANCE: Final = max_by("vcenter, host", m.VSPHERE_HOST_IN_MAINTENANCE_MODE, VCENTER)
_HOSTS: Final = (
    timeseries(
        "NFC buffer",
        "Usage of each host's NFC buffer. azure: the usage by the replication, as the appliances report it. vsphere: "
        "a proxy, disks with a replication snapshot times 4 MiB. Lines: the thresholds of the alert "
        f"{PREFIX}NfcBufferFull.",
        (
            Query(
                f"sum by (vcenter, host, source) ({selector(m.NFC_BUFFER_USED, VCENTER)}) "
                f"/ {max_by('vcenter, host, source', m.NFC_BUFFER_CAPACITY, VCENTER)}",
                "{{host}} ({{source}})",
            ),
        ),
        unit="percentunit",
        thresholds=rising("NfcBufferFull"),
        maximum=1,
    ),
    timeseries(
        "Disks in flight",
        "Disks with a replication snapshot, of the machines on each host. A proxy: it counts snapshots, not reads.",
        (Query(max_by("vcenter, host", m.NFC_DISKS_IN_FLIGHT, VCENTER), "{{host}}"),),
        unit="short",
    ),
    state_timeline(
        "Hosts in vCenter",
        "Connection of each host to vCenter, and its maintenance mode. All cycles of the machines on a host that does "
        "not respond fail.",
        (
            Query(
                f"{_connection('connected')} + 2 * {_connection('disconnected')} "
                f"unless on (vcenter, host) {_IN_MAINTENANCE} == 1 or 3 * ({_IN_MAINTENANCE} == 1)",
                "{{host}}",
            ),
        ),
        mappings={
            "0": MappedValue("not responding", RED),
            "1": MappedValue("connected", GREEN),
            "2": MappedValue("disconnected", ORANGE),
            "3": MappedValue("in maintenance mode", GREY),
        },
    ),
    state_timeline(
        "Hosts on TCP 902",
        "Whether each host's name resolves and its NFC port opens, from the appliance's network.",
        (Query(min_by("appliance, host", m.ESXI_TCP_UP, APPLIANCE), "{{host}}"),),
        "No host is checked: the appliance's section of the configuration has no `esxi`",
        mappings={"0": MappedValue("closed", RED), "1": MappedValue("open", GREEN)},
    ),
)

# --- datastores ------------------------------------------------------------------------------------------------------

_BY: Final = "vcenter, datastore, source"
_SNAPSHOTS: Final = f"sum by ({_BY}) ({selector(m.DATASTORE_DISK_SNAPSHOTS, VCENTER)})"
_LIMIT: Final = max_by(_BY, m.DATASTORE_DISK_SNAPSHOTS_LIMIT, VCENTER)
_DATASTORES: Final = (
    timeseries(
        "Free space",
        f"Free space of each datastore. Areas: the thresholds of the alert {PREFIX}DatastoreFull. A snapshot needs "
        "space for every block that is written while it exists.",
        (
            Query(
                f"max by (vcenter, datastore) ({selector(m.DATASTORE_FREE, VCENTER)} "
                f"/ {selector(m.DATASTORE_CAPACITY, VCENTER)})",
                "{{datastore}}",
            ),
        ),
        unit="percentunit",
        thresholds=falling("DatastoreFull"),
        maximum=1,
    ),
    timeseries(
        "Disk snapshots against the limit",
        "Disks with a replication snapshot on each datastore, of the number that Azure Migrate allows. Lines: the "
        f"thresholds of the alert {PREFIX}DatastoreSnapshotsAtLimit.",
        (Query(f"{_SNAPSHOTS} / {_LIMIT}", "{{datastore}} ({{source}})"),),
        unit="percentunit",
        thresholds=rising("DatastoreSnapshotsAtLimit"),
        maximum=1,
    ),
    table(
        "Datastores in figures",
        "The same in absolute figures, and whether vCenter reaches the datastore: while it does not, its size is "
        "unknown. Azure and vCenter may use different names for a datastore.",
        (
            Query(_SNAPSHOTS),
            Query(_LIMIT),
            Query(max_by(_BY, m.DATASTORE_FREE, VCENTER)),
            Query(max_by(_BY, m.DATASTORE_CAPACITY, VCENTER)),
            Query(
                "label_replace("
                + min_by("vcenter, datastore", m.VSPHERE_DATASTORE_ACCESSIBLE, VCENTER)
                + ', "source", "vsphere", "", "")'
            ),
        ),
        unit="short",
        width=24,
        height=7,
        columns=(
            Column("datastore", "Datastore"),
            Column("vcenter", "vCenter"),
            Column("source", "Source"),
            Column("Value #A", "Disk snapshots", unit="short"),
            Column("Value #B", "Limit", unit="short"),
            Column("Value #C", "Free", unit="bytes"),
            Column("Value #D", "Size", unit="bytes"),
            Column("Value #E", "Accessible", mappings={"0": MappedValue("no", RED), "1": MappedValue("yes", GREEN)}),
        ),
    ),
)

BOARD: Final = Board(
    Dashboard.APPLIANCE,
    "Azure Migrate: appliance and hosts",
    "Resources of the appliances, NFC buffers of the ESXi hosts, and datastores, each with its limits.",
    (variables.APPLIANCE, variables.VCENTER),
    (
        Row("Resources of the appliance", _RESOURCES, no_value=_NOT_REPORTED),
        Row("Services and agents", _SERVICES, no_value=_NOT_REPORTED),
        Row("ESXi hosts", _HOSTS, no_value=_NO_VCENTER),
        Row("Datastores", _DATASTORES, no_value=_NO_DATASTORE),
    ),
    alerts='appliance=~"$appliance|"',
)
