"""The appliances, ESXi hosts and datastores, each against its limit."""

from typing import Final

from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.exposition.metrics import (
    AGENT_CONNECTED,
    AGENT_HEARTBEAT_TIMESTAMP,
    AGENT_INFO,
    AGENT_VERSION_STATE,
    APPLIANCE_CPU_CORES,
    APPLIANCE_CPU_USAGE,
    APPLIANCE_MEMORY_CAPACITY,
    APPLIANCE_MEMORY_USED,
    APPLIANCE_NETWORK_CAPACITY,
    APPLIANCE_NETWORK_USED,
    APPLIANCE_PARALLEL_DISKS,
    APPLIANCE_PARALLEL_DISKS_LIMIT,
    DATASTORE_CAPACITY,
    DATASTORE_DISK_SNAPSHOTS,
    DATASTORE_DISK_SNAPSHOTS_LIMIT,
    DATASTORE_FREE,
    ESXI_TCP_UP,
    GATEWAY_SERVICE_STATE,
    NFC_BUFFER_CAPACITY,
    NFC_BUFFER_USED,
    NFC_DISKS_IN_FLIGHT,
    REPLICATION_FABRIC_HEALTH,
    VSPHERE_HOST_CONNECTION_STATE,
)
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    GREEN,
    GREY,
    ORANGE,
    RED,
    Board,
    Column,
    Kind,
    Panel,
    Query,
    Row,
    Word,
)
from generate.dashboards.promql import APPLIANCE, VCENTER, of
from generate.dashboards.thresholds import above, below

NOT_REPORTED: Final = "Azure has not reported it: Azure's view is not read, or no machine of the appliance replicates"
NO_VCENTER: Final = (
    "No host is known: no section `vcenters` in the exporter's configuration, or vCenter does not answer"
)
NO_DATASTORE: Final = "No datastore is known: neither vCenter nor Azure's view is read"

# --- resources -------------------------------------------------------------------------------------------------------


def _use(title: str, about: str, expr: str, alert: str) -> Panel:
    """The use of one resource of the appliances, as a part of its limit."""
    return Panel(
        Kind.GRAPH,
        title,
        f"{about} As Azure reports it: the sum over primary and scale-out appliances. Lines: the limits of the alert "
        f"{PREFIX}{alert}.",
        NOT_REPORTED,
        (Query(expr, "{{appliance}}"),),
        unit="percentunit",
        width=6,
        steps=above(alert),
        maximum=1,
    )


def _part(used: Metric, limit: Metric) -> str:
    return f"max by (appliance) ({of(used, APPLIANCE)} / {of(limit, APPLIANCE)})"


def _each(metric: Metric) -> Query:
    return Query(f"max by (appliance) ({of(metric, APPLIANCE)})")


_RESOURCES: Final = (
    _use(
        "Memory",
        "Memory in use.",
        _part(APPLIANCE_MEMORY_USED, APPLIANCE_MEMORY_CAPACITY),
        "ApplianceMemoryHigh",
    ),
    _use("Processor", "CPU in use.", f"max by (appliance) ({of(APPLIANCE_CPU_USAGE, APPLIANCE)})", "ApplianceCpuHigh"),
    _use(
        "Network",
        "Network in use. A full line is what a wave of initial replications wants.",
        _part(APPLIANCE_NETWORK_USED, APPLIANCE_NETWORK_CAPACITY),
        "ApplianceNetworkSaturated",
    ),
    _use(
        "Parallel disks",
        "Disks that are replicated at the same time, of those that may be; further ones wait.",
        _part(APPLIANCE_PARALLEL_DISKS, APPLIANCE_PARALLEL_DISKS_LIMIT),
        "ParallelDisksAtLimit",
    ),
    Panel(
        Kind.TABLE,
        "Resources in figures",
        "The same as absolute figures.",
        NOT_REPORTED,
        (
            _each(APPLIANCE_MEMORY_USED),
            _each(APPLIANCE_MEMORY_CAPACITY),
            _each(APPLIANCE_CPU_CORES),
            _each(APPLIANCE_NETWORK_USED),
            _each(APPLIANCE_NETWORK_CAPACITY),
            _each(APPLIANCE_PARALLEL_DISKS),
            _each(APPLIANCE_PARALLEL_DISKS_LIMIT),
        ),
        unit="short",
        width=24,
        height=5,
        columns=(
            Column("appliance", "Appliance"),
            Column("Value #A", "Memory used", unit="bytes"),
            Column("Value #B", "Memory", unit="bytes"),
            Column("Value #C", "Cores", unit="short"),
            Column("Value #D", "Network used", unit="Bps"),
            Column("Value #E", "Network", unit="Bps"),
            Column("Value #F", "Disks at once", unit="short"),
            Column("Value #G", "Limit of disks", unit="short"),
        ),
    ),
)

# --- services and agents ---------------------------------------------------------------------------------------------


def _service(states: str) -> str:
    return f"max by (appliance, service) ({of(GATEWAY_SERVICE_STATE, APPLIANCE, state='~' + states)})"


def _heartbeat(agent: str, key: str) -> Panel:
    return Panel(
        Kind.GRAPH,
        f"Heartbeat of the {agent} agent",
        "How long ago Azure last heard of the agent. The gateway has no heartbeat, and an agent that is heard of does "
        f"not prove that the gateway works. Lines: the limits of the alert {PREFIX}HeartbeatMissing.",
        NOT_REPORTED,
        (
            Query(
                f"time() - max by (appliance) ({of(AGENT_HEARTBEAT_TIMESTAMP, APPLIANCE, agent=key)})",
                "{{appliance}}",
            ),
        ),
        unit="s",
        width=12,
        steps=above("HeartbeatMissing", key),
    )


_HEALTH: Final = {
    "0": Word("none", GREY),
    "1": Word("normal", GREEN),
    "2": Word("warning", ORANGE),
    "3": Word("critical", RED),
}


def _fabric(health: str) -> str:
    return f"max by (appliance, fabric) ({of(REPLICATION_FABRIC_HEALTH, APPLIANCE, health=health)})"


_SERVICES: Final = (
    Panel(
        Kind.STATES,
        "Windows services",
        "The gateway service (asrgwy) and the other services that are watched on each appliance.",
        "No service is read: no `gateway` in the appliance's section of the exporter's configuration",
        (
            Query(
                f"{_service('running')} + 2 * {_service('unknown')} "
                f"+ 3 * {_service('start_pending|stop_pending|paused')} + 4 * {_service('not_found')}",
                "{{appliance}}: {{service}}",
            ),
        ),
        width=12,
        words={
            "0": Word("stopped", RED),
            "1": Word("running", GREEN),
            "2": Word("cannot be told", GREY),
            "3": Word("paused, starting or stopping", ORANGE),
            "4": Word("not installed", RED),
        },
    ),
    Panel(
        Kind.STATES,
        "Health of the fabrics",
        "What Azure says of each appliance as a whole (its replication fabric).",
        NOT_REPORTED,
        (
            Query(
                f"{_fabric('normal')} + 2 * {_fabric('warning')} + 3 * {_fabric('critical')}",
                "{{appliance}}: {{fabric}}",
            ),
        ),
        width=12,
        words=_HEALTH,
    ),
    _heartbeat("replication", "dra"),
    _heartbeat("discovery", "discovery"),
    Panel(
        Kind.TABLE,
        "Agents",
        "Version of each agent, what Azure thinks of it, and whether it is connected.",
        NOT_REPORTED,
        (
            Query(
                f"max by (appliance, agent, version, state) ({of(AGENT_CONNECTED, APPLIANCE)} "
                f"* on (vault, appliance, agent) group_left (version) {of(AGENT_INFO, APPLIANCE)} "
                f"* on (vault, appliance, agent) group_left (state) ({of(AGENT_VERSION_STATE, APPLIANCE)} == 1))"
            ),
        ),
        width=24,
        height=6,
        columns=(
            Column("appliance", "Appliance"),
            Column("agent", "Agent"),
            Column("version", "Version"),
            Column("state", "Support"),
            Column("Value", "Connected", words={"0": Word("no", RED), "1": Word("yes", GREEN)}),
        ),
    ),
)

# --- hosts -----------------------------------------------------------------------------------------------------------

_CONNECTION: Final = "host connection"
_HOSTS: Final = (
    Panel(
        Kind.GRAPH,
        "NFC buffer",
        "Use of each host's NFC buffer. azure: what the replication takes, as the appliances report it; vsphere: a "
        f"proxy, disks with a replication snapshot times 4 MiB. Lines: the limits of the alert {PREFIX}NfcBufferFull.",
        NO_VCENTER,
        (
            Query(
                f"sum by (vcenter, host, source) ({of(NFC_BUFFER_USED, VCENTER)}) "
                f"/ max by (vcenter, host, source) ({of(NFC_BUFFER_CAPACITY, VCENTER)})",
                "{{host}} ({{source}})",
            ),
        ),
        unit="percentunit",
        width=12,
        steps=above("NfcBufferFull"),
        maximum=1,
    ),
    Panel(
        Kind.GRAPH,
        "Disks in flight",
        "Disks of machines on each host that carry a replication snapshot. A proxy: it counts snapshots, not reads.",
        NO_VCENTER,
        (Query(f"max by (vcenter, host) ({of(NFC_DISKS_IN_FLIGHT, VCENTER)})", "{{host}}"),),
        unit="short",
        width=12,
    ),
    Panel(
        Kind.STATES,
        "Hosts in vCenter",
        "Whether vCenter is connected with each host. One that does not respond fails every cycle of its machines.",
        NO_VCENTER,
        (
            Query(
                f"max by (vcenter, host) ({of(VSPHERE_HOST_CONNECTION_STATE, VCENTER, state='connected')}) + 2 * "
                f"max by (vcenter, host) ({of(VSPHERE_HOST_CONNECTION_STATE, VCENTER, state='disconnected')})",
                "{{host}}",
            ),
        ),
        width=12,
        words={"0": Word("does not respond", RED), "1": Word("connected", GREEN), "2": Word("disconnected", ORANGE)},
    ),
    Panel(
        Kind.STATES,
        "Hosts on TCP 902",
        "Whether each host's name resolves and its NFC port opens, as seen from the appliance's network.",
        "No host is checked: no `esxi` in the appliance's section of the exporter's configuration",
        (Query(f"min by (appliance, host) ({of(ESXI_TCP_UP, APPLIANCE)})", "{{host}}"),),
        width=12,
        words={"0": Word("does not open", RED), "1": Word("opens", GREEN)},
    ),
)

# --- datastores ------------------------------------------------------------------------------------------------------

_FREE: Final = f"max by (vcenter, datastore) ({of(DATASTORE_FREE, VCENTER)} / {of(DATASTORE_CAPACITY, VCENTER)})"
_SNAPSHOTS: Final = f"sum by (vcenter, datastore, source) ({of(DATASTORE_DISK_SNAPSHOTS, VCENTER)})"
_LIMIT: Final = f"max by (vcenter, datastore, source) ({of(DATASTORE_DISK_SNAPSHOTS_LIMIT, VCENTER)})"
_DATASTORES: Final = (
    Panel(
        Kind.GRAPH,
        "Free space",
        f"Free space of each datastore. Lines: the limits of the alert {PREFIX}DatastoreFull. A snapshot needs room "
        "for every block that is written while it lasts.",
        NO_DATASTORE,
        (Query(_FREE, "{{datastore}}"),),
        unit="percentunit",
        width=12,
        steps=below("DatastoreFull"),
        maximum=1,
    ),
    Panel(
        Kind.GRAPH,
        "Disk snapshots against the limit",
        "Disks with a replication snapshot on each datastore, of those that Azure Migrate allows. Lines: the limits of "
        f"the alert {PREFIX}DatastoreSnapshotsAtLimit.",
        NO_DATASTORE,
        (Query(f"{_SNAPSHOTS} / {_LIMIT}", "{{datastore}} ({{source}})"),),
        unit="percentunit",
        width=12,
        steps=above("DatastoreSnapshotsAtLimit"),
        maximum=1,
    ),
    Panel(
        Kind.TABLE,
        "Datastores in figures",
        "The same as absolute figures. Azure and vCenter may call a datastore by different names.",
        NO_DATASTORE,
        (
            Query(_SNAPSHOTS),
            Query(_LIMIT),
            Query(f"max by (vcenter, datastore, source) ({of(DATASTORE_FREE, VCENTER)})"),
            Query(f"max by (vcenter, datastore, source) ({of(DATASTORE_CAPACITY, VCENTER)})"),
        ),
        unit="short",
        width=24,
        height=7,
        columns=(
            Column("datastore", "Datastore"),
            Column("vcenter", "vCenter"),
            Column("source", "Told by"),
            Column("Value #A", "Disk snapshots", unit="short"),
            Column("Value #B", "Limit", unit="short"),
            Column("Value #C", "Free", unit="bytes"),
            Column("Value #D", "Size", unit="bytes"),
        ),
    ),
)

BOARD: Final = Board(
    Dashboard.APPLIANCE,
    "Azure Migrate: appliance and hosts",
    "Resources of the appliances, NFC buffers of the ESXi hosts, and datastores, each against its limit.",
    (variables.APPLIANCE, variables.VCENTER),
    (
        Row("Resources of the appliance", _RESOURCES),
        Row("Services and agents", _SERVICES),
        Row("ESXi hosts", _HOSTS),
        Row("Datastores", _DATASTORES),
    ),
    alerts='appliance=~"$appliance|"',
)
