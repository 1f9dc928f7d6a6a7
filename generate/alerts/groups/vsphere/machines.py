"""What vCenter reports of replicating machines: consolidation, snapshots, and changed block tracking."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.data import capacity
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.evidence import UNLESS_NOT_REPLICATING, seen_in_vcenter
from generate.alerts.groups.shared.annotation_queries import DATASTORE
from generate.alerts.model import Alert, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import series

NOT_REPLICATING: Final = {series("vsphere_vm_replicating"): "0x5000"}
_REPLICATING: Final = {series("vsphere_vm_replicating"): "1x60"}
_LABELS: Final = ("vcenter", "vm", "vm_id")
_DATASTORE: Final = {"datastore": "ds-1"}
_INFO: Final = {series("vsphere_vm_info"): "1x5000"}
_OTHER: Final = "a machine that does not replicate"


def _machines(state: str) -> str:
    return f"max by (vcenter, vm, vm_id) (\n  {seen_in_vcenter(state)}\n)"


_NEEDED: Final = series("vsphere_vm_consolidation_needed")
CONSOLIDATION_NEEDED: Final = Alert(
    name="ConsolidationNeeded",
    component=Component.VSPHERE,
    expr=f"""{_machines("azure_migrate_vsphere_vm_consolidation_needed == 1")}
{UNLESS_NOT_REPLICATING}
unless on (vm_id) azure_migrate_vsphere_task_stalled{{operation=~"remove_snapshot|consolidate_disks"}}""",
    labels=_LABELS,
    summary=Text("A machine's disks need consolidation.", "Les disques d'une machine doivent être consolidés."),
    description=Text(
        "vCenter {vcenter} has reported for a long time that the disks of {vm} (on {datastore}) need consolidation, "
        "and no task consolidates them.",
        "vCenter {vcenter} indique depuis longtemps que les disques de {vm} (sur {datastore}) doivent être "
        "consolidés, et aucune tâche ne le fait.",
    ),
    annotation_queries={"datastore": DATASTORE},
    failure=CATALOGUE["consolidate_disks_failed"],
    meaning=Text(
        "A snapshot was removed, but its changes were not merged into the disks. vCenter's flag may be some minutes "
        "late, so the alert waits.",
        "Un instantané a été supprimé, mais ses modifications n'ont pas été fusionnées dans les disques. "
        "L'indicateur de vCenter peut avoir quelques minutes de retard : l'alerte attend donc.",
    ),
    impact=Text(
        "The machine runs on a chain of files that grows with each cycle. It becomes slower and needs more space.",
        "La machine fonctionne sur une chaîne de fichiers qui grossit à chaque cycle. Elle ralentit et occupe toujours "
        "plus d'espace.",
    ),
    cases=(
        Case("it is needed for two hours", {_NEEDED: "1x200", **_INFO}, "2h", (ExpectedAlert(results=_DATASTORE),)),
        Case("the flag is late for half an hour", {_NEEDED: "0x10 1x30 0x200"}, "45m"),
        Case(
            "a consolidation runs",
            {_NEEDED: "1x200", series("vsphere_task_stalled", operation="consolidate_disks"): "0x200"},
            "2h",
        ),
        Case(_OTHER, {_NEEDED: "1x200", **NOT_REPLICATING}, "2h"),
        Case("the machine is removed", {_NEEDED: "1x20 stale"}, "2h"),
    ),
)
_BROKEN: Final = series("vsphere_vm_disk_chain_broken")
CHAIN_BROKEN: Final = Alert(
    name="DiskChainBroken",
    component=Component.VSPHERE,
    expr=f"""{_machines("azure_migrate_vsphere_vm_disk_chain_broken == 1")}
{UNLESS_NOT_REPLICATING}""",
    labels=_LABELS,
    summary=Text("A disk's chain of snapshots is broken.", "La chaîne d'instantanés d'un disque est rompue."),
    description=Text(
        "vCenter {vcenter} reports that a disk of {vm} (on {datastore}) has a broken chain of snapshots.",
        "vCenter {vcenter} indique qu'un disque de {vm} (sur {datastore}) a une chaîne d'instantanés rompue.",
    ),
    annotation_queries={"datastore": DATASTORE},
    meaning=Text(
        "vSphere 9.1 and later check the chain: a file of it is missing or does not match.",
        "vSphere 9.1 et suivants vérifient la chaîne : un fichier manque ou ne correspond pas.",
    ),
    impact=Text(
        "Snapshots of the machine fail, and so does its replication. After a power-off the machine may not start.",
        "Les instantanés de la machine échouent, sa réplication aussi ; après un arrêt, elle peut ne pas redémarrer.",
    ),
    fix=(capacity.CHAIN_BROKEN,),
    cases=(
        Case("vCenter reports it", {_BROKEN: "1x20", **_INFO}, "10m", (ExpectedAlert(results=_DATASTORE),)),
        Case("the chain is not broken", {_BROKEN: "0x20"}, "10m"),
        Case("an older vSphere does not report it", {series("vsphere_vm_snapshots"): "1x20"}, "10m"),
    ),
)
_OLDEST: Final = series("vsphere_vm_oldest_snapshot_timestamp_seconds")
SNAPSHOT_TOO_OLD: Final = Alert(
    name="SnapshotTooOld",
    component=Component.VSPHERE,
    expr=f"""{_machines("time() - azure_migrate_vsphere_vm_oldest_snapshot_timestamp_seconds > $age_seconds")}
{UNLESS_NOT_REPLICATING}
unless on (vm_id) azure_migrate_replication_progress_ratio{{phase=~"initial|resync"}}""",
    labels=_LABELS,
    summary=Text("A replicating machine has an old snapshot.", "Une machine en réplication a un instantané ancien."),
    description=Text(
        "The oldest snapshot of {vm} (on {datastore}) was created {value} ago.",
        "Le plus ancien instantané de {vm} (sur {datastore}) a été créé il y a {value}.",
    ),
    annotation_queries={"datastore": DATASTORE},
    value_format=NumberFormat.DURATION,
    meaning=Text(
        "A cycle keeps its snapshot for hours. A snapshot that is days old was left behind by a cycle, a backup or a "
        "person. Only an initial replication or a resynchronisation may take that long.",
        "Un cycle garde son instantané quelques heures. Celui qui date de plusieurs jours a été oublié par un cycle, "
        "une sauvegarde ou une personne. Seule une réplication initiale ou une resynchronisation peut durer aussi "
        "longtemps.",
    ),
    impact=Text(
        "The snapshot grows until the datastore is full, slows down the machine, and makes the next consolidation "
        "long.",
        "Il grossit jusqu'à remplir le magasin de données, ralentit la machine et allonge la consolidation suivante.",
    ),
    fix=(capacity.SNAPSHOTS_LEFT,),
    cases=(
        Case(
            "four days old",
            {_OLDEST: "-342000x100", **_INFO},
            "1h",
            (ExpectedAlert(value="4d 0h 0m 0s", results=_DATASTORE),),
        ),
        Case("created a day ago", {_OLDEST: "-82800x100"}, "1h"),
        Case(
            "an initial replication that takes five days",
            {_OLDEST: "-428400x100", series("replication_progress_ratio", phase="initial"): "0.8x100"},
            "1h",
        ),
        Case(_OTHER, {_OLDEST: "-342000x100", **NOT_REPLICATING}, "1h"),
    ),
)
_SNAPSHOTS: Final = series("vsphere_vm_snapshots")
TOO_MANY_SNAPSHOTS: Final = Alert(
    name="TooManySnapshots",
    component=Component.VSPHERE,
    expr=f"""{_machines("azure_migrate_vsphere_vm_snapshots > $threshold")}
{UNLESS_NOT_REPLICATING}""",
    labels=_LABELS,
    summary=Text("A replicating machine has too many snapshots.", "Une machine en réplication a trop d'instantanés."),
    description=Text("{vm} (on {datastore}) has {value} snapshots.", "{vm} (sur {datastore}) a {value} instantanés."),
    annotation_queries={"datastore": DATASTORE},
    meaning=Text(
        "Replication needs one snapshot at a time, and a backup product one more. VMware advises against chains of "
        "more than two or three.",
        "La réplication en demande un à la fois, une sauvegarde un de plus. VMware déconseille les chaînes de plus "
        "de deux ou trois.",
    ),
    impact=Text(
        "The machine and each of its cycles become slower, and a consolidation takes long.",
        "La machine et chacun de ses cycles ralentissent, et la consolidation est longue.",
    ),
    fix=(capacity.SNAPSHOTS_LEFT,),
    cases=(
        Case(
            "five snapshots",
            {_SNAPSHOTS: "5x200", **_INFO},
            "2h",
            (ExpectedAlert(value="5", results=_DATASTORE),),
        ),
        Case("a healthy machine at its limit: three", {_SNAPSHOTS: "3x200"}, "2h"),
        Case("a backup and a cycle at the same time, for half an hour", {_SNAPSHOTS: "1x10 4x30 1x200"}, "45m"),
        Case(_OTHER, {_SNAPSHOTS: "9x200", **NOT_REPLICATING}, "2h"),
    ),
)
_CBT_ENABLED: Final = series("vsphere_vm_cbt_enabled")
CBT_OFF: Final = Alert(
    name="CbtOff",
    component=Component.VSPHERE,
    expr=f"""{_machines("azure_migrate_vsphere_vm_cbt_enabled == 0")}
and on (vm_id) azure_migrate_vsphere_vm_replicating == 1""",
    labels=_LABELS,
    summary=Text(
        "Changed block tracking is off for a replicating machine.",
        "Le suivi des blocs modifiés est inactif pour une machine en réplication.",
    ),
    description=Text(
        "Changed block tracking of {vm} (vCenter {vcenter}) is off.",
        "Le suivi des blocs modifiés de {vm} (vCenter {vcenter}) est inactif.",
    ),
    failure=CATALOGUE["change_id_unavailable"],
    meaning=Text(
        "Without tracking, the next delta cycle cannot determine which blocks changed.",
        "Sans suivi, le prochain cycle delta ne peut pas savoir quels blocs ont changé.",
    ),
    impact=Text(
        "The machine's next cycle fails (563), or the whole machine must be replicated again.",
        "Le prochain cycle de la machine échoue (563), ou elle doit être copiée entièrement.",
    ),
    cases=(
        Case("it is off for half an hour", {_CBT_ENABLED: "0x60", **_REPLICATING}, "40m", (ExpectedAlert(),)),
        Case("it is on", {_CBT_ENABLED: "1x60", **_REPLICATING}, "40m"),
        Case(_OTHER, {_CBT_ENABLED: "0x60", **NOT_REPLICATING}, "40m"),
        Case("it is not known which machines replicate", {_CBT_ENABLED: "0x60"}, "40m"),
        Case(
            "it is reset as documented: off and on within minutes",
            {_CBT_ENABLED: "1x5 0x5 1x60", **_REPLICATING},
            "12m",
        ),
    ),
)
_CBT_RESETS: Final = series("vsphere_vm_cbt_resets_total")
# The metric itself, not its recording: after a break of Prometheus there is none yet, and this alert does not wait.
CBT_RESET: Final = Alert(
    name="CbtReset",
    component=Component.VSPHERE,
    expr="""max by (vcenter, vm, vm_id) (increase(azure_migrate_vsphere_vm_cbt_resets_total[$window]) > 0)
unless on (vm_id) azure_migrate_vsphere_vm_replicating == 0""",
    labels=_LABELS,
    summary=Text(
        "Changed block tracking of a machine was reset.",
        "Le suivi des blocs modifiés d'une machine a été réinitialisé.",
    ),
    description=Text(
        "The change-tracking identity of {vm} (vCenter {vcenter}) changed while tracking stayed on.",
        "L'identité du suivi des blocs de {vm} (vCenter {vcenter}) a changé alors qu'il restait actif.",
    ),
    failure=CATALOGUE["change_tracking_reset"],
    meaning=Text(
        "A power failure, a crash of the host, a Storage vMotion on vSphere 5.5 or a person resets it. That a reset "
        "always changes the identity is common practice, not documented.",
        "Une coupure de courant, un plantage de l'hôte, un Storage vMotion sur vSphere 5.5 ou une personne l'a "
        "réinitialisé. Qu'une réinitialisation change toujours l'identité est l'usage, non un fait documenté.",
    ),
    impact=Text(
        "The next cycle fails (1018), or a resynchronisation replicates the machine again.",
        "Le prochain cycle échoue (1018), ou une resynchronisation copie de nouveau la machine.",
    ),
    runbook_queries=("azure_migrate_replication_resync_required == 1",),
    cases=(
        Case("one reset", {_CBT_RESETS: "0x10 1x60"}, "20m", (ExpectedAlert(),)),
        Case("a first start with earlier resets", {_CBT_RESETS: "3x60"}, "20m"),
        Case("the exporter restarts", {_CBT_RESETS: "3x10 _x2 3x60"}, "20m"),
        Case(_OTHER, {_CBT_RESETS: "0x10 1x60", **NOT_REPLICATING}, "20m"),
    ),
)
_INVALID_DISKS: Final = series("vsphere_vm_invalid_snapshot_disks")
DISK_SIZE_WRONG: Final = Alert(
    name="SnapshotDiskSizeWrong",
    component=Component.VSPHERE,
    expr=f"""{_machines("azure_migrate_vsphere_vm_invalid_snapshot_disks > 0")}
{UNLESS_NOT_REPLICATING}""",
    labels=_LABELS,
    summary=Text("A disk in a snapshot has a wrong size.", "Un disque d'un instantané a une taille fausse."),
    description=Text(
        "{value} disks in the snapshots of {vm} (vCenter {vcenter}) have the size zero or another size than the "
        "machine's disk.",
        "{value} disques des instantanés de {vm} (vCenter {vcenter}) ont la taille zéro ou une autre taille que le "
        "disque de la machine.",
    ),
    failure=CATALOGUE["snapshot_disk_size_invalid"],
    meaning=Text(
        "This is a known problem of VMware: the snapshot reports the size of a disk as zero.",
        "C'est un problème connu de VMware : l'instantané indique zéro comme taille d'un disque.",
    ),
    impact=Text(
        "The cycle that uses this snapshot fails. A new snapshot often has the right size.",
        "Le cycle qui utilise cet instantané échoue ; un nouvel instantané est souvent correct.",
    ),
    cases=(
        Case("two disks of size zero", {_INVALID_DISKS: "0x2 2x30"}, "20m", (ExpectedAlert(value="2"),)),
        Case("a snapshot is being created", {_INVALID_DISKS: "0x2 1x4 0x30"}, "12m"),
        Case(_OTHER, {_INVALID_DISKS: "2x30", **NOT_REPLICATING}, "20m"),
    ),
)

ALERTS: Final = (
    CONSOLIDATION_NEEDED,
    CHAIN_BROKEN,
    SNAPSHOT_TOO_OLD,
    TOO_MANY_SNAPSHOTS,
    CBT_OFF,
    CBT_RESET,
    DISK_SIZE_WRONG,
)
