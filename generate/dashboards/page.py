"""From a dashboard as data to the JSON that Grafana reads."""

import json
from typing import Final

from grafana_foundation_sdk.builders import dashboard, prometheus
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as d

from generate.dashboards.layout import Place, places
from generate.dashboards.model import ORANGE, RED, TAG, Board, Row, Variable
from generate.dashboards.panels import SOURCE, built
from generate.dashboards.promql import OURS, foreign
from generate.dashboards.thresholds import values

ALL: Final = d.VariableOption(text=["All"], value=["$__all"])


def page(board: Board) -> str:
    """The file of a dashboard: keys in order, so that only what was changed differs."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(values().dashboards.uids[board.name])
        .description(board.about)
        .tags([TAG])
        .readonly()
        .tooltip(d.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("1m")
        .timezone("browser")
        .link(_others())
        .with_variable(dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus"))
    )
    for variable in board.variables:
        made.with_variable(_variable(variable))
    for severity, colour in (("critical", RED), ("warning", ORANGE)):
        made.annotation(_alerts(severity, colour, board.alerts))
    for thing, place in places(board):
        if isinstance(thing, Row):
            made.with_row(_heading(thing, place))
        else:
            made.with_panel(built(thing, place))
    return json.dumps(made.build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Azure Migrate").type(d.DashboardLinkType.DASHBOARDS).tags([TAG])
    return link.include_vars(True).keep_time(True).as_dropdown(False)


def _variable(variable: Variable) -> dashboard.QueryVariable:
    made = dashboard.QueryVariable(variable.name).label(variable.title).datasource(SOURCE)
    made.query({"query": variable.query, "refId": f"variable-{variable.name}"}).definition(variable.query)
    made.refresh(d.VariableRefresh.ON_TIME_RANGE_CHANGED).sort(d.VariableSort.ALPHABETICAL_ASC)
    if variable.many:
        made.multi(True).include_all(True).all_value(".*").current(ALL)
    if variable.hidden:
        made.hide(d.VariableHide.HIDE_VARIABLE)
    return made


def _alerts(severity: str, colour: str, matchers: str) -> dashboard.AnnotationQuery:
    """When alerts of one severity fired."""
    chosen = filter(None, (OURS, 'alertstate="firing"', f'severity="{severity}"', matchers))
    expr = foreign("ALERTS", *chosen)
    target = prometheus.Dataquery().ref_id("Anno").expr(expr).range().datasource(SOURCE)
    made = dashboard.AnnotationQuery().name(f"Alerts: {severity}").datasource(SOURCE).enable(True).icon_color(colour)
    made.target(target).expr(expr).step("1m")
    return made.title_format("{{alertname}}").text_format("{{appliance}} {{vm}}").tag_keys("severity,component")


def _heading(row: Row, place: Place) -> dashboard.Row:
    made = dashboard.Row(row.title).id(row.id).collapsed(False)
    return made.grid_pos(d.GridPos(h=place.height, w=place.width, x=place.x, y=place.y))
