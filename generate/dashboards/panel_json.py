"""The builder of a panel, from Grafana's foundation SDK."""

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

from generate.dashboards.grid import Position
from generate.dashboards.model import GREEN, Column, Mappings, Panel, PanelType, SeriesStyle, TextMode, Threshold

DATA_SOURCE: Final = c.DataSourceRef(type_val="prometheus", uid="${datasource}")
"""The data source of the dashboard's variable."""

EMPTY_CELL: Final = "-"
"""Otherwise Grafana shows the panel's text for missing data in each empty cell."""

Builder = stat.Panel | timeseries.Panel | table.Panel | statetimeline.Panel | heatmap.Panel

_TEXT_MODES: Final = {
    TextMode.VALUE: c.BigValueTextMode.VALUE,
    TextMode.NAME: c.BigValueTextMode.NAME,
    TextMode.BOTH: c.BigValueTextMode.VALUE_AND_NAME,
}


def panel_builder(panel: Panel, position: Position) -> Builder:
    """The builder of a panel at its position."""
    builder = _BUILDERS[panel.type](panel)
    builder.id(panel.id).title(panel.title).description(panel.description).no_value(panel.no_value).unit(panel.unit)
    builder.datasource(DATA_SOURCE)
    builder.grid_pos(d.GridPos(h=position.height, w=position.width, x=position.x, y=position.y))
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        builder.with_target(_target(panel.type, letter, query.expr, query.legend))
    if panel.thresholds:
        builder.thresholds(_thresholds(panel.thresholds))
    if panel.mappings:
        builder.mappings([_value_map(panel.mappings)])
    for style in panel.styles:
        builder.with_override(_matcher(style.name), list(_style_properties(style)))
    for column in panel.columns:
        builder.with_override(_matcher(column.title), list(_column_properties(column)))
    return builder


def _target(panel_type: PanelType, letter: str, expr: str, legend: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(letter).expr(expr).legend_format(legend).datasource(DATA_SOURCE)
    match panel_type:
        case PanelType.TABLE:
            return target.instant().format(p.PromQueryFormat.TABLE)
        case PanelType.STAT:
            return target.instant()
        case PanelType.HEATMAP:
            return target.range().format(p.PromQueryFormat.HEATMAP)
        case _:
            return target.range()


# --- panel types -----------------------------------------------------------------------------------------------------


def _stat(panel: Panel) -> stat.Panel:
    builder = stat.Panel().reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    builder.text_mode(_TEXT_MODES[panel.text_mode]).graph_mode(c.BigValueGraphMode.NONE).wide_layout(False)
    coloured = panel.thresholds or panel.mappings or panel.styles
    return builder.color_mode(c.BigValueColorMode.VALUE if coloured else c.BigValueColorMode.NONE)


def _timeseries(panel: Panel) -> timeseries.Panel:
    builder = timeseries.Panel().line_width(1).min(0).show_points(c.VisibilityMode.AUTO)
    builder.legend(_legend()).tooltip(_tooltip())
    if panel.thresholds:
        builder.thresholds_style(common.GraphThresholdsStyleConfig().mode(_threshold_style(panel)))
    if panel.maximum is not None:
        builder.axis_soft_max(panel.maximum)
    if panel.stacked:
        builder.stacking(common.StackingConfig().mode(c.StackingMode.NORMAL)).fill_opacity(60)
        builder.draw_style(c.GraphDrawStyle.BARS)
    return builder


def _threshold_style(panel: Panel) -> c.GraphThresholdsStyleMode:
    """Lines, or areas if low values are bad: a line has the colour of the values above it, so it would be green."""
    falling = panel.thresholds[0].colour != GREEN
    return c.GraphThresholdsStyleMode.AREA if falling else c.GraphThresholdsStyleMode.DASHED


def _table(panel: Panel) -> table.Panel:
    builder = table.Panel().cell_height(c.TableCellHeight.SM)
    if len(panel.queries) > 1:
        builder.with_transformation(d.DataTransformerConfig(id_val="merge", options={}))
    order = {column.name: index for index, column in enumerate(panel.columns)}
    names = {column.name: column.title for column in panel.columns}
    hidden = {"Time": True, **({"Value": True} if "Value" not in names else {})}
    organize = {"excludeByName": hidden, "indexByName": order, "renameByName": names}
    builder.with_transformation(d.DataTransformerConfig(id_val="organize", options=organize))
    if panel.sort_by:
        builder.sort_by([common.TableSortByFieldState().display_name(panel.sort_by).desc(True)])
    return builder


def _state_timeline(_: Panel) -> statetimeline.Panel:
    builder = statetimeline.Panel().show_value(c.VisibilityMode.NEVER).merge_values(True).fill_opacity(80).line_width(0)
    return builder.row_height(0.8).legend(_legend()).tooltip(_tooltip())


def _heatmap(panel: Panel) -> heatmap.Panel:
    colour = heatmap.HeatmapColorOptions().mode(h.HeatmapColorMode.SCHEME).scheme("Spectral").steps(64)
    colour.fill("dark-orange").scale(h.HeatmapColorScale.EXPONENTIAL).exponent(0.5)
    axis = heatmap.YAxisConfig().unit(panel.unit)
    return heatmap.Panel().calculate(False).color(colour).y_axis(axis).cell_gap(1)


_BUILDERS: Final[Mapping[PanelType, Callable[[Panel], Builder]]] = {
    PanelType.STAT: _stat,
    PanelType.TIMESERIES: _timeseries,
    PanelType.TABLE: _table,
    PanelType.STATE_TIMELINE: _state_timeline,
    PanelType.HEATMAP: _heatmap,
}


# --- details ---------------------------------------------------------------------------------------------------------


def _legend() -> common.VizLegendOptions:
    builder = common.VizLegendOptions().display_mode(c.LegendDisplayMode.LIST).placement(c.LegendPlacement.BOTTOM)
    return builder.show_legend(True)


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(c.TooltipDisplayMode.MULTI).sort(c.SortOrder.DESCENDING)


def _thresholds(thresholds: tuple[Threshold, ...]) -> dashboard.ThresholdsConfig:
    steps = [d.Threshold(value=threshold.value, color=threshold.colour) for threshold in thresholds]
    return dashboard.ThresholdsConfig().mode(d.ThresholdsMode.ABSOLUTE).steps(steps)


def _value_map(mappings: Mappings) -> d.ValueMap:
    return d.ValueMap(
        options={
            value: d.ValueMappingResult(text=mapped.text, color=mapped.colour or None, index=index)
            for index, (value, mapped) in enumerate(mappings.items())
        }
    )


def _matcher(name: str) -> d.MatcherConfig:
    return d.MatcherConfig(id_val="byRegexp" if name.startswith("/") else "byName", options=name)


def _style_properties(style: SeriesStyle) -> Iterator[d.DynamicConfigValue]:
    if style.colour:
        yield _property("color", {"mode": "fixed", "fixedColor": style.colour})
    if style.dashed:
        yield _property("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})


def _column_properties(column: Column) -> Iterator[d.DynamicConfigValue]:
    yield _property("noValue", EMPTY_CELL)
    if column.unit:
        yield _property("unit", column.unit)
    if column.mappings:
        yield _property("mappings", [_value_map(column.mappings).to_json()])
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
    if column.thresholds:
        yield _property("thresholds", _thresholds(column.thresholds).build().to_json())
        yield _property("custom.cellOptions", {"type": "color-text"})


def _property(name: str, value: object) -> d.DynamicConfigValue:
    return d.DynamicConfigValue(id_val=name, value=value)
