"""The path from an appliance to Azure and to the hosts: its parts, their states, and the documented causes."""

from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.alerts.groups.evidence import CAUSE_FAILING, MEASURED
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards.first_steps import alert_of
from generate.dashboards.model import (
    BLUE,
    GREY,
    RED,
    UNKNOWN,
    Column,
    Link,
    MappedValue,
    Query,
    SeriesStyle,
    Threshold,
    state_timeline,
    table,
)
from generate.dashboards.promql import APPLIANCE, VCENTER, lost, lowest, max_by, min_by, recorded, state_of


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the path: the check that applies to it, and the alert that has its runbook."""

    name: str
    check: str
    metric: Metric
    alert: str

    @property
    def timeline(self) -> str:
        """Its state in each interval, by appliance: see `mappings.PATH_STATES`."""
        if self.metric is m.GATEWAY_SERVICE_STATE:
            state = state_of(
                "appliance", self.metric, {"state": "running"}, {"unknown": 2}, APPLIANCE, windows_service="asrgwy"
            )
        else:
            state = lowest("appliance", self.metric, APPLIANCE)
        return f"{state} or 3 + {self._not_applicable}"

    @property
    def now(self) -> str:
        """Its state now, by appliance."""
        if self.metric is m.GATEWAY_SERVICE_STATE:
            running, unknown = (
                max_by("appliance", self.metric, APPLIANCE, windows_service="asrgwy", state=state)
                for state in ("running", "unknown")
            )
            state = f"{running} + 2 * {unknown}"
        else:
            state = min_by("appliance", self.metric, APPLIANCE)
        return f"{state} or 3 + {self._not_applicable}"

    @property
    def _not_applicable(self) -> str:
        """-1 if the check applies to the appliance, so that the part is not measured, and 0 if not."""
        return f"(0 - {max_by('appliance', m.CHECK_APPLICABLE, APPLIANCE, check=self.check)})"

    @property
    def links(self) -> tuple[Link, ...]:
        """Its dashboard, for the appliance of the line, and its runbook."""
        board = Dashboard.APPLIANCE if self.check in {"appliance", "gateway"} else Dashboard.CONNECTIVITY
        url = mappings.dashboard_url(board, appliance="${__field.labels.appliance:percentencode}")
        return (Link("Open its dashboard", url), Link("Open the runbook", mappings.runbook_of(PREFIX + self.alert)))


PARTS: Final = (
    Part("appliance", "appliance", m.APPLIANCE_UP, "ApplianceDown"),
    Part("gateway service", "gateway", m.GATEWAY_SERVICE_STATE, "GatewayServiceNotRunning"),
    Part("storage", "storage", m.STORAGE_UP, "CacheStorageUnreachable"),
    Part("Service Bus", "servicebus", m.SERVICEBUS_UP, "ServiceBusUnreachable"),
    Part("key vault", "keyvault", m.KEYVAULT_TCP_UP, "KeyVaultUnreachable"),
    Part("ESXi hosts", "esxi", m.ESXI_TCP_UP, "EsxiUnreachable"),
)
_VCENTERS_DOWN: Final = f"{min_by('vcenter', m.VCENTER_UP, VCENTER)} == 0"

# --- now -------------------------------------------------------------------------------------------------------------


def _with(label: str, value: str, expr: str) -> str:
    return f'label_replace({expr}, "{label}", "{value}", "", "")'


def _named(expr: str, part: Part) -> str:
    return _with("part", part.name, expr)


def _count(state: int) -> Query:
    """Number of appliances whose part is in a state, by part; 0 where it is in another."""
    counts = [_named(f"count(({part.now}) == {state}) or 0 * count({part.now})", part) for part in PARTS]
    return Query(" or ".join(counts))


COUNTS: Final = table(
    "Parts of the path",
    "Number of appliances by the state of each part of their path. Not measured: the part applies and is not "
    "configured, or the exporter could not ask. Not applicable: projects made since 2024 have no Service Bus and no "
    "replication key vault.",
    tuple(map(_count, (0, 1, 2, 3))),
    "No part is checked: the exporter does not answer, or its configuration has no section appliances",
    unit="short",
    columns=(
        Column("part", "Part"),
        Column("Value #A", "Failing", width=90, thresholds=(Threshold(None, GREY), Threshold(1, RED))),
        Column("Value #B", "Working", width=90),
        Column("Value #C", "Not measured", width=120, thresholds=(Threshold(None, GREY), Threshold(1, BLUE))),
        Column("Value #D", "Not applicable", width=130),
    ),
    sort_by=("Failing",),
)
FAILING: Final = table(
    "Failing parts",
    "The parts of the path that fail now, with their appliance or vCenter, and the runbook of each.",
    (
        Query(
            " or ".join(
                (
                    *(_with("runbook", PREFIX + part.alert, _named(f"({part.now}) == 0", part)) for part in PARTS),
                    _with(
                        "runbook",
                        f"{PREFIX}VCenterDown",
                        _with("part", "vCenter", _VCENTERS_DOWN),
                    ),
                )
            )
        ),
    ),
    UNKNOWN,
    columns=(
        Column(
            "appliance",
            "Appliance",
            link=mappings.dashboard_url(Dashboard.CONNECTIVITY, appliance=mappings.SELECTED_NAME),
            link_title="Open its connectivity",
            width=100,
        ),
        Column("vcenter", "vCenter", width=100),
        Column("part", "Part", width=110),
        Column("Value", "State", mappings={"0": MappedValue("failing", RED)}, width=80),
        Column(
            "runbook",
            "Runbook",
            patterns=mappings.ALERT_NAMES,
            link=mappings.runbook_url(),
            link_title="Open the runbook",
        ),
    ),
)

# --- timelines -------------------------------------------------------------------------------------------------------

TIMELINE: Final = state_timeline(
    "The path",
    "Each part of the path of a replication cycle, from the appliance to Azure and to the hosts: its worst state in "
    "each interval, so that an outage of minutes shows at every time range. Not measured: the part applies and is "
    "not configured. Not applicable: a project made since 2024 does not have it. No data: it was measured before or "
    "after. Select a line to open its dashboard or runbook.",
    tuple(Query(part.timeline, f"{{{{appliance}}}}: {part.name}") for part in PARTS),
    "No part of the path is checked: the exporter does not answer, or its configuration has no section appliances",
    mappings=mappings.PATH_STATES,
    styles=tuple(SeriesStyle(f"/: {part.name}$/", links=part.links) for part in PARTS),
)
VCENTERS: Final = state_timeline(
    "vCenters",
    "Whether the exporter's session with each vCenter is usable: the worst state in each interval.",
    (Query(lowest("vcenter", m.VCENTER_UP, VCENTER), "{{vcenter}}"),),
    "No vCenter is asked: the configuration has no section vcenters",
    width=24,
    height=5,
    mappings=mappings.PATH_STATES,
    styles=(SeriesStyle("/.*/", links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}VCenterDown")),)),),
)


_CAUSES: Final = recorded(CAUSE_FAILING, APPLIANCE)
CAUSES: Final = state_timeline(
    "Documented causes",
    "The causes in Microsoft's article that are measured here: the worst state in each interval. If machines fail, "
    "check a failing cause first. Failures of the exporter's own credential are excluded. Select a line for its "
    "runbook.",
    (
        Query(
            f"max by (appliance, cause) (max_over_time({_CAUSES}[$__interval])) or {lost('appliance, cause', _CAUSES)}",
            "{{appliance}}: {{cause}}",
        ),
    ),
    "Nothing is recorded: load the rules of alerts/, or configure a part of the path",
    mappings=mappings.CAUSE_STATES,
    styles=tuple(
        SeriesStyle(f"/: {cause}$/", links=(Link("Open the runbook", mappings.runbook_of(alert_of(cause))),))
        for cause in sorted(MEASURED)
    ),
)
