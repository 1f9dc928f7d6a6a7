"""The exporter itself: whether it measures, the duration of its runs, and its cost."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    GREEN,
    GREY,
    ORANGE,
    RED,
    UNKNOWN,
    Board,
    Column,
    Link,
    MappedValue,
    Panel,
    Query,
    Row,
    SeriesStyle,
    TextMode,
    Threshold,
    stat,
    table,
    timeseries,
)
from generate.dashboards.promql import COLLECTOR, external, histogram, max_by, min_by, per_second, selector
from generate.dashboards.thresholds import number, values

_NO_EXPORTER: Final = "Prometheus has no series of the exporter: see its targets"
_NO_ARM: Final = "Azure Resource Manager is not queried: the configuration has no section `replication` or `discovery`"
_BUILD: Final = selector(m.EXPORTER_BUILD_INFO)


def _of_process(expr: str) -> str:
    """Series of the exporter's process, for any job name."""
    return f"{expr} and on (job, instance) {_BUILD}"


def _timeseries(title: str, description: str, expr: str, legend: str, unit: str, no_value: str = "") -> Panel:
    return timeseries(title, description, (Query(expr, legend),), no_value, unit=unit)


# --- status ----------------------------------------------------------------------------------------------------------

_COLLECTORS: Final = selector(m.COLLECTOR_SUCCESS, COLLECTOR)
_OVERDUE: Final = (
    f"time() - {selector(m.COLLECTOR_LAST_SUCCESS_TIMESTAMP, COLLECTOR)} > "
    f"{number('CollectorOverdue', 'intervals', 'warning'):g} * {selector(m.COLLECTOR_INTERVAL, COLLECTOR)} "
    f"+ {number('CollectorOverdue', 'grace', 'warning'):g}"
)
_LOADED: Final = {"0": MappedValue("failed", RED), "1": MappedValue("loaded", GREEN)}
_ANY: Final = (Threshold(None, GREEN), Threshold(1, ORANGE))
_STATUS: Final = (
    stat(
        "Scrape",
        "Whether Prometheus scrapes the exporter, for the job name in alerts/values.yml. No data: it has no target "
        "of that job.",
        (Query(f"min({external('up', values().selectors.exporter)})"),),
        mappings={"0": MappedValue("down", RED), "1": MappedValue("up", GREEN)},
    ),
    stat(
        "Version",
        "The running version of the exporter.",
        (Query(f"count by (version) ({_BUILD})", "{{version}}"),),
        text_mode=TextMode.NAME,
    ),
    stat(
        "Configuration",
        "Whether the last load of the configuration succeeded. If not, the previous configuration is in force.",
        (Query(f"min({selector(m.CONFIG_LAST_RELOAD_SUCCESSFUL)})"),),
        mappings=_LOADED,
    ),
    stat(
        "Web configuration",
        "Whether the newest --web.config.file and its certificates are in force.",
        (Query(f"min({selector(m.EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL)}) or 2 * max({_BUILD})"),),
        mappings={**_LOADED, "2": MappedValue("not used", GREY)},
    ),
    stat(
        "Failing collectors",
        "Collectors whose newest run failed.",
        (Query(f"count({_COLLECTORS} == 0) or 0 * count({_COLLECTORS})"),),
        unit="short",
        thresholds=_ANY,
        links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}CollectorFailing")),),
    ),
    stat(
        "Overdue collectors",
        f"Collectors whose last success is older than the alert {PREFIX}CollectorOverdue allows.",
        (Query(f"count({_OVERDUE}) or 0 * count({_COLLECTORS})"),),
        unit="short",
        thresholds=_ANY,
        links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}CollectorOverdue")),),
    ),
)

# --- collectors ------------------------------------------------------------------------------------------------------

_BY_TARGET: Final = "collector, target"
_RUNS: Final = (
    table(
        "All collectors",
        "Every collector: the result of its newest run, its duration and interval, and the time since its last "
        "success.",
        (
            Query(min_by(_BY_TARGET, m.COLLECTOR_SUCCESS, COLLECTOR)),
            Query(max_by(_BY_TARGET, m.COLLECTOR_DURATION, COLLECTOR)),
            Query(max_by(_BY_TARGET, m.COLLECTOR_INTERVAL, COLLECTOR)),
            Query(f"time() - {max_by(_BY_TARGET, m.COLLECTOR_LAST_SUCCESS_TIMESTAMP, COLLECTOR)}"),
        ),
        unit="s",
        width=24,
        height=10,
        columns=(
            Column("collector", "Collector"),
            Column("target", "Target"),
            Column(
                "Value #A",
                "Newest run",
                mappings={"0": MappedValue("failed", RED), "1": MappedValue("succeeded", GREEN)},
            ),
            Column("Value #B", "Duration", unit="s"),
            Column("Value #C", "Interval", unit="s"),
            Column("Value #D", "Last success", unit="s"),
        ),
    ),
    table(
        "Failing collectors and reasons",
        "The reason of each failure, and what to do about it.",
        (
            Query(
                f"label_replace({max_by(f'{_BY_TARGET}, reason', m.COLLECTOR_FAILURE_INFO, COLLECTOR)}, "
                '"advice", "$1", "reason", "(.*)")'
            ),
        ),
        UNKNOWN,
        width=16,
        columns=(
            Column("collector", "Collector", width=150),
            Column("target", "Target", width=190),
            Column("reason", "Reason", width=120),
            Column("advice", "What to do", mappings=mappings.REASONS, wrap=True),
        ),
    ),
    timeseries(
        "Runs of all collectors by result",
        "success, or the reason of the failure. internal is a bug of the exporter.",
        (Query(per_second("result", selector(m.COLLECTOR_RUNS, COLLECTOR)) + " > 0", "{{result}}"),),
        unit="ops",
        width=8,
        styles=(SeriesStyle("success", GREEN),),
        failures=True,
        stacked=True,
    ),
    _timeseries(
        "Duration of the runs",
        "The longest duration of the newest runs of each collector.",
        max_by("collector", m.COLLECTOR_DURATION, COLLECTOR),
        "{{collector}}",
        "s",
    ),
    _timeseries(
        "Duration against the interval",
        "A collector near 1 does not keep up with its schedule.",
        f"max by (collector) ({selector(m.COLLECTOR_DURATION, COLLECTOR)} "
        f"/ {selector(m.COLLECTOR_INTERVAL, COLLECTOR)})",
        "{{collector}}",
        "percentunit",
    ),
)

# --- cost ------------------------------------------------------------------------------------------------------------

_COST: Final = (
    _timeseries(
        "Requests to Resource Manager",
        "Requests of the exporter to Azure Resource Manager, by operation.",
        per_second("operation", selector(m.ARM_REQUESTS)),
        "{{operation}}",
        "reqps",
        _NO_ARM,
    ),
    timeseries(
        "Answers of Resource Manager",
        "By HTTP status, or by the reason if there was no answer. 429 means that Azure throttles the exporter.",
        (Query(per_second("code", selector(m.ARM_REQUESTS)), "{{code}}"),),
        _NO_ARM,
        unit="reqps",
        styles=(SeriesStyle("/^2..$/", GREEN), SeriesStyle("429", ORANGE)),
        failures=True,
    ),
    _timeseries(
        "Rate limits of Resource Manager",
        "Remaining requests before Azure throttles the exporter, by the name of the limit in Azure's answers.",
        f"min by (subscription, limit) ({selector(m.ARM_RATELIMIT_REMAINING)})",
        "{{limit}}",
        "short",
        _NO_ARM,
    ),
    _timeseries(
        "Scrape duration",
        "Duration of a scrape, as Prometheus measures it. It does not depend on the duration of the runs.",
        _of_process(external("scrape_duration_seconds")),
        "{{instance}}",
        "s",
    ),
    _timeseries(
        "Samples of a scrape",
        "Number of samples in a scrape.",
        _of_process(external("scrape_samples_scraped")),
        "{{instance}}",
        "short",
    ),
    _timeseries(
        "HTTP requests",
        "HTTP requests that the exporter answered, by handler.",
        per_second("handler", histogram(m.EXPORTER_HTTP_REQUEST_DURATION, "count")),
        "{{handler}}",
        "reqps",
    ),
    _timeseries(
        "Memory of the exporter",
        "Resident memory of the process.",
        _of_process(external("process_resident_memory_bytes")),
        "{{instance}}",
        "bytes",
    ),
    _timeseries(
        "Processor time of the exporter",
        "CPU usage of the process, as a ratio of one core.",
        _of_process(f"rate({external('process_cpu_seconds_total')}[$__rate_interval])"),
        "{{instance}}",
        "percentunit",
    ),
    _timeseries(
        "Logins at vCenter",
        "A session lasts for weeks. A line above zero means that logins repeat.",
        f"sum by (vcenter) (increase({selector(m.VSPHERE_LOGINS)}[$__rate_interval]))",
        "{{vcenter}}",
        "short",
        "vCenter's data is not collected: the configuration has no section `vcenters`",
    ),
)

BOARD: Final = Board(
    Dashboard.EXPORTER,
    "Azure Migrate: exporter",
    "Whether the exporter measures, the duration of its runs, and its cost.",
    (variables.COLLECTOR,),
    (
        Row("Status", _STATUS, width=4, height=4, no_value=_NO_EXPORTER),
        Row("Collectors", _RUNS, no_value=_NO_EXPORTER, points=400),
        Row("Cost", _COST, width=8, no_value=_NO_EXPORTER, points=400),
    ),
    alerts='component="exporter"',
)
