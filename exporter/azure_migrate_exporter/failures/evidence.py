"""The signals that the exporter monitors: each names the collector that answers it and the question it answers.

Metric names live in `exposition`; queries are joined to a signal by its id.
"""

from typing import Final

from azure_migrate_exporter.failures.model import Projects, Signal, Text

# --- the appliance and its path to Azure -----------------------------------------------------------------------------

APPLIANCE: Final = Signal(
    "appliance",
    "appliance",
    "{appliance}",
    Text(
        en="Does the appliance accept a connection on TCP 44368?",
        fr="L'appliance accepte-t-elle une connexion sur le port TCP 44368 ?",
    ),
)
GATEWAY_SERVICE: Final = Signal(
    "gateway_service",
    "gateway",
    "{appliance}",
    Text(
        en="Is the gateway service asrgwy running?",
        fr="Le service de passerelle asrgwy est-il en cours d'exécution ?",
    ),
)
STORAGE_CACHE: Final = Signal(
    "storage_cache",
    "storage",
    "{account}",
    Text(
        en="Can the cache account (migratelsa…) be written to?",
        fr="Peut-on écrire dans le compte de stockage cache (migratelsa…) ?",
    ),
    Projects.LEGACY,
    role="cache",
)
STORAGE_GATEWAY: Final = Signal(
    "storage_gateway",
    "storage",
    "{account}",
    Text(
        en="Can the appliance's account (migrategwsa…) be written to?",
        fr="Peut-on écrire dans le compte de stockage de l'appliance (migrategwsa…) ?",
    ),
    Projects.LEGACY,
    role="gateway",
)
STORAGE_REPLICATION: Final = Signal(
    "storage_replication",
    "storage",
    "{account}",
    Text(
        en="Can the replication account (migratersa…, or your own) be written to?",
        fr="Peut-on écrire dans le compte de stockage de réplication (migratersa…, ou le vôtre) ?",
    ),
    Projects.GREENFIELD,
    role="replication",
)
STORAGE_SPEED: Final = Signal(
    "storage_speed",
    "storage_benchmark",
    "{account}",
    Text(
        en="How fast does the account take an upload?",
        fr="À quelle vitesse le compte de stockage accepte-t-il un envoi ?",
    ),
)
SERVICEBUS: Final = Signal(
    "servicebus",
    "servicebus",
    "{bus_namespace}",
    Text(en="Does Service Bus answer a peek?", fr="Service Bus répond-il à un aperçu (peek) ?"),
    Projects.LEGACY,
)
EVENTHUBS: Final = Signal(
    "eventhubs",
    "eventhubs",
    "{bus_namespace}",
    Text(
        en="Does Event Hubs answer, where the project has a namespace of its own?",
        fr="Event Hubs répond-il, si le projet a son propre espace de noms ?",
    ),
    Projects.LEGACY,
)
KEYVAULT: Final = Signal(
    "keyvault",
    "keyvault",
    "{keyvault}",
    Text(en="Does TCP 443 of the key vault open?", fr="Le port TCP 443 du coffre de clés s'ouvre-t-il ?"),
    Projects.LEGACY,
)
ESXI: Final = Signal(
    "esxi",
    "esxi",
    "{host}",
    Text(
        en="Does the host's name resolve, and does TCP 902 open?",
        fr="Le nom de l'hôte est-il résolu, et son port TCP 902 s'ouvre-t-il ?",
    ),
)

# --- vSphere ---------------------------------------------------------------------------------------------------------


def _vsphere(name: str, question: Text) -> Signal:
    return Signal(name, "vsphere", "{vcenter}", question)


VCENTER: Final = _vsphere("vcenter", Text(en="Does vCenter answer?", fr="vCenter répond-il ?"))
ACCOUNT_PRIVILEGES: Final = _vsphere(
    "account_privileges",
    Text(
        en="Has the appliance's vCenter account every documented privilege?",
        fr="Le compte vCenter de l'appliance a-t-il tous les privilèges documentés ?",
    ),
)
TASK_STALLED: Final = _vsphere(
    "task_stalled",
    Text(
        en="Is a running snapshot task of the machine still making progress?",
        fr="La tâche d'instantané en cours de la machine progresse-t-elle encore ?",
    ),
)
TASK_FAULT: Final = _vsphere(
    "task_fault",
    Text(
        en="Have snapshot tasks ended with this very fault?",
        fr="Des tâches d'instantané se sont-elles terminées par cette erreur précise ?",
    ),
)
RUNNING_TASKS: Final = _vsphere(
    "running_tasks",
    Text(
        en="Is another snapshot task of the same machine running?",
        fr="Une autre tâche d'instantané de la même machine est-elle en cours ?",
    ),
)
CONSOLIDATION_NEEDED: Final = _vsphere(
    "consolidation_needed",
    Text(
        en="Does vCenter's flag, which may be late, say that the machine's disks need consolidation?",
        fr="L'indicateur de vCenter, parfois en retard, dit-il que les disques doivent être consolidés ?",
    ),
)
SNAPSHOTS: Final = _vsphere(
    "snapshots",
    Text(
        en="How many snapshots has the machine, and how old is the oldest?",
        fr="Combien d'instantanés la machine a-t-elle, et de quand date le plus ancien ?",
    ),
)
CBT_ENABLED: Final = _vsphere(
    "cbt_enabled",
    Text(
        en="Is changed block tracking on for the machine?",
        fr="Le suivi des blocs modifiés (CBT) est-il actif pour la machine ?",
    ),
)
CBT_IDENTITY: Final = _vsphere(
    "cbt_identity",
    Text(
        en="Has a disk's change-tracking identity changed while tracking stayed on?",
        fr="L'identité CBT d'un disque a-t-elle changé alors que le suivi restait actif ?",
    ),
)
INVALID_SNAPSHOT_DISKS: Final = _vsphere(
    "invalid_snapshot_disks",
    Text(
        en="Has a disk in a snapshot the size zero, or another size than the machine's disk?",
        fr="Un disque d'un instantané a-t-il la taille zéro, ou une autre taille que le disque de la machine ?",
    ),
)
SNAPSHOTS_WITHOUT_CBT: Final = _vsphere(
    "snapshots_without_cbt",
    Text(
        en="Has the machine snapshots while its change tracking is off, so that it cannot be turned on?",
        fr="La machine a-t-elle des instantanés alors que son suivi CBT est inactif, ce qui empêche de l'activer ?",
    ),
)
INDEPENDENT_DISKS: Final = _vsphere(
    "independent_disks",
    Text(
        en="Has the machine an independent disk, which snapshots leave out?",
        fr="La machine a-t-elle un disque indépendant, que les instantanés omettent ?",
    ),
)
PHYSICAL_MODE_DISKS: Final = _vsphere(
    "physical_mode_disks",
    Text(
        en="Has the machine a raw device in physical mode, which snapshots leave out?",
        fr="La machine a-t-elle un disque brut en mode physique, que les instantanés omettent ?",
    ),
)
HOST_CONNECTION: Final = _vsphere(
    "host_connection",
    Text(
        en="Is the machine's ESXi host connected to vCenter?",
        fr="L'hôte ESXi de la machine est-il connecté à vCenter ?",
    ),
)
DATASTORE_ACCESSIBLE: Final = _vsphere(
    "datastore_accessible",
    Text(
        en="Can vCenter reach the machine's datastores?",
        fr="vCenter atteint-il les magasins de données de la machine ?",
    ),
)
MACHINE_CONNECTION: Final = _vsphere(
    "machine_connection",
    Text(
        en="Can vCenter reach the machine and its files?",
        fr="vCenter atteint-il la machine et ses fichiers ?",
    ),
)
DATASTORE_SPACE: Final = _vsphere(
    "datastore_space",
    Text(
        en="Has the machine's datastore free space left?",
        fr="Le magasin de données de la machine a-t-il encore de l'espace libre ?",
    ),
)
NFC_DISKS: Final = _vsphere(
    "nfc_disks",
    Text(
        en="How many disks with a replication snapshot share the host's NFC buffer?",
        fr="Combien de disques ayant un instantané de réplication se partagent la mémoire tampon NFC de l'hôte ?",
    ),
)

# --- Azure's own view ------------------------------------------------------------------------------------------------

NFC_REPORTED: Final = Signal(
    "nfc_reported",
    "replication",
    "",
    Text(
        en="How full is the host's NFC buffer, as the appliance reports it to Azure?",
        fr="Quel est le remplissage de la mémoire tampon NFC de l'hôte, d'après l'appliance ?",
    ),
)
SPEEDS: Final = Signal(
    "speeds",
    "replication",
    "",
    Text(
        en="Which is slower while a cycle runs: reading from VMware or uploading to Azure?",
        fr="Pendant un cycle, qu'est-ce qui est le plus lent : la lecture depuis VMware ou l'envoi vers Azure ?",
    ),
)
VAULT_AUDIT: Final = Signal(
    "vault_audit",
    "azure_logs",
    "",
    Text(
        en="Does the key vault's audit log show refused requests on managed storage accounts?",
        fr="Le journal d'audit du coffre montre-t-il des requêtes refusées sur des comptes de stockage managés ?",
    ),
    Projects.LEGACY,
)
