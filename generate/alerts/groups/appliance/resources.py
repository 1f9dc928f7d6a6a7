"""How much of the appliance is used, by the thresholds at which Microsoft's own command calls it throttled or full."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.model import Cause, Text
from generate.alerts.groups.shared.annotation_queries import CONCEPTS, SLOW
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Severity

_SUMS: Final = Text(
    " Azure sums up the primary and the scale-out appliances.",
    " Azure additionne l'appliance principale et celles de scale-out.",
)


def _series(metric: str, samples: str) -> dict[str, str]:
    return {f'azure_migrate_appliance_{metric}{{vault="paris-vault",appliance="paris"}}': samples}


def _fires(value: str, *levels: Severity) -> tuple[Fires, ...]:
    return (Fires({"appliance": "paris"}, value=value, levels=levels),)


def _resource(  # noqa: PLR0913 - what differs between them
    name: str,
    expr: str,
    fix: Cause,
    *,
    summary: Text,
    description: Text,
    meaning: Text,
    impact: Text,
    cases: tuple[Case, ...],
) -> Alert:
    return Alert(
        name=name,
        component=Component.APPLIANCE,
        expr=f"max by (appliance) ({expr}) >= $threshold",
        labels=("appliance",),
        summary=summary,
        description=description,
        value=Form.PERCENT,
        meaning=Text(meaning.en + _SUMS.en, meaning.into("fr") + _SUMS.into("fr")),
        impact=impact,
        fix=(fix,),
        documents=(SLOW, CONCEPTS),
        dashboard=Dashboard.APPLIANCE,
        queries=(
            "azure_migrate_appliance_parallel_disks / azure_migrate_appliance_parallel_disks_limit",
            'sum(azure_migrate_replication_operation_info{status="in_progress"}) by (operation)',
        ),
        cases=cases,
    )


MEMORY: Final = _resource(
    "ApplianceMemoryHigh",
    "azure_migrate_appliance_memory_used_bytes / azure_migrate_appliance_memory_capacity_bytes",
    conditions.SHORT_OF_MEMORY,
    summary=Text("The memory of an appliance is nearly used up.", "La mémoire d'une appliance est presque épuisée."),
    description=Text(
        "{value} of the memory of {appliance} is in use.", "{value} de la mémoire de {appliance} est utilisé."
    ),
    meaning=Text(
        "From 85 % on Microsoft's own command calls the appliance throttled, from 95 % on at capacity.",
        "À partir de 85 %, la commande de Microsoft dit l'appliance bridée, à partir de 95 %, à pleine capacité.",
    ),
    impact=Text(
        "Cycles slow down; services of the appliance may end for want of memory.",
        "Les cycles ralentissent ; des services de l'appliance peuvent s'arrêter faute de mémoire.",
    ),
    cases=(
        Case(
            "30 of 32 GiB",
            {**_series("memory_used_bytes", "32212254720x40"), **_series("memory_capacity_bytes", "34359738368x40")},
            "30m",
            _fires("93.75%", "warning"),
        ),
        Case(
            "31.5 of 32 GiB",
            {**_series("memory_used_bytes", "33822867456x40"), **_series("memory_capacity_bytes", "34359738368x40")},
            "30m",
            _fires("98.44%"),
        ),
        Case(
            "a healthy appliance at its limit: 27 of 32 GiB",
            {**_series("memory_used_bytes", "28991029248x40"), **_series("memory_capacity_bytes", "34359738368x40")},
            "30m",
        ),
        Case("Azure tells the use but no capacity", _series("memory_used_bytes", "33822867456x40"), "30m"),
    ),
)
CPU: Final = _resource(
    "ApplianceCpuHigh",
    "azure_migrate_appliance_cpu_usage_ratio",
    conditions.SHORT_OF_CPU,
    summary=Text("The processors of an appliance are busy.", "Les processeurs d'une appliance sont occupés."),
    description=Text("The CPU of {appliance} is at {value}.", "Le processeur de {appliance} est à {value}."),
    meaning=Text(
        "From 95 % on Microsoft's own command calls the appliance throttled, from 99 % on at capacity.",
        "À partir de 95 %, la commande de Microsoft dit l'appliance bridée, à partir de 99 %, à pleine capacité.",
    ),
    impact=Text(
        "Data is compressed and encrypted more slowly, so all cycles take longer.",
        "Les données sont compressées et chiffrées plus lentement : tous les cycles durent plus longtemps.",
    ),
    cases=(
        Case("96 % for half an hour", _series("cpu_usage_ratio", "0.96x60"), "50m", _fires("96%", "warning")),
        Case("99 % for an hour", _series("cpu_usage_ratio", "0.99x100"), "70m", _fires("99%")),
        Case("a healthy appliance at its limit: 94 %", _series("cpu_usage_ratio", "0.94x60"), "50m"),
        Case("a cycle that takes all for ten minutes", _series("cpu_usage_ratio", "0.4x10 1x10 0.4x40"), "50m"),
    ),
)
NETWORK: Final = _resource(
    "ApplianceNetworkSaturated",
    "azure_migrate_appliance_network_used_bytes_per_second / azure_migrate_appliance_network_capacity_bytes_per_second",
    conditions.SHORT_OF_NETWORK,
    summary=Text("The network of an appliance is used up.", "Le réseau d'une appliance est saturé."),
    description=Text("{appliance} uses {value} of its bandwidth.", "{appliance} utilise {value} de sa bande passante."),
    meaning=Text(
        "From 90 % on Microsoft's own command calls the appliance throttled, from 95 % on at capacity.",
        "À partir de 90 %, la commande de Microsoft dit l'appliance bridée, à partir de 95 %, à pleine capacité.",
    ),
    impact=Text(
        "Uploads share the line: each machine's cycle takes longer, and some time out (1011).",
        "Les envois se partagent la ligne : le cycle de chaque machine dure plus longtemps, et certains expirent "
        "(1011).",
    ),
    cases=(
        Case(
            "92 of 100 MB a second",
            {
                **_series("network_used_bytes_per_second", "92e6x90"),
                **_series("network_capacity_bytes_per_second", "100e6x90"),
            },
            "80m",
            _fires("92%", "warning"),
        ),
        Case(
            "the whole line for six hours",
            {
                **_series("network_used_bytes_per_second", "100e6x400"),
                **_series("network_capacity_bytes_per_second", "100e6x400"),
            },
            "370m",
            _fires("100%"),
        ),
        Case(
            "a healthy appliance at its limit: 89 %",
            {
                **_series("network_used_bytes_per_second", "89e6x90"),
                **_series("network_capacity_bytes_per_second", "100e6x90"),
            },
            "80m",
        ),
    ),
)
DISKS: Final = _resource(
    "ParallelDisksAtLimit",
    "azure_migrate_appliance_parallel_disks / azure_migrate_appliance_parallel_disks_limit",
    conditions.SHORT_OF_SLOTS,
    summary=Text(
        "An appliance replicates as many disks at once as it can.",
        "Une appliance réplique autant de disques à la fois qu'elle peut.",
    ),
    description=Text(
        "{value} of the places for disks on {appliance} are taken.",
        "{value} des places pour les disques de {appliance} sont prises.",
    ),
    meaning=Text(
        "Azure gives the limit (52 is documented, its own sample says 58). More disks wait in a queue. That is normal "
        "in a wave of initial replications, so it wakes nobody.",
        "Azure donne la limite (52 est documenté, son propre exemple dit 58). Les autres disques attendent. C'est "
        "normal pendant une vague de réplications initiales : personne n'est réveillé.",
    ),
    impact=Text(
        "Delta cycles and migrations may wait behind initial replications.",
        "Des cycles delta et des migrations peuvent attendre derrière des réplications initiales.",
    ),
    cases=(
        Case(
            "56 of 58 places",
            {**_series("parallel_disks", "56x400"), **_series("parallel_disks_limit", "58x400")},
            "2h",
            _fires("96.55%", "info"),
        ),
        Case(
            "58 of 58 places for seven hours",
            {**_series("parallel_disks", "58x500"), **_series("parallel_disks_limit", "58x500")},
            "7h",
            _fires("100%"),
        ),
        Case(
            "a wave that is over after an hour",
            {**_series("parallel_disks", "10x10 58x50 10x90"), **_series("parallel_disks_limit", "58x200")},
            "2h",
        ),
        Case(
            "a healthy appliance at its limit: 55 of 58",
            {**_series("parallel_disks", "55x400"), **_series("parallel_disks_limit", "58x400")},
            "2h",
        ),
    ),
)

ALERTS: Final = (MEMORY, CPU, NETWORK, DISKS)
