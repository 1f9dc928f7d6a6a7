"""VMware's errors about snapshots and disks: "An internal error occurred. [ … ]", mostly without a code."""

from typing import Final

from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Article, Cause, Check, Code, Failure, Source, Step, Strength, Text

_FAULT: Final = Check(evidence.TASK_FAULT)

INVALID_SNAPSHOT_CONFIGURATION: Final = Failure(
    id="invalid_snapshot_configuration",
    title=Text(
        en="The machine's snapshots contradict its disks (invalid snapshot configuration)",
        fr="Les instantanés de la machine contredisent ses disques (configuration d'instantané non valide)",
    ),
    summary=Text(
        en="VMware refuses the snapshot task because the machine's snapshot tree does not match its current disks.",
        fr="VMware refuse la tâche d'instantané parce que l'arbre des instantanés de la machine ne correspond plus "
        "à ses disques.",
    ),
    since=Article.Y2020,
    signs=(_FAULT,),
    symbols=("InvalidSnapshotConfiguration",),
    english=("an invalid snapshot configuration was detected", "detected an invalid snapshot configuration"),
    french=("une configuration d'instantané non valide a été détectée",),
    causes=(
        Cause(
            "disk_removed",
            Text(
                en="A disk was removed from {vm}, which has several, while snapshots existed.",
                fr="Un disque a été retiré de {vm}, qui en a plusieurs, alors que des instantanés existaient.",
            ),
            (
                Step(
                    Text(
                        en="Compare the disks of {vm} with those of its snapshots: a disk that only the second list "
                        "has was removed.",
                        fr="Comparez les disques de {vm} avec ceux de ses instantanés : ce que seule la seconde "
                        "liste contient a été retiré.",
                    ),
                    (
                        "Get-HardDisk -VM $vm | Format-Table Name, Filename",
                        "Get-HardDisk -Snapshot (Get-Snapshot -VM $vm) | Format-Table Parent, Name, Filename",
                    ),
                ),
                Step(
                    Text(
                        en="Repair the snapshot tree as VMware's article says (link below).",
                        fr="Réparez l'arbre des instantanés comme l'indique l'article de VMware (lien ci-dessous).",
                    ),
                    source=Source.MICROSOFT,
                    links=(links.INVALID_SNAPSHOT,),
                ),
            ),
            (Check(evidence.SNAPSHOTS, Strength.EARLY),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

SNAPSHOT_HUNG: Final = Failure(
    id="snapshot_hung",
    title=Text(
        en="The creation of the snapshot hangs (Generate Snapshot Hung)",
        fr="La création de l'instantané est bloquée (Suspension de la génération de l'instantané)",
    ),
    summary=Text(
        en="The task that creates the snapshot stops at 95 % or 99 % and does not continue.",
        fr="La tâche qui crée l'instantané s'arrête à 95 % ou 99 % et n'avance plus.",
    ),
    since=Article.Y2020,
    signs=(Check(evidence.TASK_STALLED), _FAULT),
    symbols=("GenerateSnapshotHung",),
    english=("generate snapshot hung",),
    french=("suspension de la génération de l'instantané",),
    causes=(
        Cause(
            "question",
            Text(
                en="vCenter waits for an answer to a question about {vm}, often about space.",
                fr="vCenter attend la réponse à une question sur {vm}, souvent à propos de l'espace disque.",
            ),
            (
                steps.SHOW_TASKS,
                Step(
                    Text(
                        en="Answer the pending question, if there is one.",
                        fr="Répondez à la question en attente, s'il y en a une.",
                    ),
                    ("Get-VMQuestion -VM $vm",),
                ),
            ),
        ),
        Cause(
            "no_space",
            Text(
                en="The datastore of {vm} is full or nearly full.",
                fr="Le magasin de données de {vm} est plein ou presque.",
            ),
            (steps.SHOW_SPACE,),
            (Check(evidence.DATASTORE_SPACE, Strength.EARLY),),
        ),
        Cause(
            "quiescing",
            Text(
                en="The guest cannot be quiesced: VMware Tools cannot suspend its writes long enough for the snapshot.",
                fr="Le système invité ne se met pas au repos : VMware Tools ne peut pas retenir ses écritures assez "
                "longtemps.",
            ),
            (
                Step(
                    Text(
                        en="Check that VMware Tools is running and current; look in the guest for VSS writers in "
                        "error.",
                        fr="Vérifiez que VMware Tools s'exécute et est à jour ; cherchez dans l'invité des "
                        "enregistreurs VSS en erreur.",
                    ),
                    ("$vm.Guest | Format-List State, ToolsVersion", "vssadmin list writers"),
                ),
                Step(
                    Text(
                        en="Follow VMware's article (link below) to end the hanging task.",
                        fr="Suivez l'article de VMware (lien ci-dessous) pour mettre fin à la tâche bloquée.",
                    ),
                    source=Source.MICROSOFT,
                    links=(links.SNAPSHOT_HUNG,),
                ),
            ),
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

CONSOLIDATE_DISKS_FAILED: Final = Failure(
    id="consolidate_disks_failed",
    title=Text(
        en="The disks could not be consolidated (ConsolidateDisksFailed)",
        fr="Les disques n'ont pas pu être consolidés (échec de la consolidation)",
    ),
    summary=Text(
        en="At the end of a cycle the snapshot's changes are merged back into the disks. That failed; the reason is "
        "in the brackets of the message.",
        fr="À la fin d'un cycle, les modifications de l'instantané sont fusionnées dans les disques. Cela a échoué "
        "; la raison figure entre crochets dans le message.",
    ),
    since=Article.Y2020,
    signs=(_FAULT, Check(evidence.CONSOLIDATION_NEEDED)),
    codes=(Code("572", (Article.Y2026,)),),
    symbols=("ConsolidateDisksFailed", "FailedToConsolidateDisks"),
    english=("failed to consolidate the disks",),
    french=("échec de la consolidation des disques",),
    causes=(
        Cause(
            "files_locked",
            Text(
                en="Another program, mostly a backup product, locks the disks' files.",
                fr="Un autre programme, le plus souvent un logiciel de sauvegarde, tient les fichiers des disques.",
            ),
            (steps.SHOW_TASKS, steps.PAUSE_BACKUPS),
            (Check(evidence.RUNNING_TASKS, Strength.EARLY),),
            source=Source.MICROSOFT,
        ),
        Cause(
            "no_space",
            Text(
                en="The datastore has not enough free space to merge the disks.",
                fr="Le magasin de données n'a pas assez d'espace libre pour fusionner les disques.",
            ),
            (steps.SHOW_SPACE,),
            (Check(evidence.DATASTORE_SPACE, Strength.EARLY),),
        ),
        Cause(
            "other_reason",
            Text(
                en="Any other reason that the brackets name.",
                fr="Toute autre raison indiquée entre crochets.",
            ),
            (
                Step(
                    Text(
                        en="Consolidate {vm} by hand, then check that the last command returns False.",
                        fr="Consolidez {vm} à la main, puis vérifiez que la dernière commande répond False.",
                    ),
                    (
                        "$vm.ExtensionData.ConsolidateVMDisks()",
                        "$vm.ExtensionData.Runtime.ConsolidationNeeded",
                    ),
                ),
                Step(
                    Text(
                        en="If that fails, look for the reason in VMware's article (link below) and follow it.",
                        fr="En cas d'échec, cherchez la raison dans l'article de VMware (lien ci-dessous) et "
                        "suivez-le.",
                    ),
                    source=Source.MICROSOFT,
                    links=(links.CONSOLIDATION,),
                ),
            ),
            (Check(evidence.SNAPSHOTS, Strength.EARLY),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

SNAPSHOT_DISK_SIZE_INVALID: Final = Failure(
    id="snapshot_disk_size_invalid",
    title=Text(
        en="A disk in the snapshot has the size zero (Snapshot Disk size invalid)",
        fr="Un disque de l'instantané a la taille zéro (Taille du disque d'instantané non valide)",
    ),
    summary=Text(
        en="A known VMware problem: the size of a disk, as the snapshot reports it, becomes zero.",
        fr="Un problème connu de VMware : la taille d'un disque, telle que l'instantané la donne, devient zéro.",
    ),
    since=Article.Y2020,
    symbols=("SnapshotDiskSizeInvalid",),
    english=("snapshot disk size invalid",),
    french=("taille du disque d'instantané non valide",),
    causes=(
        Cause(
            "size_zero",
            Text(
                en="vCenter reports a wrong size for a disk in a snapshot of {vm}.",
                fr="vCenter donne une taille fausse pour un disque d'un instantané de {vm}.",
            ),
            (
                Step(
                    Text(
                        en="Compare the sizes; note the disk whose snapshot shows 0.",
                        fr="Comparez les tailles ; notez le disque dont l'instantané indique 0.",
                    ),
                    (
                        "Get-HardDisk -VM $vm | Format-Table Name, CapacityKB, Filename",
                        "Get-HardDisk -Snapshot (Get-Snapshot -VM $vm) | Format-Table Parent, Name, CapacityKB",
                    ),
                ),
                Step(
                    Text(
                        en="If the next cycle, with its new snapshot, fails as well, open a case with VMware "
                        "support and attach both lists.",
                        fr="Si le cycle suivant échoue aussi, malgré un nouvel instantané, ouvrez un dossier au "
                        "support VMware en joignant les deux listes.",
                    ),
                    source=Source.MICROSOFT,
                    links=(links.SNAPSHOT_SIZE,),
                ),
            ),
            (Check(evidence.INVALID_SNAPSHOT_DISKS),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)
