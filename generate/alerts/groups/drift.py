"""`rules/drift.yml`: what gets worse by some per cent a day, which no comparison with the last days shows."""

from typing import Final

from azure_migrate_exporter.failures.data import network
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

GROUP: Final = Group(
    "drift",
    Text("What gets worse over weeks", "Ce qui se dégrade sur des semaines"),
    (FALLING,),
    interval="1h",
)
