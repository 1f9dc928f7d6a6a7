"""The exporter itself: whether it measures, how long that takes, and what it costs."""

from typing import Final

from azure_migrate_exporter.exposition.metrics import (
    ARM_RATELIMIT_REMAINING,
    ARM_REQUESTS,
    COLLECTOR_DURATION,
    COLLECTOR_FAILURE_INFO,
    COLLECTOR_INTERVAL,
    COLLECTOR_LAST_SUCCESS_TIMESTAMP,
    COLLECTOR_RUNS,
    COLLECTOR_SUCCESS,
    CONFIG_LAST_RELOAD_SUCCESSFUL,
    EXPORTER_BUILD_INFO,
    EXPORTER_HTTP_REQUEST_DURATION,
    EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL,
    VSPHERE_LOGINS,
)
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import words
from generate.dashboards.boards import variables
from generate.dashboards.model import GREEN, GREY, RED, Board, Column, Kind, Panel, Query, Row, Show, Step, Style, Word
from generate.dashboards.promql import COLLECTOR, foreign, of, part_of
from generate.dashboards.thresholds import number, values

NO_EXPORTER: Final = "Prometheus has no series of the exporter: see its targets"
NO_ARM: Final = "Azure Resource Manager is not asked: no section `replication` or `discovery` in the configuration"
_BUILD: Final = of(EXPORTER_BUILD_INFO)


def _process(name: str) -> str:
    """A series of the exporter's process, whatever the name of its job."""
    return f"{name} and on (job, instance) {_BUILD}"


# --- now -------------------------------------------------------------------------------------------------------------

_OVERDUE: Final = (
    f"time() - {of(COLLECTOR_LAST_SUCCESS_TIMESTAMP, COLLECTOR)} > "
    f"{number('CollectorOverdue', 'intervals', 'warning'):g} * {of(COLLECTOR_INTERVAL, COLLECTOR)} "
    f"+ {number('CollectorOverdue', 'grace', 'warning'):g}"
)
_NOW: Final = (
    Panel(
        Kind.STAT,
        "Scraped",
        "Whether Prometheus reaches the exporter, by the job's name in alerts/values.yml.",
        "Prometheus has no target of that job",
        (Query(f"min({foreign('up', values().selectors.exporter)})"),),
        width=4,
        height=4,
        words={"0": Word("no", RED), "1": Word("yes", GREEN)},
    ),
    Panel(
        Kind.STAT,
        "Version",
        "The version that runs.",
        NO_EXPORTER,
        (Query(f"count by (version) ({_BUILD})", "{{version}}"),),
        width=4,
        height=4,
        show=Show.NAME,
    ),
    Panel(
        Kind.STAT,
        "Configuration",
        "Whether the newest load of the configuration worked; if not, the old one runs on.",
        NO_EXPORTER,
        (Query(f"min({of(CONFIG_LAST_RELOAD_SUCCESSFUL)})"),),
        width=4,
        height=4,
        words={"0": Word("refused", RED), "1": Word("loaded", GREEN)},
    ),
    Panel(
        Kind.STAT,
        "Web configuration",
        "Whether the newest --web.config.file and its certificates are in force.",
        NO_EXPORTER,
        (Query(f"min({of(EXPORTER_WEB_CONFIG_LAST_RELOAD_SUCCESSFUL)}) or 2 * max({_BUILD})"),),
        width=4,
        height=4,
        words={"0": Word("refused", RED), "1": Word("loaded", GREEN), "2": Word("not used", GREY)},
    ),
    Panel(
        Kind.STAT,
        "Checks that fail",
        "Checks whose newest run did not work.",
        NO_EXPORTER,
        (Query(f"count({of(COLLECTOR_SUCCESS, COLLECTOR)} == 0) or 0 * count({of(COLLECTOR_SUCCESS, COLLECTOR)})"),),
        unit="short",
        width=4,
        height=4,
        steps=(Step(None, GREEN), Step(1, RED)),
    ),
    Panel(
        Kind.STAT,
        "Overdue checks",
        f"Checks that have not worked for longer than the alert {PREFIX}CollectorOverdue allows.",
        NO_EXPORTER,
        (Query(f"count({_OVERDUE}) or 0 * count({of(COLLECTOR_SUCCESS, COLLECTOR)})"),),
        unit="short",
        width=4,
        height=4,
        steps=(Step(None, GREEN), Step(1, RED)),
    ),
)

# --- collectors ------------------------------------------------------------------------------------------------------

_COLLECTORS: Final = (
    Panel(
        Kind.TABLE,
        "All checks",
        "Every check: whether its newest run worked, how long it took of its interval, when it last worked, and why it "
        "fails.",
        NO_EXPORTER,
        (
            Query(f"min by (collector, target) ({of(COLLECTOR_SUCCESS, COLLECTOR)})"),
            Query(f"max by (collector, target) ({of(COLLECTOR_DURATION, COLLECTOR)})"),
            Query(f"max by (collector, target) ({of(COLLECTOR_INTERVAL, COLLECTOR)})"),
            Query(f"time() - max by (collector, target) ({of(COLLECTOR_LAST_SUCCESS_TIMESTAMP, COLLECTOR)})"),
        ),
        unit="s",
        width=24,
        height=10,
        columns=(
            Column("collector", "Check"),
            Column("target", "Target"),
            Column("Value #A", "Newest run", words={"0": Word("failed", RED), "1": Word("worked", GREEN)}),
            Column("Value #B", "Duration", unit="s"),
            Column("Value #C", "Interval", unit="s"),
            Column("Value #D", "Worked before", unit="s"),
        ),
    ),
    Panel(
        Kind.TABLE,
        "Checks that fail, and why",
        "The reason of each failure, and what to do about it.",
        "Every check works",
        (
            Query(
                f"label_replace(max by (collector, target, reason) ({of(COLLECTOR_FAILURE_INFO, COLLECTOR)}), "
                '"advice", "$1", "reason", "(.*)")'
            ),
        ),
        width=12,
        columns=(
            Column("collector", "Check", width=120),
            Column("target", "Target"),
            Column("reason", "Reason", width=110),
            Column("advice", "What to do", words=words.REASONS, wrap=True),
        ),
    ),
    Panel(
        Kind.GRAPH,
        "Runs of all checks by result",
        "success, or the reason of the failure. internal is a bug of the exporter.",
        NO_EXPORTER,
        (
            Query(
                f"sum by (result) (rate({of(COLLECTOR_RUNS, COLLECTOR)}[$__rate_interval])) > 0",
                "{{result}}",
            ),
        ),
        unit="ops",
        width=12,
        styles=(Style("success", GREEN), Style("internal", RED)),
        stacked=True,
    ),
    Panel(
        Kind.GRAPH,
        "Duration of the runs",
        "The longest newest run of each kind of check.",
        NO_EXPORTER,
        (Query(f"max by (collector) ({of(COLLECTOR_DURATION, COLLECTOR)})", "{{collector}}"),),
        unit="s",
        width=12,
    ),
    Panel(
        Kind.GRAPH,
        "Duration as a part of the interval",
        "Near 1 a check does not keep up with its own schedule.",
        NO_EXPORTER,
        (
            Query(
                f"max by (collector) ({of(COLLECTOR_DURATION, COLLECTOR)} / {of(COLLECTOR_INTERVAL, COLLECTOR)})",
                "{{collector}}",
            ),
        ),
        unit="percentunit",
        width=12,
    ),
)

# --- cost ------------------------------------------------------------------------------------------------------------

_COST: Final = (
    Panel(
        Kind.GRAPH,
        "Requests to Resource Manager",
        "What the exporter asks of Azure Resource Manager.",
        NO_ARM,
        (Query(f"sum by (operation) (rate({of(ARM_REQUESTS)}[$__rate_interval]))", "{{operation}}"),),
        unit="reqps",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "Answers of Resource Manager",
        "By HTTP status, or by the reason if there was no answer. 429 means that we are limited.",
        NO_ARM,
        (Query(f"sum by (code) (rate({of(ARM_REQUESTS)}[$__rate_interval]))", "{{code}}"),),
        unit="reqps",
        width=8,
        styles=(Style("200", GREEN), Style("429", RED)),
    ),
    Panel(
        Kind.GRAPH,
        "Budget at Resource Manager",
        "Requests that Azure would still take from us, by the limit's name in its answers.",
        NO_ARM,
        (Query(f"min by (subscription, limit) ({of(ARM_RATELIMIT_REMAINING)})", "{{limit}}"),),
        unit="short",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "Time of a scrape",
        "How long a scrape took for Prometheus. It reads ready bytes and does not grow with the checks.",
        NO_EXPORTER,
        (Query(_process(foreign("scrape_duration_seconds")), "{{instance}}"),),
        unit="s",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "Series of a scrape",
        "How many samples a scrape brings.",
        NO_EXPORTER,
        (Query(_process(foreign("scrape_samples_scraped")), "{{instance}}"),),
        unit="short",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "HTTP requests",
        "Requests that the exporter answered.",
        NO_EXPORTER,
        (
            Query(
                f"sum by (handler) (rate({part_of(EXPORTER_HTTP_REQUEST_DURATION, 'count')}[$__rate_interval]))",
                "{{handler}}",
            ),
        ),
        unit="reqps",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "Memory of the exporter",
        "Resident memory of the process.",
        NO_EXPORTER,
        (Query(_process(foreign("process_resident_memory_bytes")), "{{instance}}"),),
        unit="bytes",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "Processor time of the exporter",
        "Part of one core that the process takes.",
        NO_EXPORTER,
        (
            Query(
                f"rate({foreign('process_cpu_seconds_total')}[$__rate_interval]) and on (job, instance) {_BUILD}",
                "{{instance}}",
            ),
        ),
        unit="percentunit",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "Logins at vCenter",
        "One session lasts for weeks: a line above zero means that logins repeat.",
        "vCenter is not read: no section `vcenters` in the exporter's configuration",
        (Query(f"sum by (vcenter) (increase({of(VSPHERE_LOGINS)}[$__rate_interval]))", "{{vcenter}}"),),
        unit="short",
        width=8,
    ),
)

BOARD: Final = Board(
    Dashboard.EXPORTER,
    "Azure Migrate: exporter",
    "Whether the exporter measures, how long that takes, and what it costs.",
    (variables.COLLECTOR,),
    (
        Row("Now", _NOW),
        Row("Checks", _COLLECTORS),
        Row("What it costs", _COST),
    ),
    alerts='component="exporter"',
)
