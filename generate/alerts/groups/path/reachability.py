"""The other doors that an appliance must pass: Service Bus, Event Hubs, the key vault, and the ESXi hosts."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import network, path
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.recordings import PLACE
from generate.alerts.groups.evidence import not_the_path
from generate.alerts.groups.shared.annotation_queries import reason
from generate.alerts.groups.shared.samples import fails, series
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live

_TIMEOUTS: Final = Text(
    "Snapshots and uploads of this appliance are not started or not reported: cycles fail with 181008 or 1011.",
    "Les instantanés et les envois de cette appliance ne démarrent pas ou ne sont pas signalés : les cycles "
    "échouent avec 181008 ou 1011.",
)
_REASONS: Final = Text(
    " The reason tells where it breaks: dns, refused, timeout, reset, tls.",
    " La raison dit où cela casse : dns, refused, timeout, reset, tls.",
)


def _phase(metric: str, phases: tuple[str, ...]) -> Live:
    """The first phase of a check that did not end."""
    ended = f'{metric}{{appliance="$appliance",namespace="$namespace",entity="$entity"}}'
    failed = [f'label_replace(absent({ended}), "phase", "{phases[0]}", "", "")']
    failed += [
        f'label_replace(count({ended}) == {number}, "phase", "{phase}", "", "")'
        for number, phase in enumerate(phases[1:], start=1)
    ]
    return Live(" or ".join(failed), Text("unknown", "inconnue"), label="phase")


def _bus(samples: str, metric: str = "servicebus") -> dict[str, str]:
    return {f'azure_migrate_{metric}_up{{appliance="paris",namespace="migratesbns1",entity="topic/sub"}}': samples}


def _ended(phase: str, samples: str, metric: str = "servicebus") -> dict[str, str]:
    series = f"azure_migrate_{metric}_phase_duration_seconds"
    return {f'{series}{{appliance="paris",namespace="migratesbns1",entity="topic/sub",phase="{phase}"}}': samples}


_ENTITY: Final = {"appliance": "paris", "namespace": "migratesbns1", "entity": "topic/sub"}

SERVICEBUS: Final = Alert(
    name="ServiceBusUnreachable",
    component=Component.SERVICEBUS,
    expr=f"""min by (appliance, namespace, entity) (azure_migrate_servicebus_up) == 0
unless on (appliance, namespace)
{not_the_path("servicebus", "namespace")}""",
    labels=("appliance", "namespace", "entity"),
    summary=Text("An appliance does not reach Service Bus.", "Une appliance n'atteint pas Service Bus."),
    description=Text(
        "The peek at {entity} of {namespace}, from the network of {appliance}, fails in the phase {phase}: {reason}.",
        "L'aperçu de {entity} dans {namespace}, depuis le réseau de {appliance}, échoue dans la phase {phase} : "
        "{reason}.",
    ),
    live={
        "reason": reason("servicebus", appliance="$appliance", resource="$namespace"),
        "phase": _phase("azure_migrate_servicebus_phase_duration_seconds", ("dns", "connect", "tls", "open", "peek")),
    },
    failure=CATALOGUE["dispose_artefacts_timed_out"],
    meaning=Text(
        "Azure tells the appliance over Service Bus what to do (projects made before 2024)." + _REASONS.en,
        "Azure dit à l'appliance par Service Bus ce qu'elle doit faire (projets créés avant 2024)."
        + _REASONS.into("fr"),
    ),
    impact=_TIMEOUTS,
    fix=(path.SERVICE_BUS,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect servicebus {namespace}",),
    queries=("azure_migrate_servicebus_phase_duration_seconds", "avg_over_time(azure_migrate_servicebus_up[1h])"),
    cases=(
        Case(
            "a proxy breaks TLS",
            {
                **_bus("1x2 0x20"),
                **_ended("dns", "0.01x30"),
                **_ended("connect", "0.02x30"),
                **_ended("tls", "0.1x2 stale"),
                fails("servicebus", "migratesbns1", "tls"): "_x2 1x20",
            },
            "10m",
            (Fires(_ENTITY, live={"reason": "tls", "phase": "tls"}),),
        ),
        Case(
            "its name does not resolve",
            {**_bus("0x20"), fails("servicebus", "migratesbns1", "dns"): "1x20"},
            "10m",
            (Fires(_ENTITY, live={"reason": "dns", "phase": "dns"}),),
        ),
        Case(
            "our connection string is refused",
            {**_bus("0x20"), fails("servicebus", "migratesbns1", "unauthenticated"): "1x20"},
            "10m",
        ),
        Case(
            "the network was away for two minutes",
            {**_bus("1x4 0x1 1x20"), fails("servicebus", "migratesbns1", "timeout"): "_x4 1x1 stale"},
            "9m",
        ),
        Case(
            "a project made since 2024 has none",
            {'azure_migrate_check_applicable{appliance="lyon",check="servicebus"}': "0x20"},
            "10m",
        ),
    ),
)
EVENTHUBS: Final = Alert(
    name="EventHubsUnreachable",
    component=Component.EVENTHUBS,
    expr=f"""min by (appliance, namespace, entity) (azure_migrate_eventhubs_up) == 0
unless on (appliance, namespace)
{not_the_path("eventhubs", "namespace")}""",
    labels=("appliance", "namespace", "entity"),
    summary=Text("An appliance does not reach Event Hubs.", "Une appliance n'atteint pas Event Hubs."),
    description=Text(
        "The read of {entity} in {namespace}, from the network of {appliance}, fails in the phase {phase}: {reason}.",
        "La lecture de {entity} dans {namespace}, depuis le réseau de {appliance}, échoue dans la phase {phase} : "
        "{reason}.",
    ),
    live={
        "reason": reason("eventhubs", appliance="$appliance", resource="$namespace"),
        "phase": _phase("azure_migrate_eventhubs_phase_duration_seconds", ("dns", "connect", "tls", "open")),
    },
    failure=CATALOGUE["dispose_artefacts_timed_out"],
    meaning=Text(
        "The appliance reports to Azure over Event Hubs, where the project has a namespace of its own." + _REASONS.en,
        "L'appliance rend compte à Azure par Event Hubs, si le projet a son propre espace de noms."
        + _REASONS.into("fr"),
    ),
    impact=_TIMEOUTS,
    fix=(path.EVENT_HUBS,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect eventhubs {namespace}",),
    queries=("azure_migrate_eventhubs_phase_duration_seconds",),
    cases=(
        Case(
            "the port is closed",
            {
                **_bus("0x20", "eventhubs"),
                **_ended("dns", "0.01x30", "eventhubs"),
                fails("eventhubs", "migratesbns1", "refused"): "1x20",
            },
            "10m",
            (Fires(_ENTITY, live={"reason": "refused", "phase": "connect"}),),
        ),
        Case("it answers", _bus("1x20", "eventhubs"), "10m"),
        Case("it was away for two minutes", _bus("1x4 0x1 1x20", "eventhubs"), "9m"),
    ),
)
KEYVAULT: Final = Alert(
    name="KeyVaultUnreachable",
    component=Component.KEYVAULT,
    expr="min by (appliance, vault) (azure_migrate_keyvault_tcp_up) == 0",
    labels=("appliance", "vault"),
    summary=Text("An appliance does not reach the key vault.", "Une appliance n'atteint pas le coffre de clés."),
    description=Text(
        "TCP 443 of the key vault {vault} does not open from the network of {appliance}: {reason}.",
        "Le port TCP 443 du coffre de clés {vault} ne s'ouvre pas depuis le réseau de {appliance} : {reason}.",
    ),
    live={"reason": reason("keyvault", appliance="$appliance", resource="$vault")},
    failure=CATALOGUE["disk_upload_timed_out"],
    meaning=Text(
        "The replication key vault holds the keys of the storage accounts (projects made before 2024)." + _REASONS.en,
        "Le coffre de clés de la réplication détient les clés des comptes de stockage (projets créés avant 2024)."
        + _REASONS.into("fr"),
    ),
    impact=Text(
        "The appliance works on until its access to the accounts must be renewed; then cycles fail with 181008 or "
        "1011.",
        "L'appliance continue jusqu'au renouvellement de son accès aux comptes ; ensuite les cycles échouent avec "
        "181008 ou 1011.",
    ),
    fix=(path.KEY_VAULT,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect keyvault {vault}",),
    queries=("azure_migrate_keyvault_tcp_connect_duration_seconds",),
    cases=(
        Case(
            "a firewall drops the packets",
            {
                'azure_migrate_keyvault_tcp_up{appliance="paris",vault="migratekv1"}': "1x2 0x20",
                fails("keyvault", "migratekv1", "timeout"): "_x2 1x20",
            },
            "10m",
            (Fires({"appliance": "paris", "vault": "migratekv1"}, live={"reason": "timeout"}),),
        ),
        Case(
            "the port was closed for two minutes",
            {'azure_migrate_keyvault_tcp_up{appliance="paris",vault="migratekv1"}': "1x4 0x1 1x20"},
            "9m",
        ),
        Case(
            "a project made since 2024 has none",
            {'azure_migrate_check_applicable{appliance="lyon",check="keyvault"}': "0x20"},
            "10m",
        ),
    ),
)
CERTIFICATE: Final = Alert(
    name="KeyVaultCertificateExpiring",
    component=Component.KEYVAULT,
    expr="""min by (appliance, vault) (azure_migrate_keyvault_tls_certificate_expiry_timestamp_seconds)
  - time() < $within_seconds""",
    labels=("appliance", "vault"),
    summary=Text(
        "The certificate that the key vault shows ends soon, or has ended.",
        "Le certificat que présente le coffre de clés expire bientôt, ou a expiré.",
    ),
    description=Text(
        "The certificate of {vault}, as the network of {appliance} sees it, ends in {value}.",
        "Le certificat de {vault}, vu du réseau de {appliance}, expire dans {value}.",
    ),
    value=Form.DURATION,
    meaning=Text(
        "Microsoft renews the certificates of key vaults weeks ahead. One that is about to end usually belongs to a "
        "proxy that inspects TLS.",
        "Microsoft renouvelle les certificats des coffres des semaines à l'avance. Celui qui va expirer est en général "
        "celui d'un proxy qui inspecte TLS.",
    ),
    impact=Text(
        "From then on the appliance refuses the connection, as if the key vault could not be reached.",
        "Ensuite, l'appliance refuse la connexion, comme si le coffre de clés était injoignable.",
    ),
    fix=(network.CERTIFICATE_EXPIRING,),
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect keyvault {vault}",),
    cases=(
        Case(
            "it ends in four days",
            {
                series("keyvault_tls_certificate_expiry_timestamp_seconds", appliance="paris", vault="migratekv1"): (
                    "352800x200"
                )
            },
            "2h",
            (Fires({"appliance": "paris", "vault": "migratekv1"}, value="4d 0h 0m 0s", levels=("warning",)),),
        ),
        Case(
            "it has ended",
            {
                series("keyvault_tls_certificate_expiry_timestamp_seconds", appliance="paris", vault="migratekv1"): (
                    "3600x200"
                )
            },
            "2h",
            (Fires({"appliance": "paris", "vault": "migratekv1"}, value="-1h 0m 0s"),),
        ),
        Case(
            "it ends in a month",
            {
                series("keyvault_tls_certificate_expiry_timestamp_seconds", appliance="paris", vault="migratekv1"): (
                    "2592000x200"
                )
            },
            "2h",
        ),
    ),
)
ESXI: Final = Alert(
    name="EsxiUnreachable",
    component=Component.ESXI,
    expr="""min by (appliance, host) (azure_migrate_esxi_tcp_up) == 0
unless on (host) azure_migrate_vsphere_host_connection_state{state=~"disconnected|notResponding"} == 1""",
    labels=("appliance", "host"),
    summary=Text("An appliance does not reach an ESXi host.", "Une appliance n'atteint pas un hôte ESXi."),
    description=Text(
        "TCP 902 of {host} does not open from the network of {appliance}: {reason}. {machines} replicating machines "
        "run on it.",
        "Le port TCP 902 de {host} ne s'ouvre pas depuis le réseau de {appliance} : {reason}. {machines} machines en "
        "réplication y tournent.",
    ),
    live={
        "reason": reason("esxi", appliance="$appliance", resource="$host"),
        "machines": Live(f'count({PLACE}{{host="$host"}})', Text("No", "0")),
    },
    failure=CATALOGUE["host_connection_refused"],
    meaning=Text(
        "The appliance reads disks from the ESXi host itself, over TCP 902. The reason dns means that its name, as "
        "vCenter has it, does not resolve; any other that the port is closed on the way. A host that an "
        "administrator has disconnected from vCenter raises no alert, and one that vCenter has lost another one.",
        "L'appliance lit les disques sur l'hôte ESXi lui-même, par TCP 902. La raison dns signifie que son nom, tel "
        "que le connaît vCenter, n'est pas résolu ; toute autre, que le port est fermé en chemin. Un hôte qu'un "
        "administrateur a déconnecté de vCenter ne lève pas d'alerte, et celui que vCenter a perdu en lève une autre.",
    ),
    impact=Text(
        "Machines on this host cannot replicate: their cycles fail with 1022.",
        "Les machines de cet hôte ne peuvent pas répliquer : leurs cycles échouent avec 1022.",
    ),
    fix=CATALOGUE["host_connection_refused"].causes,
    dashboard=Dashboard.CONNECTIVITY,
    diagnosis=("azure-migrate-exporter collect esxi {host}",),
    queries=("azure_migrate_esxi_tcp_connect_duration_seconds", "azure_migrate_vsphere_host_connection_state == 1"),
    cases=(
        Case(
            "the port is closed",
            {
                'azure_migrate_esxi_tcp_up{appliance="paris",host="esx-01"}': "1x2 0x20",
                'azure_migrate_vsphere_host_connection_state{vcenter="vc",host="esx-01",state="disconnected"}': "0x30",
                'azure_migrate_vsphere_vm_info{vcenter="vc",vm="web01",vm_id="1",host="esx-01",datastore="ds",'
                'power_state="poweredOn"}': "1x30",
                'azure_migrate_vsphere_vm_info{vcenter="vc",vm="web02",vm_id="2",host="esx-01",datastore="ds",'
                'power_state="poweredOn"}': "1x30",
                'azure_migrate_vsphere_vm_replicating{vcenter="vc",vm="web02",vm_id="2"}': "0x30",
                fails("esxi", "esx-01", "refused"): "_x2 1x20",
            },
            "10m",
            (Fires({"appliance": "paris", "host": "esx-01"}, live={"reason": "refused", "machines": "1"}),),
        ),
        Case(
            "two appliances need the host, and each has its own reason",
            {
                'azure_migrate_esxi_tcp_up{appliance="paris",host="esx-01"}': "0x20",
                'azure_migrate_esxi_tcp_up{appliance="lyon",host="esx-01"}': "0x20",
                fails("esxi", "esx-01", "refused"): "1x20",
                fails("esxi", "esx-01", "dns", appliance="lyon", target="esx-01-lyon"): "1x20",
            },
            "10m",
            (
                Fires({"appliance": "paris", "host": "esx-01"}, live={"reason": "refused"}),
                Fires({"appliance": "lyon", "host": "esx-01"}, live={"reason": "dns"}),
            ),
        ),
        Case(
            "maintenance: an administrator has disconnected it",
            {
                'azure_migrate_esxi_tcp_up{appliance="paris",host="esx-01"}': "0x20",
                'azure_migrate_vsphere_host_connection_state{vcenter="vc",host="esx-01",state="disconnected"}': "1x30",
            },
            "10m",
        ),
        Case(
            "vCenter has lost it: another alert says so",
            {
                'azure_migrate_esxi_tcp_up{appliance="paris",host="esx-01"}': "0x20",
                'azure_migrate_vsphere_host_connection_state{vcenter="vc",host="esx-01",state="notResponding"}': "1x30",
            },
            "10m",
        ),
        Case(
            "it restarts within four minutes",
            {'azure_migrate_esxi_tcp_up{appliance="paris",host="esx-01"}': "1x4 0x3 1x20"},
            "12m",
        ),
        Case(
            "it was taken out of the cluster",
            {'azure_migrate_esxi_tcp_up{appliance="paris",host="esx-01"}': "0x3 stale"},
            "12m",
        ),
    ),
)

ALERTS: Final = (SERVICEBUS, EVENTHUBS, KEYVAULT, CERTIFICATE, ESXI)
