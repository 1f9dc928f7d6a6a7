"""What Azure Monitor adds, if it is configured: refusals of a key vault, and the availability of storage accounts."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import SLOW_REPLICATION
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.promql import increased
from generate.alerts.samples import series


def _refusals(failure: str, samples: str) -> dict[str, str]:
    labels = {"failure": failure, "code": "403", "access_policy_match": "false"}
    return {series("azure_keyvault_refusals_total", **labels): samples, series("exporter_build_info"): "1x300"}


KEYVAULT_DENIED: Final = Alert(
    name="KeyVaultAccessDenied",
    component=Component.KEYVAULT,
    expr=increased("azure_migrate_azure_keyvault_refusals_total", "keyvault, failure"),
    labels=("keyvault", "failure"),
    annotation_queries={
        "code": AnnotationQuery(
            'azure_migrate_azure_keyvault_refusals_total{keyvault="$keyvault",failure="$failure"}',
            Text("a refusal", "un refus"),
            label="code",
            limit=3,
        )
    },
    summary=Text(
        "A key vault refuses requests for managed storage.",
        "Un coffre de clés refuse des requêtes sur le stockage managé.",
    ),
    description=Text(
        "The audit log of the key vault {keyvault} contains refused requests ({failure}, HTTP {code}).",
        "Le journal d'audit du coffre {keyvault} contient des requêtes refusées ({failure}, HTTP {code}).",
    ),
    meaning=Text(
        "A person enables replication, and the key vault does not allow them to configure its managed storage account "
        "or to define an access signature: the article's two key vault errors. The errors occur in that person's "
        "session, so no machine shows them.",
        "Une personne active la réplication, et le coffre ne la laisse pas configurer le compte de stockage managé, ou "
        "définir une signature d'accès : les deux erreurs de coffre de l'article. Elles se produisent dans la "
        "session de cette personne, donc aucune machine ne les montre.",
    ),
    impact=Text(
        "Replication cannot be enabled. Machines that already replicate are not affected.",
        "La réplication ne peut pas être activée. Les machines qui répliquent déjà ne sont pas concernées.",
    ),
    fix=CATALOGUE["key_vault_configure_storage"].causes,
    diagnosis=("explain {failure}",),
    cases=(
        Case(
            "the first refusal ever",
            _refusals("key_vault_configure_storage", "_x40 1x100"),
            "60m",
            (ExpectedAlert({"failure": "key_vault_configure_storage"}, results={"code": "403"}),),
        ),
        Case("old refusals", _refusals("key_vault_generate_sas", "4x200"), "150m"),
        Case("a first start of Prometheus without history", _refusals("key_vault_generate_sas", "4x200"), "30m"),
    ),
)
_AVAILABILITY: Final = series("azure_storage_availability_ratio")
STORAGE_AVAILABILITY: Final = Alert(
    name="StorageAvailabilityLow",
    component=Component.STORAGE,
    expr="min by (appliance, account) (azure_migrate_azure_storage_availability_ratio) < $threshold",
    labels=("appliance", "account"),
    optional_labels=("appliance",),
    summary=Text(
        "Azure measures failed requests to a storage account.",
        "Azure mesure des requêtes en échec vers un compte de stockage.",
    ),
    description=Text(
        "The availability of {account} (appliance {appliance}) is {value}, as Azure measures it.",
        "La disponibilité de {account} (appliance {appliance}), mesurée par Azure, est de {value}.",
    ),
    value_format=NumberFormat.PERCENT,
    meaning=Text(
        "Azure Monitor counts the requests of all clients to the account that end with a server error or a timeout.",
        "Azure Monitor compte les requêtes vers le compte qui finissent en erreur de serveur ou en délai dépassé, "
        "quel qu'en soit l'auteur.",
    ),
    impact=Text(
        "Uploads are retried, and cycles take longer.", "Les envois sont répétés et les cycles durent plus longtemps."
    ),
    fix=(network.STORAGE_THROTTLED,),
    links=(SLOW_REPLICATION,),
    runbook_queries=(
        "azure_migrate_azure_storage_e2e_latency_seconds - azure_migrate_azure_storage_server_latency_seconds",
    ),
    cases=(
        Case("97 % for an hour", {_AVAILABILITY: "0.97x100"}, "60m", (ExpectedAlert(value="97%"),)),
        Case("a healthy account at its limit: 99 %", {_AVAILABILITY: "0.99x100"}, "60m"),
    ),
)

ALERTS: Final = (KEYVAULT_DENIED, STORAGE_AVAILABILITY)
