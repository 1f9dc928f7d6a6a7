"""The exporter's checks: those that cannot look, that are late, or that nobody has configured."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import OURS
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, METRICS, reason
from generate.alerts.groups.shared.samples import fails, series
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form

_TOLD_ELSEWHERE: Final = "appliance|esxi|eventhubs|keyvault|servicebus|storage|vsphere"
"""Collectors whose failure for the path's sake has an alert of its own."""

_CHECKS: Final = {
    "gateway": "azure_migrate_gateway_service_state",
    "storage": "azure_migrate_storage_up",
    "esxi": "azure_migrate_esxi_tcp_up",
    "servicebus": "azure_migrate_servicebus_up",
    "keyvault": "azure_migrate_keyvault_tcp_up",
}
"""Each check of the article, and the metric that shows that it is made."""

_UNMEASURED: Final = "\nor\n".join(
    f"""(
  max by (appliance, check) (azure_migrate_check_applicable{{check="{check}"}}) == 1
  unless on (appliance) {metric}
)"""
    for check, metric in _CHECKS.items()
)

COLLECTOR_FAILING: Final = Alert(
    name="CollectorFailing",
    component=Component.EXPORTER,
    expr=f"""max by (collector, target, appliance) (
  azure_migrate_collector_failure_info{{collector!~"{_TOLD_ELSEWHERE}|gateway|storage_benchmark"}}
  or (
    azure_migrate_collector_failure_info{{collector="gateway"}}
    unless on (appliance) min_over_time(azure_migrate_appliance_up[$services]) == 0
  )
  or (
    azure_migrate_collector_failure_info{{collector="storage_benchmark"}}
    unless on (target) min_over_time(azure_migrate_collector_success{{collector="storage"}}[$benchmark]) == 0
  )
  or azure_migrate_collector_failure_info{{collector=~"{_TOLD_ELSEWHERE}",reason=~"{OURS}"}}
  or azure_migrate_collector_failure_info{{collector="vsphere",reason="forbidden"}}
) == 1""",
    labels=("collector", "target", "appliance"),
    summary=Text("A check of the exporter cannot look.", "Un contrôle de l'exportateur ne peut pas regarder."),
    description=Text(
        "The check {collector} of {target} fails: {reason}. What it would show is not known.",
        "Le contrôle {collector} de {target} échoue : {reason}. Ce qu'il montrerait n'est pas connu.",
    ),
    live={"reason": reason("$collector", target="$target")},
    meaning=Text(
        "The check ends with an error that says nothing about the replication: a credential that ended, a right that "
        "is missing, a wrong name, a service of Azure's that does not answer. A path that is broken has its own alert.",
        "Le contrôle se termine par une erreur qui ne dit rien de la réplication : un identifiant expiré, un droit "
        "manquant, un nom erroné, un service d'Azure qui ne répond pas. Un chemin coupé a sa propre alerte.",
    ),
    impact=Text(
        "A fault of what it watches would go unnoticed. Its measurements are dropped when they are too old.",
        "Une panne de ce qu'il surveille passerait inaperçue. Ses mesures disparaissent quand elles sont trop "
        "vieilles.",
    ),
    fix=(operation.COLLECTOR_FAILING,),
    documents=(METRICS, CONFIGURATION),
    dashboard=Dashboard.EXPORTER,
    diagnosis=("azure-migrate-exporter collect {collector} {target}",),
    queries=("sum by (collector, target, result) (increase(azure_migrate_collector_runs_total[1h]))",),
    cases=(
        Case(
            "the credential for Azure has ended",
            {fails("replication", "paris-vault", "unauthenticated", appliance=""): "1x30"},
            "20m",
            (
                Fires(
                    {"collector": "replication", "target": "paris-vault", "appliance": ""},
                    live={"reason": "unauthenticated"},
                ),
            ),
        ),
        Case(
            "the signature of the upload test has ended, whose account has a space in its name here",
            {fails("storage", "migratelsa1", "unauthenticated", target="the cache of Paris"): "1x30"},
            "20m",
            (
                Fires(
                    {"collector": "storage", "target": "the cache of Paris", "appliance": "paris"},
                    live={"reason": "unauthenticated"},
                ),
            ),
        ),
        Case(
            "the services of an appliance that answers cannot be read",
            {fails("gateway", "paris", "forbidden"): "1x30", series("appliance_up", appliance="paris"): "1x30"},
            "20m",
            (Fires({"collector": "gateway", "target": "paris", "appliance": "paris"}, live={"reason": "forbidden"}),),
        ),
        Case(
            "the appliance is off, and is started while its services are being asked for",
            {
                fails("gateway", "paris", "timeout"): "1x35 stale",
                series("appliance_up", appliance="paris"): "0x33 1x20",
            },
            "35m",
        ),
        Case(
            "the benchmark fails where the small upload works",
            {
                fails("storage_benchmark", "migratelsa1", "timeout"): "1x30",
                series("collector_success", collector="storage", target="migratelsa1"): "1x30",
            },
            "20m",
            (
                Fires(
                    {"collector": "storage_benchmark", "target": "migratelsa1", "appliance": "paris"},
                    live={"reason": "timeout"},
                ),
            ),
        ),
        Case(
            "the account is closed, and its benchmark goes the same way",
            {
                fails("storage_benchmark", "migratelsa1", "refused"): "1x30",
                fails("storage", "migratelsa1", "refused"): "1x30",
                series("collector_success", collector="storage", target="migratelsa1"): "0x30",
            },
            "20m",
        ),
        Case(
            "our signature has ended: told once, of the upload",
            {
                fails("storage_benchmark", "migratelsa1", "unauthenticated"): "1x30",
                fails("storage", "migratelsa1", "unauthenticated"): "1x30",
                series("collector_success", collector="storage", target="migratelsa1"): "0x30",
            },
            "20m",
            (
                Fires(
                    {"collector": "storage", "target": "migratelsa1", "appliance": "paris"},
                    live={"reason": "unauthenticated"},
                ),
            ),
        ),
        Case(
            "the path is mended, and the benchmark is tried again within the hour",
            {
                fails("storage_benchmark", "migratelsa1", "refused"): "1x60",
                series("collector_success", collector="storage", target="migratelsa1"): "1x5 0x10 1x60",
            },
            "60m",
        ),
        Case(
            "a path that is broken has its own alert",
            {fails("storage", "migratelsa1", "timeout"): "1x30"},
            "20m",
        ),
        Case(
            "Azure answers with errors for ten minutes",
            {fails("replication", "paris-vault", "unavailable", appliance=""): "1x10 stale"},
            "20m",
        ),
    ),
)
COLLECTOR_OVERDUE: Final = Alert(
    name="CollectorOverdue",
    component=Component.EXPORTER,
    expr="""time() - max by (collector, target) (azure_migrate_collector_last_success_timestamp_seconds)
  > $intervals * max by (collector, target) (azure_migrate_collector_interval_seconds) + $grace_seconds
and on (collector, target) max by (collector, target) (azure_migrate_collector_success) == 1""",
    labels=("collector", "target"),
    summary=Text("A check of the exporter no longer runs.", "Un contrôle de l'exportateur ne s'exécute plus."),
    description=Text(
        "The check {collector} of {target} last ended {value} ago, though nothing says that it failed.",
        "Le contrôle {collector} de {target} s'est terminé pour la dernière fois il y a {value}, sans échec signalé.",
    ),
    value=Form.DURATION,
    meaning=Text(
        "Each run has a hard deadline, so a late one means that the exporter itself is stuck or starved, or that the "
        "clock of its machine has jumped.",
        "Chaque exécution a une échéance stricte : un retard signifie que l'exportateur est bloqué ou privé de "
        "ressources, ou que l'horloge de sa machine a sauté.",
    ),
    impact=Text(
        "What this check shows is old, and soon it is no longer shown.",
        "Ce que montre ce contrôle est ancien, et ne sera bientôt plus montré.",
    ),
    fix=(operation.COLLECTOR_OVERDUE,),
    documents=(METRICS,),
    dashboard=Dashboard.EXPORTER,
    diagnosis=("azure-migrate-exporter collect {collector} {target}",),
    queries=("azure_migrate_collector_duration_seconds / azure_migrate_collector_interval_seconds",),
    cases=(
        Case(
            "the last run of a check every minute ended half an hour ago",
            {
                'azure_migrate_collector_success{collector="keyvault",target="migratekv1"}': "1x40",
                'azure_migrate_collector_interval_seconds{collector="keyvault",target="migratekv1"}': "60x40",
                series("collector_last_success_timestamp_seconds", collector="keyvault", target="migratekv1"): "0x40",
            },
            "30m",
            (Fires({"collector": "keyvault", "target": "migratekv1"}, value="30m 0s"),),
        ),
        Case(
            "a benchmark every six hours that ran two hours ago",
            {
                'azure_migrate_collector_success{collector="storage_benchmark",target="migratelsa1"}': "1x150",
                'azure_migrate_collector_interval_seconds{collector="storage_benchmark",target="migratelsa1"}': (
                    "21600x150"
                ),
                'azure_migrate_collector_last_success_timestamp_seconds{collector="storage_benchmark",'
                'target="migratelsa1"}': "0x150",
            },
            "2h",
        ),
        Case(
            "a check that fails is not overdue",
            {
                'azure_migrate_collector_success{collector="keyvault",target="migratekv1"}': "0x40",
                'azure_migrate_collector_interval_seconds{collector="keyvault",target="migratekv1"}': "60x40",
                series("collector_last_success_timestamp_seconds", collector="keyvault", target="migratekv1"): "0x40",
            },
            "30m",
        ),
        Case(
            "a first start: nothing has succeeded yet",
            {
                'azure_migrate_collector_success{collector="keyvault",target="migratekv1"}': "0x40",
                'azure_migrate_collector_interval_seconds{collector="keyvault",target="migratekv1"}': "60x40",
            },
            "30m",
        ),
    ),
)
CHECK_UNMEASURED: Final = Alert(
    name="CheckUnmeasured",
    component=Component.EXPORTER,
    expr=_UNMEASURED,
    labels=("appliance", "check"),
    summary=Text(
        "A check of the article applies but is not made.", "Un contrôle de l'article s'applique mais n'est pas fait."
    ),
    description=Text(
        "Nothing measures the check {check} for the appliance {appliance}.",
        "Rien ne mesure le contrôle {check} pour l'appliance {appliance}.",
    ),
    meaning=Text(
        "Projects of this generation have this part, but the exporter's configuration does not say where it is, or all "
        "of its measurements are too old to be shown.",
        "Les projets de cette génération ont cet élément, mais la configuration de l'exportateur ne dit pas où il est, "
        "ou toutes ses mesures sont trop vieilles pour être montrées.",
    ),
    impact=Text(
        "A cause that the article names would not be found.", "Une cause que nomme l'article ne serait pas trouvée."
    ),
    fix=(operation.CHECK_UNMEASURED,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    cases=(
        Case(
            "a legacy project whose Service Bus is not configured",
            {
                'azure_migrate_check_applicable{appliance="paris",check="servicebus"}': "1x90",
                'azure_migrate_check_applicable{appliance="paris",check="gateway"}': "1x90",
                'azure_migrate_gateway_service_state{appliance="paris",service="asrgwy",state="running"}': "1x90",
            },
            "80m",
            (Fires({"appliance": "paris", "check": "servicebus"}),),
        ),
        Case(
            "a project made since 2024 has no Service Bus",
            {'azure_migrate_check_applicable{appliance="lyon",check="servicebus"}': "0x90"},
            "80m",
        ),
        Case(
            "a check that fails is made all the same",
            {
                'azure_migrate_check_applicable{appliance="paris",check="servicebus"}': "1x90",
                'azure_migrate_servicebus_up{appliance="paris",namespace="migratesbns1",entity="e"}': "0x90",
            },
            "80m",
        ),
    ),
)

ALERTS: Final = (COLLECTOR_FAILING, COLLECTOR_OVERDUE, CHECK_UNMEASURED)
