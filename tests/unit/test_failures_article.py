"""The article of 2020, section by section: its instructions are in the catalogue, in both languages."""

import pytest

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.failures.explain import Page, explain
from azure_migrate_exporter.failures.model import LANGUAGES, Language

UPLOADS = ("dispose_artefacts_timed_out", "disk_upload_timed_out")
VAULTS = ("key_vault_configure_storage", "key_vault_generate_sas")

ROWS: list[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = [
    # --- monitor replication status ---
    (
        "from the portal to the event",
        ("unhealthy", "state_failed"),
        (
            "Azure Migrate > Servers > Replicating servers, right-click {vm}, Error details.",
            'Recent events leads to the latest event "Replication cycle failed" or "Replication cycle failed for disk"',
            "possible causes and recommended actions",
        ),
        (
            "Azure Migrate > Serveurs > Serveurs de réplication, clic droit sur {vm}, Détails de l'erreur.",
            "« Échec du cycle de réplication » ou « Échec du cycle de réplication pour le disque »",
            "les causes possibles et les mesures recommandées",
        ),
    ),
    # --- key vault operation failed ---
    (
        "which of the two causes it is",
        VAULTS,
        ("open the vault {keyvault} > Access policies", "remote principal", "another user created the vault"),
        (
            "ouvrez le coffre {keyvault} > Stratégies d'accès",
            "principal distant",
            "un autre utilisateur a créé le coffre",
        ),
    ),
    (
        "the remote principal",
        VAULTS,
        (
            "Owner (or Contributor and User Access Administrator) on the resource group of the Migrate project",
            "Delete the vault {keyvault}",
            "Sign out of the portal, sign in as that user and enable replication again.",
        ),
        (
            "Propriétaire (ou Contributeur et Administrateur de l'accès utilisateur) sur le groupe de ressources",
            "Supprimez le coffre {keyvault}",
            "Déconnectez-vous du portail, connectez-vous avec cet utilisateur et activez de nouveau la réplication.",
        ),
    ),
    (
        "the second user's access policy",
        VAULTS,
        (
            "Set-AzKeyVaultAccessPolicy",
            "get,list,delete,set,update,regeneratekey,getsas,listsas,deletesas,setsas,recover,backup,restore,purge",
        ),
        ("Set-AzKeyVaultAccessPolicy", "Donnez à l'utilisateur actuel les autorisations de stockage"),
    ),
    # --- DisposeArtefactsTimedOut, DiskUploadTimedOut ---
    (
        "the appliance is up",
        UPLOADS,
        ("check that the appliance's machine is powered on",),
        ("vérifiez que la machine de l'appliance est sous tension",),
    ),
    (
        "the gateway service",
        UPLOADS,
        ("Remote Desktop", "services.msc", "Microsoft Azure Gateway Service", "Start-Service -Name asrgwy"),
        ("Bureau à distance", "services.msc", "Service de passerelle Microsoft Azure", "Start-Service -Name asrgwy"),
    ),
    (
        "the container, in the right subscription",
        UPLOADS,
        ("(the target subscription)", "Containers > + Container", "the default access level"),
        ("(l'abonnement cible)", "Conteneurs > + Conteneur", "le niveau d'accès par défaut"),
    ),
    (
        "the SAS",
        UPLOADS,
        ("Shared access signature", "Generate SAS and connection string", "copy the SAS token"),
        (
            "Signature d'accès partagé",
            "Générer une signature d'accès partagé et une chaîne de connexion",
            "copiez le jeton SAS",
        ),
    ),
    (
        "azcopy, or Storage Explorer",
        UPLOADS,
        ("azcopy bench 'https://", "10 blobs of about 64 MB with Azure Storage Explorer", "the upload succeeds"),
        ("azcopy bench 'https://", "10 blobs d'environ 64 Mo avec l'Explorateur Stockage Azure", "l'envoi réussit"),
    ),
    (
        "the tools",
        UPLOADS,
        ("linkid=2138966", "linkid=2138967", "linkid=2139104"),
        ("linkid=2138966", "linkid=2138967", "linkid=2139104"),
    ),
    (
        "cleaning up",
        UPLOADS,
        ("Delete the container of the test",),
        ("Supprimez le conteneur de l'essai",),
    ),
    (
        "the peek and its good result",
        UPLOADS,
        (
            "copy the connection string",
            "File > Connect",
            "Topics > Snapshot Manager > Receive Messages > Peek",
            '"[x] messages received"',
            "the connection failed",
        ),
        (
            "copiez la chaîne de connexion",
            "Fichier > Connexion",
            "Rubriques > Snapshot Manager > Recevoir des messages > Aperçu",
            "« [x] messages reçus »",
            "la connexion a échoué",
        ),
    ),
    (
        "the key vault's port",
        UPLOADS,
        ("Test-NetConnection", "TcpTestSucceeded is True", "the vault's URI, which the project's resource group shows"),
        (
            "Test-NetConnection",
            "TcpTestSucceeded vaut True",
            "l'URI du coffre, que montre le groupe de ressources du projet",
        ),
    ),
    (
        "the network team",
        UPLOADS,
        ("ask the local network team", "A firewall setting is the usual cause."),
        ("demandez à l'équipe réseau locale", "La cause habituelle est un réglage de pare-feu."),
    ),
    (
        "throttled reads",
        ("disk_upload_timed_out",),
        ("vCenter or the ESXi host throttles the reading of the disk, or replication is simply slow.",),
        ("vCenter ou l'hôte ESXi limite la lecture du disque, ou la réplication est simplement lente.",),
    ),
    # --- fetch changed blocks ---
    (
        "repair, or reset and replicate again",
        ("fetch_changed_blocks",),
        ("choose Repair replication", "stop the replication of {vm}", "Reset tracking with PowerCLI", "linkid=2139203"),
        (
            "choisissez Réparer la réplication",
            "arrêtez la réplication de {vm}",
            "Réinitialisez le suivi",
            "linkid=2139203",
        ),
    ),
    (
        "vSphere 5.5",
        ("fetch_changed_blocks",),
        (
            "On vSphere 5.5, a Storage vMotion of the machine resets its tracking",
            "install the updates",
            "linkid=2138888",
        ),
        ("Sur vSphere 5.5, un Storage vMotion", "installez les mises à jour", "linkid=2138888"),
    ),
    # --- an internal error occurred ---
    (
        "server refused connection",
        ("server_refused_connection",),
        (
            "VDDK 6.7",
            "Stop the gateway service, in services.msc",
            "until it has stopped",
            "linkid=2138889",
            "Start-Service",
        ),
        ("VDDK 6.7", "Arrêtez le service de passerelle, dans services.msc", "qu'il soit arrêté", "linkid=2138889"),
    ),
    (
        "invalid snapshot configuration",
        ("invalid_snapshot_configuration",),
        ("A disk was removed from {vm}, which has several", "linkid=2138890"),
        ("Un disque a été retiré de {vm}, qui en a plusieurs", "linkid=2138890"),
    ),
    (
        "generate snapshot hung",
        ("snapshot_hung",),
        ("stops at 95 % or 99 %", "linkid=2138969"),
        ("s'arrête à 95 % ou 99 %", "linkid=2138969"),
    ),
    (
        "consolidation",
        ("consolidate_disks_failed",),
        ("At the end of a cycle", "the reason is in the brackets", "linkid=2138970"),
        ("À la fin d'un cycle", "la raison figure entre crochets", "linkid=2138970"),
    ),
    (
        "another task",
        ("another_task_in_progress",),
        ("Another task of {vm} runs in the background", "A task timed out inside vCenter", "linkid=2138891"),
        ("Une tâche de {vm} s'exécute en arrière-plan", "Une tâche a expiré dans vCenter", "linkid=2138891"),
    ),
    (
        "operation not allowed",
        ("operation_not_allowed",),
        ("The management agents", "have stopped", "linkid=2138971"),
        ("Les agents de gestion", "se sont arrêtés", "linkid=2138971"),
    ),
    (
        "snapshot disk size",
        ("snapshot_disk_size_invalid",),
        ("A known VMware problem", "becomes zero", "linkid=2138972"),
        ("Un problème connu de VMware", "devient zéro", "linkid=2138972"),
    ),
    (
        "NFC buffer",
        ("nfc_out_of_memory",),
        ("NFC buffer", "Move {vm} (compute vMotion"),
        ("mémoire tampon NFC", "Déplacez {vm} (vMotion de calcul"),
    ),
]
"""Step of the article, the entries that hold it, and what they say of it, in English and in French."""


def page(entry: str, language: Language) -> str:
    """An entry on one line; a condition's as an alert prints it."""
    if entry in CATALOGUE:
        text = explain(CATALOGUE[entry], language)
    else:
        written = Page(language, {})
        text = "\n".join([written.say(CONDITIONS[entry].text), *written.steps(CONDITIONS[entry].fix, "{}. ")])
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("row", "entries", "english", "french"), ROWS, ids=[row[0] for row in ROWS])
def test_a_step_of_the_article_stands_in_the_catalogue(
    row: str, entries: tuple[str, ...], english: tuple[str, ...], french: tuple[str, ...], language: Language
) -> None:
    for entry in entries:
        text = page(entry, language)
        missing = [part for part in {"en": english, "fr": french}[language] if part not in text]
        assert missing == [], row
