"""Error budgets: how much of the agreed reachability and freshness was used up, and how fast (two windows a rate)."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles, network
from azure_migrate_exporter.failures.model import Cause, Text
from generate.alerts.groups.evidence import not_the_path
from generate.alerts.groups.shared.annotation_queries import CONCEPTS
from generate.alerts.groups.shared.samples import series
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live, Recording

DOWN: Final = "azure_migrate:unreachable"
LASTING: Final = "azure_migrate:unreachable:lasting"
STALE: Final = "azure_migrate:replication_stale"
WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
"""Those that a level of an alert may name."""

_LABELS: Final = ("check", "appliance", "target")
_BY: Final = ", ".join(_LABELS)


def _down(check: str, label: str) -> Recording:
    """1 while a target cannot be reached, 0 while it can; nothing while only our own credential fails."""
    return Recording(
        DOWN,
        f"""label_replace(
  max by (appliance, {label}) (azure_migrate_{check}_up == bool 0)
  unless on (appliance, {label})
  {not_the_path(check, label)},
  "target", "$1", "{label}", "(.+)"
)""",
        {"check": check},
    )


def _ratio(record: str, by: str) -> tuple[Recording, ...]:
    return tuple(
        Recording(f"{record}:ratio_{window}", f"avg by ({by}) (avg_over_time({record}[{window}]))")
        for window in WINDOWS
    )


RECORDINGS: Final = (
    _down("storage", "account"),
    _down("servicebus", "namespace"),
    Recording(LASTING, f"min by ({_BY}) (min_over_time({DOWN}[$outage]))"),
    *_ratio(DOWN, _BY),
    Recording(
        STALE,
        "avg by (vault) (time() - max by (vm_id, vault) (azure_migrate_replication_next_cycle_due_timestamp_seconds)\n"
        "  > bool $late_seconds)",
    ),
    *_ratio(STALE, "vault"),
)


def _burning(record: str, budget: str, by: str, selector: str = "") -> str:
    """Both windows of a rate burn too fast, of a thing that is still there: the past of one that is gone goes on."""

    def pair(rate: str) -> str:
        limit = f"${rate} * ${budget}"
        return (
            f"{record}:ratio_${rate}_long{selector} > {limit}\n  and {record}:ratio_${rate}_short{selector} > {limit}"
        )

    there = f"and on ({by}) present_over_time({record}{selector}[1h])"
    return f"(\n  {pair('fast')}\n  or {pair('slow')}\n)\n{there}"


def _up(check: str, samples: str) -> dict[str, str]:
    labels = {
        "storage": 'appliance="paris",account="migratelsa1",role="cache"',
        "servicebus": 'appliance="paris",namespace="migratesbns1",entity="e"',
    }
    return {f"azure_migrate_{check}_up{{{labels[check]}}}": samples}


def _reachability(name: str, component: Component, check: str, target: str, what: Text) -> Alert:
    labels = {"check": check, "appliance": "paris", "target": target}
    return Alert(
        name=name,
        component=component,
        expr=f"""{_burning(DOWN, "reachability_budget", _BY, f'{{check="{check}"}}')}
unless on ({_BY})
max_over_time({LASTING}[6h]) > $lasting""",
        labels=_LABELS,
        summary=Text(
            f"{what.en} breaks again and again: its error budget is used up too fast.",
            f"{what.fr} se coupe sans cesse : son budget d'erreur s'épuise trop vite.",
        ),
        description=Text(
            "In the last hour {target} could not be reached from {appliance} for {hour} of the time, in the last "
            "day for {day}.",
            "Dans la dernière heure, {target} était injoignable depuis {appliance} pendant {hour} du temps, dans le "
            "dernier jour pendant {day}.",
        ),
        live={
            window: Live(
                f'round({DOWN}:ratio_{length}{{check="{check}",appliance="$appliance",target="$target"}}, 0.01)',
                Text("?", "?"),
                form=Form.PERCENT,
            )
            for window, length in (("hour", "1h"), ("day", "1d"))
        },
        meaning=Text(
            "The objective of the values file allows a small part of the time. The critical level tells of a path that "
            "breaks often but briefly; an outage that lasts has its own alert, and does not raise this one for hours "
            "afterwards. The warning counts everything.",
            "L'objectif du fichier de valeurs permet une petite partie du temps. Le niveau critique signale un "
            "chemin qui se coupe souvent mais brièvement ; une panne qui dure a sa propre alerte et ne lève pas "
            "celle-ci pendant les heures suivantes. L'avertissement compte tout.",
        ),
        impact=Text(
            "Uploads and messages are repeated; long cycles may never come to their end.",
            "Les envois et les messages sont répétés ; les longs cycles risquent de ne jamais finir.",
        ),
        fix=(network.REACHABILITY_BUDGET,),
        dashboard=Dashboard.CONNECTIVITY,
        queries=(f"{DOWN}:ratio_1h", f"{DOWN}:ratio_3d"),
        cases=(
            Case(
                "two minutes of each ten, for an hour",
                _up(check, "1x60 " + "0x1 1x7 " * 9),
                "140m",
                (Fires(labels, live={"hour": "20%", "day": "11%"}),),
            ),
            Case(
                "an outage of half an hour has an alert of its own: afterwards this one makes a ticket, but does "
                "not page",
                _up(check, "1x120 0x28 1x120"),
                "175m",
                (Fires(labels, live={"hour": "48%", "day": "16%"}, levels=("warning",)),),
            ),
            Case(
                "two minutes of each eighty, for six hours",
                _up(check, ("1x38 0x1 1x38 " * 6)),
                "360m",
                (Fires(labels, live={"hour": "3%", "day": "3%"}, levels=("warning",)),),
            ),
            Case(
                "it broke again and again, and was taken out of the configuration two hours ago",
                _up(check, "1x60 " + "0x1 1x7 " * 9 + "stale"),
                "270m",
            ),
            Case("one failed probe", _up(check, "1x60 0x0 1x60"), "63m"),
            Case("a first start without history", _up(check, "1x30"), "20m"),
            Case("the exporter restarts each hour", _up(check, "1x57 _x2 " * 4), "235m"),
        ),
    )


def _due(machines: int, late: int) -> dict[str, str]:
    """Machines of which some have been due since the beginning of time."""
    series = 'azure_migrate_replication_next_cycle_due_timestamp_seconds{{vm="vm{0}",vm_id="{0}",vault="paris-vault"}}'
    return {series.format(number): "0x1000" if number < late else "0+60x1000" for number in range(machines)}


def _freshness(cause: Cause) -> Alert:
    return Alert(
        name="ReplicationFreshnessBudget",
        component=Component.REPLICATION,
        expr=_burning(STALE, "freshness_budget", "vault"),
        labels=("vault",),
        aliases={"recovery_vault": "vault"},
        live={
            "share": Live(f'{STALE}{{vault="$vault"}}', Text("?", "?"), form=Form.PERCENT),
        },
        summary=Text(
            "Too many machines are behind the documented schedule.",
            "Trop de machines sont en retard sur le calendrier documenté.",
        ),
        description=Text(
            "{share} of the machines of the vault {recovery_vault} are far behind their schedule.",
            "{share} des machines du coffre {recovery_vault} sont très en retard sur leur calendrier.",
        ),
        meaning=Text(
            "A machine counts as late when the cycle that was due has not ended half a day later. The objective of the "
            "values file says how many may be.",
            "Une machine compte comme en retard quand le cycle attendu n'est pas terminé une demi-journée plus tard. "
            "L'objectif du fichier de valeurs dit combien peuvent l'être.",
        ),
        impact=Text(
            "A migration now would lose more time than planned, and the wave may not fit into its window.",
            "Une migration maintenant coûterait plus de temps que prévu, et la vague peut ne pas tenir dans sa "
            "fenêtre.",
        ),
        fix=(cause,),
        documents=(CONCEPTS,),
        dashboard=Dashboard.OVERVIEW,
        queries=(
            "bottomk(10, azure_migrate_replication_next_cycle_due_timestamp_seconds)",
            f"{STALE}:ratio_1d",
        ),
        cases=(
            Case(
                "all ten machines have been late for hours",
                _due(10, 10),
                "16h",
                (Fires({"vault": "paris-vault"}, live={"share": "100%"}),),
            ),
            Case(
                "three of ten machines have been late for hours",
                _due(10, 3),
                "16h",
                (Fires({"vault": "paris-vault"}, live={"share": "30%"}, levels=("warning",)),),
            ),
            Case("a healthy vault at its limit: one of twenty-five", _due(25, 1), "16h"),
            Case("a first start without history", _due(10, 0), "20m"),
            Case(
                "a late machine is removed",
                {
                    **_due(9, 0),
                    series("replication_next_cycle_due_timestamp_seconds", vm="x", vm_id="x", vault="paris-vault"): (
                        "0x100 stale"
                    ),
                },
                "16h",
            ),
        ),
    )


ALERTS: Final = (
    _reachability(
        "StorageReachabilityBudget",
        Component.STORAGE,
        "storage",
        "migratelsa1",
        Text("The way to a storage account", "Le chemin vers un compte de stockage"),
    ),
    _reachability(
        "ServiceBusReachabilityBudget",
        Component.SERVICEBUS,
        "servicebus",
        "migratesbns1",
        Text("The way to Service Bus", "Le chemin vers Service Bus"),
    ),
    _freshness(cycles.FRESHNESS_BUDGET),
)
