"""Collectors that fail for a reason other than the path, or that no longer run."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import ACCESS_REASONS, OWN_REASONS
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, METRICS, failure_reason
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import failure_info, series

_WITH_PATH_ALERTS: Final = "appliance|esxi|eventhubs|keyvault|servicebus|storage|vsphere"
"""Collectors with their own alert for a broken path."""


def _success(collector: str, target: str, samples: str) -> dict[str, str]:
    return {series("collector_success", collector=collector, target=target): samples}


def _expected(collector: str, target: str, reason: str, appliance: str = "paris") -> tuple[ExpectedAlert, ...]:
    labels = {"collector": collector, "target": target, "appliance": appliance}
    return (ExpectedAlert(labels, results={"reason": reason}),)


COLLECTOR_FAILING: Final = Alert(
    name="CollectorFailing",
    component=Component.EXPORTER,
    expr=f"""max by (collector, target, appliance) ((
  azure_migrate_collector_failure_info{{collector!~"{_WITH_PATH_ALERTS}|gateway|storage_benchmark"}}
  or (
    azure_migrate_collector_failure_info{{collector="gateway"}}
    unless on (appliance) min_over_time(azure_migrate_appliance_up[$services]) == 0
  )
  or (
    azure_migrate_collector_failure_info{{collector="storage_benchmark"}}
    unless on (target) min_over_time(azure_migrate_collector_success{{collector="storage"}}[$benchmark]) == 0
  )
  or azure_migrate_collector_failure_info{{collector=~"{_WITH_PATH_ALERTS}",reason=~"{OWN_REASONS}"}}
  or azure_migrate_collector_failure_info{{collector="vsphere",reason="forbidden"}}
) unless azure_migrate_collector_failure_info{{reason=~"{ACCESS_REASONS}"}}) == 1
unless on (collector, target) azure_migrate_collector_success == 1""",
    labels=("collector", "target", "appliance"),
    summary=Text(
        "A collector of the exporter fails.",
        "Un collecteur de l'exportateur échoue.",
    ),
    description=Text(
        "The collector {collector} fails on the target {target}: {reason}. What it measures is unknown.",
        "Le collecteur {collector} échoue sur la cible {target} : {reason}. Ce qu'il mesure n'est pas connu.",
    ),
    annotation_queries={"reason": failure_reason("$collector", target="$target")},
    meaning=Text(
        "The run ends with an error that says nothing about the replication: an expired credential, a missing "
        "permission, a wrong name, or an Azure service that does not answer. A broken path has its own alert, "
        "and so have the exporter's own identity and proxy.",
        "L'exécution se termine par une erreur qui ne dit rien de la réplication : un identifiant expiré, un droit "
        "manquant, un nom erroné, un service d'Azure qui ne répond pas. Un chemin coupé a sa propre alerte, tout "
        "comme l'identité et le proxy de l'exportateur.",
    ),
    impact=Text(
        "A fault of the target goes unnoticed. The exporter drops the collector's measurements once they are too old.",
        "Une panne de la cible passerait inaperçue. L'exportateur retire les mesures du collecteur une fois qu'elles "
        "sont trop anciennes.",
    ),
    fix=(operation.COLLECTOR_FAILING,),
    links=(METRICS, CONFIGURATION),
    diagnosis=("collect {collector} {target}",),
    runbook_queries=("sum by (collector, target, result) (increase(azure_migrate_collector_runs_total[1h]))",),
    cases=(
        Case(
            "the credential for Azure has expired",
            {failure_info("replication", "paris-vault", "unauthenticated", appliance=""): "1x30"},
            "20m",
            _expected("replication", "paris-vault", "unauthenticated", appliance=""),
        ),
        Case(
            "the signature of the upload test has expired, and the target's name contains spaces",
            {failure_info("storage", "migratelsa1", "unauthenticated", target="the cache of Paris"): "1x30"},
            "20m",
            _expected("storage", "the cache of Paris", "unauthenticated"),
        ),
        Case(
            "the services of a reachable appliance cannot be read",
            {failure_info("gateway", "paris", "forbidden"): "1x30", series("appliance_up"): "1x30"},
            "20m",
            _expected("gateway", "paris", "forbidden"),
        ),
        Case(
            "the appliance is off, and starts while its services are being read",
            {failure_info("gateway", "paris", "timeout"): "1x35 stale", series("appliance_up"): "0x33 1x20"},
            "35m",
        ),
        Case(
            "the benchmark fails although the small upload succeeds",
            {
                failure_info("storage_benchmark", "migratelsa1", "timeout"): "1x30",
                **_success("storage", "migratelsa1", "1x30"),
            },
            "20m",
            _expected("storage_benchmark", "migratelsa1", "timeout"),
        ),
        Case(
            "the account is unreachable for the upload and for its benchmark",
            {
                failure_info("storage_benchmark", "migratelsa1", "refused"): "1x30",
                failure_info("storage", "migratelsa1", "refused"): "1x30",
                **_success("storage", "migratelsa1", "0x30"),
            },
            "20m",
        ),
        Case(
            "the signature has expired: one alert, for the upload",
            {
                failure_info("storage_benchmark", "migratelsa1", "unauthenticated"): "1x30",
                failure_info("storage", "migratelsa1", "unauthenticated"): "1x30",
                **_success("storage", "migratelsa1", "0x30"),
            },
            "20m",
            _expected("storage", "migratelsa1", "unauthenticated"),
        ),
        Case(
            "the path is repaired, and the benchmark is due within the hour",
            {
                failure_info("storage_benchmark", "migratelsa1", "refused"): "1x60",
                **_success("storage", "migratelsa1", "1x5 0x10 1x60"),
            },
            "60m",
        ),
        Case(
            "the exporter gets no token, and its proxy refuses: each has its own alert",
            {
                failure_info("replication", "paris-vault", "identity", appliance=""): "1x30",
                failure_info("storage", "migratelsa1", "proxy"): "1x30",
            },
            "20m",
        ),
        Case("a broken path has its own alert", {failure_info("storage", "migratelsa1", "timeout"): "1x30"}, "20m"),
        Case(
            "Azure answers with errors for ten minutes",
            {failure_info("replication", "paris-vault", "unavailable", appliance=""): "1x10 stale"},
            "20m",
        ),
    ),
)


def _runs(collector: str, target: str, success: str, interval: str, last_success: str = "") -> dict[str, str]:
    """The state of a collector on one target."""
    labels = {"collector": collector, "target": target}
    last = {series("collector_last_success_timestamp_seconds", **labels): last_success} if last_success else {}
    interval_series = {series("collector_interval_seconds", **labels): interval}
    return {**_success(collector, target, success), **interval_series, **last}


COLLECTOR_OVERDUE: Final = Alert(
    name="CollectorOverdue",
    component=Component.EXPORTER,
    expr="""time() - max by (collector, target) (azure_migrate_collector_last_success_timestamp_seconds)
  > $intervals * max by (collector, target) (azure_migrate_collector_interval_seconds) + $grace_seconds
and on (collector, target) max by (collector, target) (azure_migrate_collector_success) == 1""",
    labels=("collector", "target"),
    summary=Text(
        "A collector of the exporter no longer runs.",
        "Un collecteur de l'exportateur ne s'exécute plus.",
    ),
    description=Text(
        "The last run of the collector {collector} on the target {target} ended {value} ago and succeeded.",
        "La dernière exécution du collecteur {collector} sur la cible {target} s'est terminée il y a {value}, avec "
        "succès.",
    ),
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "Each run has a hard deadline. An overdue run means that the exporter is blocked or lacks CPU, or that the "
        "clock of its machine jumped.",
        "Chaque exécution a une échéance stricte : un retard signifie que l'exportateur est bloqué ou privé de "
        "ressources, ou que l'horloge de sa machine a sauté.",
    ),
    impact=Text(
        "The collector's measurements are old, and the exporter will drop them.",
        "Les mesures de ce collecteur sont anciennes, et l'exportateur va les retirer.",
    ),
    fix=(operation.COLLECTOR_OVERDUE,),
    links=(METRICS,),
    diagnosis=("collect {collector} {target}",),
    runbook_queries=("azure_migrate_collector_duration_seconds / azure_migrate_collector_interval_seconds",),
    cases=(
        Case(
            "the last run of a collector with an interval of one minute ended half an hour ago",
            _runs("keyvault", "migratekv1", "1x40", "60x40", "0x40"),
            "30m",
            (ExpectedAlert({"collector": "keyvault", "target": "migratekv1"}, value="30m 0s"),),
        ),
        Case(
            "a benchmark with an interval of six hours ran two hours ago",
            _runs("storage_benchmark", "migratelsa1", "1x150", "21600x150", "0x150"),
            "2h",
        ),
        Case("a collector that fails is not overdue", _runs("keyvault", "migratekv1", "0x40", "60x40", "0x40"), "30m"),
        Case("a first start: no run has succeeded yet", _runs("keyvault", "migratekv1", "0x40", "60x40"), "30m"),
    ),
)

ALERTS: Final = (COLLECTOR_FAILING, COLLECTOR_OVERDUE)
