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
from generate.dashboards.model import (
    GREEN,
    GREY,
    RED,
    Column,
    Link,
    MappedValue,
    Mappings,
    Panel,
    PanelType,
    SeriesStyle,
    TextMode,
    Threshold,
)

DATA_SOURCE: Final = c.DataSourceRef(type_val="prometheus", uid="${datasource}")
"""The data source of the dashboard's variable."""

LOWEST: Final = -1e15
"""Below every value that is measured. Grafana draws the text for missing data in the colour below all thresholds."""
MIN_INTERVAL: Final = "2m"
"""Twice the longest scrape interval: so each ``$__interval`` contains a sample."""
SOFT_MAXIMUM: Final = {"short": 1.0, "percentunit": 1.0, "ops": 0.1, "reqps": 0.1, "Bps": 1e6, "bytes": 1e6, "s": 0.1}
"""Of the axis, by unit: so a graph of zeros is flat at its bottom."""
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
    if any("$__interval" in query.expr for query in panel.queries):
        builder.interval(MIN_INTERVAL)
    if panel.points:
        builder.max_data_points(panel.points)
    for letter, query in zip(ascii_uppercase, panel.queries, strict=False):
        builder.with_target(_target(panel.type, letter, query.expr, query.legend))
    if panel.thresholds or panel.type is PanelType.STAT:
        builder.thresholds(_thresholds(_above_missing(panel)))
    if panel.links:
        builder.links(
            [dashboard.DashboardLink(link.title).url(link.url).type(d.DashboardLinkType.LINK) for link in panel.links]
        )
    if panel.failures:
        builder.color_scheme(dashboard.FieldColor().mode(d.FieldColorModeId.SHADES).fixed_color(RED))
    if panel.mappings:
        builder.mappings([_value_map(panel.mappings)])
    for style in panel.styles:
        builder.with_override(_matcher(style.name), list(_style_properties(panel, style)))
    for column in panel.columns:
        builder.with_override(_matcher(column.title), list(_column_properties(column)))
    return builder


def _above_missing(panel: Panel) -> tuple[Threshold, ...]:
    """In a tile, missing data is grey."""
    return _grey_without_data(panel.thresholds) if panel.type is PanelType.STAT else panel.thresholds


def _grey_without_data(thresholds: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    lowest = [Threshold(LOWEST, thresholds[0].colour)] if thresholds else []
    return (Threshold(None, GREY), *lowest, *thresholds[1:])


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
    builder.legend(_legend(table=True)).tooltip(_tooltip())
    if panel.thresholds:
        builder.thresholds_style(common.GraphThresholdsStyleConfig().mode(_threshold_style(panel)))
    builder.axis_soft_max(SOFT_MAXIMUM[panel.unit] if panel.maximum is None else panel.maximum)
    if panel.stacked:
        builder.stacking(common.StackingConfig().mode(c.StackingMode.NORMAL)).fill_opacity(60)
        builder.draw_style(c.GraphDrawStyle.BARS)
    return builder


def _threshold_style(panel: Panel) -> c.GraphThresholdsStyleMode:
    """Lines, or areas if low values are bad: a line has the colour of the values above it, so it would be green."""
    falling = panel.thresholds[0].colour != GREEN
    return c.GraphThresholdsStyleMode.AREA if falling else c.GraphThresholdsStyleMode.DASHED


def _table(panel: Panel) -> table.Panel:
    wrapped = any(column.wrap for column in panel.columns)
    builder = table.Panel().cell_height(c.TableCellHeight.LG if wrapped else c.TableCellHeight.SM)
    if len(panel.queries) > 1:
        builder.with_transformation(d.DataTransformerConfig(id_val="merge", options={}))
    order = {column.name: index for index, column in enumerate(panel.columns)}
    names = {column.name: column.title for column in panel.columns}
    hidden = {"Time": True, **({"Value": True} if "Value" not in names else {})}
    organize = {"excludeByName": hidden, "indexByName": order, "renameByName": names}
    builder.with_transformation(d.DataTransformerConfig(id_val="organize", options=organize))
    if panel.sort_by:
        fields = [(name.removeprefix("+"), not name.startswith("+")) for name in panel.sort_by]
        builder.sort_by([common.TableSortByFieldState().display_name(name).desc(falls) for name, falls in fields])
    return builder


def _state_timeline(_: Panel) -> statetimeline.Panel:
    builder = statetimeline.Panel().show_value(c.VisibilityMode.NEVER).merge_values(True).fill_opacity(80).line_width(0)
    builder.per_page(20)
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


def _legend(*, table: bool = False) -> common.VizLegendOptions:
    """A list, or a table with the highest of the newest values first."""
    builder = common.VizLegendOptions().placement(c.LegendPlacement.BOTTOM).show_legend(True)
    if not table:
        return builder.display_mode(c.LegendDisplayMode.LIST)
    return (
        builder.display_mode(c.LegendDisplayMode.TABLE).calcs(["lastNotNull", "max"]).sort_by("Last *").sort_desc(True)
    )


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(c.TooltipDisplayMode.MULTI).sort(c.SortOrder.DESCENDING)


def _thresholds(thresholds: tuple[Threshold, ...]) -> dashboard.ThresholdsConfig:
    steps = [d.Threshold(value=threshold.value, color=threshold.colour) for threshold in thresholds]
    return dashboard.ThresholdsConfig().mode(d.ThresholdsMode.ABSOLUTE).steps(steps)


def _value_map(mappings: Mappings) -> d.ValueMap:
    results = {value: _result(mapped, index) for index, (value, mapped) in enumerate(mappings.items())}
    return d.ValueMap(options=results)


def _pattern_map(pattern: str, mapped: MappedValue, index: int) -> d.RegexMap:
    return d.RegexMap(options=d.DashboardRegexMapOptions(pattern=f"/{pattern}/", result=_result(mapped, index)))


def _result(mapped: MappedValue, index: int) -> d.ValueMappingResult:
    return d.ValueMappingResult(text=mapped.text, color=mapped.colour or None, index=index)


def _matcher(name: str) -> d.MatcherConfig:
    return d.MatcherConfig(id_val="byRegexp" if name.startswith("/") else "byName", options=name)


def _style_properties(panel: Panel, style: SeriesStyle) -> Iterator[d.DynamicConfigValue]:
    if style.colour:
        yield _property("color", {"mode": "fixed", "fixedColor": style.colour})
    if style.dashed:
        yield _property("custom.lineStyle", {"fill": "dash", "dash": [8, 8]})
    if style.unit:
        yield _property("unit", style.unit)
    if style.thresholds:
        steps = _grey_without_data(style.thresholds) if panel.type is PanelType.STAT else style.thresholds
        yield _property("thresholds", _thresholds(steps).build().to_json())
    if style.mappings:
        yield _property("mappings", [_value_map(style.mappings).to_json()])
    if style.links:
        yield _links(*style.links)


def _column_properties(column: Column) -> Iterator[d.DynamicConfigValue]:
    yield _property("noValue", EMPTY_CELL)
    if column.unit:
        yield _property("unit", column.unit)
    patterns = [_pattern_map(*pair, index).to_json() for index, pair in enumerate(column.patterns.items())]
    if column.mappings or patterns:
        yield _property("mappings", [*patterns, *([_value_map(column.mappings).to_json()] if column.mappings else [])])
    if column.link:
        yield _links(Link(column.link_title, column.link))
    if column.hidden:
        yield _property("custom.hidden", True)
    if column.width:
        yield _property("custom.width", column.width)
    if column.gauge:
        yield _property("min", 0)
        yield _property("max", 1)
    if column.thresholds:
        yield _property("thresholds", _thresholds(column.thresholds).build().to_json())
    if (cell := _cell(column)) is not None:
        yield _property("custom.cellOptions", cell)


def _cell(column: Column) -> dict[str, object] | None:
    """How a cell is drawn: coloured words and numbers have the colour as text."""
    if column.gauge:
        return {"type": "gauge", "mode": "basic"}
    wrap = {"wrapText": True} if column.wrap else {}
    if column.thresholds or any(mapped.colour for mapped in column.mappings.values()):
        return {"type": "color-text", **wrap}
    return {"type": "auto", **wrap} if wrap else None


def _links(*links: Link) -> d.DynamicConfigValue:
    return _property("links", [{"title": link.title, "url": link.url, "targetBlank": False} for link in links])


def _property(name: str, value: object) -> d.DynamicConfigValue:
    return d.DynamicConfigValue(id_val=name, value=value)
