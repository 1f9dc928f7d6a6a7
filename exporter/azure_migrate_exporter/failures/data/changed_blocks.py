"""Changed block tracking (CBT), and what must be true of disks and snapshots before it works."""

from typing import Final

from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import (
    Article,
    Cause,
    Check,
    Code,
    Failure,
    Source,
    Step,
    Strength,
    Text,
)

_LATER = (Article.Y2022, Article.Y2023, Article.Y2026)
_2026 = (Article.Y2026,)

# --- steps -----------------------------------------------------------------------------------------------------------

_REPAIR: Final = Step(
    Text(
        en="If automatic repair was chosen when {vm} was enabled: in the portal's list of replicating machines, "
        "right-click {vm} and choose Repair replication, or run this.",
        fr="Si la réparation automatique a été choisie à l'activation de {vm} : dans la liste des machines en "
        "réplication du portail, cliquez avec le bouton droit sur {vm} et choisissez Réparer la réplication, ou "
        "exécutez ceci.",
    ),
    ("Restart-AzMigrateServerReplication -InputObject $machine",),
    source=Source.MICROSOFT,
)
_STOP_REPLICATION: Final = Step(
    Text(
        en="Only if automatic repair was not chosen or did not help: stop the replication of {vm} (portal: Stop "
        "replication). Its replica disks are deleted.",
        fr="Seulement si la réparation automatique n'a pas été choisie ou n'a pas suffi : arrêtez la réplication de "
        "{vm} (portail : Arrêter la réplication). Ses disques répliqués sont abandonnés.",
    ),
    ("Remove-AzMigrateServerReplication -InputObject $machine",),
    source=Source.MICROSOFT,
)
_NO_SNAPSHOTS: Final = Step(
    Text(
        en="Check that {vm} has no snapshot left; tracking cannot be switched while one exists.",
        fr="Vérifiez que {vm} n'a plus d'instantané ; le suivi ne peut pas être basculé tant qu'il en reste un.",
    ),
    ("Get-Snapshot -VM $vm | Format-Table Id, Name, Created, SizeGB",),
    source=Source.VMWARE,
)
_RESET_CBT: Final = Step(
    Text(
        en="Reset tracking with PowerCLI: off, create and remove a snapshot, on, create and remove another. Backup "
        "products that use tracking will read {vm} in full once.",
        fr="Réinitialisez le suivi avec PowerCLI : désactivez-le, créez puis supprimez un instantané, réactivez-le, "
        "et encore un instantané. Les logiciels de sauvegarde qui l'utilisent reliront {vm} entièrement une fois.",
    ),
    (
        "$spec = New-Object VMware.Vim.VirtualMachineConfigSpec",
        "$spec.ChangeTrackingEnabled = $false",
        "$vm.ExtensionData.ReconfigVM($spec)",
        "New-Snapshot -VM $vm -Name 'tracking off' | Remove-Snapshot -Confirm:$false",
        "$spec.ChangeTrackingEnabled = $true",
        "$vm.ExtensionData.ReconfigVM($spec)",
        "New-Snapshot -VM $vm -Name 'tracking on' | Remove-Snapshot -Confirm:$false",
    ),
    source=Source.VMWARE,
    links=(links.RESET_CBT,),
)
_REPLICATE_AGAIN: Final = Step(
    Text(
        en="Enable the replication of {vm} again; it starts with a full copy.",
        fr="Activez de nouveau la réplication de {vm} ; elle recommence par une copie complète.",
    ),
    source=Source.MICROSOFT,
)
_STOP_BACKUPS: Final = Step(Text("Stop backup jobs and scheduled snapshots of {vm}."), source=Source.MICROSOFT)
_ENABLE_CBT: Final = Step(
    Text("Enable tracking for {vm} with PowerCLI; the snapshot makes it take effect."),
    (
        "$spec = New-Object VMware.Vim.VirtualMachineConfigSpec",
        "$spec.ChangeTrackingEnabled = $true",
        "$vm.ExtensionData.ReconfigVM($spec)",
        "New-Snapshot -VM $vm -Name 'tracking on' | Remove-Snapshot -Confirm:$false",
    ),
    source=Source.MICROSOFT,
    links=(links.CBT_GUIDE,),
)

# --- tracking was reset ----------------------------------------------------------------------------------------------

_IDENTITY: Final = (Check(evidence.CBT_IDENTITY, Strength.INDIRECT),)

_TRACKING_RESET: Final = Cause(
    "tracking_reset",
    Text(
        en="The machine's tracking was reset, or its tracking file is damaged. A power failure or a hard power-off "
        "can cause this.",
        fr="Le suivi de la machine a été réinitialisé, ou son fichier de suivi est endommagé. Une coupure de "
        "courant ou un arrêt brutal peuvent en être l'origine.",
    ),
    (_REPAIR, _STOP_REPLICATION, _NO_SNAPSHOTS, _RESET_CBT, _REPLICATE_AGAIN),
    (*_IDENTITY, Check(evidence.CBT_ENABLED, Strength.EARLY)),
    source=Source.MICROSOFT,
)
_OLD_VSPHERE: Final = Cause(
    "storage_vmotion",
    Text(
        en="On vSphere 5.5, a Storage vMotion of the machine resets its tracking (VMware KB 2048201).",
        fr="Sur vSphere 5.5, un Storage vMotion de la machine réinitialise son suivi (VMware KB 2048201).",
    ),
    (
        Step(
            Text(
                en="List the versions of the hosts; on 5.5, install the updates that the VMware article names.",
                fr="Regardez les versions des hôtes ; en 5.5, installez les mises à jour citées par l'article de "
                "VMware.",
            ),
            ("Get-VMHost | Format-Table Name, Version, Build",),
            source=Source.MICROSOFT,
            links=(links.CBT_AFTER_STORAGE_VMOTION,),
        ),
    ),
    _IDENTITY,
    source=Source.MICROSOFT,
)
FETCH_CHANGED_BLOCKS: Final = Failure(
    id="fetch_changed_blocks",
    title=Text(
        en="The changed blocks could not be read (FetchChangedBlocksFailed)",
        fr="Les blocs modifiés n'ont pas pu être récupérés (FetchChangedBlocksFailed)",
    ),
    summary=Text(
        en="The appliance reads the blocks to send from VMware's changed block tracking. For this machine it cannot: "
        "tracking was reset or its file is damaged.",
        fr="Le suivi des blocs modifiés de VMware (CBT) indique à l'appliance les blocs à envoyer. Pour cette "
        "machine il ne le peut plus : il a été réinitialisé ou son fichier est endommagé.",
    ),
    since=Article.Y2020,
    symbols=("FetchChangedBlocksFailed",),
    english=("fetch changed blocks", "fetch change blocks"),
    french=("récupération des blocs modifiés",),
    causes=(_TRACKING_RESET, _OLD_VSPHERE),
    then=(steps.NEXT_CYCLE,),
)

CHANGE_TRACKING_RESET: Final = Failure(
    id="change_tracking_reset",
    title=Text("Changed block tracking of the machine was reset (ChangeBlockTrackingReset)"),
    summary=Text("Tracking was reset between two cycles, so Azure no longer knows which blocks changed."),
    since=Article.Y2026,
    codes=(Code("1018", _2026),),
    symbols=("ChangeBlockTrackingReset",),
    causes=(_TRACKING_RESET, _OLD_VSPHERE),
    then=(steps.NEXT_CYCLE,),
    links=(links.KB_1020128,),
)

# --- tracking is not possible ----------------------------------------------------------------------------------------

SNAPSHOTS_PRESENT: Final = Failure(
    id="snapshots_present",
    title=Text("The machine has snapshots, so tracking cannot be enabled (ProtectionReadinessError)"),
    summary=Text(
        "To enable replication, changed block tracking must be switched on, which VMware refuses while the machine has "
        "snapshots: its own, or those of a backup product."
    ),
    since=Article.Y2023,
    codes=(Code("31453", (Article.ELSEWHERE,)),),
    symbols=("ProtectionReadinessError",),
    general=("ProtectionReadinessError", "cannot replicate this virtual machine with current VMware configuration"),
    english=("snapshots are already present on the VM", "CBT cannot be enabled … snapshots present"),
    causes=(
        Cause(
            "snapshots",
            Text("Snapshots of {vm} exist while its tracking is off."),
            (
                _STOP_BACKUPS,
                Step(
                    Text("Delete every snapshot of {vm}, after asking their owners."),
                    (
                        "Get-Snapshot -VM $vm | Format-Table Id, Name, Created, SizeGB",
                        "Get-Snapshot -VM $vm | Remove-Snapshot",
                    ),
                    source=Source.MICROSOFT,
                    links=(links.SNAPSHOTS_PRESENT,),
                ),
                Step(
                    Text("Consolidate its disks and check that consolidation is no longer needed."),
                    (
                        "$vm.ExtensionData.ConsolidateVMDisks()",
                        "$vm.ExtensionData.Runtime.ConsolidationNeeded",
                    ),
                    source=Source.MICROSOFT,
                ),
                Step(Text("Enable the replication of {vm} again."), source=Source.MICROSOFT),
            ),
            (
                Check(evidence.SNAPSHOTS_WITHOUT_CBT),
                Check(evidence.SNAPSHOTS, Strength.EARLY),
                Check(evidence.CBT_ENABLED, Strength.EARLY),
            ),
            source=Source.MICROSOFT,
        ),
    ),
)

CHANGE_ID_UNAVAILABLE: Final = Failure(
    id="change_id_unavailable",
    title=Text("A disk has no change id (DiskSnapshotChangeIdIsNotAvailable)"),
    summary=Text("The snapshot of a disk carries no change id, so the next cycle would not know what changed on it."),
    since=Article.Y2026,
    codes=(Code("563", _2026),),
    symbols=("DiskSnapshotChangeIdIsNotAvailable",),
    english=("the disk is marked as an independent disk",),
    causes=(
        Cause(
            "tracking_off",
            Text("Changed block tracking is off for the machine or the disk."),
            (_STOP_BACKUPS, _NO_SNAPSHOTS, _ENABLE_CBT),
            (Check(evidence.CBT_ENABLED),),
            source=Source.MICROSOFT,
        ),
        Cause(
            "independent_disk",
            Text("The disk is independent: snapshots leave it out."),
            (
                Step(
                    Text("Find independent disks."),
                    ("Get-HardDisk -VM $vm | Format-Table Name, Persistence, Filename",),
                ),
                Step(
                    Text("Make the disk dependent; {vm} must be powered off for it."),
                    (
                        (
                            "if ($vm) { Get-HardDisk -VM $vm | Where-Object Name -eq '<disk>' | "
                            "Set-HardDisk -Persistence Persistent }"
                        ),
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            (Check(evidence.INDEPENDENT_DISKS),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

NO_DISK_SNAPSHOTS: Final = Failure(
    id="no_disk_snapshots",
    title=Text("No snapshot of the disks was found (NoDiskSnapshotsFound)"),
    summary=Text("The replicating disks have moved, so their snapshots cannot be matched with them."),
    since=Article.Y2022,
    codes=(
        Code("566", _2026),
        Code("181008", (Article.Y2022, Article.Y2023), shared_with="dispose_artefacts_timed_out"),
    ),
    symbols=("NoDiskSnapshotsFound",),
    english=("no disksnapshots were found", "no disk snapshots were found"),
    causes=(
        Cause(
            "disk_moved",
            Text("A Storage vMotion changed the path of a disk."),
            (
                Step(
                    Text("List the current paths of the disks of {vm}."),
                    ("Get-HardDisk -VM $vm | Format-Table Name, Filename, CapacityGB",),
                ),
                Step(
                    Text(
                        "While it replicates: wait a few cycles, it recovers by itself after a Storage vMotion. "
                        "During a migration: wait 15 minutes and try again."
                    ),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text(
                        "If it does not recover, move the disks back to their old paths, or stop the replication of "
                        "{vm} and enable it again."
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
        Cause(
            "disk_detached",
            Text("A disk that replicates was detached from the machine."),
            (
                Step(
                    Text(
                        "Attach the disk again; or stop the replication of {vm} and enable it again without that disk."
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

PHYSICAL_MODE_DISK: Final = Failure(
    id="physical_mode_disk",
    title=Text("A raw device is attached in physical mode (SnapshotDiskAttachedInPhysicalMode)"),
    summary=Text("Snapshots leave out a raw device mapping in physical mode, so it cannot replicate."),
    since=Article.Y2026,
    codes=(Code("1023", _2026),),
    symbols=("SnapshotDiskAttachedInPhysicalMode",),
    english=("raw disk attached in physical mode",),
    causes=(
        Cause(
            "physical_mode",
            Text("A disk of {vm} is a raw device mapping in physical compatibility mode."),
            (
                Step(
                    Text("Find the disk."),
                    (
                        (
                            "Get-HardDisk -VM $vm -DiskType RawPhysical | Format-Table Name, ScsiCanonicalName, "
                            "CapacityGB"
                        ),
                    ),
                ),
                Step(
                    Text(
                        "Power {vm} off, remove that disk from it (the data stays on the device) and add the same "
                        "device in virtual compatibility mode."
                    ),
                    source=Source.MICROSOFT,
                ),
                Step(Text("Power {vm} on and let it replicate again, or leave the disk out of the replication.")),
            ),
            (Check(evidence.PHYSICAL_MODE_DISKS),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

RESYNC_SNAPSHOT_MISSING: Final = Failure(
    id="resync_snapshot_missing",
    title=Text("The snapshot of the resynchronisation does not exist (ResyncSnapshotDoesNotExist)"),
    summary=Text(
        "A resynchronisation reads from a snapshot that it created; that snapshot was deleted in the meantime."
    ),
    since=Article.Y2026,
    codes=(Code("508", _2026),),
    symbols=("ResyncSnapshotDoesNotExist",),
    causes=(
        Cause(
            "snapshot_deleted",
            Text("The snapshot was deleted by a person, a clean-up script or a backup product."),
            (
                Step(Text("Find out what deletes snapshots of {vm} and prevent it while the machine replicates.")),
                Step(Text("Start the resynchronisation again."), _REPAIR.commands, source=Source.MICROSOFT),
            ),
            (Check(evidence.SNAPSHOTS, Strength.INDIRECT),),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)
