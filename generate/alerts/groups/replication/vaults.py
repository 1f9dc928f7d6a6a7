"""The jobs and the health of Recovery Services vaults."""

from typing import Final

from azure_migrate_exporter.failures.data import cycles
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import PROJECT, codes
from generate.alerts.model import Alert, Case, Component, ExpectedAlert
from generate.alerts.promql import increased
from generate.alerts.samples import series


def _jobs(scenario: str, samples: str, state: str = "failed") -> dict[str, str]:
    return {
        series("replication_jobs_total", scenario=scenario, state=state, failure="unknown"): samples,
        series("exporter_build_info"): "1x300",
    }


JOB_FAILED: Final = Alert(
    name="JobFailed",
    component=Component.REPLICATION,
    expr=increased('azure_migrate_replication_jobs_total{state="failed",failure="unknown"}', "vault, scenario"),
    labels=("vault", "scenario"),
    annotation_queries={"project": PROJECT},
    summary=Text("A job of a vault has failed.", "Une tâche d'un coffre a échoué."),
    description=Text(
        "A job {scenario} of the vault {vault} failed without a documented failure.",
        "Une tâche {scenario} du coffre {vault} a échoué, sans panne documentée.",
    ),
    meaning=Text(
        "Enabling, pausing, test migrations and migrations are jobs; replication cycles are not. A job ended in the "
        "state failed.",
        "Activer, suspendre, tester et migrer sont des tâches ; les cycles de réplication n'en sont pas. Une tâche a "
        "échoué.",
    ),
    impact=Text(
        "The requested operation was not completed. The replication of other machines continues.",
        "L'opération demandée n'a pas abouti. La réplication des autres machines continue.",
    ),
    fix=(cycles.JOB_FAILED,),
    diagnosis=("collect replication {vault}",),
    cases=(
        Case("a migration fails", _jobs("migrate", "0x30 1x100"), "60m", (ExpectedAlert({"scenario": "migrate"}),)),
        Case(
            "a scenario that never occurred before fails",
            _jobs("new", "_x30 1x100"),
            "60m",
            (ExpectedAlert({"scenario": "new"}),),
        ),
        Case("a first start of Prometheus without history", _jobs("new", "7x100"), "40m"),
        Case(
            "a test that ended with information",
            _jobs("test_migrate", "0x30 1x100", "completed_with_information"),
            "60m",
        ),
    ),
)


def _issues(resource: str, severity: str) -> dict[str, str]:
    return {series("replication_vault_issues", resource=resource, severity=severity): "1x100"}


VAULT_UNHEALTHY: Final = Alert(
    name="VaultUnhealthy",
    component=Component.REPLICATION,
    expr="""max by (vault) (azure_migrate_replication_vault_errors{failure="unknown"}) > 0
or max by (vault) (
  azure_migrate_replication_vault_issues{resource!="protected_items",severity=~"error|critical"}
) > 0""",
    labels=("vault",),
    annotation_queries={"codes": codes('azure_migrate_replication_vault_errors{vault="$vault",code!=""}')},
    summary=Text("A Recovery Services vault reports errors.", "Un coffre Recovery Services signale des erreurs."),
    description=Text(
        "The health summary of the vault {vault} lists errors. Error codes: {codes}.",
        "Le résumé d'intégrité du coffre {vault} liste des erreurs. Codes d'erreur : {codes}.",
    ),
    meaning=Text(
        "Azure has a summary of the vault's health, in addition to the health of each machine.",
        "Azure tient un résumé de l'intégrité du coffre, à part de celle des machines.",
    ),
    impact=Text(
        "The impact depends on the error. Often a registration or a certificate expires soon.",
        "Cela dépend de l'erreur : souvent un enregistrement ou un certificat qui expire bientôt.",
    ),
    fix=(cycles.VAULT_UNHEALTHY,),
    cases=(
        Case(
            "an error with a code",
            {series("replication_vault_errors", code="540", failure="unknown"): "1x100"},
            "40m",
            (ExpectedAlert(results={"codes": "540"}),),
        ),
        Case("only warnings", _issues("fabrics", "warning"), "40m"),
        Case("an unhealthy machine has its own alert", _issues("protected_items", "error"), "40m"),
    ),
)

ALERTS: Final = (JOB_FAILED, VAULT_UNHEALTHY)
