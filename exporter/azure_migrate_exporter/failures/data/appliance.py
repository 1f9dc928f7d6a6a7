"""What goes wrong on the appliance before Azure reports an error: services, agents, memory, CPU, network, slots."""

from typing import Final

from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Cause, Check, Source, Step, Text

_FEWER_MACHINES: Final = Step(
    Text(
        en="Replicate fewer machines at once: pause low-priority machines (portal: Pause replication), initial "
        "replications first.",
        fr="Répliquez moins de machines à la fois : suspendez les moins prioritaires (portail : Suspendre la "
        "réplication), d'abord les réplications initiales.",
    )
)
_SCALE_OUT: Final = Step(
    Text(
        en="If it lasts, add a scale-out appliance; it shares the work of the first one.",
        fr="Si cela dure, ajoutez une appliance de scale-out ; elle partage le travail de la première.",
    )
)
_BUSIEST: Final = Step(
    Text(
        en="On the appliance {appliance}, find what else uses it, and stop what does not belong to Azure Migrate.",
        fr="Sur l'appliance {appliance}, regardez ce qui l'occupe d'autre et arrêtez ce qui n'est pas d'Azure Migrate.",
    ),
    (
        "Get-Process | Sort-Object WorkingSet64 -Descending | Select-Object -First 10 Name, Id, CPU, WorkingSet64",
        "Get-CimInstance Win32_OperatingSystem | Format-List TotalVisibleMemorySize, FreePhysicalMemory",
    ),
)
_SERVICE_EVENTS: Final = (
    "Get-WinEvent -MaxEvents 50 -FilterHashtable @{LogName='System'; ProviderName='Service Control Manager'} | "
    "Format-List TimeCreated, Message"
)

CONFIGURATION_MANAGER_DOWN: Final = Cause(
    "configuration_manager_down",
    Text(
        en="The gateway service of {appliance} runs, but its configuration manager (TCP 44368) does not answer.",
        fr="Le service de passerelle de {appliance} fonctionne, mais son gestionnaire de configuration (TCP 44368) ne "
        "répond pas.",
    ),
    (
        Step(
            Text(
                en="From the exporter's network, then on the appliance itself, check whether the port opens.",
                fr="Depuis le réseau de l'exportateur, puis sur l'appliance elle-même, vérifiez si le port s'ouvre.",
            ),
            (
                "Test-NetConnection -ComputerName {appliance} -Port 44368",
                "Test-NetConnection -ComputerName localhost -Port 44368",
            ),
        ),
        Step(
            Text(
                en="It opens there but not from here: have TCP 44368 opened in the firewalls, or take the address out "
                "of the exporter's configuration.",
                fr="Il s'ouvre là-bas mais pas d'ici : faites ouvrir TCP 44368 dans les pare-feu, ou retirez "
                "l'adresse de la configuration de l'exportateur.",
            )
        ),
        Step(
            Text(
                en="It does not open there: restart the appliance's machine when no cycle runs.",
                fr="Il ne s'ouvre pas là-bas : redémarrez la machine de l'appliance quand aucun cycle ne tourne.",
            )
        ),
    ),
)
GATEWAY_NOT_FOUND: Final = Cause(
    "gateway_not_found",
    Text(
        en="The machine that is configured as the appliance {appliance} has no service {windows_service}.",
        fr="Il n'y a pas de service {windows_service} sur la machine prise pour l'appliance {appliance}.",
    ),
    (
        steps.LOG_ON,
        Step(
            Text(
                en="List the machine's Azure Migrate services; if it has none, it is another machine.",
                fr="Regardez quels services d'Azure Migrate a cette machine ; aucun : c'est une autre machine.",
            ),
            ("Get-Service -DisplayName '*Azure*' | Format-Table Name, DisplayName, Status",),
        ),
        Step(
            Text(
                en="If it is the wrong machine, correct the section gateway of the exporter's configuration.",
                fr="Si ce n'est pas la bonne machine, corrigez la section gateway de la configuration de "
                "l'exportateur.",
            ),
            ("azure-migrate-exporter check-config exporter.yml",),
        ),
        Step(
            Text(
                en="If it is the right one, the component is missing: open the configuration manager, "
                "https://{appliance}:44368, and let it install the updates of the appliance's services.",
                fr="Si c'est la bonne, le composant manque : ouvrez le gestionnaire de configuration, "
                "https://{appliance}:44368, et faites-lui installer les mises à jour des services de l'appliance.",
            )
        ),
    ),
    (Check(evidence.GATEWAY_SERVICE, reasons=("not_found",)),),
)
GATEWAY_RESTARTING: Final = Cause(
    "gateway_restarting",
    Text(
        en="The service {windows_service} on {appliance} keeps restarting; each restart aborts the running cycles.",
        fr="Le service {windows_service} de {appliance} redémarre sans cesse ; chaque fois, les cycles en cours "
        "s'arrêtent.",
    ),
    (
        steps.LOG_ON,
        Step(
            Text(
                en="Find out what stops it: read the system log and the gateway's own log.",
                fr="Voyez qui l'arrête ou comment il se termine : le journal du système et celui de la passerelle.",
            ),
            (
                _SERVICE_EVENTS,
                r"Get-ChildItem 'C:\ProgramData\Microsoft Azure\Logs' | Sort-Object LastWriteTime -Descending",
            ),
        ),
        Step(
            Text(
                en="Check that memory and disk space are available; an update of the appliance restarts the service "
                "only once.",
                fr="Vérifiez qu'il reste de la mémoire et du disque ; une mise à jour de l'appliance redémarre le "
                "service une fois, pas souvent.",
            ),
            ("Get-PSDrive -PSProvider FileSystem | Format-Table Name, Used, Free",),
        ),
        Step(
            Text(
                en="Exclude the gateway's folder and process from antivirus and management tools; open a support case "
                "with the logs if it crashes by itself.",
                fr="Tenez l'antivirus et les outils d'administration à l'écart du dossier et du processus de la "
                "passerelle ; ouvrez un dossier de support avec les journaux si elle s'arrête d'elle-même.",
            )
        ),
    ),
)
SERVICE_STOPPED: Final = Cause(
    "service_stopped",
    Text(
        en="The service {windows_service} on {appliance} is not running.",
        fr="Le service {windows_service} de {appliance} n'est pas en cours d'exécution.",
    ),
    (
        steps.LOG_ON,
        Step(
            Text(
                en="Start it and check that it stays running; if not, the log shows why.",
                fr="Démarrez-le et vérifiez qu'il reste démarré ; sinon le journal dit pourquoi.",
            ),
            (
                "Get-Service | Where-Object Name -eq {windows_service} | Start-Service",
                "Get-Service | Where-Object Name -eq {windows_service}",
                _SERVICE_EVENTS,
            ),
        ),
    ),
)
HEARTBEAT_MISSING: Final = Cause(
    "heartbeat_missing",
    Text(
        en="Azure receives no heartbeat from an agent of {appliance}: it is stopped, or cut off from Azure.",
        fr="Azure n'a plus de nouvelles d'un agent de {appliance} : il est arrêté, ou coupé d'Azure.",
    ),
    (
        Step(
            Text(
                en="Check the path from here; it shows whether the appliance is down.",
                fr="Regardez l'état du chemin vu d'ici ; une appliance arrêtée s'y voit.",
            ),
            ("azure-migrate-exporter diagnose --appliance {appliance}",),
        ),
        steps.LOG_ON,
        Step(
            Text(
                en="Check that the Azure Migrate services are running, and start those that are not.",
                fr="Vérifiez que les services d'Azure Migrate fonctionnent et démarrez ceux qui sont arrêtés.",
            ),
            (
                "Get-Service -DisplayName '*Azure*' | Format-Table Name, DisplayName, Status",
                "Get-Service | Where-Object Name -eq '<service>' | Start-Service",
            ),
        ),
        Step(
            Text(
                en="Check that the clock is correct and that the service can be reached; a proxy that requires a new "
                "password blocks it too.",
                fr="Vérifiez que l'horloge est à l'heure et que l'adresse du service s'ouvre ; un proxy qui veut un "
                "nouveau mot de passe bloque aussi.",
            ),
            ("w32tm /query /status", "Test-NetConnection -ComputerName {resource_manager} -Port 443"),
        ),
    ),
)
AGENT_OUTDATED: Final = Cause(
    "agent_outdated",
    Text(
        en="Azure no longer supports the version of an agent of {appliance}, or soon will not.",
        fr="Azure ne prend plus en charge la version d'un agent de {appliance}, ou bientôt plus.",
    ),
    (
        Step(
            Text(
                en="Open the configuration manager, https://{appliance}:44368, and let it install the updates; check "
                "that automatic updates are on.",
                fr="Ouvrez le gestionnaire de configuration, https://{appliance}:44368, et faites-lui installer les "
                "mises à jour ; vérifiez que les mises à jour automatiques sont actives.",
            ),
            (r"Get-ItemProperty -Path 'HKLM:\SOFTWARE\Microsoft\AzureAppliance'",),
        ),
        Step(
            Text(
                en="If no update arrives, have access from the appliance to download.microsoft.com and aka.ms opened.",
                fr="Si aucune n'arrive, faites ouvrir le chemin de l'appliance vers download.microsoft.com et aka.ms.",
            ),
            ("Test-NetConnection -ComputerName download.microsoft.com -Port 443",),
        ),
    ),
)
SHORT_OF_MEMORY: Final = Cause(
    "short_of_memory",
    Text(
        en="The memory of {appliance} is nearly exhausted; cycles slow down, and services may stop.",
        fr="La mémoire de {appliance} est presque épuisée ; les cycles ralentissent et des services peuvent s'arrêter.",
    ),
    (
        _BUSIEST,
        _FEWER_MACHINES,
        Step(
            Text(
                en="Below 32 GB, give its machine more memory: that is the documented size.",
                fr="En dessous de 32 Go, donnez plus de mémoire à sa machine : c'est la taille documentée.",
            )
        ),
        _SCALE_OUT,
    ),
)
SHORT_OF_CPU: Final = Cause(
    "short_of_cpu",
    Text(
        en="The CPU of {appliance} is saturated, which delays compression and encryption of the data.",
        fr="Les processeurs de {appliance} sont occupés ; la compression et le chiffrement des données les attendent.",
    ),
    (
        _BUSIEST,
        _FEWER_MACHINES,
        Step(
            Text(
                en="Below 8 cores, give its machine more: that is the documented size.",
                fr="En dessous de 8 cœurs, donnez-en plus à sa machine : c'est la taille documentée.",
            )
        ),
        _SCALE_OUT,
    ),
)
SHORT_OF_NETWORK: Final = Cause(
    "short_of_network",
    Text(
        en="The network of {appliance} is saturated, so every upload is slow.",
        fr="Le réseau de {appliance} est saturé : tous les envois sont lents.",
    ),
    (
        Step(
            Text(
                en="On the appliance, look for a throttling policy that is meant for another time of the day.",
                fr="Sur l'appliance, cherchez une stratégie de limitation prévue pour un autre moment de la journée.",
            ),
            ("Get-NetQosPolicy | Format-List Name, AppPathName*, ThrottleRate*",),
        ),
        _FEWER_MACHINES,
        Step(
            Text(
                en="Stop other traffic on the link, or ask the network team for more bandwidth.",
                fr="Arrêtez les autres trafics de la ligne, ou demandez du débit à l'équipe réseau.",
            )
        ),
    ),
)
SHORT_OF_SLOTS: Final = Cause(
    "short_of_slots",
    Text(
        en="{appliance} replicates its maximum number of disks in parallel; the others wait in a queue.",
        fr="{appliance} réplique autant de disques à la fois qu'elle peut ; les autres attendent.",
    ),
    (
        Step(
            Text(
                en="A queue during a wave of initial replications is normal. If migrations wait for it, pause "
                "low-priority machines.",
                fr="Une file d'attente pendant une vague de réplications initiales est normale. Si des migrations "
                "l'attendent, suspendez des machines moins prioritaires.",
            )
        ),
        _SCALE_OUT,
    ),
)
FABRIC_UNHEALTHY: Final = Cause(
    "fabric_unhealthy",
    Text(
        en="Azure reports that the registration of {appliance} in the vault is not healthy.",
        fr="Azure indique que l'enregistrement de {appliance} dans le coffre n'est pas sain.",
    ),
    (
        Step(
            Text(
                en="In the portal, open Azure Migrate > Replications > Appliances and read the errors of {appliance}.",
                fr="Dans le portail, ouvrez Azure Migrate > Réplications > Appliances et lisez les erreurs de "
                "{appliance}.",
            )
        ),
        Step(
            Text(
                en="Check that its agents send heartbeats and that its path is open.",
                fr="Vérifiez que ses agents sont entendus et que son chemin est ouvert.",
            ),
            (
                "azure-migrate-exporter diagnose --appliance {appliance}",
                "azure-migrate-exporter collect replication",
            ),
        ),
    ),
)
DISK_FULL: Final = Cause(
    "appliance_disk_full",
    Text(
        en="A disk of {appliance} is nearly full; the gateway cannot write its state and its logs.",
        fr="Un disque de {appliance} est presque plein ; la passerelle ne peut plus écrire son état ni ses journaux.",
    ),
    (
        steps.LOG_ON,
        Step(
            Text(
                en="Find what uses the space, mostly old logs and installation files.",
                fr="Voyez ce qui prend la place : surtout d'anciens journaux et des fichiers d'installation.",
            ),
            (
                "Get-PSDrive -PSProvider FileSystem | Format-Table Name, Used, Free",
                (
                    r"Get-ChildItem 'C:\ProgramData\Microsoft Azure\Logs' -Recurse -File | "
                    "Sort-Object Length -Descending | Select-Object -First 20 FullName, Length, LastWriteTime"
                ),
            ),
        ),
        Step(
            Text(
                en="Move logs older than two weeks elsewhere, and clean up Windows; below 80 GB, enlarge the disk: "
                "that is the documented size.",
                fr="Déplacez les journaux de plus de deux semaines et nettoyez Windows ; en dessous de 80 Go, "
                "agrandissez le disque : c'est la taille documentée.",
            ),
            ("cleanmgr.exe",),
        ),
    ),
)
CLOCK_WRONG: Final = Cause(
    "clock_wrong",
    Text(
        en="The clock of {appliance} is wrong; from an offset of five minutes, Azure rejects its requests.",
        fr="L'horloge de {appliance} est fausse ; à partir de cinq minutes, Azure refuse ce qu'elle signe.",
    ),
    (
        steps.LOG_ON,
        Step(
            Text(
                en="Compare the clock with a time server and synchronize it.",
                fr="Comparez l'horloge à un serveur de temps et réglez-la.",
            ),
            ("w32tm /query /status", "w32tm /resync /force"),
        ),
        Step(
            Text(
                en="Check that the ESXi host of its machine has the correct time, and that only one of the two sets "
                "the clock.",
                fr="Vérifiez que l'hôte ESXi de sa machine est à l'heure, et qu'un seul des deux règle l'horloge.",
            ),
            ("Get-VMHost | Get-VMHostNtpServer",),
        ),
    ),
)
ROLE_MISSING: Final = Cause(
    "role_missing",
    Text(
        en="An identity has not every role that replication needs on the storage account.",
        fr="Une identité n'a pas tous les rôles dont la réplication a besoin sur le compte de stockage.",
    ),
    (
        Step(
            Text(
                en="List what is assigned. The appliance's identity is an application of Entra ID that has the "
                "appliance's name in its own; the vault's is its managed identity, on the vault's page Identity.",
                fr="Listez ce qui est attribué. L'identité de l'appliance est une application d'Entra ID dont le nom "
                "contient celui de l'appliance ; celle du coffre est son identité managée, à la page Identité du "
                "coffre.",
            ),
            (
                "$scope = (Get-AzStorageAccount -ResourceGroupName '<resource group>' -Name {account}).Id",
                "Get-AzRoleAssignment -Scope $scope | Format-Table DisplayName, ObjectId, RoleDefinitionName",
            ),
        ),
        Step(
            Text(
                en="Assign the missing role. It takes up to ten minutes to apply.",
                fr="Attribuez le rôle qui manque. Il faut jusqu'à dix minutes pour qu'il s'applique.",
            ),
            ("New-AzRoleAssignment -ObjectId '<id>' -RoleDefinitionName '<role>' -Scope $scope",),
            Source.MICROSOFT,
        ),
    ),
)
