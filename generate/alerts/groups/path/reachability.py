"""What an appliance must reach beside storage: Service Bus, Event Hubs, the key vault, and the ESXi hosts."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import network, path
from azure_migrate_exporter.failures.model import Cause, Text
from generate.alerts.groups.evidence import REPLICATING, not_the_path
from generate.alerts.groups.shared.annotation_queries import VAULT_ADDRESS, failure_reason, namespace_address
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, Dashboard, ExpectedAlert, NumberFormat
from generate.alerts.samples import failure_info, resource_info, series, state_set

_REASONS: Final = Text(
    " The reason shows where the connection fails: dns, refused, timeout, reset, tls.",
    " La raison indique où la connexion échoue : dns, refused, timeout, reset, tls.",
)


def _failed_phase(check: str, phases: tuple[str, ...]) -> AnnotationQuery:
    """The first phase of the check that did not end."""
    ended = (
        f'azure_migrate_{check}_phase_duration_seconds{{appliance="$appliance",bus_namespace="$bus_namespace",'
        'entity="$entity"}'
    )
    failed = [f'label_replace(absent({ended}), "phase", "{phases[0]}", "", "")']
    failed += [
        f'label_replace(count({ended}) == {number}, "phase", "{phase}", "", "")'
        for number, phase in enumerate(phases[1:], start=1)
    ]
    return AnnotationQuery(" or ".join(failed), Text("unknown", "inconnue"), label="phase")


def _messaging(  # noqa: PLR0913 - the differences between the two services
    name: str, component: Component, fix: Cause, *, service: str, read: Text, purpose: Text, cases: tuple[Case, ...]
) -> Alert:
    check = str(component)
    last = "peek" if component is Component.SERVICEBUS else "read"
    phases = ("dns", "connect", "tls", "open", "token", "link", last)  # through a proxy the first is `proxy`
    return Alert(
        name=name,
        component=component,
        expr=f"""min by (appliance, bus_namespace, entity) (azure_migrate_{check}_up) == 0
unless on (appliance, bus_namespace)
{not_the_path(check, "bus_namespace")}""",
        labels=("appliance", "bus_namespace", "entity"),
        summary=Text(f"An appliance does not reach {service}.", f"Une appliance n'atteint pas {service}."),
        description=Text(
            f"The {read.en} of {{entity}} in {{bus_namespace}}, from the network of {{appliance}}, fails in the phase "
            "{phase}: {reason}.",
            f"{read.fr} de {{entity}} dans {{bus_namespace}}, depuis le réseau de {{appliance}}, échoue dans la phase "
            "{phase} : {reason}.",
        ),
        annotation_queries={
            "reason": failure_reason(check, appliance="$appliance", resource="$bus_namespace"),
            "phase": _failed_phase(check, phases),
            "namespace_address" if component is Component.SERVICEBUS else "eventhubs_address": namespace_address(check),
        },
        failure=CATALOGUE["dispose_artefacts_timed_out"],
        meaning=Text(purpose.en + _REASONS.en, purpose.into("fr") + _REASONS.into("fr")),
        impact=Text(
            "Snapshots and uploads of this appliance do not start or are not reported: cycles fail with 181008 or "
            "1011.",
            "Les instantanés et les envois de cette appliance ne démarrent pas ou ne sont pas signalés : les cycles "
            "échouent avec 181008 ou 1011.",
        ),
        fix=(fix,),
        diagnosis=(f"collect {check} {{bus_namespace}}",),
        runbook_queries=(
            f"azure_migrate_{check}_phase_duration_seconds",
            f"avg_over_time(azure_migrate_{check}_up[1h])",
        ),
        cases=cases,
    )


def _phase(check: str, phase: str, samples: str) -> dict[str, str]:
    return {series(f"{check}_phase_duration_seconds", phase=phase): samples}


def _failing(check: str, reason: str, samples: str) -> dict[str, str]:
    return {failure_info(check, "migratesbns1", reason): samples}


_BUS_ADDRESS: Final = "migratesbns1.servicebus.stack.example.com"
_SERVICEBUS_UP: Final = series("servicebus_up")
SERVICEBUS: Final = _messaging(
    "ServiceBusUnreachable",
    Component.SERVICEBUS,
    path.SERVICE_BUS,
    service="Service Bus",
    read=Text("peek", "L'aperçu"),
    purpose=Text(
        "Azure sends its commands to the appliance over Service Bus (projects made before 2024).",
        "Azure envoie ses ordres à l'appliance par Service Bus (projets créés avant 2024).",
    ),
    cases=(
        Case(
            "a proxy breaks TLS",
            {
                _SERVICEBUS_UP: "1x2 0x20",
                **_phase("servicebus", "dns", "0.01x30"),
                **_phase("servicebus", "connect", "0.02x30"),
                **_phase("servicebus", "tls", "0.1x2 stale"),
                **_failing("servicebus", "tls", "_x2 1x20"),
            },
            "10m",
            (ExpectedAlert(results={"reason": "tls", "phase": "tls"}),),
        ),
        Case(
            "its name does not resolve",
            {
                _SERVICEBUS_UP: "0x20",
                **_failing("servicebus", "dns", "1x20"),
                resource_info("servicebus", "migratesbns1", _BUS_ADDRESS): "1x20",
                resource_info("eventhubs", "migratesbns1", "another.example.com"): "1x20",
            },
            "10m",
            (ExpectedAlert(results={"reason": "dns", "phase": "dns", "namespace_address": _BUS_ADDRESS}),),
        ),
        Case(
            "the exporter gets no token, which has another alert",
            {_SERVICEBUS_UP: "0x20", **_failing("servicebus", "identity", "1x20")},
            "10m",
        ),
        Case(
            "the connection string is refused",
            {_SERVICEBUS_UP: "0x20", **_failing("servicebus", "unauthenticated", "1x20")},
            "10m",
        ),
        Case(
            "the network was down for two minutes",
            {_SERVICEBUS_UP: "1x4 0x1 1x20", **_failing("servicebus", "timeout", "_x4 1x1 stale")},
            "9m",
        ),
        Case(
            "a project made since 2024 has none",
            {series("check_applicable", appliance="lyon", check="servicebus"): "0x20"},
            "10m",
        ),
    ),
)
_EVENTHUBS_UP: Final = series("eventhubs_up")
EVENTHUBS: Final = _messaging(
    "EventHubsUnreachable",
    Component.EVENTHUBS,
    path.EVENT_HUBS,
    service="Event Hubs",
    read=Text("read", "La lecture"),
    purpose=Text(
        "The appliance sends its reports to Azure over Event Hubs, if the project has its own namespace.",
        "L'appliance rend compte à Azure par Event Hubs, si le projet a son propre espace de noms.",
    ),
    cases=(
        Case(
            "the port is closed",
            {
                _EVENTHUBS_UP: "0x20",
                **_phase("eventhubs", "dns", "0.01x30"),
                **_failing("eventhubs", "refused", "1x20"),
            },
            "10m",
            (ExpectedAlert(results={"reason": "refused", "phase": "connect"}),),
        ),
        Case("it answers", {_EVENTHUBS_UP: "1x20"}, "10m"),
        Case("it was down for two minutes", {_EVENTHUBS_UP: "1x4 0x1 1x20"}, "9m"),
    ),
)
_KEYVAULT_UP: Final = series("keyvault_tcp_up")
KEYVAULT: Final = Alert(
    name="KeyVaultUnreachable",
    component=Component.KEYVAULT,
    expr=f"""min by (appliance, keyvault) (azure_migrate_keyvault_tcp_up) == 0
unless on (appliance, keyvault)
{not_the_path("keyvault", "keyvault")}""",
    labels=("appliance", "keyvault"),
    summary=Text("An appliance does not reach the key vault.", "Une appliance n'atteint pas le coffre de clés."),
    description=Text(
        "TCP 443 of the key vault {keyvault} does not open from the network of {appliance}: {reason}.",
        "Le port TCP 443 du coffre de clés {keyvault} ne s'ouvre pas depuis le réseau de {appliance} : {reason}.",
    ),
    annotation_queries={
        "reason": failure_reason("keyvault", appliance="$appliance", resource="$keyvault"),
        "keyvault_address": VAULT_ADDRESS,
    },
    failure=CATALOGUE["disk_upload_timed_out"],
    meaning=Text(
        "The replication key vault contains the keys of the storage accounts (projects made before 2024)."
        + _REASONS.en,
        "Le coffre de clés de la réplication détient les clés des comptes de stockage (projets créés avant 2024)."
        + _REASONS.into("fr"),
    ),
    impact=Text(
        "The appliance works until it must renew its access to the accounts. Cycles then fail with 181008 or 1011.",
        "L'appliance continue jusqu'au renouvellement de son accès aux comptes ; ensuite les cycles échouent avec "
        "181008 ou 1011.",
    ),
    fix=(path.KEY_VAULT,),
    diagnosis=("collect keyvault {keyvault}",),
    runbook_queries=("azure_migrate_keyvault_tcp_connect_duration_seconds",),
    cases=(
        Case(
            "a firewall drops the packets",
            {
                _KEYVAULT_UP: "1x2 0x20",
                failure_info("keyvault", "migratekv1", "timeout"): "_x2 1x20",
                resource_info("keyvault", "migratekv1", "migratekv1.vault.stack.example.com"): "1x30",
            },
            "10m",
            (ExpectedAlert(results={"reason": "timeout", "keyvault_address": "migratekv1.vault.stack.example.com"}),),
        ),
        Case(
            "the exporter's proxy refuses it, which has another alert",
            {_KEYVAULT_UP: "0x20", failure_info("keyvault", "migratekv1", "proxy"): "1x20"},
            "10m",
        ),
        Case("the port was closed for two minutes", {_KEYVAULT_UP: "1x4 0x1 1x20"}, "9m"),
        Case(
            "a project made since 2024 has none",
            {series("check_applicable", appliance="lyon", check="keyvault"): "0x20"},
            "10m",
        ),
    ),
)
_CERTIFICATE_EXPIRY: Final = series("keyvault_tls_certificate_expiry_timestamp_seconds")
CERTIFICATE: Final = Alert(
    name="KeyVaultCertificateExpiring",
    component=Component.KEYVAULT,
    expr="""min by (appliance, keyvault) (azure_migrate_keyvault_tls_certificate_expiry_timestamp_seconds)
  - time() < $within_seconds""",
    labels=("appliance", "keyvault"),
    summary=Text(
        "The certificate that the key vault presents expires soon or has expired.",
        "Le certificat que présente le coffre de clés expire bientôt, ou a expiré.",
    ),
    description=Text(
        "The certificate of {keyvault}, as seen from the network of {appliance}, expires in {value}.",
        "Le certificat de {keyvault}, vu du réseau de {appliance}, expire dans {value}.",
    ),
    annotation_queries={"keyvault_address": VAULT_ADDRESS},
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "Microsoft renews the certificates of key vaults weeks before they expire. A certificate that is about to "
        "expire usually belongs to a proxy that inspects TLS.",
        "Microsoft renouvelle les certificats des coffres des semaines à l'avance. Celui qui va expirer est en général "
        "celui d'un proxy qui inspecte TLS.",
    ),
    impact=Text(
        "After the expiry, the appliance refuses the connection, as if the key vault were unreachable.",
        "Après l'expiration, l'appliance refuse la connexion, comme si le coffre de clés était injoignable.",
    ),
    fix=(network.CERTIFICATE_EXPIRING,),
    diagnosis=("collect keyvault {keyvault}",),
    cases=(
        Case(
            "it expires in four days",
            {_CERTIFICATE_EXPIRY: "352800x200"},
            "2h",
            (ExpectedAlert(value="4d 0h 0m 0s", levels=("warning",)),),
        ),
        Case("it has expired", {_CERTIFICATE_EXPIRY: "3600x200"}, "2h", (ExpectedAlert(value="-1h 0m 0s"),)),
        Case("it expires in a month", {_CERTIFICATE_EXPIRY: "2592000x200"}, "2h"),
    ),
)


def _connection(state: str, samples: str) -> dict[str, str]:
    return state_set("vsphere_host_connection_state", "state", {state: samples})


_ESXI_UP: Final = series("esxi_tcp_up")
_ESXI_UP_LYON: Final = series("esxi_tcp_up", appliance="lyon")
ESXI: Final = Alert(
    name="EsxiUnreachable",
    component=Component.ESXI,
    expr="""min by (appliance, host) (azure_migrate_esxi_tcp_up) == 0
unless on (host) azure_migrate_vsphere_host_connection_state{state=~"disconnected|notResponding"} == 1
unless on (host) azure_migrate_vsphere_host_in_maintenance_mode == 1""",
    labels=("appliance", "host"),
    summary=Text("An appliance does not reach an ESXi host.", "Une appliance n'atteint pas un hôte ESXi."),
    description=Text(
        "TCP 902 of {host} does not open from the network of {appliance}: {reason}. Replicating machines on the host: "
        "{machines}.",
        "Le port TCP 902 de {host} ne s'ouvre pas depuis le réseau de {appliance} : {reason}. Machines en réplication "
        "sur cet hôte : {machines}.",
    ),
    annotation_queries={
        "reason": failure_reason("esxi", appliance="$appliance", resource="$host"),
        "machines": AnnotationQuery(
            f'count(group by (vcenter, vm_id) ({REPLICATING}{{host="$host"}}))', Text("0", "0")
        ),
    },
    failure=CATALOGUE["host_connection_refused"],
    meaning=Text(
        "The appliance reads disks from the ESXi host over TCP 902. The reason dns means that the host's name in "
        "vCenter does not resolve; any other reason means that the port is closed on the path. A host that an "
        "administrator disconnected from vCenter or put into maintenance mode has no alert, and a host that vCenter "
        "lost has another alert.",
        "L'appliance lit les disques sur l'hôte ESXi par TCP 902. La raison dns signifie que le nom de l'hôte dans "
        "vCenter n'est pas résolu ; toute autre, que le port est fermé en chemin. Un hôte qu'un administrateur a "
        "déconnecté de vCenter ou mis en mode maintenance ne lève pas d'alerte, et celui que vCenter a perdu en lève "
        "une autre.",
    ),
    impact=Text(
        "Machines on this host cannot replicate: their cycles fail with 1022.",
        "Les machines de cet hôte ne peuvent pas répliquer : leurs cycles échouent avec 1022.",
    ),
    fix=CATALOGUE["host_connection_refused"].causes,
    linked_dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("collect esxi {host}",),
    runbook_queries=(
        "azure_migrate_esxi_tcp_connect_duration_seconds",
        "azure_migrate_vsphere_host_connection_state == 1",
    ),
    cases=(
        Case(
            "the port is closed",
            {
                _ESXI_UP: "1x2 0x20",
                **_connection("disconnected", "0x30"),
                series("vsphere_vm_info", vm_id="1"): "1x30",
                series("vsphere_vm_info", vm_id="1", datastore="ds-2"): "1x30",
                series("vsphere_vm_info", vm="web02", vm_id="2"): "1x30",
                series("vsphere_vm_replicating", vm="web02", vm_id="2"): "0x30",
                failure_info("esxi", "esx-01", "refused"): "_x2 1x20",
            },
            "10m",
            (ExpectedAlert(results={"reason": "refused", "machines": "1"}),),
        ),
        Case(
            "two appliances use the host, each with its own reason",
            {
                _ESXI_UP: "0x20",
                _ESXI_UP_LYON: "0x20",
                failure_info("esxi", "esx-01", "refused"): "1x20",
                failure_info("esxi", "esx-01", "dns", appliance="lyon", target="esx-01-lyon"): "1x20",
            },
            "10m",
            (
                ExpectedAlert(results={"reason": "refused"}),
                ExpectedAlert({"appliance": "lyon"}, results={"reason": "dns"}),
            ),
        ),
        Case(
            "maintenance: an administrator disconnected it",
            {_ESXI_UP: "0x20", **_connection("disconnected", "1x30")},
            "10m",
        ),
        Case(
            "vCenter lost it, which has another alert",
            {_ESXI_UP: "0x20", **_connection("notResponding", "1x30")},
            "10m",
        ),
        Case(
            "maintenance: an administrator restarts it",
            {_ESXI_UP: "0x20", series("vsphere_host_in_maintenance_mode"): "1x20"},
            "10m",
        ),
        Case("it restarts within four minutes", {_ESXI_UP: "1x4 0x3 1x20"}, "12m"),
        Case("it is removed from the cluster", {_ESXI_UP: "0x3 stale"}, "12m"),
    ),
)

ALERTS: Final = (SERVICEBUS, EVENTHUBS, KEYVAULT, CERTIFICATE, ESXI)
