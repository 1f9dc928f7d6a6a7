"""Optional: for people who probe from the appliances' network with blackbox_exporter, with a label `appliance`."""

from typing import Final

from azure_migrate_exporter.failures.data import network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form

_PROBE: Final = 'job="blackbox_exporter",appliance="paris",instance="migratelsa1.blob.core.windows.net:443"'
_LABELS: Final = {"appliance": "paris", "instance": "migratelsa1.blob.core.windows.net:443"}

PROBE_FAILING: Final = Alert(
    name="BlackboxProbeFailing",
    component=Component.PATH,
    expr="min by (appliance, instance) (probe_success{$blackbox_exporter_selector}) == 0",
    labels=("appliance", "instance"),
    aliases={"target": "instance"},
    summary=Text(
        "blackbox_exporter cannot reach what an appliance needs.",
        "blackbox_exporter n'atteint pas ce dont une appliance a besoin.",
    ),
    description=Text(
        "The probe of {target} from the network of {appliance} fails.",
        "La sonde de {target} depuis le réseau de {appliance} échoue.",
    ),
    meaning=Text(
        "A second opinion on the path: another program, in the same network, cannot connect either.",
        "Un second avis sur le chemin : un autre programme, du même réseau, n'arrive pas non plus à se connecter.",
    ),
    impact=Text(
        "Cycles of this appliance that need this address fail.",
        "Les cycles de cette appliance qui ont besoin de cette adresse échouent.",
    ),
    fix=(network.PROBE_FAILING,),
    dashboard=Dashboard.CONNECTIVITY,
    queries=("probe_duration_seconds{$blackbox_exporter_selector}",),
    cases=(
        Case("it fails", {f"probe_success{{{_PROBE}}}": "1x2 0x20"}, "12m", (Fires(_LABELS),)),
        Case("it was away for two minutes", {f"probe_success{{{_PROBE}}}": "1x2 0x1 1x20"}, "10m"),
        Case("another job's probe", {'probe_success{job="web",instance="https://example.com"}': "0x20"}, "12m"),
    ),
)
CERTIFICATE: Final = Alert(
    name="BlackboxCertificateExpiring",
    component=Component.PATH,
    expr="""min by (appliance, instance) (probe_ssl_earliest_cert_expiry{$blackbox_exporter_selector}) - time()
  < $within_seconds""",
    labels=("appliance", "instance"),
    aliases={"target": "instance"},
    summary=Text(
        "A certificate on an appliance's path ends soon.", "Un certificat sur le chemin d'une appliance expire bientôt."
    ),
    description=Text(
        "The certificate that {target} shows to the network of {appliance} ends in {value}.",
        "Le certificat que {target} présente au réseau de {appliance} expire dans {value}.",
    ),
    value=Form.DURATION,
    meaning=Text(
        "Azure renews its certificates long before. One that is about to end mostly belongs to a proxy that "
        "inspects TLS.",
        "Azure renouvelle ses certificats bien avant. Celui qui va expirer est le plus souvent celui d'un proxy qui "
        "inspecte TLS.",
    ),
    impact=Text("From then on the appliance refuses the connection.", "Ensuite, l'appliance refuse la connexion."),
    fix=(network.PROXY_CERTIFICATE,),
    dashboard=Dashboard.CONNECTIVITY,
    cases=(
        Case(
            "it ends in two days",
            {f"probe_ssl_earliest_cert_expiry{{{_PROBE}}}": "180000x200"},
            "2h",
            (Fires(_LABELS, value="2d 0h 0m 0s"),),
        ),
        Case("it ends in a month", {f"probe_ssl_earliest_cert_expiry{{{_PROBE}}}": "2592000x200"}, "2h"),
    ),
)

ALERTS: Final = (PROBE_FAILING, CERTIFICATE)
