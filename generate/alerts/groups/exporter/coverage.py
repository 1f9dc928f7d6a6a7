"""What the exporter does not measure, or soon cannot: missing configuration, budget, signature or permission."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, Dashboard, ExpectedAlert, NumberFormat
from generate.alerts.samples import series

_CHECKS: Final = {
    "gateway": "azure_migrate_gateway_service_state",
    "storage": "azure_migrate_storage_up",
    "esxi": "azure_migrate_esxi_tcp_up",
    "servicebus": "azure_migrate_servicebus_up",
    "keyvault": "azure_migrate_keyvault_tcp_up",
}
"""Each check of the article, and a metric that exists if the check is measured."""

CHECK_UNMEASURED: Final = Alert(
    name="CheckUnmeasured",
    component=Component.EXPORTER,
    expr="\nor\n".join(
        f"""(
  max by (appliance, check) (azure_migrate_check_applicable{{check="{check}"}}) == 1
  unless on (appliance) {metric}
)"""
        for check, metric in _CHECKS.items()
    ),
    labels=("appliance", "check"),
    summary=Text(
        "A check of the article applies but is not measured.",
        "Un contrôle de l'article s'applique mais n'est pas mesuré.",
    ),
    description=Text(
        "Nothing measures the check {check} for the appliance {appliance}.",
        "Rien ne mesure le contrôle {check} pour l'appliance {appliance}.",
    ),
    meaning=Text(
        "Projects of this generation have the resource, but the exporter's configuration does not name it, or all of "
        "its measurements are stale.",
        "Les projets de cette génération ont cette ressource, mais la configuration de l'exportateur ne la nomme pas, "
        "ou toutes ses mesures sont périmées.",
    ),
    impact=Text(
        "The exporter does not find a cause that the article lists.",
        "L'exportateur ne trouve pas une cause que cite l'article.",
    ),
    fix=(operation.CHECK_UNMEASURED,),
    links=(CONFIGURATION,),
    cases=(
        Case(
            "a legacy project whose Service Bus is not configured",
            {
                series("check_applicable", check="servicebus"): "1x90",
                series("check_applicable", check="gateway"): "1x90",
                series("gateway_service_state", state="running"): "1x90",
            },
            "80m",
            (ExpectedAlert({"check": "servicebus"}),),
        ),
        Case(
            "a project made since 2024 has no Service Bus",
            {series("check_applicable", appliance="lyon", check="servicebus"): "0x90"},
            "80m",
        ),
        Case(
            "a check that fails is measured",
            {series("check_applicable", check="servicebus"): "1x90", series("servicebus_up"): "0x90"},
            "80m",
        ),
    ),
)
_BUDGET: Final = series("storage_benchmark_skipped", cause="budget")
BENCHMARK_SKIPPED: Final = Alert(
    name="BenchmarkSkipped",
    component=Component.EXPORTER,
    expr="max by (appliance, account, role, cause) (azure_migrate_storage_benchmark_skipped) == 1",
    labels=("appliance", "account", "role", "cause"),
    summary=Text("The upload benchmark is skipped.", "Le test de débit est omis."),
    description=Text(
        "Benchmarks of {account} ({role}) from {appliance} are skipped; the cause: {cause}.",
        "Les tests de {account} ({role}) depuis {appliance} sont omis ; la cause : {cause}.",
    ),
    meaning=Text(
        "budget: the run may exceed the rest of the bytes that benchmarks may send in a day. replicating: machines of "
        "the appliance have replicated without a pause, and share_while_replicating leaves the line to them. unknown: "
        "it is set, and no vault reports whether machines of the appliance replicate.",
        "budget : le test risque de dépasser le reste des octets que les tests peuvent envoyer par jour. replicating : "
        "les machines de l'appliance répliquent sans pause, et share_while_replicating leur laisse la ligne. unknown : "
        "ce réglage est là, et aucun coffre ne dit si des machines de l'appliance répliquent.",
    ),
    impact=Text(
        "A line that becomes slow is detected later. The small test upload of each minute continues.",
        "Une ligne qui ralentit est détectée plus tard. Le petit envoi d'essai de chaque minute continue.",
    ),
    fix=(operation.BENCHMARK_SKIPPED,),
    links=(CONFIGURATION,),
    linked_dashboard=Dashboard.CONNECTIVITY,
    runbook_queries=(
        "azure_migrate_storage_benchmark_budget_used_bytes / azure_migrate_storage_benchmark_budget_bytes",
    ),
    cases=(
        Case("skipped for thirteen hours", {_BUDGET: "1x800"}, "13h", (ExpectedAlert({"cause": "budget"}),)),
        Case("the last run of the day is skipped", {_BUDGET: "0x60 1x360 0x360"}, "8h"),
    ),
)
TEST_SIGNATURE_EXPIRING: Final = Alert(
    name="TestSignatureExpiring",
    component=Component.EXPORTER,
    expr="min by (appliance, account, role) (azure_migrate_storage_sas_expiry_timestamp_seconds) - time() < "
    "$within_seconds",
    labels=("appliance", "account", "role"),
    summary=Text(
        "The signature of the exporter's upload tests expires soon.",
        "La signature des tests d'envoi de l'exportateur expire bientôt.",
    ),
    description=Text(
        "The shared access signature for {account} ({role}) expires in {value}.",
        "La signature d'accès partagé pour {account} ({role}) expire dans {value}.",
    ),
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "The signature contains its expiry time, which is near. Only the exporter's tests use this signature; the "
        "appliance has its own.",
        "La signature porte l'heure de son expiration, qui est proche. Seuls les tests de l'exportateur l'utilisent ; "
        "l'appliance a la sienne.",
    ),
    impact=Text(
        "Replication is not affected. After the expiry, the exporter cannot tell whether the account is reachable.",
        "La réplication n'est pas concernée. Après l'expiration, l'exportateur ne pourra plus dire si le compte est "
        "joignable.",
    ),
    fix=(operation.SIGNATURE_EXPIRING,),
    links=(CONFIGURATION,),
    linked_dashboard=Dashboard.CONNECTIVITY,
    cases=(
        Case(
            "it expires in two days",
            {series("storage_sas_expiry_timestamp_seconds"): "180000x200"},
            "2h",
            (ExpectedAlert(value="2d 0h 0m 0s"),),
        ),
        Case("it expires in a month", {series("storage_sas_expiry_timestamp_seconds"): "2592000x200"}, "2h"),
        Case("other credentials do not expire", {series("storage_up"): "1x200"}, "2h"),
    ),
)
_REPLICATES: Final = {series("replication_info", vm="db01", vm_id="6016"): "1x200"}
MACHINES_INVISIBLE: Final = Alert(
    name="MachinesInvisible",
    component=Component.EXPORTER,
    expr="""count by (vault) (
  group by (vault, vm_id) (azure_migrate_replication_info) unless on (vm_id) azure_migrate_vsphere_vm_info
) > 0
unless on () azure_migrate_vcenter_up == 0
and on () azure_migrate_vcenter_up == 1""",
    labels=("vault",),
    summary=Text(
        "The exporter does not see all replicating machines in vCenter.",
        "L'exportateur ne voit pas toutes les machines en réplication dans vCenter.",
    ),
    description=Text(
        "{value} machines of the vault {vault} are in no vCenter that the exporter sees, for example {machines}.",
        "{value} machines du coffre {vault} ne sont dans aucun vCenter que voit l'exportateur, comme {machines}.",
    ),
    annotation_queries={
        "machines": AnnotationQuery(
            'azure_migrate_replication_info{vault="$vault"} unless on (vm_id) azure_migrate_vsphere_vm_info',
            Text("none", "aucune"),
            label="vm",
            limit=5,
        )
    },
    meaning=Text(
        "Azure lists these machines. The exporter's vCenter account lacks the permission to see them, or their vCenter "
        "is not configured.",
        "Azure liste ces machines. Le compte vCenter de l'exportateur n'a pas le droit de les voir, ou leur vCenter "
        "n'est pas configuré.",
    ),
    impact=Text(
        "The exporter does not monitor snapshots, change tracking and NFC use of these machines.",
        "L'exportateur ne surveille pas les instantanés, le suivi des blocs et l'usage NFC de ces machines.",
    ),
    fix=(operation.MACHINES_INVISIBLE,),
    links=(CONFIGURATION,),
    cases=(
        Case(
            "one of two machines",
            {
                series("vsphere_vm_info"): "1x5000",
                series("vcenter_up"): "1x200",
                series("replication_info"): "1x200",
                **_REPLICATES,
            },
            "2h",
            (ExpectedAlert(value="1", results={"machines": "db01"}),),
        ),
        Case("no vCenter is configured", _REPLICATES, "2h"),
        Case("vCenter does not answer", {series("vcenter_up"): "0x200", **_REPLICATES}, "2h"),
    ),
)

ALERTS: Final = (CHECK_UNMEASURED, BENCHMARK_SKIPPED, TEST_SIGNATURE_EXPIRING, MACHINES_INVISIBLE)
