"""The time after an outage of the path, in which Azure still shows the errors of machines until their next cycle."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.appliance.services import APPLIANCE_DOWN, GATEWAY_NOT_FOUND, GATEWAY_NOT_RUNNING
from generate.alerts.groups.path.reachability import EVENTHUBS, KEYVAULT, SERVICEBUS
from generate.alerts.groups.path.storage import CACHE, GATEWAY, REPLICATION
from generate.alerts.groups.shared.annotation_queries import CONCEPTS
from generate.alerts.model import PREFIX, Alert, Case, Component, Dashboard, ExpectedAlert

_OUTAGES: Final = "|".join(
    alert.full_name
    for alert in (
        APPLIANCE_DOWN,
        GATEWAY_NOT_RUNNING,
        GATEWAY_NOT_FOUND,
        CACHE,
        GATEWAY,
        REPLICATION,
        SERVICEBUS,
        EVENTHUBS,
        KEYVAULT,
    )
)
"""Alerts for the outages that cause errors of machines."""


def _fired(name: str, samples: str, state: str = "firing") -> dict[str, str]:
    return {f'ALERTS{{alertname="{PREFIX}{name}",alertstate="{state}",appliance="paris",severity="critical"}}': samples}


RECENT_OUTAGE: Final = Alert(
    name="RecentPathOutage",
    component=Component.PATH,
    expr=f'max by (appliance) (max_over_time(ALERTS{{alertname=~"{_OUTAGES}",alertstate="firing"}}[$window])) == 1',
    labels=("appliance",),
    summary=Text(
        "A reported outage of an appliance or its path is active or ended recently.",
        "Une panne déjà signalée d'une appliance ou de son chemin est en cours ou vient de se terminer.",
    ),
    description=Text(
        "The appliance {appliance}, or its path to Azure, failed within the last hours, and a notification was sent.",
        "L'appliance {appliance}, ou son chemin vers Azure, était en panne ces dernières heures, et une notification a "
        "été envoyée.",
    ),
    meaning=Text(
        "Azure keeps the error of a machine until its next cycle, which starts an hour later or more. This alert sends "
        "no notification. While it fires, Alertmanager inhibits the errors that the outage explains, so that they are "
        "not notified after its end.",
        "Azure garde l'erreur d'une machine jusqu'à son prochain cycle, une heure plus tard ou davantage. Cette alerte "
        "n'est envoyée à personne. Tant qu'elle est active, Alertmanager inhibe les erreurs que la panne explique, "
        "pour qu'elles ne soient pas signalées après coup.",
    ),
    impact=Text("None by itself.", "Aucun en soi."),
    fix=(operation.RECENT_OUTAGE,),
    links=(CONCEPTS,),
    linked_dashboard=Dashboard.OVERVIEW,
    runbook_queries=("azure_migrate_replication_next_cycle_due_timestamp_seconds",),
    cases=(
        Case(
            "an outage of a quarter of an hour has just ended",
            _fired("ServiceBusUnreachable", "1x15 stale"),
            "1h",
            (ExpectedAlert(),),
        ),
        Case("the outage is active", _fired("ApplianceDown", "1x60"), "30m", (ExpectedAlert(),)),
        Case("it ended three hours ago", _fired("CacheStorageUnreachable", "1x15 stale"), "195m"),
        Case(
            "the path failed so briefly that no notification was sent",
            _fired("KeyVaultUnreachable", "1x2 stale", "pending"),
            "10m",
        ),
        Case("an alert that does not explain such errors", _fired("EsxiUnreachable", "1x60"), "30m"),
    ),
)

ALERTS: Final = (RECENT_OUTAGE,)
