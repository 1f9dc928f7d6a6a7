"""What fills up, or is left behind, on ESXi hosts, datastores and machines before a cycle fails for it."""

from typing import Final

from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.data import steps
from azure_migrate_exporter.failures.model import Cause, Check, Step, Text

_MACHINES_ON_DATASTORE: Final = Step(
    Text(
        en="List the machines and snapshots that use its space.",
        fr="Voyez quelles machines et quels instantanés occupent l'espace.",
    ),
    (
        "$store | Format-Table Name, FreeSpaceGB, CapacityGB",
        ("$store | Get-VM | Get-Snapshot | Sort-Object SizeGB -Descending | Format-Table VM, Name, Created, SizeGB"),
    ),
)
_MAKE_SPACE: Final = Step(
    Text(
        en="Free space: delete snapshots that are no longer needed (ask their owners), enlarge the datastore, or move "
        "a machine away by Storage vMotion when none of its cycles runs.",
        fr="Libérez de l'espace : supprimez les instantanés dont personne n'a besoin (demandez à leur auteur), "
        "agrandissez le magasin de données, ou déplacez une machine par Storage vMotion hors de ses cycles.",
    ),
    ("Move-VM -VM $vm -Datastore (Get-Datastore | Where-Object Name -eq '<datastore>')",),
)

DATASTORE_FILLING: Final = Cause(
    "datastore_filling",
    Text(
        en="The datastore {datastore} will be full before the cycles on it end; its machines then stop.",
        fr="Le magasin de données {datastore} sera plein avant la fin des cycles ; ses machines s'arrêteront alors.",
    ),
    (
        _MACHINES_ON_DATASTORE,
        Step(
            Text(
                en="Pause the replication of the machine that writes most, so that its snapshot stops growing: start "
                "with {vm}.",
                fr="Suspendez la réplication de la machine qui écrit le plus, pour que son instantané cesse de "
                "grossir : d'abord {vm}.",
            )
        ),
        _MAKE_SPACE,
    ),
)
DATASTORE_FULL: Final = Cause(
    "datastore_full",
    Text(
        en="The datastore {datastore} is almost full: snapshots fail, and machines may stop.",
        fr="Le magasin de données {datastore} n'a presque plus d'espace : les instantanés échouent et des machines "
        "peuvent s'arrêter.",
    ),
    (_MACHINES_ON_DATASTORE, _MAKE_SPACE),
    (Check(evidence.DATASTORE_SPACE),),
)
DATASTORE_INACCESSIBLE: Final = Cause(
    "datastore_inaccessible",
    Text(
        en="vCenter does not reach the datastore {datastore}: its storage, or the paths of the hosts to it, are down.",
        fr="vCenter n'atteint pas le magasin de données {datastore} : son stockage, ou les chemins des hôtes vers "
        "lui, sont coupés.",
    ),
    (
        Step(
            Text(
                en="Read its state, and list the machines on it.",
                fr="Lisez son état et listez ses machines.",
            ),
            (
                "$store | Format-Table Name, State, Accessible",
                "Get-VM -Datastore $store | Format-Table Name, VMHost, PowerState",
            ),
        ),
        Step(
            Text(
                en="Restore its storage: the array or the NFS server, the switches, and the paths of the hosts. Then "
                "let the hosts look for it again.",
                fr="Rétablissez son stockage : la baie ou le serveur NFS, les commutateurs, les chemins des hôtes. "
                "Faites-le ensuite rechercher par les hôtes.",
            ),
            ("Get-VMHost -Datastore $store | Get-VMHostStorage -RescanAllHba -RescanVmfs",),
        ),
    ),
    (Check(evidence.DATASTORE_ACCESSIBLE),),
)
DATASTORE_SNAPSHOTS: Final = Cause(
    "datastore_snapshots",
    Text(
        en="{datastore} has reached the number of disks with a replication snapshot that Azure Migrate allows; others "
        "wait.",
        fr="Autant de disques de {datastore} ont un instantané de réplication qu'Azure Migrate en permet ; les autres "
        "attendent.",
    ),
    (
        Step(
            Text(
                en="Check whether all of them belong to running cycles; leftover snapshots count towards the limit.",
                fr="Voyez si tous appartiennent à des cycles en cours ; les oubliés occupent des places pour rien.",
            ),
            (("$store | Get-VM | Get-Snapshot | Sort-Object Created | Format-Table VM, Name, Created"),),
        ),
        Step(
            Text(
                en="If migrations wait, pause low-priority machines on this datastore, or move some to another one "
                "by Storage vMotion when none of their cycles runs.",
                fr="Si des migrations attendent, suspendez les machines moins prioritaires de ce magasin de données, "
                "ou déplacez-en par Storage vMotion hors de leurs cycles.",
            )
        ),
    ),
)
CHAIN_BROKEN: Final = Cause(
    "chain_broken",
    Text(
        en="vCenter reports that the snapshot chain of a disk of {vm} is broken.",
        fr="vCenter indique que la chaîne d'instantanés d'un disque de {vm} est rompue.",
    ),
    (
        Step(
            Text(
                en="Do not restart {vm} and do not delete snapshots: data written since the break may depend on them. "
                "Check that a backup of {vm} exists.",
                fr="Ne redémarrez pas {vm} et ne supprimez pas d'instantanés : ce qui a été écrit depuis la rupture "
                "peut en dépendre. Vérifiez qu'une sauvegarde de {vm} existe.",
            ),
            ("Get-Snapshot -VM $vm | Format-Table Id, Name, Created, SizeGB",),
        ),
        Step(
            Text(
                en="Open a case with VMware support and attach the machine's files and logs.",
                fr="Ouvrez un dossier au support VMware en joignant les fichiers et journaux de la machine.",
            ),
            ("Get-HardDisk -VM $vm | Format-Table Name, Filename, CapacityGB",),
        ),
    ),
)
SNAPSHOTS_LEFT: Final = Cause(
    "snapshots_left",
    Text(
        en="{vm} has old snapshots, or many: each slows it down and uses space.",
        fr="{vm} porte des instantanés anciens ou nombreux : chacun la ralentit et occupe de l'espace.",
    ),
    (
        Step(
            Text(
                en="Find out who created them; keep those of a running cycle.",
                fr="Voyez qui les a créés ; ceux d'un cycle en cours doivent rester.",
            ),
            (
                "Get-Snapshot -VM $vm | Format-Table Id, Name, Description, Created, SizeGB",
                "azure-migrate-exporter diagnose --vm {vm}",
            ),
        ),
        steps.PAUSE_BACKUPS,
        Step(
            Text(
                en="Delete snapshots that are no longer needed, after asking their owners, then consolidate.",
                fr="Supprimez ce dont personne n'a besoin, après avoir demandé à l'auteur, puis consolidez.",
            ),
            (
                "Get-Snapshot -VM $vm | Where-Object Id -eq '<snapshot>' | Remove-Snapshot",
                "$vm.ExtensionData.ConsolidateVMDisks()",
            ),
        ),
    ),
)
