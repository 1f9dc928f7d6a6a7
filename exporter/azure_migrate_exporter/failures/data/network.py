"""What is slow, limited or about to end on the way from the appliance to Azure and to vSphere."""

from typing import Final

from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.data import path
from azure_migrate_exporter.failures.model import Cause, Check, Step, Text

_BENCH_AGAIN: Final = Step(
    Text(
        en="Measure again; on the appliance, azcopy gives a second measurement.",
        fr="Mesurez de nouveau ; sur l'appliance, azcopy donne un second avis.",
    ),
    (
        "azure-migrate-exporter collect storage_benchmark {account}",
        ("azcopy bench 'https://{account_address}/<container>?<SAS>' --file-count 10 --size-per-file 64M"),
    ),
)

STORAGE_SLOW: Final = Cause(
    "storage_slow",
    Text(
        en="Uploads from the network of {appliance} to {account} are slow, so cycles take longer than their schedule "
        "allows.",
        fr="Les envois depuis le réseau de {appliance} vers {account} sont lents ; les cycles débordent leur horaire.",
    ),
    (
        _BENCH_AGAIN,
        Step(
            Text(
                en="Look on the appliance for a throttling policy, and for other traffic on the link.",
                fr="Cherchez sur l'appliance une stratégie de limitation, et d'autres trafics sur la ligne.",
            ),
            ("Get-NetQosPolicy | Format-List Name, AppPathName*, ThrottleRate*",),
        ),
        Step(
            Text(
                en="Ask the local network team what changed on the way to {account_address}: a proxy, "
                "TLS inspection, a route, a saturated link.",
                fr="Demandez à l'équipe réseau locale ce qui a changé sur le chemin vers "
                "{account_address} : un proxy, une inspection TLS, une route, une ligne pleine.",
            )
        ),
        Step(
            Text(
                en="Until this is fixed, pause low-priority machines so that the others keep to their schedule.",
                fr="En attendant la réparation, suspendez les machines moins prioritaires pour que les autres "
                "tiennent leur calendrier.",
            )
        ),
    ),
)
STORAGE_THROTTLED: Final = Cause(
    "storage_throttled",
    Text(
        en="The account {account} answers that it is too busy. The network is sound.",
        fr="Le compte {account} répond qu'il est trop occupé. Le réseau est sain.",
    ),
    (
        Step(
            Text(
                en="Find in the account's metrics which limit is reached: Transactions by response type, and Ingress.",
                fr="Regardez dans les métriques du compte quelle limite est atteinte : Transactions par type de "
                "réponse, et Entrée.",
            ),
            (
                (
                    "Get-AzMetric -ResourceId (Get-AzStorageAccount | Where-Object StorageAccountName -eq "
                    "{account}).Id -MetricName Transactions,Ingress -TimeGrain 00:01:00"
                ),
            ),
        ),
        Step(
            Text(
                en="Move other users to another account, distribute the machines over several projects, or ask Azure "
                "support to raise its limits.",
                fr="Retirez les autres utilisateurs du compte, répartissez les machines sur plusieurs projets ou "
                "demandez au support Azure d'augmenter ses limites.",
            )
        ),
    ),
)
ACCOUNT_FULL: Final = Cause(
    "account_full",
    Text(
        en="The account {account} takes no more data: its capacity or a quota is reached. The network is sound.",
        fr="Le compte {account} n'accepte plus de données : sa capacité ou un quota est atteint. Le réseau fonctionne.",
    ),
    (
        Step(
            Text(
                en="See what the account answers to an upload.",
                fr="Regardez ce que le compte répond à un envoi.",
            ),
            ("azure-migrate-exporter collect storage {account}",),
        ),
        Step(
            Text(
                en="In the portal, open the account, then Monitoring > Insights > Capacity, and see what fills it. "
                "Delete what people left there; never delete blobs of the replication itself.",
                fr="Dans le portail, ouvrez le compte, puis Surveillance > Insights > Capacité, et voyez ce qui le "
                "remplit. Supprimez ce que des personnes y ont laissé ; jamais les blobs de la réplication elle-même.",
            ),
        ),
        Step(
            Text(
                en="If it is at its limit all the same, ask Azure support to raise the limit of the account.",
                fr="S'il est malgré tout à sa limite, demandez au support Azure de relever celle du compte.",
            ),
        ),
    ),
    tuple(
        Check(signal, reasons=("full",))
        for signal in (evidence.STORAGE_CACHE, evidence.STORAGE_GATEWAY, evidence.STORAGE_REPLICATION)
    ),
)
CERTIFICATE_EXPIRING: Final = Cause(
    "certificate_expiring",
    Text(
        en="The certificate that the key vault {keyvault} presents here expires soon.",
        fr="Le certificat que le coffre de clés {keyvault} présente ici expire bientôt.",
    ),
    (
        Step(
            Text(
                en="Find out who issued it. Microsoft renews its own certificate in time.",
                fr="Regardez qui l'a émis. Microsoft renouvelle le vrai à temps de lui-même.",
            ),
            (
                (
                    "echo Q | openssl s_client -connect {keyvault_address}:443 "
                    "-servername {keyvault_address} | openssl x509 -noout -issuer -enddate"
                ),
            ),
        ),
        Step(
            Text(
                en="If your own authority issued it, a proxy inspects TLS: renew the proxy's certificate, or let "
                "{keyvault_address} pass without inspection.",
                fr="Si votre propre autorité l'a émis, un proxy inspecte TLS : renouvelez le certificat du proxy, ou "
                "laissez passer {keyvault_address} sans inspection.",
            )
        ),
    ),
)
PROXY_CERTIFICATE: Final = Cause(
    "proxy_certificate",
    Text(
        en="The certificate that {target} presents to the network of {appliance} expires soon.",
        fr="Le certificat que {target} présente au réseau de {appliance} expire bientôt.",
    ),
    (
        Step(
            Text(
                en="Find out who issued it. Microsoft renews its own certificate in time.",
                fr="Regardez qui l'a émis. Microsoft renouvelle le vrai à temps de lui-même.",
            ),
            ("echo Q | openssl s_client -connect {target} | openssl x509 -noout -issuer -enddate",),
        ),
        Step(
            Text(
                en="If your own authority issued it, a proxy inspects TLS: renew the proxy's certificate, or let this "
                "address pass without inspection.",
                fr="Si votre propre autorité l'a émis, un proxy inspecte TLS : renouvelez le certificat du proxy, ou "
                "laissez passer cette adresse sans inspection.",
            )
        ),
    ),
)
REACHABILITY_BUDGET: Final = Cause(
    "reachability_budget",
    Text(
        en="The connection fails and recovers repeatedly, each time too briefly for the alert of an outage.",
        fr="Le chemin se coupe et se rétablit sans cesse, chaque fois trop brièvement pour l'alerte de panne.",
    ),
    (
        Step(
            Text(
                en="Find out when and why it failed: the reasons, and the times at which they increase.",
                fr="Voyez quand et pourquoi cela a échoué : les raisons, et les moments où elles augmentent.",
            ),
            ("azure-migrate-exporter diagnose --appliance {appliance}",),
        ),
        Step(
            Text(
                en="Timeouts and resets at all hours point to a firewall, a proxy or a link that loses packets; "
                "failures at certain hours point to a saturated link. Give the times to the local network team.",
                fr="Des délais dépassés et des coupures à toute heure désignent un pare-feu, un proxy ou une ligne qui "
                "perd des paquets ; à certaines heures, une ligne pleine. Portez ces heures à l'équipe réseau locale.",
            )
        ),
    ),
)
VCENTER_DOWN: Final = Cause(
    "vcenter_down",
    Text(
        en="vCenter {vcenter} does not answer: no snapshot can be made, so every cycle fails.",
        fr="vCenter {vcenter} ne répond pas : aucun instantané ne peut être créé, donc chaque cycle échoue.",
    ),
    (
        Step(
            Text(
                en="Check whether it answers, and why not.",
                fr="Vérifiez s'il répond, et sinon pourquoi.",
            ),
            ("azure-migrate-exporter collect vsphere {vcenter}",),
        ),
        Step(
            Text(
                en="On the vCenter appliance, check its services and its disks (/storage/log and /storage/seat fill "
                "up), and start what is stopped.",
                fr="Sur l'appliance vCenter, regardez ses services et ses disques (/storage/log et /storage/seat se "
                "remplissent) et démarrez ce qui est arrêté.",
            ),
            ("service-control --status --all", "df -h", "service-control --start --all"),
        ),
        Step(
            Text(
                en="If it answers locally, have TCP 443 opened from the appliances and from the exporter to it.",
                fr="S'il répond sur place, faites ouvrir TCP 443 vers lui depuis les appliances et l'exportateur.",
            )
        ),
    ),
    (Check(evidence.VCENTER),),
)
PROBE_FAILING: Final = Cause(
    "probe_failing",
    Text(
        en="blackbox_exporter's probe of {target}, which {appliance} needs, fails.",
        fr="La sonde blackbox_exporter de {target}, dont {appliance} a besoin, échoue.",
    ),
    (
        Step(
            Text(
                en="Find the step that fails with the exporter.",
                fr="Laissez l'exportateur dire quelle étape échoue.",
            ),
            ("azure-migrate-exporter diagnose --appliance {appliance}",),
        ),
        path.ask_network_team("the traffic to {target}", "le trafic vers {target}"),
    ),
)
"""For people who have a blackbox_exporter in the appliance's network already."""
