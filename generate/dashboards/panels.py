"""From a panel as data to Grafana's panel, by the builders of its foundation SDK."""

from collections.abc import Callable, Iterator, Mapping
from string import ascii_uppercase
from typing import Final

from grafana_foundation_sdk.builders import (
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as c
from grafana_foundation_sdk.models import dashboard as d
from grafana_foundation_sdk.models import heatmap as h
from grafana_foundation_sdk.models import prometheus as p

from generate.dashboards.layout import Place
from generate.dashboards.model import GREEN, Column, Kind, Panel, Show, Step, Style, Word

SOURCE: Final = c.DataSourceRef(type_val="prometheus", uid="${datasource}")
"""Whatever the dashboard's variable says."""

EMPTY: Final = "-"
"""In a cell; what is missing is said only where the whole panel is empty."""

Builder = stat.Panel | timeseries.Panel | table.Panel | statetimeline.Panel | heatmap.Panel

_SHOWN: Final = {
    Show.VALUE: c.BigValueTextMode.VALUE,
    Show.NAME: c.BigValueTextMode.NAME,
    Show.BOTH: c.BigValueTextMode.VALUE_AND_NAME,
}


def built(panel: Panel, place: Place) -> Builder:
    """The builder of a panel at its place."""
    made = _MAKERS[panel.kind](panel)
    made.id(panel.id).title(panel.title).description(panel.about).no_value(panel.missing).unit(panel.unit)
    made.datasource(SOURCE).grid_pos(d.GridPos(h=place.height, w=place.width, x=place.x, y=place.y))
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        made.with_target(_target(panel.kind, letter, query.expr, query.legend))
    if panel.steps:
        made.thresholds(_thresholds(panel.steps))
    if panel.words:
        made.mappings([_mapping(panel.words)])
    for style in panel.styles:
        made.with_override(_named(style.name), list(_styled(style)))
    for column in panel.columns:
        made.with_override(_named(column.title), list(_shown(column)))
    return made


def _target(kind: Kind, letter: str, expr: str, legend: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(letter).expr(expr).legend_format(legend).datasource(SOURCE)
    match kind:
        case Kind.TABLE:
            return target.instant().format(p.PromQueryFormat.TABLE)
        case Kind.STAT:
            return target.instant()
        case Kind.HEATMAP:
            return target.range().format(p.PromQueryFormat.HEATMAP)
        case _:
            return target.range()


# --- kinds -----------------------------------------------------------------------------------------------------------


def _stat(panel: Panel) -> stat.Panel:
    made = stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    made.text_mode(_SHOWN[panel.show]).graph_mode(c.BigValueGraphMode.NONE).wide_layout(False)
    coloured = panel.steps or panel.words or panel.styles
    return made.color_mode(c.BigValueColorMode.VALUE if coloured else c.BigValueColorMode.NONE)


def _graph(panel: Panel) -> timeseries.Panel:
    made = timeseries.Panel().line_width(1).min(0).show_points(c.VisibilityMode.AUTO)
    made.legend(_legend()).tooltip(_tooltip())
    if panel.steps:
        made.thresholds_style(common.GraphThresholdsStyleConfig().mode(_limits(panel)))
    if panel.maximum is not None:
        made.axis_soft_max(panel.maximum)
    if panel.stacked:
        made.stacking(common.StackingConfig().mode(c.StackingMode.NORMAL)).fill_opacity(60)
        made.draw_style(c.GraphDrawStyle.BARS)
    return made


def _limits(panel: Panel) -> c.GraphThresholdsStyleMode:
    """Lines where more is worse. A line has the colour of what is above it: where less is worse it would be green."""
    falling = panel.steps[0].colour != GREEN
    return c.GraphThresholdsStyleMode.AREA if falling else c.GraphThresholdsStyleMode.DASHED


def _table(panel: Panel) -> table.Panel:
    made = table.Panel().cell_height(c.TableCellHeight.SM)
    if len(panel.queries) > 1:
        made.with_transformation(d.DataTransformerConfig(id_val="merge", options={}))
    order = {column.name: index for index, column in enumerate(panel.columns)}
    names = {column.name: column.title for column in panel.columns}
    hidden = {"Time": True, **({"Value": True} if "Value" not in names else {})}
    arranged = {"excludeByName": hidden, "indexByName": order, "renameByName": names}
    made.with_transformation(d.DataTransformerConfig(id_val="organize", options=arranged))
    if panel.sort:
        made.sort_by([common.TableSortByFieldState().display_name(panel.sort).desc(True)])
    return made


def _states(_: Panel) -> statetimeline.Panel:
    made = statetimeline.Panel().show_value(c.VisibilityMode.NEVER).merge_values(True).fill_opacity(80).line_width(0)
    return made.row_height(0.8).legend(_legend()).tooltip(_tooltip())


def _heatmap(panel: Panel) -> heatmap.Panel:
    colour = heatmap.HeatmapColorOptions().mode(h.HeatmapColorMode.SCHEME).scheme("Spectral").steps(64)
    colour.fill("dark-orange").scale(h.HeatmapColorScale.EXPONENTIAL).exponent(0.5)
    axis = heatmap.YAxisConfig().unit(panel.unit)
    return heatmap.Panel().calculate(False).color(colour).y_axis(axis).cell_gap(1)


_MAKERS: Final[Mapping[Kind, Callable[[Panel], Builder]]] = {
    Kind.STAT: _stat,
    Kind.GRAPH: _graph,
    Kind.TABLE: _table,
    Kind.STATES: _states,
    Kind.HEATMAP: _heatmap,
}


# --- details ---------------------------------------------------------------------------------------------------------


def _legend() -> common.VizLegendOptions:
    made = common.VizLegendOptions().display_mode(c.LegendDisplayMode.LIST).placement(c.LegendPlacement.BOTTOM)
    return made.show_legend(True)


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(c.TooltipDisplayMode.MULTI).sort(c.SortOrder.DESCENDING)


def _thresholds(steps: tuple[Step, ...]) -> dashboard.ThresholdsConfig:
    made = [d.Threshold(value=step.value, color=step.colour) for step in steps]
    return dashboard.ThresholdsConfig().mode(d.ThresholdsMode.ABSOLUTE).steps(made)


def _mapping(words: Mapping[str, Word]) -> d.ValueMap:
    return d.ValueMap(
        options={
            value: d.ValueMappingResult(text=word.text, color=word.colour or None, index=index)
            for index, (value, word) in enumerate(words.items())
        }
    )


def _named(name: str) -> d.MatcherConfig:
    return d.MatcherConfig(id_val="byRegexp" if name.startswith("/") else "byName", options=name)


def _styled(style: Style) -> Iterator[d.DynamicConfigValue]:
    if style.colour:
        yield _property("color", {"mode": "fixed", "fixedColor": style.colour})
    if style.dashed:
        yield _property("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})


def _shown(column: Column) -> Iterator[d.DynamicConfigValue]:
    yield _property("noValue", EMPTY)
    if column.unit:
        yield _property("unit", column.unit)
    if column.words:
        yield _property("mappings", [_mapping(column.words).to_json()])
    if column.link:
        yield _property("links", [{"title": column.link_title, "url": column.link, "targetBlank": False}])
    if column.width:
        yield _property("custom.width", column.width)
    if column.gauge:
        yield _property("custom.cellOptions", {"type": "gauge", "mode": "basic"})
        yield _property("min", 0)
        yield _property("max", 1)
    if column.wrap:
        yield _property("custom.cellOptions", {"type": "auto", "wrapText": True})
    if column.steps:
        yield _property("thresholds", _thresholds(column.steps).build().to_json())
        yield _property("custom.cellOptions", {"type": "color-text"})


def _property(name: str, value: object) -> d.DynamicConfigValue:
    return d.DynamicConfigValue(id_val=name, value=value)
