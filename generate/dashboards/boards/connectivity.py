"""The path to Azure: throughput, duration of each phase, and reasons of failures."""

from typing import Final

from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.alerts.groups.evidence import MEDIAN_THROUGHPUT
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import mappings
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    BLUE,
    GREEN,
    GREY,
    UNKNOWN,
    Board,
    Column,
    Link,
    MappedValue,
    Panel,
    Query,
    Row,
    SeriesStyle,
    heatmap,
    stat,
    state_timeline,
    table,
    timeseries,
)
from generate.dashboards.promql import APPLIANCE, histogram, max_by, min_by, per_second, recorded, selector
from generate.dashboards.thresholds import falling, values

_NO_BENCHMARK: Final = "No benchmark has completed: see `storage` and `benchmark` in the exporter's configuration"
_NO_STORAGE: Final = "No storage account is checked: the appliance's section of the configuration has no `storage`"
_LEGACY_ONLY: Final = "Nothing is measured. Projects made since 2024 have none: see which checks apply"
_NO_ESXI: Final = "No host is checked: the appliance's section of the configuration has no `esxi`"
_PATH: Final = "~appliance|gateway|storage|storage_benchmark|servicebus|eventhubs|keyvault|esxi|vsphere"
"""The collectors of the path."""

# --- throughput ------------------------------------------------------------------------------------------------------

_HISTORY: Final = values().numbers["history"]
_BY_ACCOUNT: Final = "appliance, account, role"
_CURRENT: Final = max_by(_BY_ACCOUNT, m.STORAGE_UPLOAD_THROUGHPUT, APPLIANCE)
_MEDIAN: Final = recorded(MEDIAN_THROUGHPUT, APPLIANCE)


def _put_durations(test: str) -> tuple[Query, ...]:
    buckets = histogram(m.STORAGE_UPLOAD_REQUEST_DURATION, "bucket", APPLIANCE, test=test)
    return (Query(per_second("le", buckets), "{{le}}"),)


_THROUGHPUT: Final = (
    timeseries(
        "Throughput of the benchmark",
        f"Throughput of each benchmark, and (dashed) the median of {_HISTORY}, which the rules of alerts/ record. "
        f"Area: the threshold of the alert {PREFIX}StorageTooSlow.",
        (Query(_CURRENT, "{{account}}"), Query(_MEDIAN, "{{account}}, median")),
        unit="Bps",
        thresholds=falling("StorageTooSlow"),
        styles=(SeriesStyle("/median/", dashed=True),),
        width=8,
    ),
    timeseries(
        "Throughput against its history",
        f"The newest benchmark as a ratio of the recorded median of {_HISTORY}. Area: the threshold of the alert "
        f"{PREFIX}StorageSlowerThanUsual.",
        (Query(f"{_CURRENT} / on ({_BY_ACCOUNT}) {_MEDIAN}", "{{account}}"),),
        unit="percentunit",
        thresholds=falling("StorageSlowerThanUsual"),
        width=8,
    ),
    timeseries(
        "Latency while the benchmark uploads",
        "Time to open a connection while the newest benchmark filled the line, and (dashed) just before it. The "
        "difference is what an upload costs everybody else on the line.",
        (
            Query(max_by(_BY_ACCOUNT, m.STORAGE_BENCHMARK_LOADED_LATENCY, APPLIANCE), "{{account}}"),
            Query(max_by(_BY_ACCOUNT, m.STORAGE_BENCHMARK_IDLE_LATENCY, APPLIANCE), "{{account}}, idle"),
        ),
        _NO_BENCHMARK,
        unit="s",
        styles=(SeriesStyle("/idle/", dashed=True),),
        width=8,
    ),
    heatmap(
        "Put duration, benchmark",
        "Duration of the benchmark's puts: blocks of 64 KiB to 8 MiB, sized to take about half a second. Two bands "
        "indicate two network paths, or an account that throttles.",
        _put_durations("benchmark"),
        unit="s",
    ),
    heatmap(
        "Put duration, probe",
        "Duration of the probe's puts: a few bytes, including the time to connect. It shows the latency of the path, "
        "not its bandwidth.",
        _put_durations("probe"),
        _NO_STORAGE,
        unit="s",
    ),
    timeseries(
        "Uploads by result",
        "Puts of the exporter's tests that were answered, and those that failed by their reason. throttled concerns "
        "the service, not the network.",
        (
            Query(
                per_second("", histogram(m.STORAGE_UPLOAD_REQUEST_DURATION, "count", APPLIANCE)),
                "answered",
            ),
            Query(
                per_second("reason", selector(m.STORAGE_UPLOAD_FAILURES, APPLIANCE)) + " > 0",
                "failed: {{reason}}",
            ),
        ),
        _NO_STORAGE,
        unit="ops",
        styles=(SeriesStyle("answered", GREEN),),
        failures=True,
    ),
    table(
        "Benchmarks",
        "Time since the last benchmark of each account, and the used part of its daily budget. Without budget no "
        "benchmark runs; "
        f"{PREFIX}BenchmarkSkipped says why one is skipped.",
        (
            Query(f"time() - {max_by('account, role', m.STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP, APPLIANCE)}"),
            Query(
                f"max by (account, role) ({selector(m.STORAGE_BENCHMARK_BUDGET_USED, APPLIANCE)} "
                f"/ {selector(m.STORAGE_BENCHMARK_BUDGET, APPLIANCE)})"
            ),
            Query(max_by("account, role", m.STORAGE_BENCHMARK_BUDGET, APPLIANCE)),
        ),
        unit="s",
        columns=(
            Column("account", "Account"),
            Column("role", "Role", width=90),
            Column("Value #A", "Last", unit="s", width=100),
            Column("Value #B", "Budget used", unit="percentunit", gauge=True, width=130),
            Column("Value #C", "Budget", unit="bytes", width=80),
        ),
    ),
)

# --- probes ----------------------------------------------------------------------------------------------------------


_PHASE_COLOURS: Final = {
    "dns": "super-light-blue",
    "connect": "light-blue",
    "tls": "blue",
    "open": "dark-blue",
    "token": "light-purple",
    "link": "purple",
    "peek": "dark-purple",
    "read": "dark-purple",
}
"""None of which means a state: a long phase is no failure."""


def _phases(service: str, description: str, metric: Metric, no_value: str) -> Panel:
    return timeseries(
        f"Phases of the {service} probe",
        f"{description} After a failure the phases end with the last one that succeeded.",
        (Query(max_by("bus_namespace, phase", metric, APPLIANCE), "{{bus_namespace}} {{phase}}"),),
        no_value,
        unit="s",
        height=10,
        stacked=True,
        styles=tuple(SeriesStyle(f"/ {phase}$/", colour) for phase, colour in _PHASE_COLOURS.items()),
    )


_PROBES: Final = (
    state_timeline(
        "Checks that apply",
        "Checks of the article that apply to each appliance. Projects made since 2024 have no Service Bus and no "
        "replication key vault.",
        (Query(max_by("appliance, check", m.CHECK_APPLICABLE, APPLIANCE), "{{appliance}}: {{check}}"),),
        "No appliance is configured, or the generation of its project is not known",
        height=10,
        mappings={"0": MappedValue("not applicable", GREY), "1": MappedValue("applies", BLUE)},
    ),
    _phases(
        "Service Bus",
        "Duration of each phase of the peek: dns, connect, tls, open, peek.",
        m.SERVICEBUS_PHASE_DURATION,
        _LEGACY_ONLY,
    ),
    _phases(
        "Event Hubs",
        "Duration of each phase of the read: dns, connect, tls, open.",
        m.EVENTHUBS_PHASE_DURATION,
        "No event hub is checked: the article does not require it, the configuration can add it",
    ),
    timeseries(
        "Key vault, time to connect",
        "Time to open TCP 443 of the key vault.",
        (Query(max_by("keyvault", m.KEYVAULT_TCP_CONNECT_DURATION, APPLIANCE), "{{keyvault}}"),),
        unit="s",
    ),
    timeseries(
        "ESXi hosts, time to connect",
        "Time to open TCP 902 of each host.",
        (Query(max_by("host", m.ESXI_TCP_CONNECT_DURATION, APPLIANCE), "{{host}}"),),
        _NO_ESXI,
        unit="s",
    ),
    stat(
        "Certificate expires",
        "Time until the certificate that the key vault presents expires. Colours: the thresholds of the alert "
        f"{PREFIX}KeyVaultCertificateExpiring. No data: no key vault is checked; projects made since 2024 have none.",
        (Query(f"{min_by('keyvault', m.KEYVAULT_TLS_CERTIFICATE_EXPIRY, APPLIANCE)} - time()", "{{keyvault}}"),),
        unit="s",
        width=4,
        thresholds=falling("KeyVaultCertificateExpiring", "within"),
        links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}KeyVaultCertificateExpiring")),),
    ),
    stat(
        "Signature expires",
        "Time until the next shared access signature of the exporter's tests expires. Colours: the threshold of the "
        f"alert {PREFIX}TestSignatureExpiring. No data: no test uses one.",
        (Query(f"min({selector(m.STORAGE_SAS_EXPIRY, APPLIANCE)}) - time()"),),
        unit="s",
        width=4,
        thresholds=falling("TestSignatureExpiring", "within"),
        links=(Link("Open the runbook", mappings.runbook_of(f"{PREFIX}TestSignatureExpiring")),),
    ),
)

# --- reasons ---------------------------------------------------------------------------------------------------------

_FAILING: Final = max_by(
    "collector, target, reason", m.COLLECTOR_FAILURE_INFO, 'appliance=~"$appliance|"', collector=_PATH
)
_REASONS: Final = (
    table(
        "Reasons of failures",
        "Collectors whose newest run failed, the reason, and what to do about it.",
        (Query(f'label_replace({_FAILING}, "advice", "$1", "reason", "(.*)")'),),
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
        "Runs by result, all appliances",
        "Results of the runs of the path's collectors. Their counter has no appliance, so the choice of one does not "
        "apply.",
        (
            Query(
                per_second("result", selector(m.COLLECTOR_RUNS, collector=_PATH)) + " > 0",
                "{{result}}",
            ),
        ),
        "No collector of the path has run",
        unit="ops",
        width=8,
        styles=(SeriesStyle("success", GREEN),),
        failures=True,
        stacked=True,
    ),
)

BOARD: Final = Board(
    Dashboard.CONNECTIVITY,
    "Azure Migrate: connectivity and benchmark",
    "Throughput to the storage accounts, duration of each phase of each probe, expiry times, and reasons of failures.",
    (variables.APPLIANCE,),
    (
        Row("Storage accounts", _THROUGHPUT, no_value=_NO_BENCHMARK, points=250),
        Row("Probes", _PROBES, width=8, no_value=_LEGACY_ONLY, points=250),
        Row("Reasons", _REASONS, points=250),
    ),
    alerts='appliance=~"$appliance|"',
)
