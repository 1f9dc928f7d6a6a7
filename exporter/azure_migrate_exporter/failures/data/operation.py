"""Trouble of the exporter itself, and of what it needs to look."""

from typing import Final

from azure_migrate_exporter.failures.model import Cause, Step, Text

_LOG: Final = Step(
    Text(
        en="Read the exporter's log: it says the first failure and its reason.",
        fr="Lisez le journal de l'exportateur : il indique la première erreur et sa raison.",
    ),
    ("journalctl -u azure-migrate-exporter -n 100",),
)
_CHECK_CONFIG: Final = Step(
    Text(
        en="Check the configuration: every error is printed with its line. Correct it.",
        fr="Vérifiez la configuration : chaque erreur est affichée avec sa ligne. Corrigez-la.",
    ),
    ("azure-migrate-exporter check-config exporter.yml",),
)
_RELOAD: Final = Step(
    Text(en="Let the exporter read it again.", fr="Faites-la relire par l'exportateur."),
    ("curl -X POST http://localhost:9878/-/reload",),
)

WATCHDOG: Final = Cause(
    "watchdog",
    Text(
        en="The alert always fires, so that its absence shows that alerts no longer arrive.",
        fr="L'alerte est toujours active : son absence montre que les alertes n'arrivent plus.",
    ),
    (
        Step(
            Text(
                en="Nothing is to be done while it arrives. Have the receiver raise an alarm when it stops to arrive.",
                fr="Rien à faire tant qu'elle arrive. Faites sonner le destinataire lorsqu'elle n'arrive plus.",
            )
        ),
        Step(
            Text(
                en="If it has stopped: see that Prometheus runs, that it knows its Alertmanager, and that Alertmanager "
                "reaches the receiver.",
                fr="Si elle n'arrive plus : vérifiez que Prometheus fonctionne, qu'il connaît son Alertmanager et "
                "qu'Alertmanager atteint le destinataire.",
            ),
            ("curl -sS http://localhost:9090/api/v1/alertmanagers", "amtool config show"),
        ),
    ),
)
EXPORTER_DOWN: Final = Cause(
    "exporter_down",
    Text(
        en="Prometheus cannot read the exporter's page: it does not run, or the way to it is closed.",
        fr="Prometheus ne peut pas lire la page de l'exportateur : il ne fonctionne pas, ou le chemin est fermé.",
    ),
    (
        Step(
            Text(en="On its host, see whether it runs.", fr="Sur son hôte, vérifiez s'il fonctionne."),
            ("systemctl status azure-migrate-exporter", "curl -sS http://localhost:9878/-/healthy"),
        ),
        _LOG,
        _CHECK_CONFIG,
        Step(
            Text(
                en="If it runs and answers there, open the way from Prometheus to its port, and see that the scrape "
                "configuration has the same scheme, user and certificate.",
                fr="S'il fonctionne et répond sur place, ouvrez le chemin de Prometheus vers son port et vérifiez que "
                "la configuration de collecte a le même protocole, le même utilisateur et le même certificat.",
            )
        ),
    ),
)
EXPORTER_ABSENT: Final = Cause(
    "exporter_absent",
    Text(
        en="Prometheus has no target of this name, so nothing watches the replication.",
        fr="Prometheus n'a aucune cible de ce nom : rien ne surveille la réplication.",
    ),
    (
        Step(
            Text(
                en="Add the exporter to the scrape configuration, or correct the selector in the values file of these "
                "alerts, then reload Prometheus.",
                fr="Ajoutez l'exportateur à la configuration de collecte, ou corrigez le sélecteur dans le fichier de "
                "valeurs de ces alertes, puis rechargez Prometheus.",
            ),
            ("promtool check config /etc/prometheus/prometheus.yml", "curl -X POST http://localhost:9090/-/reload"),
        ),
    ),
)
COLLECTOR_FAILING: Final = Cause(
    "collector_failing",
    Text(
        en="The exporter's check {collector} of {target} fails, so what it would show is not known.",
        fr="Le contrôle {collector} de {target} échoue : ce qu'il montrerait n'est pas connu.",
    ),
    (
        Step(
            Text(
                en="Run the check now: it prints what it saw, the reason and what to do about it.",
                fr="Lancez le contrôle maintenant : il affiche ce qu'il a vu, la raison et ce qu'il faut faire.",
            ),
            ("azure-migrate-exporter collect {collector} {target}",),
        ),
        Step(
            Text(
                en="If the credential is refused, renew it in the file or variable that the configuration names: it is "
                "read again at the next run.",
                fr="Si l'identifiant est refusé, renouvelez-le dans le fichier ou la variable que nomme la "
                "configuration : il est relu à l'exécution suivante.",
            ),
            ("azure-migrate-exporter check-config exporter.yml",),
        ),
    ),
)
COLLECTOR_OVERDUE: Final = Cause(
    "collector_overdue",
    Text(
        en="The exporter's check {collector} of {target} has not run for several intervals.",
        fr="Le contrôle {collector} de {target} ne s'est pas exécuté depuis plusieurs intervalles.",
    ),
    (
        _LOG,
        Step(
            Text(
                en="See that the machine of the exporter has CPU and memory left, and that its clock is right.",
                fr="Vérifiez que la machine de l'exportateur a encore du processeur et de la mémoire, et que son "
                "horloge est à l'heure.",
            ),
            ("timedatectl", "uptime"),
        ),
        Step(
            Text(
                en="Restart the exporter; report a bug with its log if it happens again.",
                fr="Redémarrez l'exportateur ; signalez un défaut avec son journal si cela se reproduit.",
            ),
            ("systemctl restart azure-migrate-exporter",),
        ),
    ),
)
CHECK_UNMEASURED: Final = Cause(
    "check_unmeasured",
    Text(
        en="A check of the article applies to the appliance {appliance}, but nothing measures it.",
        fr="Un contrôle de l'article concerne l'appliance {appliance}, mais rien ne le mesure.",
    ),
    (
        Step(
            Text(
                en="Let the exporter find what belongs to the project, and add the missing section to the "
                "configuration.",
                fr="Laissez l'exportateur trouver ce qui appartient au projet et ajoutez la section manquante à la "
                "configuration.",
            ),
            ("azure-migrate-exporter discover",),
        ),
        _CHECK_CONFIG,
        _RELOAD,
    ),
)
CONFIG_REFUSED: Final = Cause(
    "config_refused",
    Text(
        en="The newest configuration file has an error; the one before it runs on.",
        fr="Le dernier fichier de configuration contient une erreur ; le précédent reste en vigueur.",
    ),
    (_CHECK_CONFIG, _RELOAD),
)
WEB_CONFIG_REFUSED: Final = Cause(
    "web_config_refused",
    Text(
        en="The newest --web.config.file or a certificate that it names does not load; the ones before are in force.",
        fr="Le dernier --web.config.file, ou un certificat qu'il nomme, ne se charge pas ; les précédents restent en "
        "vigueur.",
    ),
    (
        _LOG,
        Step(
            Text(
                en="Correct the file, or put certificate and key that belong together in their places. They are read "
                "again by themselves.",
                fr="Corrigez le fichier, ou mettez en place un certificat et une clé qui vont ensemble. Ils sont relus "
                "d'eux-mêmes.",
            )
        ),
    ),
)
BENCHMARK_SKIPPED: Final = Cause(
    "benchmark_skipped",
    Text(
        en="The upload benchmark of {account} would not fit into the day's budget of bytes and was left out.",
        fr="Le test de débit de {account} ne tiendrait pas dans le budget d'octets du jour et n'a pas été fait.",
    ),
    (
        Step(
            Text(
                en="In the section benchmark of that account, raise daily_budget, or lower blobs or blob_size; or let "
                "it run less often (schedules.storage_benchmark.interval).",
                fr="Dans la section benchmark de ce compte, augmentez daily_budget ou réduisez blobs ou blob_size ; ou "
                "faites-le tourner moins souvent (schedules.storage_benchmark.interval).",
            )
        ),
        _CHECK_CONFIG,
        _RELOAD,
    ),
)
SIGNATURE_EXPIRING: Final = Cause(
    "signature_expiring",
    Text(
        en="The shared access signature of the exporter's own upload tests to {account} ends soon.",
        fr="La signature d'accès partagé des tests d'envoi de l'exportateur vers {account} expire bientôt.",
    ),
    (
        Step(
            Text(
                en="Make a new one for the container of the tests, with Create, Write, Delete and List.",
                fr="Créez-en une pour le conteneur des tests, avec les droits Créer, Écrire, Supprimer et Lister.",
            ),
            (
                "$context = New-AzStorageContext -StorageAccountName {account} -UseConnectedAccount",
                (
                    "New-AzStorageContainerSASToken -Context $context -Name 'azure-migrate-exporter' -Permission cwdl "
                    "-ExpiryTime (Get-Date).AddDays(6)"
                ),
            ),
        ),
        Step(
            Text(
                en="A signature made that way lives a week at most; one that the account's key signs lives longer. "
                "Write it to the file that the configuration names: it is read again at the next test.",
                fr="Une telle signature vit une semaine au plus ; celle que signe la clé du compte vit plus longtemps. "
                "Écrivez-la dans le fichier que nomme la configuration : elle est relue au test suivant.",
            )
        ),
    ),
)
ARM_THROTTLED: Final = Cause(
    "arm_throttled",
    Text(
        en="Azure Resource Manager refuses requests because too many are made.",
        fr="Azure Resource Manager refuse des requêtes parce qu'il y en a trop.",
    ),
    (
        Step(
            Text(
                en="See who else asks with the same identity or in the same subscription, first of all scripts and "
                "other monitoring.",
                fr="Cherchez qui d'autre interroge avec la même identité ou dans le même abonnement, d'abord les "
                "scripts et les autres supervisions.",
            )
        ),
        Step(
            Text(
                en="Lower reads_per_minute in the section replication, or give the exporter an identity of its own.",
                fr="Réduisez reads_per_minute dans la section replication, ou donnez à l'exportateur sa propre "
                "identité.",
            ),
            ("azure-migrate-exporter check-config exporter.yml",),
        ),
        _RELOAD,
    ),
)
MACHINES_INVISIBLE: Final = Cause(
    "machines_invisible",
    Text(
        en="Azure replicates machines that the exporter's vCenter account does not see.",
        fr="Azure réplique des machines que le compte vCenter de l'exportateur ne voit pas.",
    ),
    (
        Step(
            Text(
                en="Give the exporter's account the role Read-only on the vCenter itself, propagated to its children.",
                fr="Donnez au compte de l'exportateur le rôle Lecture seule sur le vCenter lui-même, propagé aux "
                "enfants.",
            ),
            (
                (
                    "New-VIPermission -Entity (Get-Folder -NoRecursion) -Principal '<account of the exporter>' "
                    "-Role ReadOnly -Propagate:$true"
                ),
            ),
        ),
        Step(
            Text(
                en="If the machines live in another vCenter, add that one to the section vcenters.",
                fr="Si ces machines sont dans un autre vCenter, ajoutez-le à la section vcenters.",
            )
        ),
    ),
)
RECENT_OUTAGE: Final = Cause(
    "recent_outage",
    Text(
        en="The outage is over or being mended; the errors that it left go with the next cycle of each machine.",
        fr="La panne est terminée ou en cours de réparation ; ses erreurs disparaissent au prochain cycle de chaque "
        "machine.",
    ),
    (
        Step(
            Text(
                en="Nothing is to be done while machines recover. See how many still have an error.",
                fr="Rien à faire pendant que les machines se rétablissent. Voyez combien ont encore une erreur.",
            ),
            ("azure-migrate-exporter collect replication",),
        ),
        Step(
            Text(
                en="If one still fails after its next cycle, let the exporter look for another cause.",
                fr="Si l'une échoue encore après son prochain cycle, faites chercher une autre cause à l'exportateur.",
            ),
            ("azure-migrate-exporter diagnose --error 181008",),
        ),
    ),
)
