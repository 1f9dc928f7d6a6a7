"""`rules/slo.yml`: error budgets of reachability and freshness, with two windows for each burn rate."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles, network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import best
from generate.alerts.groups.shared.annotation_queries import CONCEPTS, number
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, Group, NumberFormat, RecordingRule
from generate.alerts.samples import series

UNREACHABLE: Final = "target:azure_migrate_unreachable:max"
"""1 while a target is unreachable, 0 while it is reachable; absent while only the exporter's credential fails."""
OUTAGE: Final = "target:azure_migrate_unreachable:lasting"
"""1 while a target has been unreachable for the window `outage`."""
STALE: Final = "vault:azure_migrate_replication_stale:ratio"
"""Ratio of the machines of a vault whose cycle is overdue."""
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""The windows that a level of an alert may use."""

_HOURS: Final = "1x419"
"""Seven hours without a failure: the past that the windows of a page need."""
_A_DAY: Final = "1x1559"
"""26 hours without a failure: the past that the shorter windows of a ticket need."""
_LABELS: Final = ("check", "appliance", "target")
_BY: Final = ", ".join(_LABELS)


def _unreachable(check: str, label: str, part: str) -> RecordingRule:
    return RecordingRule(
        UNREACHABLE,
        f"""label_replace(
  max by (appliance, {label}) (
{best(check, f"azure_migrate_{check}_up", "appliance", label, part)} == bool 0
  ),
  "target", "$1", "{label}", "(.+)"
)""",
        {"check": check},
    )


def average(record: str, window: str) -> str:
    """The name of the average of a recorded series over a window."""
    return f"{record.rpartition(':')[0]}:avg{window}"


def _ratios(record: str, by: str) -> tuple[RecordingRule, ...]:
    return tuple(
        RecordingRule(average(record, window), f"avg by ({by}) (avg_over_time({record}[{window}]))")
        for window in WINDOWS
    )


_RECORDINGS: Final = (
    _unreachable("storage", "account", "role"),
    _unreachable("servicebus", "bus_namespace", "entity"),
    RecordingRule(OUTAGE, f"min by ({_BY}) (min_over_time({UNREACHABLE}[$outage]))"),
    *_ratios(UNREACHABLE, _BY),
    RecordingRule(
        STALE,
        "avg by (vault) (time() - max by (vm_id, vault) (azure_migrate_replication_next_cycle_due_timestamp_seconds)\n"
        "  > bool $late_seconds)",
    ),
    *_ratios(STALE, "vault"),
)


def _burns_too_fast(record: str, budget: str, by: str, selector: str = "") -> str:
    """Both windows of a burn rate exceed the budget, of a target that still exists: its past outlives it.

    A target that is newer than the long window has no ratio yet: a failure among few samples is no rate.
    """

    def windows(rate: str) -> str:
        limit = f"${rate} * ${budget}"
        return (
            f"{average(record, f'${rate}_long')}{selector} > {limit}"
            f"\n  and {average(record, f'${rate}_short')}{selector} > {limit}"
            f"\n  and on ({by}) present_over_time({record}{selector}[15m] offset ${rate}_long)"
        )

    exists = f"and on ({by}) present_over_time({record}{selector}[1h])"
    return f"(\n  {windows('fast')}\n  or {windows('slow')}\n)\n{exists}"


def _reachability(name: str, component: Component, target: str, path: Text) -> Alert:
    check = str(component)
    labels = {"check": check, "target": target}

    def up(samples: str) -> dict[str, str]:
        return {series(f"{check}_up"): samples}

    return Alert(
        name=name,
        component=component,
        expr=f"""{_burns_too_fast(UNREACHABLE, "reachability_budget", _BY, f'{{check="{check}"}}')}
unless on ({_BY})
max_over_time({OUTAGE}[6h]) > $lasting""",
        labels=_LABELS,
        summary=Text(
            f"{path.en} fails repeatedly and uses up its error budget too fast.",
            f"{path.fr} se coupe à répétition et épuise trop vite son budget d'erreur.",
        ),
        description=Text(
            "{target} was unreachable from {appliance} for {hour} of the last hour and for {day} of the last day.",
            "{target} était injoignable depuis {appliance} pendant {hour} de la dernière heure et pendant {day} du "
            "dernier jour.",
        ),
        annotation_queries={
            window: number(
                f'round({average(UNREACHABLE, length)}{{check="{check}",appliance="$appliance",target="$target"}}'
                ", 0.01)",
                NumberFormat.PERCENT,
            )
            for window, length in (("hour", "1h"), ("day", "1d"))
        },
        meaning=Text(
            "The objective in the values file allows a small part of the time. The critical level detects a path that "
            "fails often and briefly. A longer outage has its own alert, and is not counted here for the hours after "
            "it. The warning counts all failures.",
            "L'objectif du fichier de valeurs permet une petite partie du temps. Le niveau critique détecte un chemin "
            "qui se coupe souvent mais brièvement. Une panne plus longue a sa propre alerte, et n'est pas comptée ici "
            "pendant les heures suivantes. L'avertissement compte tout.",
        ),
        impact=Text(
            "Uploads and messages are retried, and long cycles may never complete.",
            "Les envois et les messages sont répétés ; les longs cycles risquent de ne jamais finir.",
        ),
        fix=(network.REACHABILITY_BUDGET,),
        runbook_queries=(average(UNREACHABLE, "1h"), average(UNREACHABLE, "3d")),
        cases=(
            Case(
                "two minutes of each ten, for an hour",
                up(f"{_HOURS} {'0x1 1x7 ' * 9}"),
                "500m",
                (ExpectedAlert(labels, results={"hour": "21%", "day": "3%"}, levels=("critical",)),),
            ),
            Case(
                "an outage of half an hour has its own alert: after it, this alert makes a ticket but does not page",
                up(f"{_A_DAY} 0x28 1x120"),
                "1615m",
                (ExpectedAlert(labels, results={"hour": "48%", "day": "2%"}, levels=("warning",)),),
            ),
            Case(
                "two minutes of each eighty, for days",
                up("1x38 0x1 1x38 " * 23),
                "1800m",
                (ExpectedAlert(labels, results={"hour": "3%", "day": "3%"}, levels=("warning",)),),
            ),
            Case(
                "it failed repeatedly, and was removed from the configuration two hours ago",
                up(f"{_HOURS} {'0x1 1x7 ' * 9} stale"),
                "640m",
            ),
            Case("one failed probe", up(f"{_HOURS} 0x0 1x60"), "424m"),
            Case("a first start without history", up("1x30"), "20m"),
            Case("a new target fails in its first hour: its own alert pages", up("1x10 0x20 1x10"), "35m"),
            Case("the exporter restarts each hour", up(f"{_HOURS} {'1x57 _x2 ' * 4}"), "655m"),
        ),
    )


def _due(machines: int, late: int = 0) -> dict[str, str]:
    """Machines whose next cycle is due; that of the first `late` ones has been due since the start."""
    return {
        series("replication_next_cycle_due_timestamp_seconds", vm=f"vm{number}", vm_id=f"{number}"): (
            "0x1600" if number < late else "0+60x1600"
        )
        for number in range(machines)
    }


_FRESHNESS: Final = Alert(
    name="ReplicationFreshnessBudget",
    component=Component.REPLICATION,
    expr=_burns_too_fast(STALE, "freshness_budget", "vault"),
    labels=("vault",),
    annotation_queries={"share": number(f'{STALE}{{vault="$vault"}}', NumberFormat.PERCENT)},
    summary=Text(
        "Too many machines are behind the documented schedule.",
        "Trop de machines sont en retard sur le calendrier documenté.",
    ),
    description=Text(
        "{share} of the machines of the vault {vault} are far behind their schedule.",
        "{share} des machines du coffre {vault} sont très en retard sur leur calendrier.",
    ),
    meaning=Text(
        "A machine is late if its cycle has not ended half a day after it was due. The objective in the values file "
        "says how many machines may be late.",
        "Une machine est en retard si son cycle n'est pas terminé une demi-journée après l'échéance. L'objectif du "
        "fichier de valeurs dit combien de machines peuvent l'être.",
    ),
    impact=Text(
        "A migration now takes more time than planned, and the wave may not fit into its window.",
        "Une migration maintenant coûterait plus de temps que prévu, et la vague peut ne pas tenir dans sa fenêtre.",
    ),
    fix=(cycles.FRESHNESS_BUDGET,),
    links=(CONCEPTS,),
    runbook_queries=(
        "bottomk(10, azure_migrate_replication_next_cycle_due_timestamp_seconds)",
        average(STALE, "1d"),
    ),
    cases=(
        Case(
            "all ten machines have been late for hours",
            _due(10, late=10),
            "26h",
            (ExpectedAlert(results={"share": "100%"}),),
        ),
        Case(
            "three of ten machines have been late for hours",
            _due(10, late=3),
            "26h",
            (ExpectedAlert(results={"share": "30%"}, levels=("warning",)),),
        ),
        Case("a healthy vault at its limit: one of twenty-five", _due(25, late=1), "26h"),
        Case("a first start without history", _due(10), "20m"),
        Case(
            "a late machine is removed",
            {**_due(9), series("replication_next_cycle_due_timestamp_seconds"): "0x1000 stale"},
            "26h",
        ),
    ),
)

GROUP: Final = Group(
    "slo",
    Text("Error budgets", "Budgets d'erreur"),
    (
        *_RECORDINGS,
        _reachability(
            "StorageReachabilityBudget",
            Component.STORAGE,
            "migratelsa1",
            Text("The path to a storage account", "Le chemin vers un compte de stockage"),
        ),
        _reachability(
            "ServiceBusReachabilityBudget",
            Component.SERVICEBUS,
            "migratesbns1",
            Text("The path to Service Bus", "Le chemin vers Service Bus"),
        ),
        _FRESHNESS,
    ),
)
