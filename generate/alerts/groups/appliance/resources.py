"""The resources of the appliance, with the thresholds at which Microsoft's command reports it as throttled or full."""

from typing import Final

from azure_migrate_exporter.failures.data import appliance as conditions
from azure_migrate_exporter.failures.model import Cause, Text
from generate.alerts.groups.shared.annotation_queries import CONCEPTS, SLOW_REPLICATION
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, NumberFormat, Severity
from generate.alerts.samples import series

_SUMS: Final = Text(
    " Azure reports the sum over the primary and the scale-out appliances.",
    " Azure additionne l'appliance principale et celles de scale-out.",
)


def _thresholds(throttled: int, full: int) -> Text:
    return Text(
        f"Microsoft's command reports the appliance as throttled from {throttled} % on, and as at capacity from {full} "
        "% on.",
        f"À partir de {throttled} %, la commande de Microsoft dit l'appliance bridée, à partir de {full} %, à pleine "
        "capacité.",
    )


def _expected(value: str, *levels: Severity) -> tuple[ExpectedAlert, ...]:
    return (ExpectedAlert(value=value, levels=levels),)


def _usage(resource: str, used: str, capacity: str) -> dict[str, str]:
    """Use and capacity of a resource whose metrics end in `used` and `capacity` and a unit."""
    name, unit = resource.split()
    return {
        series(f"appliance_{name}_used_{unit}"): used,
        series(f"appliance_{name}_capacity_{unit}"): capacity,
    }


def _alert(  # noqa: PLR0913 - the differences between the resources
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
        value_format=NumberFormat.PERCENT,
        meaning=Text(meaning.en + _SUMS.en, meaning.into("fr") + _SUMS.into("fr")),
        impact=impact,
        fix=(fix,),
        links=(SLOW_REPLICATION, CONCEPTS),
        runbook_queries=(
            "azure_migrate_appliance_parallel_disks / azure_migrate_appliance_parallel_disks_limit",
            'sum(azure_migrate_replication_operation_info{status="in_progress"}) by (operation)',
        ),
        cases=cases,
    )


_MEMORY: Final = "34359738368x40"
MEMORY: Final = _alert(
    "ApplianceMemoryHigh",
    "azure_migrate_appliance_memory_used_bytes / azure_migrate_appliance_memory_capacity_bytes",
    conditions.SHORT_OF_MEMORY,
    summary=Text("The memory of an appliance is nearly used up.", "La mémoire d'une appliance est presque épuisée."),
    description=Text(
        "{value} of the memory of {appliance} is in use.", "{value} de la mémoire de {appliance} est utilisé."
    ),
    meaning=_thresholds(85, 95),
    impact=Text(
        "Cycles slow down. Services of the appliance may stop because they get no memory.",
        "Les cycles ralentissent ; des services de l'appliance peuvent s'arrêter faute de mémoire.",
    ),
    cases=(
        Case("30 of 32 GiB", _usage("memory bytes", "32212254720x40", _MEMORY), "30m", _expected("93.75%", "warning")),
        Case("31.5 of 32 GiB", _usage("memory bytes", "33822867456x40", _MEMORY), "30m", _expected("98.44%")),
        Case(
            "a healthy appliance at its limit: 27 of 32 GiB", _usage("memory bytes", "28991029248x40", _MEMORY), "30m"
        ),
        Case("Azure reports the use but no capacity", {series("appliance_memory_used_bytes"): "33822867456x40"}, "30m"),
    ),
)
_CPU: Final = series("appliance_cpu_usage_ratio")
CPU: Final = _alert(
    "ApplianceCpuHigh",
    "azure_migrate_appliance_cpu_usage_ratio",
    conditions.SHORT_OF_CPU,
    summary=Text("The processors of an appliance are busy.", "Les processeurs d'une appliance sont saturés."),
    description=Text("The CPU usage of {appliance} is {value}.", "Le processeur de {appliance} est à {value}."),
    meaning=_thresholds(95, 99),
    impact=Text(
        "Compression and encryption of the data slow down, so all cycles take longer.",
        "Les données sont compressées et chiffrées plus lentement : tous les cycles durent plus longtemps.",
    ),
    cases=(
        Case("96 % for half an hour", {_CPU: "0.96x60"}, "50m", _expected("96%", "warning")),
        Case("99 % for an hour", {_CPU: "0.99x100"}, "70m", _expected("99%")),
        Case("a healthy appliance at its limit: 94 %", {_CPU: "0.94x60"}, "50m"),
        Case("a cycle that uses all processors for ten minutes", {_CPU: "0.4x10 1x10 0.4x40"}, "50m"),
    ),
)
_BANDWIDTH: Final = "network bytes_per_second"
NETWORK: Final = _alert(
    "ApplianceNetworkSaturated",
    "azure_migrate_appliance_network_used_bytes_per_second / azure_migrate_appliance_network_capacity_bytes_per_second",
    conditions.SHORT_OF_NETWORK,
    summary=Text("The network of an appliance is saturated.", "Le réseau d'une appliance est saturé."),
    description=Text("{appliance} uses {value} of its bandwidth.", "{appliance} utilise {value} de sa bande passante."),
    meaning=_thresholds(90, 95),
    impact=Text(
        "Uploads share the line, so the cycle of each machine takes longer, and some time out (1011).",
        "Les envois se partagent la ligne : le cycle de chaque machine dure plus longtemps, et certains expirent "
        "(1011).",
    ),
    cases=(
        Case("92 of 100 MB/s", _usage(_BANDWIDTH, "92e6x90", "100e6x90"), "80m", _expected("92%", "warning")),
        Case("the whole line for six hours", _usage(_BANDWIDTH, "100e6x400", "100e6x400"), "370m", _expected("100%")),
        Case("a healthy appliance at its limit: 89 %", _usage(_BANDWIDTH, "89e6x90", "100e6x90"), "80m"),
    ),
)


def _disks(parallel: str) -> dict[str, str]:
    return {series("appliance_parallel_disks"): parallel, series("appliance_parallel_disks_limit"): "58x500"}


DISKS: Final = _alert(
    "ParallelDisksAtLimit",
    "azure_migrate_appliance_parallel_disks / azure_migrate_appliance_parallel_disks_limit",
    conditions.SHORT_OF_SLOTS,
    summary=Text(
        "An appliance replicates as many disks in parallel as it can.",
        "Une appliance réplique autant de disques en parallèle qu'elle peut.",
    ),
    description=Text(
        "{value} of the parallel disks that {appliance} supports are in use.",
        "{value} des places pour les disques de {appliance} sont prises.",
    ),
    meaning=Text(
        "Azure reports the limit (52 is documented, its own sample says 58). Further disks wait in a queue. That is "
        "normal during a wave of initial replications, so the alert does not page.",
        "Azure donne la limite (52 est documenté, son propre exemple dit 58). Les autres disques attendent. C'est "
        "normal pendant une vague de réplications initiales : personne n'est réveillé.",
    ),
    impact=Text(
        "Delta cycles and migrations may wait behind initial replications.",
        "Des cycles delta et des migrations peuvent attendre derrière des réplications initiales.",
    ),
    cases=(
        Case("56 of 58", _disks("56x400"), "2h", _expected("96.55%", "info")),
        Case("58 of 58 for seven hours", _disks("58x500"), "7h", _expected("100%")),
        Case("a wave that ends after an hour", _disks("10x10 58x50 10x90"), "2h"),
        Case("a healthy appliance at its limit: 55 of 58", _disks("55x400"), "2h"),
    ),
)

ALERTS: Final = (MEMORY, CPU, NETWORK, DISKS)
