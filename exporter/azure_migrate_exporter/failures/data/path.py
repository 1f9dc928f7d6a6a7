"""Causes that several failures share: the path from the appliance to Azure, in the article's order."""

from typing import Final

from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Cause, Check, Projects, Source, Step, Strength, Text


def ask_network_team(en: str, fr: str) -> Step:
    """The last step of a broken path: ask the local network team to open exactly this traffic."""
    return Step(
        Text(
            en=f"If the test fails, the network is at fault: ask the local network team to let {en} pass from the "
            "appliance {appliance}, through every firewall and proxy. A firewall setting is the usual cause.",
            fr=f"Si le test échoue, le réseau est en cause : demandez à l'équipe réseau locale de laisser passer {fr} "
            "depuis l'appliance {appliance}, à travers chaque pare-feu et proxy. La cause habituelle est un réglage "
            "de pare-feu.",
        ),
        source=Source.MICROSOFT,
    )


def _upload_test(role_en: str, role_fr: str) -> tuple[Step, ...]:
    """The article's test of a storage account, with azcopy's volume cut from its default of 25 GB to 640 MB."""
    return (
        Step(
            Text(
                en=f"In the portal, in the subscription of {role_en} (the target subscription), open the account, "
                "which the project's resource group lists, then Containers > + Container, and create one with the "
                "default access level.",
                fr=f"Dans le portail, dans l'abonnement {role_fr} (l'abonnement cible), ouvrez le compte, que montre "
                "le groupe de ressources du projet, puis Conteneurs > + Conteneur, et créez-en un en laissant le "
                "niveau d'accès par défaut.",
            ),
            source=Source.MICROSOFT,
        ),
        Step(
            Text(
                en="In the account, open Shared access signature, select the resource types Container and Object, "
                "choose Generate SAS and connection string, and copy the SAS token.",
                fr="Dans le compte, ouvrez Signature d'accès partagé, sélectionnez les types de ressource Conteneur "
                "et Objet, cliquez sur Générer une signature d'accès partagé et une chaîne de connexion, et copiez "
                "le jeton SAS.",
            ),
            source=Source.MICROSOFT,
        ),
        Step(
            Text(
                en="On the appliance, run this with the container and the token. The single quotes keep PowerShell "
                "from interpreting the token. Alternatively, upload 10 blobs of about 64 MB with Azure Storage "
                "Explorer. Without a problem, the upload succeeds.",
                fr="Sur l'appliance, exécutez ceci avec le conteneur et le jeton. Les apostrophes empêchent "
                "PowerShell d'interpréter le jeton. Vous pouvez aussi envoyer 10 blobs d'environ 64 Mo avec "
                "l'Explorateur Stockage Azure. Sans problème, l'envoi réussit.",
            ),
            (("azcopy bench 'https://{account_address}/<container>?<SAS>' --file-count 10 --size-per-file 64M"),),
            source=Source.MICROSOFT,
            links=(links.AZCOPY, links.STORAGE_EXPLORER),
        ),
        Step(
            Text(
                en="If the upload fails, check whether the port opens at all.",
                fr="Si l'envoi échoue, vérifiez si le port s'ouvre.",
            ),
            ("Test-NetConnection -ComputerName {account_address} -Port 443",),
        ),
        ask_network_team("TCP 443 to {account_address}", "TCP 443 vers {account_address}"),
        Step(
            Text(
                en="Delete the container of the test; its token expires by itself.",
                fr="Supprimez le conteneur de l'essai ; son jeton expire de lui-même.",
            )
        ),
    )


# --- causes ----------------------------------------------------------------------------------------------------------

APPLIANCE_DOWN: Final = Cause(
    "appliance_down",
    Text(
        en="The appliance {appliance} is powered off, hangs or is cut off from the network.",
        fr="L'appliance {appliance} est arrêtée, bloquée ou coupée du réseau.",
    ),
    (
        Step(
            Text(
                en="In vCenter, check that the appliance's machine is powered on; start it if not.",
                fr="Dans vCenter, vérifiez que la machine de l'appliance est sous tension ; sinon, démarrez-la.",
            ),
            ("$appliance | Format-Table Name, PowerState", "Start-VM -VM $appliance"),
            source=Source.MICROSOFT,
        ),
        Step(
            Text(
                en="If it powers itself off again, its Windows evaluation licence (180 days) may have ended: look "
                "on the appliance.",
                fr="Si elle s'arrête d'elle-même, sa licence Windows d'évaluation (180 jours) a peut-être expiré : "
                "vérifiez sur l'appliance.",
            ),
            (r"cscript //nologo C:\Windows\System32\slmgr.vbs /dli",),
        ),
    ),
    (Check(evidence.APPLIANCE),),
    source=Source.MICROSOFT,
)
GATEWAY_STOPPED: Final = Cause(
    "gateway_stopped",
    Text(
        en="The gateway service asrgwy on the appliance {appliance} is not running.",
        fr="Le service de passerelle asrgwy de l'appliance {appliance} n'est pas en cours d'exécution.",
    ),
    (steps.LOG_ON, steps.START_GATEWAY),
    (Check(evidence.GATEWAY_SERVICE),),
    source=Source.MICROSOFT,
)
APPLIANCE_STORAGE: Final = Cause(
    "appliance_storage",
    Text(
        en="The appliance does not reach its own storage account (migrategwsa…; in projects made since 2024 "
        "migratersa… or your own).",
        fr="L'appliance n'atteint pas son propre compte de stockage (migrategwsa… ; dans les projets créés depuis "
        "2024, migratersa… ou le vôtre).",
    ),
    _upload_test("the account {account} (migrategwsa…)", "du compte {account} (migrategwsa…)"),
    (Check(evidence.STORAGE_GATEWAY), Check(evidence.STORAGE_REPLICATION)),
    source=Source.MICROSOFT,
)
CACHE_STORAGE: Final = Cause(
    "cache_storage",
    Text(
        en="The appliance does not reach the cache storage account (migratelsa…; in projects made since 2024 "
        "migratersa… or your own), or the network link is too slow.",
        fr="L'appliance n'atteint pas le compte de stockage cache (migratelsa… ; dans les projets créés depuis 2024, "
        "migratersa… ou le vôtre), ou la ligne est trop lente.",
    ),
    _upload_test("the account {account} (migratelsa…)", "du compte {account} (migratelsa…)"),
    (
        Check(evidence.STORAGE_CACHE),
        Check(evidence.STORAGE_REPLICATION),
        Check(evidence.STORAGE_SPEED, Strength.INDIRECT),  # what is too slow depends on the churn of the disks
    ),
    source=Source.MICROSOFT,
)
REPLICATION_STORAGE: Final = Cause(
    "replication_storage",
    Text(
        en="The appliance does not reach the replication account (migratersa…, or your own).",
        fr="L'appliance n'atteint pas le compte de réplication (migratersa…, ou le vôtre).",
    ),
    _upload_test("the account {account}", "du compte {account}"),
    (Check(evidence.STORAGE_REPLICATION),),
    Projects.GREENFIELD,
)
"""The one account of a newer project, seen by itself; failures name it as one of the two roles that it plays."""
SERVICE_BUS: Final = Cause(
    "service_bus",
    Text(
        en="The appliance does not reach the project's Service Bus namespace (migratesbns…).",
        fr="L'appliance n'atteint pas l'espace de noms Service Bus du projet (migratesbns…).",
    ),
    (
        Step(
            Text(
                en="On the appliance, check that the port opens (5671 as well, where AMQP is not tunnelled).",
                fr="Sur l'appliance, vérifiez que le port s'ouvre (5671 aussi, si AMQP n'est pas encapsulé).",
            ),
            (
                "Test-NetConnection -ComputerName {namespace_address} -Port 443",
                "Test-NetConnection -ComputerName {namespace_address} -Port 5671",
            ),
        ),
        Step(
            Text(
                en="Peek at a message; nothing is consumed. The command does it; by hand, copy the connection string "
                "of {bus_namespace} (portal, project's resource group, Shared access policies), and in Service Bus "
                "Explorer choose File > Connect and paste it, then Topics > Snapshot Manager > Receive Messages > "
                'Peek. A good result is "[x] messages received" in the console; otherwise it says that the connection '
                "failed.",
                fr="Lisez un message en aperçu ; rien n'est consommé. La commande le fait ; à la main, copiez la "
                "chaîne de connexion de {bus_namespace} (portail, groupe de ressources du projet, Stratégies d'accès "
                "partagé), et dans Service Bus Explorer choisissez Fichier > Connexion et collez-la, puis "
                "Rubriques > Snapshot Manager > Recevoir des messages > Aperçu. Un bon résultat est « [x] messages "
                "reçus » dans la console ; sinon un message indique que la connexion a échoué.",
            ),
            ("azure-migrate-exporter collect servicebus {bus_namespace}",),
            source=Source.MICROSOFT,
            links=(links.SERVICE_BUS_EXPLORER,),
        ),
        ask_network_team(
            "TCP 443, 5671 and 5672 to {namespace_address}",
            "TCP 443, 5671 et 5672 vers {namespace_address}",
        ),
    ),
    (Check(evidence.SERVICEBUS),),
    Projects.LEGACY,
    source=Source.MICROSOFT,
)
EVENT_HUBS: Final = Cause(
    "event_hubs",
    Text(
        en="The appliance does not reach Event Hubs. Most projects have no namespace of their own to test.",
        fr="L'appliance n'atteint pas Event Hubs. La plupart des projets n'ont pas d'espace de noms à tester.",
    ),
    (ask_network_team("TCP 443 and 5671 to {eventhubs_address}", "TCP 443 et 5671 vers {eventhubs_address}"),),
    (Check(evidence.EVENTHUBS),),
    Projects.LEGACY,
    source=Source.MICROSOFT,
)
KEY_VAULT: Final = Cause(
    "key_vault",
    Text(
        en="The appliance does not reach the replication key vault (migratekv…), which manages the storage account's "
        "keys.",
        fr="L'appliance n'atteint pas le coffre de clés de la réplication (migratekv…), qui garde les clés du "
        "compte de stockage.",
    ),
    (
        Step(
            Text(
                en="On the appliance, check that TcpTestSucceeded is True. The address is that of the vault's URI, "
                "which the project's resource group shows.",
                fr="Sur l'appliance, vérifiez que TcpTestSucceeded vaut True. L'adresse est celle de l'URI du coffre, "
                "que montre le groupe de ressources du projet.",
            ),
            ("Test-NetConnection -ComputerName {keyvault_address} -Port 443",),
            source=Source.MICROSOFT,
        ),
        ask_network_team("TCP 443 to {keyvault_address}", "TCP 443 vers {keyvault_address}"),
    ),
    (Check(evidence.KEYVAULT),),
    Projects.LEGACY,
    source=Source.MICROSOFT,
)
SLOW_READ: Final = Cause(
    "slow_read",
    Text(
        en="vCenter or the ESXi host throttles the reading of the disk, or replication is simply slow.",
        fr="vCenter ou l'hôte ESXi limite la lecture du disque, ou la réplication est simplement lente.",
    ),
    (
        Step(
            Text(
                en="Compare the read rate with the upload rate while a cycle of {vm} runs.",
                fr="Comparez la vitesse de lecture et la vitesse d'envoi pendant un cycle de {vm}.",
            ),
            ("azure-migrate-exporter collect replication",),
        ),
        Step(
            Text(
                en="Reading is slower: replicate fewer machines of the host at once, or move {vm} to a host with "
                "fewer disks in flight, and check the load of its datastore.",
                fr="La lecture est plus lente : répliquez moins de machines de cet hôte à la fois, ou déplacez {vm} "
                "vers un hôte qui a moins de disques en cours, et regardez la charge de son magasin de données.",
            ),
            ("Move-VM -VM $vm -Destination (Get-VMHost | Where-Object Name -eq '<freer host>')",),
        ),
        Step(
            Text(
                en="Uploading is slower: look on the appliance for a throttling policy on "
                "GatewayWindowsService.exe, then request more bandwidth.",
                fr="L'envoi est plus lent : cherchez sur l'appliance une stratégie qui limite "
                "GatewayWindowsService.exe, puis demandez du débit.",
            ),
            ("Get-NetQosPolicy | Format-List Name, AppPathName*, ThrottleRate*",),
            source=Source.MICROSOFT,
        ),
    ),
    (Check(evidence.SPEEDS), Check(evidence.NFC_REPORTED), Check(evidence.NFC_DISKS, Strength.INDIRECT)),
    source=Source.MICROSOFT,
)
