"""Trouble of the exporter itself, and of what it needs to look."""

from typing import Final

from azure_migrate_exporter.failures.model import Cause, Step, Text

_LOG: Final = Step(
    Text(
        en="Read the exporter's log: it has the first failure and its reason.",
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
    Text(en="Reload the exporter.", fr="Faites-la relire par l'exportateur."),
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
                en="Nothing to do while it arrives. Configure the receiver to raise an alarm when it stops arriving.",
                fr="Rien à faire tant qu'elle arrive. Faites sonner le destinataire lorsqu'elle n'arrive plus.",
            )
        ),
        Step(
            Text(
                en="If it has stopped: check that Prometheus is running, that its Alertmanager is configured, and "
                "that Alertmanager reaches the receiver.",
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
        en="Prometheus cannot scrape the exporter: it is not running, or it cannot be reached.",
        fr="Prometheus ne peut pas lire la page de l'exportateur : il ne fonctionne pas, ou le chemin est fermé.",
    ),
    (
        Step(
            Text(en="On its host, check whether it is running.", fr="Sur son hôte, vérifiez s'il fonctionne."),
            ("systemctl status azure-migrate-exporter", "curl -sS http://localhost:9878/-/healthy"),
        ),
        _LOG,
        _CHECK_CONFIG,
        Step(
            Text(
                en="If it runs and answers there, open its port to Prometheus, and check that the scrape "
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
SHARDING_MISMATCH: Final = Cause(
    "sharding_mismatch",
    Text(
        en="The exporters that divide one configuration are not one of each shard.",
        fr="Les exportateurs qui se partagent une configuration ne sont pas exactement un par fragment.",
    ),
    (
        Step(
            Text(
                en="Start each number of --shard exactly once, from 0, and all with the same number of shards. With "
                "the chart this is totalShards: look for pods that do not run, or that an upgrade did not replace.",
                fr="Démarrez chaque numéro de --shard exactement une fois, à partir de 0, et tous avec le même nombre "
                "de fragments. Avec le chart, c'est totalShards : cherchez les pods qui ne fonctionnent pas, ou qu'une "
                "mise à jour n'a pas remplacés.",
            ),
            ("kubectl get pods --all-namespaces --selector app.kubernetes.io/name=azure-migrate-exporter",),
        ),
        Step(
            Text(
                en="If all run, Prometheus must scrape each of them, under one job.",
                fr="S'ils fonctionnent tous, Prometheus doit lire chacun d'eux, sous une seule tâche.",
            ),
            ("promtool check config /etc/prometheus/prometheus.yml",),
        ),
    ),
)
EXPORTER_VANISHED: Final = Cause(
    "exporter_vanished",
    Text(
        en="Prometheus had an exporter as a target and has it no longer.",
        fr="Prometheus avait un exportateur comme cible et ne l'a plus.",
    ),
    (
        Step(
            Text(
                en="If the exporter was removed on purpose, silence this alert for a day. Else bring its release, "
                "pod or scrape job back.",
                fr="Si l'exportateur a été retiré exprès, mettez cette alerte en silence pour un jour. Sinon, "
                "rétablissez sa version installée, son pod ou sa tâche de collecte.",
            ),
            ("promtool check config /etc/prometheus/prometheus.yml",),
        ),
    ),
)
APPLIANCE_UNCHECKED: Final = Cause(
    "appliance_unchecked",
    Text(
        en="The exporter no longer has the appliance {appliance} in its configuration or among what it discovers.",
        fr="L'exportateur n'a plus l'appliance {appliance} dans sa configuration ni parmi ce qu'il découvre.",
    ),
    (
        Step(
            Text(
                en="If the appliance was removed on purpose, silence this alert for a day. Else compare the "
                "configuration with what Azure has.",
                fr="Si l'appliance a été retirée exprès, mettez cette alerte en silence pour un jour. Sinon, "
                "comparez la configuration avec ce qu'a Azure.",
            ),
            ("azure-migrate-exporter check-config exporter.yml",),
        ),
    ),
)
REPLICAS_DIFFER: Final = Cause(
    "replicas_differ",
    Text(
        en="One of several exporters fails on a target that another one reaches.",
        fr="L'un de plusieurs exportateurs échoue sur une cible qu'un autre atteint.",
    ),
    (
        Step(
            Text(
                en="Run the check where the failing exporter runs: it prints the reason and the remedy.",
                fr="Lancez le contrôle là où fonctionne l'exportateur qui échoue : il affiche la raison et le remède.",
            ),
            ("azure-migrate-exporter collect {collector} {target}",),
        ),
        Step(
            Text(
                en="Compare version, configuration, proxy and credentials of the two exporters.",
                fr="Comparez version, configuration, proxy et identifiants des deux exportateurs.",
            ),
        ),
    ),
)
COLLECTOR_FAILING: Final = Cause(
    "collector_failing",
    Text(
        en="The exporter's check {collector} of {target} fails, so its result is unknown.",
        fr="Le contrôle {collector} de {target} échoue : ce qu'il montrerait n'est pas connu.",
    ),
    (
        Step(
            Text(
                en="Run the check now: it prints its result, the reason and the remedy.",
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
IDENTITY_FAILING: Final = Cause(
    "identity_failing",
    Text(
        en="Entra ID gives the exporter no token, so that checks that need one do not reach their service.",
        fr="Entra ID ne donne aucun jeton à l'exportateur : les contrôles qui en ont besoin n'atteignent pas leur "
        "service.",
    ),
    (
        Step(
            Text(
                en="Read Entra ID's own answer, which the reason identity comes with; its code begins with AADSTS.",
                fr="Lisez la réponse d'Entra ID, qui accompagne la raison identity ; son code commence par AADSTS.",
            ),
            ("azure-migrate-exporter diagnose",),
        ),
        Step(
            Text(
                en="A secret or certificate that has expired, or is wrong: create a new one for the application and "
                "put it into the file or variable that the section credential names. It is read again at the next "
                "run.",
                fr="Un secret ou un certificat expiré ou erroné : créez-en un nouveau pour l'application et placez-le "
                "dans le fichier ou la variable que nomme la section credential. Il est relu à l'exécution suivante.",
            ),
            ("Get-AzADAppCredential -DisplayName '<application>' | Format-Table KeyId, EndDateTime",),
        ),
        Step(
            Text(
                en="A managed identity or a service account without a token: check that it is assigned to the machine "
                "or pod of the exporter, and that client_id names it.",
                fr="Une identité managée ou un compte de service sans jeton : vérifiez qu'il est attribué à la machine "
                "ou au pod de l'exportateur, et que client_id le désigne.",
            )
        ),
        Step(
            Text(
                en="No answer from Entra ID, or one of another server: let TCP 443 to the address of Entra ID "
                "(authority) pass from the exporter, through its firewall and its proxy, without TLS inspection.",
                fr="Aucune réponse d'Entra ID, ou celle d'un autre serveur : laissez passer TCP 443 de l'exportateur "
                "vers l'adresse d'Entra ID (authority), à travers son pare-feu et son proxy, sans inspection TLS.",
            )
        ),
    ),
)
PROXY_FAILING: Final = Cause(
    "proxy_failing",
    Text(
        en="The exporter's proxy is not reached, refuses the exporter, or refuses a destination.",
        fr="Le proxy de l'exportateur n'est pas atteint, refuse l'exportateur ou refuse une destination.",
    ),
    (
        Step(
            Text(
                en="Read the message of the failing checks: it names the proxy, the destination and the status.",
                fr="Lisez le message des contrôles en échec : il nomme le proxy, la destination et le code d'état.",
            ),
            ("azure-migrate-exporter diagnose",),
        ),
        Step(
            Text(
                en="Status 407: set username and password in the section proxy. Not reached: correct its url, or the "
                "variables HTTPS_PROXY and NO_PROXY of the exporter.",
                fr="Code 407 : indiquez username et password dans la section proxy. Non atteint : corrigez son url, ou "
                "les variables HTTPS_PROXY et NO_PROXY de l'exportateur.",
            ),
            ("azure-migrate-exporter check-config exporter.yml",),
        ),
        Step(
            Text(
                en="Any other status: let the administrator of the proxy admit the destination, or list it under "
                "no_proxy if the exporter reaches it directly, as a private endpoint.",
                fr="Tout autre code : faites autoriser la destination par l'administrateur du proxy, ou inscrivez-la "
                "sous no_proxy si l'exportateur l'atteint directement, comme un point de terminaison privé.",
            )
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
                en="Check that the exporter's machine has CPU and memory available, and that its clock is correct.",
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
        en="A check of the article applies to the appliance {appliance}, but no collector measures it.",
        fr="Un contrôle de l'article concerne l'appliance {appliance}, mais rien ne le mesure.",
    ),
    (
        Step(
            Text(
                en="Discover the project's resources with the exporter, and add the missing section to the "
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
        en="The newest configuration file has an error; the previous one stays in force.",
        fr="Le dernier fichier de configuration contient une erreur ; le précédent reste en vigueur.",
    ),
    (_CHECK_CONFIG, _RELOAD),
)
WEB_CONFIG_REFUSED: Final = Cause(
    "web_config_refused",
    Text(
        en="The newest --web.config.file or a certificate that it names does not load; the previous ones stay in "
        "force.",
        fr="Le dernier --web.config.file, ou un certificat qu'il nomme, ne se charge pas ; les précédents restent en "
        "vigueur.",
    ),
    (
        _LOG,
        Step(
            Text(
                en="Correct the file, or install a certificate and its matching key. They are reloaded automatically.",
                fr="Corrigez le fichier, ou mettez en place un certificat et une clé qui vont ensemble. Ils sont relus "
                "d'eux-mêmes.",
            )
        ),
    ),
)
BENCHMARK_SKIPPED: Final = Cause(
    "benchmark_skipped",
    Text(
        en="The upload benchmark of {account} was skipped: it would exceed the daily byte budget, or machines "
        "replicate.",
        fr="Le test de débit de {account} n'a pas été fait : il dépasserait le budget d'octets du jour, ou des "
        "machines répliquent.",
    ),
    (
        Step(
            Text(
                en="For the cause budget: in the section benchmark of that account, raise daily_budget, or lower blobs "
                "or blob_size; or let it run less often (schedules.storage_benchmark.interval).",
                fr="Pour la cause budget : dans la section benchmark de ce compte, augmentez daily_budget ou réduisez "
                "blobs ou blob_size ; ou faites-le tourner moins souvent (schedules.storage_benchmark.interval).",
            )
        ),
        Step(
            Text(
                en="For the cause replicating: give share_while_replicating more than 0. For unknown: the section "
                "replication or discovery must read the vault of this appliance, under the appliance's name in Azure.",
                fr="Pour la cause replicating : donnez à share_while_replicating plus que 0. Pour unknown : la section "
                "replication ou discovery doit lire le coffre de cette appliance, sous le nom qu'elle a dans Azure.",
            )
        ),
        _CHECK_CONFIG,
        _RELOAD,
    ),
)
SIGNATURE_EXPIRING: Final = Cause(
    "signature_expiring",
    Text(
        en="The shared access signature of the exporter's own upload tests to {account} expires soon.",
        fr="La signature d'accès partagé des tests d'envoi de l'exportateur vers {account} expire bientôt.",
    ),
    (
        Step(
            Text(
                en="Create a new one for the container of the tests, with Create, Write, Delete and List.",
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
                en="Such a signature is valid for a week at most; one that is signed with the account key can be "
                "valid for longer. Write it to the file that the configuration names: it is read again at the next "
                "test.",
                fr="Une telle signature vit une semaine au plus ; celle que signe la clé du compte vit plus longtemps. "
                "Écrivez-la dans le fichier que nomme la configuration : elle est relue au test suivant.",
            )
        ),
    ),
)
CLOCK_OFF: Final = Cause(
    "clock_off",
    Text(
        en="The clock of the exporter's machine or of the service is wrong.",
        fr="L'horloge de la machine de l'exportateur ou celle du service est fausse.",
    ),
    (
        Step(
            Text(
                en="Compare the peers: if all of them differ by the same, the exporter's own clock is wrong. If only "
                "one does, the clock of that service is wrong.",
                fr="Comparez les services : s'ils s'écartent tous d'autant, l'horloge de l'exportateur est fausse. Si "
                "un seul s'écarte, c'est la sienne.",
            )
        ),
        Step(
            Text(
                en="On a Linux machine, check its time source.",
                fr="Sur une machine Linux, vérifiez sa source de temps.",
            ),
            ("timedatectl status",),
        ),
        Step(
            Text(
                en="On a Windows machine, such as the appliance, check its time source and synchronize.",
                fr="Sur une machine Windows, comme l'appliance, vérifiez sa source de temps et synchronisez.",
            ),
            ("w32tm /query /status", "w32tm /resync"),
        ),
        Step(
            Text(
                en="For vCenter and ESXi, set the same NTP servers: vCenter in its management interface (port 5480, "
                "Time), each host in vSphere Client, Configure, Time Configuration.",
                fr="Pour vCenter et ESXi, indiquez les mêmes serveurs NTP : vCenter dans son interface "
                "d'administration (port 5480, Heure), chaque hôte dans vSphere Client, Configurer, Configuration de "
                "l'heure.",
            )
        ),
    ),
)
ARM_THROTTLED: Final = Cause(
    "arm_throttled",
    Text(
        en="Azure Resource Manager throttles requests because there are too many.",
        fr="Azure Resource Manager refuse des requêtes parce qu'il y en a trop.",
    ),
    (
        Step(
            Text(
                en="Find out who else sends requests with the same identity or in the same subscription, such as "
                "scripts and other monitoring.",
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
_GRANT_READ_ONLY: Final = Step(
    Text(
        en="Assign the role Read-only to the exporter's account on the vCenter itself, propagated to its children.",
        fr="Donnez au compte de l'exportateur le rôle Lecture seule sur le vCenter lui-même, propagé aux enfants.",
    ),
    (
        (
            "New-VIPermission -Entity (Get-Folder -NoRecursion) -Principal '<account of the exporter>' "
            "-Role ReadOnly -Propagate:$true"
        ),
    ),
)
VCENTER_RIGHTS_MISSING: Final = Cause(
    "vcenter_rights_missing",
    Text(
        en="vCenter does not let the exporter's account read the inventory, or a part of it.",
        fr="vCenter ne laisse pas le compte de l'exportateur lire l'inventaire, ou une partie.",
    ),
    (_GRANT_READ_ONLY,),
)
MACHINES_INVISIBLE: Final = Cause(
    "machines_invisible",
    Text(
        en="Azure replicates machines that are not visible to the exporter's vCenter account.",
        fr="Azure réplique des machines que le compte vCenter de l'exportateur ne voit pas.",
    ),
    (
        _GRANT_READ_ONLY,
        Step(
            Text(
                en="If the machines are in another vCenter, add it to the section vcenters.",
                fr="Si ces machines sont dans un autre vCenter, ajoutez-le à la section vcenters.",
            )
        ),
    ),
)
MACHINE_CAUSE_REPORTED: Final = Cause(
    "machine_cause_reported",
    Text(
        en="A host or datastore of {vm} has a fault that explains the machine's failure.",
        fr="Un hôte ou un magasin de données de {vm} a une panne qui explique celle de la machine.",
    ),
    (
        Step(
            Text(
                en="Nothing to do for the machine: follow the alert of its host or datastore.",
                fr="Rien à faire pour la machine : suivez l'alerte de son hôte ou de son magasin de données.",
            ),
        ),
    ),
)
RECENT_OUTAGE: Final = Cause(
    "recent_outage",
    Text(
        en="The outage is over or being fixed; its errors disappear with the next cycle of each machine.",
        fr="La panne est terminée ou en cours de réparation ; ses erreurs disparaissent au prochain cycle de chaque "
        "machine.",
    ),
    (
        Step(
            Text(
                en="Nothing to do while machines recover. Check how many still have an error.",
                fr="Rien à faire pendant que les machines se rétablissent. Voyez combien ont encore une erreur.",
            ),
            ("azure-migrate-exporter collect replication",),
        ),
        Step(
            Text(
                en="If a machine still fails after its next cycle, look for another cause with the exporter.",
                fr="Si l'une échoue encore après son prochain cycle, faites chercher une autre cause à l'exportateur.",
            ),
            ("azure-migrate-exporter diagnose --error 181008",),
        ),
    ),
)
