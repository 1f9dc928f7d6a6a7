"""`rules/drift.yml`: what gets worse by some per cent a day, which no comparison with the last days shows."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles, network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import ACCOUNT_ADDRESS, SLOW_REPLICATION, number
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, Group, NumberFormat
from generate.alerts.samples import series

_METRIC: Final = "azure_migrate_storage_upload_throughput_bytes_per_second"
_THROUGHPUT: Final = series("storage_upload_throughput_bytes_per_second")


def _median(offset: str = "") -> str:
    return f"max by (appliance, account, role) (quantile_over_time(0.5, {_METRIC}[7d]{offset}))"


def _days(*throughputs: float) -> str:
    """Samples of one hour, a throughput a day in MB/s."""
    return " ".join(f"{throughput * 1e6:.0f}x23" for throughput in throughputs)


_THIS: Final = '{appliance="$appliance",account="$account"}'
FALLING: Final = Alert(
    name="StorageThroughputFalling",
    component=Component.STORAGE,
    expr=f"{_median()}\n/ {_median(' offset $before')} < $threshold",
    labels=("appliance", "account", "role"),
    summary=Text(
        "Uploads have become slower over the last weeks.", "Les envois sont devenus plus lents ces dernières semaines."
    ),
    description=Text(
        "In the last week {account} ({role}) received {speed}B/s from {appliance}, {value} of what it was three weeks "
        "before.",
        "La semaine dernière, {account} ({role}) recevait {speed}o/s de {appliance}, soit {value} de ce que c'était "
        "trois semaines plus tôt.",
    ),
    annotation_queries={
        "account_address": ACCOUNT_ADDRESS,
        "speed": number(f"quantile_over_time(0.5, {_METRIC}{_THIS}[7d])", NumberFormat.BYTES),
    },
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "The median of the upload benchmarks of seven days is compared with that of seven days three weeks earlier. A "
        "week against a week: nights and weekends do not count as a change. Prometheus must keep four weeks.",
        "La médiane des tests d'envoi de sept jours est comparée à celle de sept jours trois semaines plus tôt. Une "
        "semaine contre une semaine : nuits et week-ends ne comptent pas comme un changement. Prometheus doit garder "
        "quatre semaines.",
    ),
    impact=Text(
        "If it goes on, cycles take longer than their schedule, and large disks may never complete (1011).",
        "Si cela continue, les cycles déborderont leur calendrier, et les grands disques risquent de ne jamais finir "
        "(1011).",
    ),
    fix=(network.STORAGE_SLOW,),
    links=(SLOW_REPLICATION,),
    diagnosis=("collect storage_benchmark {account}",),
    cases=(
        Case(
            "three per cent less each day",
            {_THROUGHPUT: _days(*(100 * 0.97**day for day in range(32)))},
            "720h",
            (ExpectedAlert(value="52.75%", results={"speed": "43.2Mi"}),),
        ),
        Case(
            "half as fast on working days, every week",
            {_THROUGHPUT: _days(*(100 if day % 7 > 4 else 50 for day in range(32)))},
            "720h",
        ),
        Case("a first start without history", {_THROUGHPUT: _days(*(100 * 0.9**day for day in range(15)))}, "336h"),
        Case("one slow day", {_THROUGHPUT: _days(*(10 if day == 29 else 100 for day in range(32)))}, "710h"),
    ),
)

_UPLOAD: Final = "azure_migrate_replication_total_upload_bytes_per_second"
_COPY: Final = "azure_migrate_replication_copy_remaining_bytes"
_UPLOADED: Final = f"sum by (appliance) (max by (vault, appliance) (avg_over_time({_UPLOAD}[1d])))"
_LIMIT: Final = 'max by (appliance) (quantile_over_time(0.5, %s{role=~"cache|replication"%s}[7d]))'


def _two_days(upload: float, copy: str = "0x50", throughput: float = 100e6) -> dict[str, str]:
    return {
        series("replication_total_upload_bytes_per_second"): f"{upload:.0f}x50",
        series("replication_copy_remaining_bytes"): copy,
        _THROUGHPUT: f"{throughput:.0f}x50",
    }


CHURN: Final = Alert(
    name="ChurnNearUploadCapacity",
    component=Component.REPLICATION,
    expr=f"""{_UPLOADED}
/ on (appliance) {_LIMIT % (_METRIC, "")} > $threshold
and on (appliance) present_over_time({_UPLOAD}[2h] offset 22h)
unless on (appliance) max_over_time({_COPY}[1d]) > 0""",
    labels=("appliance",),
    summary=Text(
        "The machines write nearly as much as can be uploaded.",
        "Les machines écrivent presque autant que ce qui peut être envoyé.",
    ),
    description=Text(
        "Over the last day the cycles of {appliance} uploaded {uploaded}B/s, {value} of the {limit}B/s that the upload "
        "test measures.",
        "Sur le dernier jour, les cycles de {appliance} ont envoyé {uploaded}o/s, soit {value} des {limit}o/s que "
        "mesure le test d'envoi.",
    ),
    annotation_queries={
        "uploaded": number(
            f'sum(max by (vault) (avg_over_time({_UPLOAD}{{appliance="$appliance"}}[1d])))', NumberFormat.BYTES
        ),
        "limit": number(_LIMIT % (_METRIC, ',appliance="$appliance"'), NumberFormat.BYTES),
    },
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "What all cycles of an appliance upload on average of a day is what its machines write (their churn). It is "
        "compared with the median of the upload tests of seven days. Both are proxies: the cycles' speed is what Azure "
        "reports, and the test runs where the exporter runs. A day with an initial replication does not count, as that "
        "takes all it gets.",
        "Ce que tous les cycles d'une appliance envoient en moyenne sur un jour est ce que ses machines écrivent. On "
        "le compare à la médiane des tests d'envoi de sept jours. Les deux sont des mesures indirectes : le débit des "
        "cycles est celui qu'indique Azure, et le test s'exécute là où est l'exportateur. Un jour avec une réplication "
        "initiale ne compte pas, car celle-ci prend tout ce qu'elle obtient.",
    ),
    impact=Text(
        "With a little more churn, or a slower line, cycles never catch up, recovery points get older, and the last "
        "cycle before a migration takes longer than its window.",
        "Avec un peu plus d'écritures, ou une ligne plus lente, les cycles ne rattrapent plus leur retard, les points "
        "de récupération vieillissent et le dernier cycle avant une migration déborde sa fenêtre.",
    ),
    fix=(cycles.CHURN_NEAR_CAPACITY,),
    links=(SLOW_REPLICATION,),
    runbook_queries=("topk(10, avg_over_time(azure_migrate_replication_upload_bytes_per_second[1d]))",),
    cases=(
        Case(
            "the cycles take nine tenths of the line",
            _two_days(90e6),
            "36h",
            (ExpectedAlert(value="90%", results={"uploaded": "85.83Mi", "limit": "95.37Mi"}),),
        ),
        Case("they take a third of it", _two_days(33e6), "36h"),
        Case("an initial replication takes the line", _two_days(90e6, copy="1e12x20 0x30"), "36h"),
        Case("a first start without history", _two_days(90e6), "10h"),
    ),
)

GROUP: Final = Group(
    "drift",
    Text("What gets worse over weeks", "Ce qui se dégrade sur des semaines"),
    (FALLING, CHURN),
    interval="1h",
    sample_interval="1h",
)
