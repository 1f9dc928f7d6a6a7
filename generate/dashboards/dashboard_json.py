"""The JSON of a dashboard, written with the builders of Grafana's foundation SDK."""

import json
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as d

from generate.dashboards.grid import Position, positions
from generate.dashboards.model import ORANGE, RED, TAG, Board, Row, Variable
from generate.dashboards.panel_json import DATA_SOURCE, panel_builder
from generate.dashboards.promql import ALERTS, external
from generate.dashboards.thresholds import values

ALL: Final = d.VariableOption(text=["All"], value=["$__all"])


def dashboard_json(board: Board) -> str:
    """The file of a dashboard, with sorted keys."""
    builder = (
        dashboard.Dashboard(board.title)
        .uid(values().dashboards.uids[board.name])
        .description(board.description)
        .tags([TAG])
        .readonly()
        .tooltip(d.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("1m")
        .timezone("browser")
        .link(_link_to_others())
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )
    for variable in board.variables:
        builder.with_variable(_variable(variable))
    for severity, colour in (("critical", RED), ("warning", ORANGE)):
        builder.annotation(_alert_annotation(severity, colour, board.alerts))
    folded: dashboard.Row | None = None
    for item, position in positions(board):
        if isinstance(item, Row):
            row = _row(item, position)
            folded = row if item.repeat else None
            builder.with_row(row)
        elif folded is not None:
            folded.with_panel(panel_builder(item, position))
        else:
            builder.with_panel(panel_builder(item, position))
    made = json.loads(json.dumps(builder.build(), cls=JSONEncoder))
    return json.dumps(_shown(made), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _shown(made: dict[str, Any]) -> dict[str, Any]:
    """Links and variables that are visible: the SDK's default hides them in a menu of the dashboard's controls."""
    for one in (*made["links"], *made["templating"]["list"], *made["annotations"]["list"]):
        one.pop("placement", None)
    for panel in made["panels"]:
        for link in panel.get("links", ()):
            link.pop("placement", None)
    return made


def _link_to_others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Azure Migrate").type(d.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.include_vars(True).keep_time(True).as_dropdown(False)


def _variable(variable: Variable) -> dashboard.QueryVariable:
    builder = dashboard.QueryVariable(variable.name).label(variable.title).datasource(DATA_SOURCE)
    builder.query({"query": variable.query, "refId": f"variable-{variable.name}"}).definition(variable.query)
    builder.refresh(d.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(d.VariableSort.ALPHABETICAL_ASC)
    if variable.multi:
        builder.multi(True).include_all(True).current(ALL)
    if variable.multi and not variable.chained:
        builder.all_value(".*")
    if variable.hidden:
        builder.hide(d.VariableHide.HIDE_VARIABLE)
    return builder


def _alert_annotation(severity: str, colour: str, matchers: str) -> dashboard.AnnotationQuery:
    """Marks on the graphs for the times at which alerts of one severity fired."""
    all_matchers = filter(None, (ALERTS, 'alertstate="firing"', f'severity="{severity}"', matchers))
    expr = external("ALERTS", *all_matchers)
    target = prometheus.Dataquery().ref_id("Anno").expr(expr).range().datasource(DATA_SOURCE)
    builder = dashboard.AnnotationQuery().name(f"Alerts: {severity}").datasource(DATA_SOURCE)
    builder.enable(True).icon_color(colour).target(target).expr(expr).step("1m")
    return builder.title_format("{{alertname}}").text_format("{{appliance}} {{vm}}").tag_keys("severity,component")


def _row(row: Row, position: Position) -> dashboard.Row:
    builder = dashboard.Row(row.title).id(row.id).collapsed(bool(row.repeat))
    if row.repeat:
        builder.repeat(row.repeat)
    return builder.grid_pos(d.GridPos(h=position.height, w=position.width, x=position.x, y=position.y))
