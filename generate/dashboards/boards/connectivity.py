"""The way to Azure: how fast it is, how long each step takes, and why it fails."""

from typing import Final

from azure_migrate_exporter.exposition.metrics import (
    CHECK_APPLICABLE,
    COLLECTOR_FAILURE_INFO,
    COLLECTOR_RUNS,
    ESXI_TCP_CONNECT_DURATION,
    EVENTHUBS_PHASE_DURATION,
    KEYVAULT_TCP_CONNECT_DURATION,
    KEYVAULT_TLS_CERTIFICATE_EXPIRY,
    SERVICEBUS_PHASE_DURATION,
    STORAGE_BENCHMARK_BUDGET,
    STORAGE_BENCHMARK_BUDGET_USED,
    STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP,
    STORAGE_SAS_EXPIRY,
    STORAGE_UPLOAD_FAILURES,
    STORAGE_UPLOAD_REQUEST_DURATION,
    STORAGE_UPLOAD_THROUGHPUT,
)
from generate.alerts.model import PREFIX, Dashboard
from generate.dashboards import words
from generate.dashboards.boards import variables
from generate.dashboards.model import (
    GREEN,
    GREY,
    RED,
    Board,
    Column,
    Kind,
    Panel,
    Query,
    Row,
    Style,
    Word,
)
from generate.dashboards.promql import APPLIANCE, of, part_of
from generate.dashboards.thresholds import below, values

NO_BENCHMARK: Final = "No benchmark has given a figure: see `storage` and `benchmark` in the exporter's configuration"
NO_STORAGE: Final = "No storage account is checked: no `storage` in the appliance's section of the configuration"
LEGACY: Final = "Nothing is measured. Projects made since 2024 have none: see which checks apply"
PATH: Final = "~appliance|gateway|storage|storage_benchmark|servicebus|eventhubs|keyvault|esxi|vsphere"
"""Collectors that look at the path."""

# --- throughput ------------------------------------------------------------------------------------------------------

_HISTORY: Final = values().numbers["history"]
_NOW: Final = f"max by (appliance, account, role) ({of(STORAGE_UPLOAD_THROUGHPUT, APPLIANCE)})"
_MEDIAN: Final = (
    "max by (appliance, account, role) "
    f"(quantile_over_time(0.5, {of(STORAGE_UPLOAD_THROUGHPUT, APPLIANCE)}[{_HISTORY}]))"
)


def _puts(test: str) -> str:
    """How many puts took how long."""
    puts = part_of(STORAGE_UPLOAD_REQUEST_DURATION, "bucket", APPLIANCE, test=test)
    return f"sum by (le) (rate({puts}[$__rate_interval]))"


_THROUGHPUT: Final = (
    Panel(
        Kind.GRAPH,
        "Throughput of the benchmark",
        f"What each benchmark reached, and (dashed) its median of {_HISTORY}. Line: the limit of the alert "
        f"{PREFIX}StorageTooSlow.",
        NO_BENCHMARK,
        (Query(_NOW, "{{account}}"), Query(_MEDIAN, "{{account}}, median")),
        unit="Bps",
        width=12,
        steps=below("StorageTooSlow"),
        styles=(Style("/median/", dashed=True),),
    ),
    Panel(
        Kind.GRAPH,
        "Throughput against its history",
        f"The newest benchmark as a part of its median of {_HISTORY}. Line: the limit of the alert "
        f"{PREFIX}StorageSlowerThanUsual.",
        NO_BENCHMARK,
        (Query(f"{_NOW} / {_MEDIAN}", "{{account}}"),),
        unit="percentunit",
        width=12,
        steps=below("StorageSlowerThanUsual"),
    ),
    Panel(
        Kind.HEATMAP,
        "Time of a put, benchmark",
        "How long the puts of the benchmark took: blocks of 64 KiB to 8 MiB, sized to take at most a second. Two bands "
        "mean two ways, or an account that limits us.",
        NO_BENCHMARK,
        (Query(_puts("benchmark"), "{{le}}"),),
        unit="s",
        width=12,
    ),
    Panel(
        Kind.HEATMAP,
        "Time of a put, probe",
        "How long the puts of the probe took: a few bytes, and the time to connect. It is the way's latency, not its "
        "bandwidth.",
        NO_STORAGE,
        (Query(_puts("probe"), "{{le}}"),),
        unit="s",
        width=12,
    ),
    Panel(
        Kind.GRAPH,
        "Uploads by result",
        "Puts of our own tests that worked, and those that failed by their reason. throttled is the service, not the "
        "network.",
        NO_STORAGE,
        (
            Query(
                f"sum(rate({part_of(STORAGE_UPLOAD_REQUEST_DURATION, 'count', APPLIANCE)}[$__rate_interval]))",
                "answered",
            ),
            Query(
                f"sum by (reason) (rate({of(STORAGE_UPLOAD_FAILURES, APPLIANCE)}[$__rate_interval])) > 0",
                "failed: {{reason}}",
            ),
        ),
        unit="ops",
        width=12,
        styles=(Style("answered", GREEN),),
    ),
    Panel(
        Kind.TABLE,
        "Benchmarks",
        "When each account was last measured, and what of its daily budget is used: without budget no benchmark runs.",
        NO_BENCHMARK,
        (
            Query(f"time() - max by (account, role) ({of(STORAGE_BENCHMARK_LAST_SUCCESS_TIMESTAMP, APPLIANCE)})"),
            Query(
                f"max by (account, role) ({of(STORAGE_BENCHMARK_BUDGET_USED, APPLIANCE)} "
                f"/ {of(STORAGE_BENCHMARK_BUDGET, APPLIANCE)})"
            ),
            Query(f"max by (account, role) ({of(STORAGE_BENCHMARK_BUDGET, APPLIANCE)})"),
        ),
        unit="s",
        width=12,
        columns=(
            Column("account", "Account"),
            Column("role", "Role", width=100),
            Column("Value #A", "Measured before", unit="s", width=130),
            Column("Value #B", "Budget used", unit="percentunit", gauge=True),
            Column("Value #C", "Budget of a day", unit="bytes", width=120),
        ),
    ),
)

# --- probes ----------------------------------------------------------------------------------------------------------

_PROBES: Final = (
    Panel(
        Kind.STATES,
        "Checks that apply",
        "Which checks of the article apply to each appliance. Projects made since 2024 have no Service Bus and no "
        "replication key vault.",
        "No appliance is configured, or the generation of its project is not known",
        (Query(f"max by (appliance, check) ({of(CHECK_APPLICABLE, APPLIANCE)})", "{{appliance}}: {{check}}"),),
        width=8,
        height=10,
        words={"0": Word("not applicable", GREY), "1": Word("applies", GREEN)},
    ),
    Panel(
        Kind.GRAPH,
        "Phases of the Service Bus probe",
        "How long each step of the peek took: dns, connect, tls, open, peek. After a failure the steps end with the "
        "last one that worked.",
        LEGACY,
        (Query(f"max by (namespace, phase) ({of(SERVICEBUS_PHASE_DURATION, APPLIANCE)})", "{{namespace}} {{phase}}"),),
        unit="s",
        width=8,
        height=10,
        stacked=True,
    ),
    Panel(
        Kind.GRAPH,
        "Phases of the Event Hubs probe",
        "How long each step of the read took: dns, connect, tls, open. After a failure the steps end with the last one "
        "that worked.",
        "No event hub is checked: the article asks for none, it is an addition of the configuration",
        (Query(f"max by (namespace, phase) ({of(EVENTHUBS_PHASE_DURATION, APPLIANCE)})", "{{namespace}} {{phase}}"),),
        unit="s",
        width=8,
        height=10,
        stacked=True,
    ),
    Panel(
        Kind.GRAPH,
        "Key vault, time to connect",
        "Time until TCP 443 of the key vault was open.",
        LEGACY,
        (Query(f"max by (vault) ({of(KEYVAULT_TCP_CONNECT_DURATION, APPLIANCE)})", "{{vault}}"),),
        unit="s",
        width=8,
    ),
    Panel(
        Kind.GRAPH,
        "ESXi hosts, time to connect",
        "Time until TCP 902 of each host was open.",
        "No host is checked: no `esxi` in the appliance's section of the exporter's configuration",
        (Query(f"max by (host) ({of(ESXI_TCP_CONNECT_DURATION, APPLIANCE)})", "{{host}}"),),
        unit="s",
        width=8,
    ),
    Panel(
        Kind.STAT,
        "Certificate ends in",
        f"When the certificate that the key vault shows expires. Colours: the limits of the alert "
        f"{PREFIX}KeyVaultCertificateExpiring.",
        LEGACY,
        (Query(f"min by (vault) ({of(KEYVAULT_TLS_CERTIFICATE_EXPIRY, APPLIANCE)}) - time()", "{{vault}}"),),
        unit="s",
        width=4,
        steps=below("KeyVaultCertificateExpiring", "within"),
    ),
    Panel(
        Kind.STAT,
        "Our signature ends in",
        "When the next of the shared access signatures of our own tests expires. Colours: the limit of the alert "
        f"{PREFIX}TestSignatureExpiring.",
        "No test uses a shared access signature",
        (Query(f"min({of(STORAGE_SAS_EXPIRY, APPLIANCE)}) - time()"),),
        unit="s",
        width=4,
        steps=below("TestSignatureExpiring", "within"),
    ),
)

# --- reasons ---------------------------------------------------------------------------------------------------------

_REASONS: Final = (
    Panel(
        Kind.TABLE,
        "Reasons of failure",
        "Checks whose newest run failed, why, and what to do about it.",
        "Every check works",
        (
            Query(
                "label_replace(max by (collector, target, reason) "
                f"({of(COLLECTOR_FAILURE_INFO, collector=PATH)}), "
                '"advice", "$1", "reason", "(.*)")'
            ),
        ),
        width=14,
        columns=(
            Column("collector", "Check", width=130),
            Column("target", "Target"),
            Column("reason", "Reason", width=120),
            Column("advice", "What to do", words=words.REASONS, wrap=True),
        ),
    ),
    Panel(
        Kind.GRAPH,
        "Runs by result",
        "How the runs of the checks of the path ended.",
        "No check of the path has run",
        (
            Query(
                f"sum by (result) (rate({of(COLLECTOR_RUNS, collector=PATH)}[$__rate_interval])) > 0",
                "{{result}}",
            ),
        ),
        unit="ops",
        width=10,
        styles=(Style("success", GREEN), Style("internal", RED)),
        stacked=True,
    ),
)

BOARD: Final = Board(
    Dashboard.CONNECTIVITY,
    "Azure Migrate: connectivity and benchmark",
    "Throughput to the storage accounts, time of each step of each probe, what ends soon, and reasons of failure.",
    (variables.APPLIANCE,),
    (
        Row("Storage accounts", _THROUGHPUT),
        Row("Probes", _PROBES),
        Row("Why checks fail", _REASONS),
    ),
    alerts='appliance=~"$appliance|"',
)
