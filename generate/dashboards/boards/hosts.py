"""ESXi hosts: those in trouble, their NFC buffers, and the state of all hosts of a vCenter."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from generate.alerts.model import PREFIX
from generate.dashboards import mappings
from generate.dashboards.mappings import runbook_of
from generate.dashboards.model import (
    GREEN,
    GREY,
    ORANGE,
    RED,
    UNKNOWN,
    Column,
    Link,
    MappedValue,
    Query,
    SeriesStyle,
    state_timeline,
    table,
    timeseries,
)
from generate.dashboards.promql import APPLIANCE, VCENTER, lost, max_by, min_by, selector, top
from generate.dashboards.thresholds import rising


def _connection(state: str) -> str:
    return max_by("vcenter, host", m.VSPHERE_HOST_CONNECTION_STATE, VCENTER, state=state)


_IN_MAINTENANCE: Final = max_by("vcenter, host", m.VSPHERE_HOST_IN_MAINTENANCE_MODE, VCENTER)
_HOST_STATE: Final = (
    f"{_connection('connected')} + 2 * {_connection('disconnected')} "
    f"unless on (vcenter, host) {_IN_MAINTENANCE} == 1 or 3 * ({_IN_MAINTENANCE} == 1)"
)
_HOST_STATES: Final = {
    **mappings.LOST_STATE,
    "0": MappedValue("not responding", RED),
    "1": MappedValue("connected", GREEN),
    "2": MappedValue("disconnected", ORANGE),
    "3": MappedValue("in maintenance mode", GREY),
}
ALL: Final = (
    table(
        "Hosts not connected",
        "Hosts that vCenter does not reach, or that are in maintenance mode, now.",
        (Query(f"({_HOST_STATE}) != 1"),),
        UNKNOWN,
        columns=(
            Column("vcenter", "vCenter"),
            Column("host", "Host"),
            Column("Value", "State", mappings=_HOST_STATES),
        ),
        sort_by=("+State",),
    ),
    table(
        "Hosts with a closed NFC port",
        "Hosts whose name does not resolve or whose TCP 902 does not open from an appliance's network, now.",
        (Query(f"{min_by('appliance, host', m.ESXI_TCP_UP, APPLIANCE)} == 0"),),
        UNKNOWN,
        columns=(
            Column("appliance", "Appliance"),
            Column("host", "Host"),
            Column("Value", "TCP 902", mappings={"0": MappedValue("closed", RED)}, width=100),
        ),
    ),
    timeseries(
        "NFC buffer",
        "Usage of each host's NFC buffer, the 20 fullest. azure: the usage by the replication, as the appliances "
        "report it. vsphere: a proxy, disks with a replication snapshot times 4 MiB. Lines: the thresholds of the "
        f"alert {PREFIX}NfcBufferFull.",
        (
            Query(
                top(
                    f"sum by (vcenter, host, source) ({selector(m.NFC_BUFFER_USED, VCENTER)}) "
                    f"/ {max_by('vcenter, host, source', m.NFC_BUFFER_CAPACITY, VCENTER)}"
                ),
                "{{host}} ({{source}})",
            ),
        ),
        unit="percentunit",
        points=150,
        thresholds=rising("NfcBufferFull"),
        maximum=1,
    ),
    timeseries(
        "Disks in flight",
        "Disks with a replication snapshot, of the machines on each host, the 20 highest. A proxy: it counts "
        "snapshots, not reads.",
        (Query(top(max_by("vcenter, host", m.NFC_DISKS_IN_FLIGHT, VCENTER)), "{{host}}"),),
        unit="short",
    ),
)
OF_VCENTER: Final = (
    state_timeline(
        "Hosts in vCenter",
        "Connection of each host to vCenter, and its maintenance mode, as points in time: a state that is shorter "
        "than an interval may be missing. All cycles of the machines on a host that does not respond fail.",
        (
            Query(
                f"{_HOST_STATE} or {lost('vcenter, host', selector(m.VSPHERE_HOST_CONNECTION_STATE, VCENTER))}",
                "{{host}}",
            ),
        ),
        width=24,
        height=14,
        mappings=_HOST_STATES,
        styles=(SeriesStyle("/.*/", links=(Link("Open the runbook", runbook_of(f"{PREFIX}EsxiHostNotResponding")),)),),
    ),
)
