"""What Azure says of vaults, and what Azure Monitor adds where it is asked."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import cycles, network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import BY_PROJECT, PROJECT, SLOW
from generate.alerts.groups.shared.samples import series
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live
from generate.alerts.promql import increased

_BUILD: Final = {'azure_migrate_exporter_build_info{version="1",revision="r",python_version="3.13"}': "1x300"}
JOB_FAILED: Final = Alert(
    name="JobFailed",
    component=Component.REPLICATION,
    expr=increased('azure_migrate_replication_jobs_total{state="failed",failure="unknown"}', "vault, scenario"),
    labels=("vault", "scenario"),
    aliases={"recovery_vault": "vault"},
    live={"project": PROJECT},
    choices=BY_PROJECT,
    summary=Text("A job of a vault has failed.", "Une tâche d'un coffre a échoué."),
    description=Text(
        "A job {scenario} of the vault {recovery_vault} failed, for no documented reason.",
        "Une tâche {scenario} du coffre {recovery_vault} a échoué, sans raison documentée.",
    ),
    meaning=Text(
        "Enabling, pausing, test migrations and migrations are jobs; replication cycles are not. One ended as failed.",
        "Activer, suspendre, tester et migrer sont des tâches ; les cycles de réplication n'en sont pas. L'une a "
        "échoué.",
    ),
    impact=Text(
        "What somebody asked for was not done. Replication of other machines goes on.",
        "Ce que quelqu'un a demandé n'a pas été fait. La réplication des autres machines continue.",
    ),
    fix=(cycles.JOB_FAILED,),
    dashboard=Dashboard.OVERVIEW,
    diagnosis=("azure-migrate-exporter collect replication {recovery_vault}",),
    cases=(
        Case(
            "a migration fails",
            {
                series(
                    "replication_jobs_total", vault="paris-vault", scenario="migrate", state="failed", failure="unknown"
                ): ("0x30 1x100"),
                **_BUILD,
            },
            "60m",
            (Fires({"vault": "paris-vault", "scenario": "migrate"}),),
        ),
        Case(
            "a scenario that was never seen before fails",
            {
                series(
                    "replication_jobs_total", vault="paris-vault", scenario="new", state="failed", failure="unknown"
                ): ("_x30 1x100"),
                **_BUILD,
            },
            "60m",
            (Fires({"vault": "paris-vault", "scenario": "new"}),),
        ),
        Case(
            "a first start of Prometheus without history",
            {
                series(
                    "replication_jobs_total", vault="paris-vault", scenario="new", state="failed", failure="unknown"
                ): ("7x100"),
                **_BUILD,
            },
            "40m",
        ),
        Case(
            "a test that ended with information",
            {
                'azure_migrate_replication_jobs_total{vault="paris-vault",scenario="test_migrate",'
                'state="completed_with_information",failure="unknown"}': "0x30 1x100",
                **_BUILD,
            },
            "60m",
        ),
    ),
)
TASKS_FAILING: Final = Alert(
    name="SnapshotTasksFailing",
    component=Component.VSPHERE,
    expr="""round(sum by (vcenter, operation, failure) (
  increase(azure_migrate_vsphere_task_failures_total{failure!="unknown"}[$window])
)) >= $times""",
    labels=("vcenter", "operation", "failure"),
    summary=Text(
        "Snapshot tasks end with the same documented fault again and again.",
        "Des tâches d'instantané se terminent sans cesse par la même erreur documentée.",
    ),
    description=Text(
        "{value} tasks {operation} in vCenter {vcenter} ended with {failure} lately.",
        "{value} tâches {operation} de vCenter {vcenter} se sont terminées par {failure} récemment.",
    ),
    value=Form.SI,
    meaning=Text(
        "vCenter tells it before Azure does. The tasks may be the replication's or a backup product's.",
        "vCenter le dit avant Azure. Ces tâches peuvent être celles de la réplication ou d'une sauvegarde.",
    ),
    impact=Text(
        "Cycles that need these tasks fail with the same error some time later.",
        "Les cycles qui ont besoin de ces tâches échouent avec la même erreur un peu plus tard.",
    ),
    fix=(cycles.TASKS_FAILING,),
    dashboard=Dashboard.OVERVIEW,
    diagnosis=("azure-migrate-exporter explain {failure}", "azure-migrate-exporter collect vsphere {vcenter}"),
    cases=(
        Case(
            "five consolidations fail within an hour",
            {
                'azure_migrate_vsphere_task_failures_total{vcenter="vc",operation="consolidate_disks",'
                'failure="consolidate_disks_failed"}': "0x70 1x4 2x4 3x4 4x4 5x60"
            },
            "100m",
            (
                Fires(
                    {"vcenter": "vc", "operation": "consolidate_disks", "failure": "consolidate_disks_failed"},
                    value="5",
                ),
            ),
        ),
        Case(
            "one fails, and the exporter restarts",
            {
                'azure_migrate_vsphere_task_failures_total{vcenter="vc",operation="consolidate_disks",'
                'failure="consolidate_disks_failed"}': "3x70 4x10 _x2 0x60"
            },
            "100m",
        ),
        Case(
            "faults that nobody documents",
            {
                series("vsphere_task_failures_total", vcenter="vc", operation="create_snapshot", failure="unknown"): (
                    "0+1x150"
                )
            },
            "100m",
        ),
    ),
)
VAULT_UNHEALTHY: Final = Alert(
    name="VaultUnhealthy",
    component=Component.REPLICATION,
    expr="""max by (vault) (azure_migrate_replication_vault_errors{failure="unknown"}) > 0
or max by (vault) (
  azure_migrate_replication_vault_issues{resource!="protected_items",severity=~"error|critical"}
) > 0""",
    labels=("vault",),
    aliases={"recovery_vault": "vault"},
    live={
        "codes": Live(
            'azure_migrate_replication_vault_errors{vault="$vault",code!=""}',
            Text("none", "aucune"),
            label="code",
            most=5,
        )
    },
    summary=Text("A Recovery Services vault reports errors.", "Un coffre Recovery Services signale des erreurs."),
    description=Text(
        "The health summary of the vault {recovery_vault} lists errors; codes: {codes}.",
        "Le résumé d'intégrité du coffre {recovery_vault} liste des erreurs ; codes : {codes}.",
    ),
    meaning=Text(
        "Azure keeps a summary of the vault's health apart from the machines' own.",
        "Azure tient un résumé de l'intégrité du coffre, à part de celle des machines.",
    ),
    impact=Text(
        "Depends on the error: often a registration or a certificate that ends soon.",
        "Cela dépend de l'erreur : souvent un enregistrement ou un certificat qui expire bientôt.",
    ),
    fix=(cycles.VAULT_UNHEALTHY,),
    dashboard=Dashboard.OVERVIEW,
    cases=(
        Case(
            "an error with a code",
            {'azure_migrate_replication_vault_errors{vault="paris-vault",code="540",failure="unknown"}': "1x100"},
            "40m",
            (Fires({"vault": "paris-vault"}, live={"codes": "540"}),),
        ),
        Case(
            "only warnings",
            {series("replication_vault_issues", vault="paris-vault", resource="fabrics", severity="warning"): "2x100"},
            "40m",
        ),
        Case(
            "a machine is unwell, which has an alert of its own",
            {
                series(
                    "replication_vault_issues", vault="paris-vault", resource="protected_items", severity="error"
                ): "1x100"
            },
            "40m",
        ),
    ),
)

# --- Azure Monitor ---------------------------------------------------------------------------------------------------

KEYVAULT_DENIED: Final = Alert(
    name="KeyVaultAccessDenied",
    component=Component.KEYVAULT,
    expr=increased("azure_migrate_azure_keyvault_refusals_total", "vault, failure"),
    labels=("vault", "failure"),
    live={
        "code": Live(
            'azure_migrate_azure_keyvault_refusals_total{vault="$vault",failure="$failure"}',
            Text("a refusal", "un refus"),
            label="code",
            most=3,
        )
    },
    summary=Text(
        "A key vault refuses requests for managed storage.",
        "Un coffre de clés refuse des requêtes sur le stockage managé.",
    ),
    description=Text(
        "The audit log of the key vault {vault} shows refused requests ({failure}, HTTP {code}).",
        "Le journal d'audit du coffre {vault} montre des requêtes refusées ({failure}, HTTP {code}).",
    ),
    meaning=Text(
        "Somebody enables replication, and the key vault does not let him configure its managed storage account, or "
        "define an access signature: the article's two key vault errors. They happen in that person's session, so no "
        "machine shows them.",
        "Quelqu'un active la réplication, et le coffre ne le laisse pas configurer le compte de stockage managé, ou "
        "définir une signature d'accès : les deux erreurs de coffre de l'article. Elles se produisent dans la "
        "session de cette personne, donc aucune machine ne les montre.",
    ),
    impact=Text(
        "Replication cannot be enabled. Machines that replicate already are not concerned.",
        "La réplication ne peut pas être activée. Les machines qui répliquent déjà ne sont pas concernées.",
    ),
    fix=CATALOGUE["key_vault_configure_storage"].causes,
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter explain {failure}",),
    cases=(
        Case(
            "the first refusal ever",
            {
                'azure_migrate_azure_keyvault_refusals_total{workspace="w",vault="migratekv1",'
                'failure="key_vault_configure_storage",code="403",access_policy_match="false"}': "_x40 1x100",
                **_BUILD,
            },
            "60m",
            (Fires({"vault": "migratekv1", "failure": "key_vault_configure_storage"}, live={"code": "403"}),),
        ),
        Case(
            "refusals of long ago",
            {
                'azure_migrate_azure_keyvault_refusals_total{workspace="w",vault="migratekv1",'
                'failure="key_vault_generate_sas",code="403",access_policy_match="false"}': "4x200",
                **_BUILD,
            },
            "150m",
        ),
        Case(
            "a first start of Prometheus without history",
            {
                'azure_migrate_azure_keyvault_refusals_total{workspace="w",vault="migratekv1",'
                'failure="key_vault_generate_sas",code="403",access_policy_match="false"}': "4x200",
                **_BUILD,
            },
            "30m",
        ),
    ),
)
STORAGE_AVAILABILITY: Final = Alert(
    name="StorageAvailabilityLow",
    component=Component.STORAGE,
    expr="min by (appliance, account) (azure_migrate_azure_storage_availability_ratio) < $threshold",
    labels=("appliance", "account"),
    optional=("appliance",),
    summary=Text(
        "Azure itself measures failed requests to a storage account.",
        "Azure mesure lui-même des requêtes en échec vers un compte de stockage.",
    ),
    description=Text(
        "The availability of {account} (appliance {appliance}), as Azure measures it, is {value}.",
        "La disponibilité de {account} (appliance {appliance}), mesurée par Azure, est de {value}.",
    ),
    value=Form.PERCENT,
    meaning=Text(
        "Azure Monitor counts the requests to the account that end with a server error or a timeout, whoever made "
        "them.",
        "Azure Monitor compte les requêtes vers le compte qui finissent en erreur de serveur ou en délai dépassé, "
        "quel qu'en soit l'auteur.",
    ),
    impact=Text(
        "Uploads are repeated, and cycles take longer.", "Les envois sont répétés et les cycles durent plus longtemps."
    ),
    fix=(network.STORAGE_THROTTLED,),
    documents=(SLOW,),
    dashboard=Dashboard.CONNECTIVITY,
    queries=("azure_migrate_azure_storage_e2e_latency_seconds - azure_migrate_azure_storage_server_latency_seconds",),
    cases=(
        Case(
            "97 % for an hour",
            {'azure_migrate_azure_storage_availability_ratio{appliance="paris",account="migratelsa1"}': "0.97x100"},
            "60m",
            (Fires({"appliance": "paris", "account": "migratelsa1"}, value="97%"),),
        ),
        Case(
            "a healthy account at its limit: 99 %",
            {'azure_migrate_azure_storage_availability_ratio{appliance="paris",account="migratelsa1"}': "0.99x100"},
            "60m",
        ),
    ),
)

ALERTS: Final = (JOB_FAILED, VAULT_UNHEALTHY, TASKS_FAILING)
MONITOR: Final = (KEYVAULT_DENIED, STORAGE_AVAILABILITY)
