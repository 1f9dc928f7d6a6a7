"""`rules/optional/blackbox_exporter.yml`: probes from the appliances' network, with a label `appliance`."""

from typing import Final

from azure_migrate_exporter.failures.data import network
from azure_migrate_exporter.failures.model import Text
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, Group, NumberFormat

_INSTANCE: Final = {"instance": "migratelsa1.blob.example.com:443"}
_PROBE: Final = 'job="blackbox_exporter",appliance="paris",instance="migratelsa1.blob.example.com:443"'
_SUCCESS: Final = f"probe_success{{{_PROBE}}}"
_EXPIRY: Final = f"probe_ssl_earliest_cert_expiry{{{_PROBE}}}"

PROBE_FAILING: Final = Alert(
    name="BlackboxProbeFailing",
    component=Component.PATH,
    expr="min by (appliance, instance) (probe_success{$blackbox_exporter_selector}) == 0",
    labels=("appliance", "instance"),
    summary=Text(
        "blackbox_exporter cannot reach a target that an appliance needs.",
        "blackbox_exporter n'atteint pas une cible dont une appliance a besoin.",
    ),
    description=Text(
        "The probe of {target} from the network of {appliance} fails.",
        "La sonde de {target} depuis le réseau de {appliance} échoue.",
    ),
    meaning=Text(
        "A second program in the same network cannot connect either.",
        "Un second programme, du même réseau, n'arrive pas non plus à se connecter.",
    ),
    impact=Text(
        "Cycles of this appliance that need this address fail.",
        "Les cycles de cette appliance qui ont besoin de cette adresse échouent.",
    ),
    fix=(network.PROBE_FAILING,),
    runbook_queries=("probe_duration_seconds{$blackbox_exporter_selector}",),
    cases=(
        Case("it fails", {_SUCCESS: "1x2 0x20"}, "12m", (ExpectedAlert(_INSTANCE),)),
        Case("it failed for two minutes", {_SUCCESS: "1x2 0x1 1x20"}, "10m"),
        Case("a probe of another job", {'probe_success{job="web",instance="https://example.com"}': "0x20"}, "12m"),
    ),
)
CERTIFICATE: Final = Alert(
    name="BlackboxCertificateExpiring",
    component=Component.PATH,
    expr="""min by (appliance, instance) (probe_ssl_earliest_cert_expiry{$blackbox_exporter_selector}) - time()
  < $within_seconds""",
    labels=("appliance", "instance"),
    summary=Text(
        "A certificate on an appliance's path expires soon.",
        "Un certificat sur le chemin d'une appliance expire bientôt.",
    ),
    description=Text(
        "The certificate that {target} presents to the network of {appliance} expires in {value}.",
        "Le certificat que {target} présente au réseau de {appliance} expire dans {value}.",
    ),
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "Azure renews its certificates long before they expire. A certificate that is about to expire usually belongs "
        "to a proxy that inspects TLS.",
        "Azure renouvelle ses certificats bien avant. Celui qui va expirer est le plus souvent celui d'un proxy qui "
        "inspecte TLS.",
    ),
    impact=Text(
        "After the expiry, the appliance refuses the connection.",
        "Après l'expiration, l'appliance refuse la connexion.",
    ),
    fix=(network.PROXY_CERTIFICATE,),
    cases=(
        Case(
            "it expires in two days",
            {_EXPIRY: "180000x200"},
            "2h",
            (ExpectedAlert(_INSTANCE, value="2d 0h 0m 0s"),),
        ),
        Case("it expires in a month", {_EXPIRY: "2592000x200"}, "2h"),
    ),
)

GROUP: Final = Group(
    "blackbox_exporter",
    Text("Optional: with blackbox_exporter", "En option : avec blackbox_exporter"),
    (PROBE_FAILING, CERTIFICATE),
    optional=True,
)
