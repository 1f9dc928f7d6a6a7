"""The exporter's process: its scrapes, its configuration, and its requests to Azure Resource Manager."""

from typing import Final

from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.annotation_queries import CONFIGURATION, WEB_CONFIGURATION
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import series

_NO_MONITORING: Final = Text(
    "Nothing monitors the replication. The other alerts of this set are missing or out of date.",
    "Plus rien ne surveille la réplication. Les autres alertes de cet ensemble manquent ou sont périmées.",
)
_UP: Final = 'up{instance="exporter:9878",job="azure-migrate-exporter"}'

WATCHDOG: Final = Alert(
    name="Watchdog",
    component=Component.EXPORTER,
    expr="vector(1)",
    labels=(),
    summary=Text(
        "This alert always fires, so that a missing notification reveals a broken alerting pipeline.",
        "Cette alerte est toujours active : son absence révèle que les alertes n'arrivent plus.",
    ),
    description=Text(
        "Prometheus evaluates these rules and reaches its Alertmanager.",
        "Prometheus évalue ces règles et atteint son Alertmanager.",
    ),
    meaning=Text(
        "The alert fires all the time on purpose. Route it to a service that raises an alarm when it stops arriving.",
        "Elle est toujours active, à dessein. Dirigez-la vers un service qui sonne lorsqu'elle n'arrive plus.",
    ),
    impact=Text(
        "None while it arrives. Without it, no other alert of this set arrives either.",
        "Aucun tant qu'elle arrive. Sans elle, aucune autre alerte de cet ensemble n'arrive non plus.",
    ),
    fix=(operation.WATCHDOG,),
    links=(CONFIGURATION,),
    cases=(Case("it always fires", {}, "1m", (ExpectedAlert(),)),),
)
EXPORTER_DOWN: Final = Alert(
    name="ExporterDown",
    component=Component.EXPORTER,
    expr="min by (job, instance) (up{$exporter_selector}) == 0",
    labels=("job", "instance"),
    summary=Text("Prometheus cannot scrape the exporter.", "Prometheus ne peut pas lire l'exportateur."),
    description=Text("The scrape of {instance} (job {job}) fails.", "La collecte de {instance} (tâche {job}) échoue."),
    meaning=Text(
        "Prometheus has the exporter as a target, but the scrape fails: the exporter does not run, it restarts for a "
        "long time, or the network path to it is closed.",
        "Prometheus connaît l'exportateur comme cible, mais la collecte échoue : l'exportateur ne fonctionne pas, "
        "redémarre longuement, ou le chemin réseau est fermé.",
    ),
    impact=_NO_MONITORING,
    fix=(operation.EXPORTER_DOWN,),
    links=(CONFIGURATION,),
    runbook_queries=("scrape_duration_seconds{$exporter_selector}",),
    cases=(
        Case("its scrapes fail for ten minutes", {_UP: "0x20"}, "10m", (ExpectedAlert(),)),
        Case("a restart of two minutes", {_UP: "1x5 0x1 1x20"}, "12m"),
    ),
)
EXPORTER_ABSENT: Final = Alert(
    name="ExporterAbsent",
    component=Component.EXPORTER,
    expr="max(absent(up{$exporter_selector})) == 1",
    labels=(),
    summary=Text("Prometheus has no exporter to scrape.", "Prometheus n'a aucun exportateur à collecter."),
    description=Text(
        "No target matches the selector of these alerts.", "Aucune cible ne correspond au sélecteur de ces alertes."
    ),
    meaning=Text(
        "The target disappeared from the scrape configuration or from service discovery, or it was never there.",
        "La cible a disparu de la configuration de collecte ou de la découverte de services, ou n'y a jamais été.",
    ),
    impact=_NO_MONITORING,
    fix=(operation.EXPORTER_ABSENT,),
    links=(CONFIGURATION,),
    cases=(
        Case("no target for a quarter of an hour", {'up{job="other"}': "1x20"}, "15m", (ExpectedAlert(),)),
        Case("the target exists but is down", {_UP: "0x20"}, "15m"),
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
        "The newest configuration file of {instance} contains an error and was not loaded.",
        "Le dernier fichier de configuration de {instance} contient une erreur et n'a pas été chargé.",
    ),
    meaning=Text(
        "A reload found an error in the file. The previous configuration stays in force, so no data is lost yet.",
        "Un rechargement a trouvé une erreur dans le fichier. La configuration précédente reste en vigueur : rien "
        "n'est perdu.",
    ),
    impact=Text(
        "The changes are not in force, and the next restart of the exporter will fail.",
        "Les modifications ne sont pas en vigueur, et le prochain démarrage de l'exportateur échouera.",
    ),
    fix=(operation.CONFIG_REFUSED,),
    links=(CONFIGURATION,),
    runbook_queries=("time() - azure_migrate_config_last_reload_success_timestamp_seconds",),
    cases=(
        Case("a file with an error", {series("config_last_reload_successful"): "1x5 0x20"}, "15m", (ExpectedAlert(),)),
        Case("corrected after two minutes", {series("config_last_reload_successful"): "1x5 0x1 1x20"}, "15m"),
    ),
)
WEB_CONFIG_RELOAD_FAILED: Final = Alert(
    name="WebConfigReloadFailed",
    component=Component.EXPORTER,
    expr="min by (instance) (azure_migrate_exporter_web_config_last_reload_successful) == 0",
    labels=("instance",),
    summary=Text(
        "The exporter serves with an old certificate or an old list of users.",
        "L'exportateur sert avec un ancien certificat ou une ancienne liste d'utilisateurs.",
    ),
    description=Text(
        "The web configuration of {instance}, or a certificate that it names, does not load.",
        "La configuration web de {instance}, ou un certificat qu'elle nomme, ne se charge pas.",
    ),
    meaning=Text(
        "The file of --web.config.file or a certificate changed, and the new version does not load.",
        "Le fichier de --web.config.file ou un certificat a changé, et la nouvelle version ne se charge pas.",
    ),
    impact=Text(
        "None yet: the previous version is in force. When the old certificate expires, Prometheus can no longer "
        "scrape.",
        "Aucun pour l'instant : la version précédente est en vigueur. À l'expiration de l'ancien certificat, "
        "Prometheus ne pourra plus collecter.",
    ),
    fix=(operation.WEB_CONFIG_REFUSED,),
    links=(WEB_CONFIGURATION,),
    cases=(
        Case(
            "a certificate without its key",
            {series("exporter_web_config_last_reload_successful"): "1x5 0x20"},
            "15m",
            (ExpectedAlert(),),
        ),
        Case(
            "certificate and key are replaced one after the other",
            {series("exporter_web_config_last_reload_successful"): "1x5 0x1 1x20"},
            "15m",
        ),
    ),
)
_REFUSED: Final = series("arm_requests_total", operation="list", code="429")
_OFFSET: Final = series("clock_offset_seconds")
ARM_THROTTLED: Final = Alert(
    name="ArmThrottled",
    component=Component.EXPORTER,
    expr='round(sum by (vault) (increase(azure_migrate_arm_requests_total{code="429"}[$window]))) > $threshold',
    labels=("vault",),
    summary=Text(
        "Azure Resource Manager throttles the exporter's requests.",
        "Azure Resource Manager limite les requêtes de l'exportateur.",
    ),
    description=Text(
        "Azure answered {value} recent requests about the vault {vault} with 429.",
        "{value} requêtes sur le coffre {vault} ont reçu la réponse 429 récemment.",
    ),
    meaning=Text(
        "The request limit of the exporter's identity, or of the whole subscription, is reached.",
        "La limite de requêtes pour l'identité de l'exportateur, ou pour tout l'abonnement, est atteinte.",
    ),
    impact=Text(
        "Azure's data about the replication gets older. The exporter waits as long as Azure asks and loses nothing.",
        "Les données d'Azure sur la réplication vieillissent. L'exportateur attend comme Azure le demande et ne perd "
        "rien.",
    ),
    fix=(operation.ARM_THROTTLED,),
    links=(CONFIGURATION,),
    runbook_queries=("azure_migrate_arm_ratelimit_remaining",),
    cases=(
        Case("one refused request a minute", {_REFUSED: "0+1x30"}, "30m", (ExpectedAlert(value="15"),)),
        Case("one refused request, and a restart of the exporter", {_REFUSED: "0x5 1x10 _x2 0x13"}, "30m"),
    ),
)
CLOCK_OFFSET: Final = Alert(
    name="ClockOffset",
    component=Component.EXPORTER,
    expr="max by (peer) (abs(azure_migrate_clock_offset_seconds)) > $threshold",
    labels=("peer",),
    summary=Text(
        "The clocks of the exporter and of a service differ.",
        "Les horloges de l'exportateur et d'un service diffèrent.",
    ),
    description=Text(
        "The clock of {peer} and that of the exporter differ by {value}.",
        "L'horloge de {peer} et celle de l'exportateur s'écartent de {value}.",
    ),
    meaning=Text(
        "An answer of the service carries another time than the exporter's machine shows. One of both is wrong.",
        "Une réponse du service porte une autre heure que celle de la machine de l'exportateur. L'une des deux est "
        "fausse.",
    ),
    impact=Text(
        "Beyond five minutes, Entra ID and Kerberos refuse sign-ins; beyond fifteen, storage refuses signatures. "
        "Ages and expiry times are wrong by the difference.",
        "Au-delà de cinq minutes, Entra ID et Kerberos refusent les connexions ; au-delà de quinze, le stockage refuse "
        "les signatures. Les âges et les échéances sont faux d'autant.",
    ),
    fix=(operation.CLOCK_OFF,),
    links=(CONFIGURATION,),
    value_format=NumberFormat.DURATION,
    runbook_queries=("sort_desc(azure_migrate_clock_offset_seconds)",),
    cases=(
        Case("vCenter is four minutes behind", {_OFFSET: "-240x20"}, "16m", (ExpectedAlert(value="4m 0s"),)),
        Case("a clock stepped for ten minutes", {_OFFSET: "0x5 7200x10 0x10"}, "16m"),
        Case("a minute apart", {_OFFSET: "60x20"}, "16m"),
    ),
)

ALERTS: Final = (
    WATCHDOG,
    EXPORTER_DOWN,
    EXPORTER_ABSENT,
    CONFIG_RELOAD_FAILED,
    WEB_CONFIG_RELOAD_FAILED,
    ARM_THROTTLED,
    CLOCK_OFFSET,
)
