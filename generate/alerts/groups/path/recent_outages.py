"""What is left of an outage that was told: Azure shows a machine's error until its next cycle."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.appliance import services
from generate.alerts.groups.path import reachability, storage
from generate.alerts.groups.shared.annotation_queries import CONCEPTS
from generate.alerts.model import PREFIX, Alert, Case, Component, Fires

_TOLD: Final = "|".join(
    page.full_name
    for page in (
        services.APPLIANCE_DOWN,
        services.GATEWAY_NOT_RUNNING,
        services.GATEWAY_NOT_FOUND,
        storage.CACHE,
        storage.GATEWAY,
        storage.REPLICATION,
        reachability.SERVICEBUS,
        reachability.EVENTHUBS,
        reachability.KEYVAULT,
    )
)
"""The pages that the errors of machines follow from."""


def _fired(name: str, samples: str, state: str = "firing") -> dict[str, str]:
    return {f'ALERTS{{alertname="{PREFIX}{name}",alertstate="{state}",appliance="paris",severity="critical"}}': samples}


RECENT_OUTAGE: Final = Alert(
    name="RecentPathOutage",
    component=Component.PATH,
    expr=f'max by (appliance) (max_over_time(ALERTS{{alertname=~"{_TOLD}",alertstate="firing"}}[$window])) == 1',
    labels=("appliance",),
    summary=Text("An outage that was told is not long over.", "Une panne déjà signalée vient à peine de se terminer."),
    description=Text(
        "The appliance {appliance}, or its path to Azure, failed within the last hours, and somebody was told.",
        "L'appliance {appliance}, ou son chemin vers Azure, était en panne ces dernières heures, et on l'a signalé.",
    ),
    meaning=Text(
        "Azure keeps a machine's error until its next cycle, which comes an hour later or more. This alert tells "
        "nobody: while it fires, Alertmanager is silent about errors that such an outage explains, so that it is not "
        "told a second time when it is over.",
        "Azure garde l'erreur d'une machine jusqu'à son prochain cycle, une heure plus tard ou davantage. Cette alerte "
        "n'est envoyée à personne : tant qu'elle est active, Alertmanager tait les erreurs qu'une telle panne "
        "explique, pour qu'elle ne soit pas signalée une seconde fois après coup.",
    ),
    impact=Text("None by itself.", "Aucun en soi."),
    fix=(operation.RECENT_OUTAGE,),
    documents=(CONCEPTS,),
    queries=("azure_migrate_replication_next_cycle_due_timestamp_seconds",),
    cases=(
        Case(
            "an outage of a quarter of an hour has just ended",
            _fired("ServiceBusUnreachable", "1x15 stale"),
            "1h",
            (Fires({"appliance": "paris"}),),
        ),
        Case("it goes on", _fired("ApplianceDown", "1x60"), "30m", (Fires({"appliance": "paris"}),)),
        Case("it ended three hours ago", _fired("CacheStorageUnreachable", "1x15 stale"), "195m"),
        Case(
            "the path broke for so short a time that nobody was told",
            _fired("KeyVaultUnreachable", "1x2 stale", "pending"),
            "10m",
        ),
        Case("another page, which explains no such error", _fired("EsxiUnreachable", "1x60"), "30m"),
    ),
)

ALERTS: Final = (RECENT_OUTAGE,)
