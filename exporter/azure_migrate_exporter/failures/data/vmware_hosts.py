"""VMware's errors about hosts and tasks: "An internal error occurred. [ … ]", without a code."""

from typing import Final

from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Article, Cause, Check, Failure, Source, Step, Strength, Text

_FAULT: Final = Check(evidence.TASK_FAULT)

SERVER_REFUSED_CONNECTION: Final = Failure(
    id="server_refused_connection",
    title=Text(
        en="VMware's disk library was refused the connection (Server Refused Connection)",
        fr="VDDK s'est vu refuser la connexion (Connexion refusée par le serveur)",
    ),
    summary=Text(
        en="The gateway reads disks through VMware's disk library (VDDK). Version 6.7 has a known bug that ends in "
        "this error.",
        fr="La passerelle lit les disques avec la bibliothèque VDDK de VMware. La version 6.7 a un défaut connu qui "
        "se termine par cette erreur.",
    ),
    since=Article.Y2020,
    english=("server refused connection",),
    french=("connexion refusée par le serveur",),
    causes=(
        Cause(
            "vddk_bug",
            Text(
                en="The appliance {appliance} uses VDDK 6.7 without its update. No check outside the appliance shows "
                "it; check first that the host can be reached.",
                fr="L'appliance {appliance} utilise VDDK 6.7 sans sa mise à jour. Rien ne le montre hors de "
                "l'appliance ; vérifiez d'abord que l'hôte est joignable.",
            ),
            (
                steps.LOG_ON,
                steps.STOP_GATEWAY,
                Step(
                    Text(
                        en="Download the updated VDDK (link below) and unpack it over the one on the appliance; the "
                        "configuration manager, https://{appliance}:44368, names the folder.",
                        fr="Téléchargez la mise à jour du VDDK (lien ci-dessous) et décompressez-la à la place de "
                        "celle de l'appliance ; le gestionnaire de configuration, https://{appliance}:44368, "
                        "indique le dossier.",
                    ),
                    source=Source.MICROSOFT,
                    links=(links.VDDK_UPDATE,),
                ),
                steps.START_GATEWAY,
            ),
            (Check(evidence.ESXI, Strength.INDIRECT), Check(evidence.HOST_CONNECTION, Strength.INDIRECT)),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

ANOTHER_TASK_IN_PROGRESS: Final = Failure(
    id="another_task_in_progress",
    title=Text(
        en="Another task of the machine is running (Another task is already in progress)",
        fr="Une autre tâche de la machine est en cours",
    ),
    summary=Text(
        en="A snapshot operation was requested while another task was running on the machine.",
        fr="Un instantané devait être créé, supprimé ou consolidé alors qu'une autre tâche occupait la machine.",
    ),
    since=Article.Y2020,
    signs=(_FAULT,),
    symbols=("AnotherTaskInProgress",),
    english=("another task is already in progress",),
    french=("une autre tâche est déjà en cours",),
    causes=(
        Cause(
            "conflicting_task",
            Text(
                en="Another task of {vm} runs in the background, often a backup product's.",
                fr="Une tâche de {vm} s'exécute en arrière-plan, souvent celle d'un logiciel de sauvegarde.",
            ),
            (
                steps.SHOW_TASKS,
                Step(
                    Text(
                        en="Let it finish; the next cycle retries automatically.",
                        fr="Laissez-la se terminer ; le cycle suivant réessaie de lui-même.",
                    ),
                    source=Source.MICROSOFT,
                ),
                steps.PAUSE_BACKUPS,
            ),
            (Check(evidence.RUNNING_TASKS),),
            source=Source.MICROSOFT,
        ),
        Cause(
            "task_timed_out",
            Text(
                en="A task timed out inside vCenter and still blocks the machine.",
                fr="Une tâche a expiré dans vCenter et occupe toujours la machine.",
            ),
            (
                Step(
                    Text(
                        en="If a task of {vm} no longer advances, cancel it in vCenter; if it cannot be cancelled, "
                        "follow VMware's article (link below).",
                        fr="Si aucune tâche de {vm} n'avance plus, annulez-la dans vCenter ; si c'est impossible, "
                        "suivez l'article de VMware (lien ci-dessous).",
                    ),
                    source=Source.VMWARE,
                    links=(links.ANOTHER_TASK,),
                ),
            ),
            (Check(evidence.TASK_STALLED),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

MACHINE_INACCESSIBLE: Final = Cause(
    "machine_inaccessible",
    Text(
        en="vCenter does not reach the machine {vm}: it is orphaned, inaccessible or invalid.",
        fr="vCenter n'atteint pas la machine {vm} : elle est orpheline, inaccessible ou non valide.",
    ),
    (
        Step(
            Text(
                en="Read the state: inaccessible means that the files cannot be reached, orphaned that the host no "
                "longer has the machine, invalid that its configuration cannot be read.",
                fr="Lisez l'état : inaccessible signifie que les fichiers ne peuvent pas être atteints, orphaned que "
                "l'hôte n'a plus la machine, invalid que sa configuration ne peut pas être lue.",
            ),
            ("$vm.ExtensionData.Runtime | Format-List ConnectionState, PowerState",),
        ),
        Step(
            Text(
                en="Inaccessible or invalid: check that the host of {vm} reaches each of its datastores, and restore "
                "the one that it does not reach.",
                fr="Inaccessible ou invalid : vérifiez que l'hôte de {vm} atteint chacun de ses magasins de données, "
                "et rétablissez celui qu'il n'atteint pas.",
            ),
            ("Get-Datastore -RelatedObject $vm | Format-Table Name, State, Accessible",),
        ),
        Step(
            Text(
                en="Orphaned, or still invalid: in the vSphere Client remove {vm} from the inventory (never from the "
                "disk), browse to its .vmx file on the datastore, and choose Register VM.",
                fr="Orphaned, ou toujours invalid : dans vSphere Client, retirez {vm} de l'inventaire (jamais du "
                "disque), ouvrez son fichier .vmx sur le magasin de données et choisissez Enregistrer la VM.",
            ),
        ),
    ),
    (Check(evidence.MACHINE_CONNECTION), Check(evidence.DATASTORE_ACCESSIBLE)),
)

OPERATION_NOT_ALLOWED: Final = Failure(
    id="operation_not_allowed",
    title=Text(
        en="VMware does not allow the operation now (Operation not allowed in current state)",
        fr="VMware n'autorise pas l'opération pour l'instant (Opération non autorisée dans l'état actuel)",
    ),
    summary=Text(
        en="The snapshot task was refused because of the state of the machine or its host.",
        fr="La tâche d'instantané a été refusée à cause de l'état de la machine ou de son hôte.",
    ),
    since=Article.Y2020,
    signs=(_FAULT,),
    symbols=("OperationNotAllowedInCurrentState",),
    english=("operation not allowed in current state", "operation is not allowed in the current state"),
    french=("opération non autorisée dans l'état actuel",),
    causes=(
        Cause(
            "management_agents",
            Text(
                en="The management agents of the machine's ESXi host have stopped, so vCenter can no longer manage it.",
                fr="Les agents de gestion de l'hôte ESXi de la machine se sont arrêtés : vCenter ne le pilote plus.",
            ),
            (
                Step(
                    Text(
                        en="Check the state of the host of {vm}: it should be Connected, not NotResponding, "
                        "Disconnected or Maintenance.",
                        fr="Regardez l'état de l'hôte de {vm} : il doit être Connected, pas NotResponding, "
                        "Disconnected ni Maintenance.",
                    ),
                    ("Get-VMHost -VM $vm | Format-Table Name, ConnectionState, PowerState",),
                ),
                Step(
                    Text(
                        en="If the host does not respond, restart its management agents in its shell; virtual "
                        "machines keep running. VMware's article (link below) lists the exceptions.",
                        fr="Si l'hôte ne répond pas, redémarrez ses agents de gestion dans son shell ; les machines "
                        "virtuelles continuent de tourner. L'article de VMware (lien ci-dessous) cite les cas où il "
                        "ne faut pas le faire.",
                    ),
                    ("/etc/init.d/hostd restart", "/etc/init.d/vpxa restart"),
                    source=Source.VMWARE,
                    links=(links.MANAGEMENT_AGENTS,),
                ),
            ),
            (Check(evidence.HOST_CONNECTION), Check(evidence.VCENTER, Strength.EARLY)),
            source=Source.MICROSOFT,
        ),
        MACHINE_INACCESSIBLE,
    ),
    then=(steps.NEXT_CYCLE,),
)

NFC_OUT_OF_MEMORY: Final = Failure(
    id="nfc_out_of_memory",
    title=Text(
        en="The ESXi host's NFC buffer is exhausted (Memory allocation failed. Out of memory.)",
        fr="La mémoire tampon NFC de l'hôte ESXi est épuisée (Mémoire insuffisante)",
    ),
    summary=Text(
        en="The host's NFC service reads the disks' blocks through a small buffer (Azure Migrate assumes 32 MB, 4 MB "
        "a disk). The buffer is exhausted.",
        fr="Le service NFC de l'hôte fournit les blocs des disques avec une petite mémoire tampon (Azure Migrate "
        "compte 32 Mo, 4 Mo par disque). Elle est pleine.",
    ),
    since=Article.Y2020,
    symbols=("MemoryAllocationFailed",),
    english=("memory allocation failed … out of memory",),
    french=("allocation de mémoire a échoué … mémoire insuffisante",),
    causes=(
        Cause(
            "buffer_full",
            Text(
                en="Too many disks of machines on the host {host} are read at once, by this appliance or another "
                "program.",
                fr="Trop de disques de machines de l'hôte {host} sont lus à la fois, par cette appliance ou un "
                "autre programme.",
            ),
            (
                Step(
                    Text(
                        en="Move {vm} (compute vMotion; the disks stay) to a host with fewer disks in flight.",
                        fr="Déplacez {vm} (vMotion de calcul ; les disques restent) vers un hôte qui a moins de "
                        "disques en cours.",
                    ),
                    ("Move-VM -VM $vm -Destination (Get-VMHost | Where-Object Name -eq '<freer host>')",),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text(
                        en="Look for leftover snapshots and for backup jobs that read from {host} at the same time.",
                        fr="Cherchez des instantanés oubliés et des sauvegardes qui lisent sur {host} en même temps.",
                    ),
                    ("Get-VM -Location $esx | Get-Snapshot | Format-Table VM, Name, Created",),
                ),
                Step(
                    Text(
                        en="If that is not enough, enlarge the buffer on both sides, never on one only: on the host, "
                        "nfcsvc/maxMemory (bytes) in /etc/vmware/hostd/config.xml, then restart hostd and vpxa; on "
                        "the appliance, HostBufferSizeInMB in GatewayDataWorker.json, then restart the gateway "
                        "service.",
                        fr="Si cela ne suffit pas, agrandissez la mémoire tampon des deux côtés, jamais d'un seul : "
                        "sur l'hôte, nfcsvc/maxMemory (octets) dans /etc/vmware/hostd/config.xml, puis redémarrez "
                        "hostd et vpxa ; sur l'appliance, HostBufferSizeInMB dans GatewayDataWorker.json, puis "
                        "redémarrez le service de passerelle.",
                    ),
                    (
                        r'notepad "$Env:ProgramData\Microsoft Azure\Config\GatewayDataWorker.json"',
                        "Restart-Service -Name asrgwy",
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            (Check(evidence.NFC_REPORTED), Check(evidence.NFC_DISKS, Strength.INDIRECT)),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)
