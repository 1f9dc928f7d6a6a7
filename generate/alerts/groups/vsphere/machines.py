"""What vCenter says of machines that replicate: consolidation, snapshots, change tracking."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import capacity
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.shared.samples import series
from generate.alerts.groups.shared.vcenter_machine import DATASTORE, INFO, MACHINE, NOT_OURS, STRANGER, WEB01, of_web01
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form

CONSOLIDATION_NEEDED: Final = Alert(
    name="ConsolidationNeeded",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id) (azure_migrate_vsphere_vm_consolidation_needed == 1)
{NOT_OURS}
unless on (vm_id) azure_migrate_vsphere_task_stalled{{operation=~"remove_snapshot|consolidate_disks"}}""",
    labels=MACHINE,
    summary=Text("A machine's disks need consolidation.", "Les disques d'une machine doivent être consolidés."),
    description=Text(
        "vCenter {vcenter} has said for long that the disks of {vm} (on {datastore}) need consolidation, and no "
        "task does it.",
        "vCenter {vcenter} indique depuis longtemps que les disques de {vm} (sur {datastore}) doivent être "
        "consolidés, et aucune tâche ne le fait.",
    ),
    live={"datastore": DATASTORE},
    failure=CATALOGUE["consolidate_disks_failed"],
    meaning=Text(
        "A snapshot was removed, but its changes were not merged into the disks. vCenter's flag may be late by some "
        "minutes, so only a lasting one counts.",
        "Un instantané a été supprimé, mais ses modifications n'ont pas été fusionnées dans les disques. "
        "L'indicateur de vCenter peut avoir quelques minutes de retard : seul compte celui qui dure.",
    ),
    impact=Text(
        "The machine runs on a chain of files that grows with each cycle: slower, and in need of ever more space.",
        "La machine fonctionne sur une chaîne de fichiers qui grossit à chaque cycle : plus lente, et avide d'espace.",
    ),
    fix=CATALOGUE["consolidate_disks_failed"].causes,
    then=CATALOGUE["consolidate_disks_failed"].then,
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "it is needed for two hours",
            {**of_web01("vm_consolidation_needed", "1x200"), **INFO},
            "2h",
            (Fires(WEB01, live={"datastore": "ds-1"}),),
        ),
        Case("the flag is late for half an hour", of_web01("vm_consolidation_needed", "0x10 1x30 0x200"), "45m"),
        Case(
            "a consolidation runs",
            {
                **of_web01("vm_consolidation_needed", "1x200"),
                **of_web01("task_stalled", "0x200", ',operation="consolidate_disks"'),
            },
            "2h",
        ),
        Case("a machine that does not replicate", {**of_web01("vm_consolidation_needed", "1x200"), **STRANGER}, "2h"),
        Case("the machine was removed", of_web01("vm_consolidation_needed", "1x20 stale"), "2h"),
    ),
)
CHAIN_BROKEN: Final = Alert(
    name="DiskChainBroken",
    component=Component.VSPHERE,
    expr=f"max by (vcenter, vm, vm_id) (azure_migrate_vsphere_vm_disk_chain_broken == 1)\n{NOT_OURS}",
    labels=MACHINE,
    summary=Text("A disk's chain of snapshots is broken.", "La chaîne d'instantanés d'un disque est rompue."),
    description=Text(
        "vCenter {vcenter} says that a disk of {vm} (on {datastore}) has a broken chain of snapshots.",
        "vCenter {vcenter} indique qu'un disque de {vm} (sur {datastore}) a une chaîne d'instantanés rompue.",
    ),
    live={"datastore": DATASTORE},
    meaning=Text(
        "vSphere 9.1 and later look after it by themselves: a file of the chain is missing or does not fit.",
        "vSphere 9.1 et suivants le vérifient d'eux-mêmes : un fichier de la chaîne manque ou ne correspond pas.",
    ),
    impact=Text(
        "Snapshots of the machine fail, and so does its replication; after a power-off it may not start.",
        "Les instantanés de la machine échouent, sa réplication aussi ; après un arrêt, elle peut ne pas redémarrer.",
    ),
    fix=(capacity.CHAIN_BROKEN,),
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "vCenter says so",
            {**of_web01("vm_disk_chain_broken", "1x20"), **INFO},
            "10m",
            (Fires(WEB01, live={"datastore": "ds-1"}),),
        ),
        Case("it is whole", of_web01("vm_disk_chain_broken", "0x20"), "10m"),
        Case("an older vSphere does not tell", of_web01("vm_snapshots", "1x20"), "10m"),
    ),
)
SNAPSHOT_OLD: Final = Alert(
    name="SnapshotTooOld",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id) (
  time() - azure_migrate_vsphere_vm_oldest_snapshot_timestamp_seconds > $age_seconds
)
{NOT_OURS}
unless on (vm_id) azure_migrate_replication_progress_ratio{{phase=~"initial|resync"}}""",
    labels=MACHINE,
    summary=Text("A replicating machine has an old snapshot.", "Une machine en réplication a un instantané ancien."),
    description=Text(
        "The oldest snapshot of {vm} (on {datastore}) was made {value} ago.",
        "Le plus ancien instantané de {vm} (sur {datastore}) a été créé il y a {value}.",
    ),
    live={"datastore": DATASTORE},
    value=Form.DURATION,
    meaning=Text(
        "A cycle holds its snapshot for hours. One that is days old was left behind by a cycle, a backup or a "
        "person; only a first full copy may take that long.",
        "Un cycle garde son instantané quelques heures. Celui qui date de plusieurs jours a été oublié par un "
        "cycle, une sauvegarde ou une personne ; seule une première copie complète peut durer aussi longtemps.",
    ),
    impact=Text(
        "It grows until the datastore is full, slows the machine down, and makes the next consolidation long.",
        "Il grossit jusqu'à remplir le magasin de données, ralentit la machine et allonge la consolidation suivante.",
    ),
    fix=(capacity.SNAPSHOTS_LEFT,),
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "four days old",
            {**of_web01("vm_oldest_snapshot_timestamp_seconds", "-342000x100"), **INFO},
            "1h",
            (Fires(WEB01, value="4d 0h 0m 0s", live={"datastore": "ds-1"}),),
        ),
        Case("made a day ago", of_web01("vm_oldest_snapshot_timestamp_seconds", "-82800x100"), "1h"),
        Case(
            "a first full copy that takes five days",
            {
                **of_web01("vm_oldest_snapshot_timestamp_seconds", "-428400x100"),
                series("replication_progress_ratio", vm="web01", vm_id="5015", vault="paris-vault", phase="initial"): (
                    "0.8x100"
                ),
            },
            "1h",
        ),
        Case(
            "a machine that does not replicate",
            {**of_web01("vm_oldest_snapshot_timestamp_seconds", "-342000x100"), **STRANGER},
            "1h",
        ),
    ),
)
SNAPSHOTS_MANY: Final = Alert(
    name="TooManySnapshots",
    component=Component.VSPHERE,
    expr=f"max by (vcenter, vm, vm_id) (azure_migrate_vsphere_vm_snapshots > $threshold)\n{NOT_OURS}",
    labels=MACHINE,
    summary=Text("A replicating machine has too many snapshots.", "Une machine en réplication a trop d'instantanés."),
    description=Text("{vm} (on {datastore}) has {value} snapshots.", "{vm} (sur {datastore}) a {value} instantanés."),
    live={"datastore": DATASTORE},
    meaning=Text(
        "Replication needs one at a time, a backup product one more. VMware advises against chains of more than two or "
        "three.",
        "La réplication en demande un à la fois, une sauvegarde un de plus. VMware déconseille les chaînes de plus "
        "de deux ou trois.",
    ),
    impact=Text(
        "The machine and each of its cycles become slower, and consolidation takes long.",
        "La machine et chacun de ses cycles ralentissent, et la consolidation est longue.",
    ),
    fix=(capacity.SNAPSHOTS_LEFT,),
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "five of them",
            {**of_web01("vm_snapshots", "5x200"), **INFO},
            "2h",
            (Fires(WEB01, value="5", live={"datastore": "ds-1"}),),
        ),
        Case("a healthy machine at its limit: three", of_web01("vm_snapshots", "3x200"), "2h"),
        Case(
            "a backup and a cycle at the same time, for half an hour",
            of_web01("vm_snapshots", "1x10 4x30 1x200"),
            "45m",
        ),
        Case("a machine that does not replicate", {**of_web01("vm_snapshots", "9x200"), **STRANGER}, "2h"),
    ),
)
CBT_OFF: Final = Alert(
    name="CbtOff",
    component=Component.VSPHERE,
    expr="""max by (vcenter, vm, vm_id) (azure_migrate_vsphere_vm_cbt_enabled == 0)
and on (vm_id) azure_migrate_vsphere_vm_replicating == 1""",
    labels=MACHINE,
    summary=Text(
        "Changed block tracking is off for a machine that replicates.",
        "Le suivi des blocs modifiés est inactif pour une machine en réplication.",
    ),
    description=Text(
        "Changed block tracking of {vm} (vCenter {vcenter}) is off.",
        "Le suivi des blocs modifiés de {vm} (vCenter {vcenter}) est inactif.",
    ),
    failure=CATALOGUE["change_id_unavailable"],
    meaning=Text(
        "Without tracking nobody knows which blocks changed, so the next delta cycle has nothing to go by.",
        "Sans suivi, personne ne sait quels blocs ont changé : le prochain cycle delta n'a rien sur quoi s'appuyer.",
    ),
    impact=Text(
        "The machine's next cycle fails (563), or it must be copied in full.",
        "Le prochain cycle de la machine échoue (563), ou elle doit être copiée entièrement.",
    ),
    fix=CATALOGUE["change_id_unavailable"].causes,
    then=CATALOGUE["change_id_unavailable"].then,
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "it is off for half an hour",
            {**of_web01("vm_cbt_enabled", "0x60"), **of_web01("vm_replicating", "1x60")},
            "40m",
            (Fires(WEB01),),
        ),
        Case("it is on", {**of_web01("vm_cbt_enabled", "1x60"), **of_web01("vm_replicating", "1x60")}, "40m"),
        Case("a machine that does not replicate", {**of_web01("vm_cbt_enabled", "0x60"), **STRANGER}, "40m"),
        Case("nobody tells which machines replicate", of_web01("vm_cbt_enabled", "0x60"), "40m"),
        Case(
            "it is reset as documented: off and on within minutes",
            {**of_web01("vm_cbt_enabled", "1x5 0x5 1x60"), **of_web01("vm_replicating", "1x60")},
            "12m",
        ),
    ),
)
CBT_RESET: Final = Alert(
    name="CbtReset",
    component=Component.VSPHERE,
    expr=f"""max by (vcenter, vm, vm_id) (increase(azure_migrate_vsphere_vm_cbt_resets_total[$window]) > 0)
{NOT_OURS}""",
    labels=MACHINE,
    summary=Text(
        "Changed block tracking of a machine began anew.",
        "Le suivi des blocs modifiés d'une machine a recommencé à zéro.",
    ),
    description=Text(
        "The identity of the change tracking of {vm} (vCenter {vcenter}) changed while it stayed on.",
        "L'identité du suivi des blocs de {vm} (vCenter {vcenter}) a changé alors qu'il restait actif.",
    ),
    failure=CATALOGUE["change_tracking_reset"],
    meaning=Text(
        "A power failure, a crash of the host, a Storage vMotion on vSphere 5.5 or a person reset it. That a reset "
        "always changes the identity is common practice, not documented.",
        "Une coupure de courant, un plantage de l'hôte, un Storage vMotion sur vSphere 5.5 ou une personne l'a "
        "réinitialisé. Qu'une réinitialisation change toujours l'identité est l'usage, non un fait documenté.",
    ),
    impact=Text(
        "The next cycle fails (1018), or a resynchronisation copies the machine again.",
        "Le prochain cycle échoue (1018), ou une resynchronisation copie de nouveau la machine.",
    ),
    fix=CATALOGUE["change_tracking_reset"].causes,
    then=CATALOGUE["change_tracking_reset"].then,
    dashboard=Dashboard.MACHINE,
    queries=("azure_migrate_replication_resync_required == 1",),
    cases=(
        Case("one reset", of_web01("vm_cbt_resets_total", "0x10 1x60"), "20m", (Fires(WEB01),)),
        Case("a first start that already knows of resets", of_web01("vm_cbt_resets_total", "3x60"), "20m"),
        Case("the exporter restarts", of_web01("vm_cbt_resets_total", "3x10 _x2 3x60"), "20m"),
        Case("a machine that does not replicate", {**of_web01("vm_cbt_resets_total", "0x10 1x60"), **STRANGER}, "20m"),
    ),
)
DISK_SIZE_INVALID: Final = Alert(
    name="SnapshotDiskSizeWrong",
    component=Component.VSPHERE,
    expr=f"max by (vcenter, vm, vm_id) (azure_migrate_vsphere_vm_invalid_snapshot_disks > 0)\n{NOT_OURS}",
    labels=MACHINE,
    summary=Text("A disk in a snapshot has a wrong size.", "Un disque d'un instantané a une taille fausse."),
    description=Text(
        "{value} disks in the snapshots of {vm} (vCenter {vcenter}) have the size zero or another size than the "
        "machine's disk.",
        "{value} disques des instantanés de {vm} (vCenter {vcenter}) ont la taille zéro ou une autre taille que le "
        "disque de la machine.",
    ),
    failure=CATALOGUE["snapshot_disk_size_invalid"],
    meaning=Text(
        "A known problem of VMware: the size of a disk, as the snapshot tells it, becomes zero.",
        "Un problème connu de VMware : la taille d'un disque, telle que l'instantané la donne, devient zéro.",
    ),
    impact=Text(
        "The cycle that uses this snapshot fails; a new snapshot often is right again.",
        "Le cycle qui utilise cet instantané échoue ; un nouvel instantané est souvent correct.",
    ),
    fix=CATALOGUE["snapshot_disk_size_invalid"].causes,
    then=CATALOGUE["snapshot_disk_size_invalid"].then,
    dashboard=Dashboard.MACHINE,
    cases=(
        Case(
            "two disks of size zero",
            of_web01("vm_invalid_snapshot_disks", "0x2 2x30"),
            "20m",
            (Fires(WEB01, value="2"),),
        ),
        Case("a snapshot in the making", of_web01("vm_invalid_snapshot_disks", "0x2 1x4 0x30"), "12m"),
        Case("a machine that does not replicate", {**of_web01("vm_invalid_snapshot_disks", "2x30"), **STRANGER}, "20m"),
    ),
)

ALERTS: Final = (
    CONSOLIDATION_NEEDED,
    CHAIN_BROKEN,
    SNAPSHOT_OLD,
    SNAPSHOTS_MANY,
    CBT_OFF,
    CBT_RESET,
    DISK_SIZE_INVALID,
)
