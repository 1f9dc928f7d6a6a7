"""The exporter itself: whether it runs, looks, and is configured."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, WEB_CONFIGURATION
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires

_BLIND: Final = Text(
    "Nobody sees what happens to the replication. Everything else that these alerts say is missing or old.",
    "Personne ne voit ce qui arrive à la réplication. Tout le reste de ce que disent ces alertes manque ou est ancien.",
)
_UP: Final = 'up{instance="exporter:9878",job="azure-migrate-exporter"}'

WATCHDOG: Final = Alert(
    name="Watchdog",
    component=Component.EXPORTER,
    expr="vector(1)",
    labels=(),
    summary=Text(
        "Alerts arrive: this one always fires, so that its absence can be noticed.",
        "Les alertes arrivent : celle-ci est toujours active, pour que son absence se remarque.",
    ),
    description=Text(
        "Prometheus evaluates these rules and reaches its Alertmanager.",
        "Prometheus évalue ces règles et atteint son Alertmanager.",
    ),
    meaning=Text(
        "It fires all the time on purpose. Route it to a service that raises an alarm when it stops to arrive.",
        "Elle est toujours active, à dessein. Dirigez-la vers un service qui sonne lorsqu'elle n'arrive plus.",
    ),
    impact=Text(
        "None while it arrives. Without it, no other alert of this set arrives either.",
        "Aucun tant qu'elle arrive. Sans elle, aucune autre alerte de cet ensemble n'arrive non plus.",
    ),
    fix=(operation.WATCHDOG,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    cases=(Case("it always fires", {}, "1m", (Fires({}),)),),
)
EXPORTER_DOWN: Final = Alert(
    name="ExporterDown",
    component=Component.EXPORTER,
    expr="min by (job, instance) (up{$exporter_selector}) == 0",
    labels=("job", "instance"),
    summary=Text("Prometheus cannot read the exporter.", "Prometheus ne peut pas lire l'exportateur."),
    description=Text("The scrape of {instance} (job {job}) fails.", "La collecte de {instance} (tâche {job}) échoue."),
    meaning=Text(
        "Prometheus knows the exporter as a target, but its page cannot be read: it does not run, is restarting for "
        "long, or the way to it is closed.",
        "Prometheus connaît l'exportateur comme cible, mais ne peut pas lire sa page : il ne fonctionne pas, redémarre "
        "longuement, ou le chemin est fermé.",
    ),
    impact=_BLIND,
    fix=(operation.EXPORTER_DOWN,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    queries=("scrape_duration_seconds{$exporter_selector}",),
    cases=(
        Case(
            "its scrapes fail for ten minutes",
            {_UP: "0x20"},
            "10m",
            (Fires({"job": "azure-migrate-exporter", "instance": "exporter:9878"}),),
        ),
        Case("a restart of two minutes", {_UP: "1x5 0x1 1x20"}, "12m"),
    ),
)
EXPORTER_ABSENT: Final = Alert(
    name="ExporterAbsent",
    component=Component.EXPORTER,
    expr="max(absent(up{$exporter_selector})) == 1",
    labels=(),
    summary=Text(
        "Prometheus has no exporter to scrape.",
        "Prometheus n'a aucun exportateur à collecter.",
    ),
    description=Text(
        "No target matches the selector of these alerts.", "Aucune cible ne correspond au sélecteur de ces alertes."
    ),
    meaning=Text(
        "The target has vanished from the scrape configuration or from service discovery, or it never was there.",
        "La cible a disparu de la configuration de collecte ou de la découverte de services, ou n'y a jamais été.",
    ),
    impact=_BLIND,
    fix=(operation.EXPORTER_ABSENT,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    cases=(
        Case("no target for a quarter of an hour", {'up{job="other"}': "1x20"}, "15m", (Fires({}),)),
        Case("it is there, though down", {_UP: "0x20"}, "15m"),
    ),
)
CONFIG_RELOAD_FAILED: Final = Alert(
    name="ConfigReloadFailed",
    component=Component.EXPORTER,
    expr="min by (instance) (azure_migrate_config_last_reload_successful) == 0",
    labels=("instance",),
    summary=Text(
        "The exporter runs with an old configuration.", "L'exportateur fonctionne avec une ancienne configuration."
    ),
    description=Text(
        "The newest configuration file of {instance} has an error and was not taken.",
        "Le dernier fichier de configuration de {instance} contient une erreur et n'a pas été pris.",
    ),
    meaning=Text(
        "A reload found an error in the file. The configuration from before goes on, so nothing is lost yet.",
        "Un rechargement a trouvé une erreur dans le fichier. La configuration précédente continue : rien n'est perdu.",
    ),
    impact=Text(
        "What was changed is not watched, and the next restart of the exporter will fail.",
        "Ce qui a été modifié n'est pas surveillé, et le prochain démarrage de l'exportateur échouera.",
    ),
    fix=(operation.CONFIG_REFUSED,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    queries=("time() - azure_migrate_config_last_reload_success_timestamp_seconds",),
    cases=(
        Case(
            "a file with an error",
            {"azure_migrate_config_last_reload_successful": "1x5 0x20"},
            "15m",
            (Fires({"instance": "exporter:9878"}),),
        ),
        Case("corrected after two minutes", {"azure_migrate_config_last_reload_successful": "1x5 0x1 1x20"}, "15m"),
    ),
)
WEB_CONFIG_RELOAD_FAILED: Final = Alert(
    name="WebConfigReloadFailed",
    component=Component.EXPORTER,
    expr="min by (instance) (azure_migrate_exporter_web_config_last_reload_successful) == 0",
    labels=("instance",),
    summary=Text(
        "The exporter serves with an old certificate or old users.",
        "L'exportateur sert avec un ancien certificat ou d'anciens utilisateurs.",
    ),
    description=Text(
        "The web configuration of {instance}, or a certificate that it names, does not load.",
        "La configuration web de {instance}, ou un certificat qu'elle nomme, ne se charge pas.",
    ),
    meaning=Text(
        "The file of --web.config.file or a certificate changed to something that does not load.",
        "Le fichier de --web.config.file ou un certificat a été remplacé par quelque chose qui ne se charge pas.",
    ),
    impact=Text(
        "None yet: the old ones are in force. When the old certificate ends, Prometheus can no longer scrape.",
        "Aucun pour l'instant : les anciens sont en vigueur. À l'expiration de l'ancien certificat, Prometheus ne "
        "pourra plus collecter.",
    ),
    fix=(operation.WEB_CONFIG_REFUSED,),
    documents=(WEB_CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    cases=(
        Case(
            "a certificate without its key",
            {"azure_migrate_exporter_web_config_last_reload_successful": "1x5 0x20"},
            "15m",
            (Fires({"instance": "exporter:9878"}),),
        ),
        Case(
            "certificate and key are replaced one after the other",
            {"azure_migrate_exporter_web_config_last_reload_successful": "1x5 0x1 1x20"},
            "15m",
        ),
    ),
)
ARM_THROTTLED: Final = Alert(
    name="ArmThrottled",
    component=Component.EXPORTER,
    expr='round(sum by (vault) (increase(azure_migrate_arm_requests_total{code="429"}[$window]))) > $threshold',
    labels=("vault",),
    summary=Text(
        "Azure Resource Manager refuses the exporter's requests.",
        "Azure Resource Manager refuse les requêtes de l'exportateur.",
    ),
    description=Text(
        "{value} requests about the vault {recovery_vault} were answered with 429 lately.",
        "{value} requêtes sur le coffre {recovery_vault} ont reçu la réponse 429 récemment.",
    ),
    aliases={"recovery_vault": "vault"},
    meaning=Text(
        "The limit of requests for the exporter's identity, or for the whole subscription, is reached.",
        "La limite de requêtes pour l'identité de l'exportateur, ou pour tout l'abonnement, est atteinte.",
    ),
    impact=Text(
        "Azure's own view of the replication gets older. The exporter waits as Azure asks, and loses nothing.",
        "La vue d'Azure sur la réplication vieillit. L'exportateur attend comme Azure le demande et ne perd rien.",
    ),
    fix=(operation.ARM_THROTTLED,),
    documents=(CONFIGURATION,),
    dashboard=Dashboard.EXPORTER,
    queries=("azure_migrate_arm_ratelimit_remaining",),
    cases=(
        Case(
            "a refused request a minute",
            {
                'azure_migrate_arm_requests_total{subscription="s",vault="paris-vault",operation="list",code="429"}': (
                    "0+1x30"
                )
            },
            "30m",
            (Fires({"vault": "paris-vault"}, value="15"),),
        ),
        Case(
            "one refused request, and a restart of the exporter",
            {
                'azure_migrate_arm_requests_total{subscription="s",vault="paris-vault",operation="list",code="429"}': (
                    "0x5 1x10 _x2 0x13"
                )
            },
            "30m",
        ),
    ),
)

ALERTS: Final = (
    WATCHDOG,
    EXPORTER_DOWN,
    EXPORTER_ABSENT,
    CONFIG_RELOAD_FAILED,
    WEB_CONFIG_RELOAD_FAILED,
    ARM_THROTTLED,
)
