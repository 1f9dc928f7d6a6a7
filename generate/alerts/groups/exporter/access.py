"""The exporter's identity in Entra ID, and its proxy: one alert each, whatever number of collectors needs them."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Cause, Text
from azure_migrate_exporter.reasons import Reason
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, METRICS
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert
from generate.alerts.samples import failure_info

_IMPACT: Final = Text(
    "What these collectors measure is unknown. Nothing shows that the appliances have the same problem: they have "
    "their own identities and proxies.",
    "Ce que mesurent ces collecteurs n'est pas connu. Rien n'indique que les appliances aient le même problème : elles "
    "ont leurs propres identités et proxys.",
)


def _alert(name: str, reason: Reason, fix: Cause, *, summary: Text, description: Text, meaning: Text) -> Alert:
    failing = f'azure_migrate_collector_failure_info{{reason="{reason}"}}'
    storage = failure_info("storage", "migratelsa1", reason)
    return Alert(
        name=name,
        component=Component.EXPORTER,
        expr=f"count by () ({failing}) > 0",
        labels=(),
        summary=summary,
        description=description,
        annotation_queries={
            "collectors": AnnotationQuery(
                f"group by (collector) ({failing})", Text("unknown", "inconnus"), label="collector", limit=5
            )
        },
        meaning=meaning,
        impact=_IMPACT,
        fix=(fix,),
        links=(METRICS, CONFIGURATION),
        runbook_queries=(failing,),
        cases=(
            Case(
                "two collectors fail for it: one alert",
                {storage: "1x30", failure_info("replication", "paris-vault", reason, appliance=""): "1x30"},
                "20m",
                (ExpectedAlert(value="2", results={"collectors": "replication, storage"}),),
            ),
            Case("two runs fail for it", {storage: "1x10 stale"}, "20m"),
            Case("collectors fail for another reason", {failure_info("storage", "migratelsa1", "dns"): "1x30"}, "20m"),
        ),
    )


IDENTITY: Final = _alert(
    "ExporterIdentityFailing",
    Reason.IDENTITY,
    operation.IDENTITY_FAILING,
    summary=Text("The exporter gets no token from Entra ID.", "L'exportateur n'obtient pas de jeton d'Entra ID."),
    description=Text(
        "{value} targets are not checked, since Entra ID gives the exporter no token. Collectors: {collectors}.",
        "{value} cibles ne sont pas contrôlées : Entra ID ne donne pas de jeton à l'exportateur. Collecteurs : "
        "{collectors}.",
    ),
    meaning=Text(
        "The exporter's credential has expired or is wrong, its managed identity is missing, or Entra ID is not "
        "reached. The services themselves were not asked, so that no alert of a path fires.",
        "L'identifiant de l'exportateur a expiré ou est erroné, son identité managée manque, ou Entra ID n'est pas "
        "atteint. Les services eux-mêmes n'ont pas été interrogés : aucune alerte d'un chemin ne se déclenche.",
    ),
)
PROXY: Final = _alert(
    "ExporterProxyFailing",
    Reason.PROXY,
    operation.PROXY_FAILING,
    summary=Text(
        "The exporter's proxy refuses or is not reached.", "Le proxy de l'exportateur refuse ou n'est pas atteint."
    ),
    description=Text(
        "{value} targets are not checked, since the exporter's proxy refuses or is not reached. Collectors: "
        "{collectors}.",
        "{value} cibles ne sont pas contrôlées : le proxy de l'exportateur refuse ou n'est pas atteint. Collecteurs : "
        "{collectors}.",
    ),
    meaning=Text(
        "The exporter's proxy does not answer, wants a password, or refuses a destination. The services themselves "
        "were not asked, so that no alert of a path fires.",
        "Le proxy de l'exportateur ne répond pas, demande un mot de passe ou refuse une destination. Les services "
        "eux-mêmes n'ont pas été interrogés : aucune alerte d'un chemin ne se déclenche.",
    ),
)

ALERTS: Final = (IDENTITY, PROXY)
