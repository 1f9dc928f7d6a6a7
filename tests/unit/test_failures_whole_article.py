"""The article, section by section: what it tells its reader stands in the texts of the product, in both languages."""

import pytest

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.failures.explain import Page, explain
from azure_migrate_exporter.failures.model import LANGUAGES, Language

MONITOR = "unhealthy"
"""Monitor replication status: the article's first section is about machines without a documented failure."""
VAULT = ("key_vault_configure_storage", "key_vault_generate_sas")
TIMED_OUT = ("dispose_artefacts_timed_out", "disk_upload_timed_out")
FETCH = ("fetch_changed_blocks",)

ROWS: list[tuple[tuple[str, ...], str, str]] = [
    # monitor the replication status in the portal
    ((MONITOR,), "Azure Migrate > Servers > Replicating servers", "Azure Migrate > Serveurs > Serveurs de réplication"),
    ((MONITOR,), "right-click", "clic droit"),
    ((MONITOR,), "Error details", "Détails de l'erreur"),
    ((MONITOR,), "Recent events", "Événements récents"),
    ((MONITOR,), '"Replication cycle failed"', "« Échec du cycle de réplication »"),
    ((MONITOR,), '"Replication cycle failed for disk"', "« Échec du cycle de réplication pour le disque »"),
    ((MONITOR,), "possible causes and recommended actions", "causes possibles et les mesures recommandées"),
    # the operation of the key vault failed
    (VAULT, "Access policies", "Stratégies d'accès"),
    (VAULT, "remote principal", "principal distant"),
    (VAULT, "CSP partner", "partenaire CSP"),
    (VAULT, "If it has a policy with storage permissions", "S'il a une stratégie avec des autorisations de stockage"),
    (VAULT, "another user created the vault", "un autre utilisateur a créé le coffre"),
    (VAULT, "Delete the vault", "Supprimez le coffre"),
    (VAULT, "Sign out of the portal", "Déconnectez-vous du portail"),
    (VAULT, "or create one", "ou créez-en un"),
    (
        VAULT,
        "Owner (or Contributor and User Access Administrator)",
        "Propriétaire (ou Contributeur et Administrateur de",
    ),
    (VAULT, "Get-AzADUser -UserPrincipalName '<user>'", "Get-AzADUser -UserPrincipalName '<utilisateur>'"),
    (VAULT, "regeneratekey,getsas,listsas,deletesas,setsas", "regeneratekey,getsas,listsas,deletesas,setsas"),
    # DisposeArtefactsTimedOut (181008) and DiskUploadTimedOut (1010, 1011)
    (TIMED_OUT, "machine is powered on", "est sous tension"),
    (TIMED_OUT, "Remote Desktop", "Bureau à distance"),
    (TIMED_OUT, "services.msc", "services.msc"),
    (TIMED_OUT, "Microsoft Azure Gateway Service", "Service de passerelle Microsoft Azure"),
    (TIMED_OUT, "Start-Service -Name asrgwy", "Start-Service -Name asrgwy"),
    (TIMED_OUT, "azcopy bench", "azcopy bench"),
    (TIMED_OUT, "azcopy, download", "azcopy, téléchargement"),
    (TIMED_OUT, "(the target subscription)", "(l'abonnement cible)"),
    (TIMED_OUT, "project's resource group", "groupe de ressources du projet"),
    (TIMED_OUT, "Containers > + Container", "Conteneurs > + Conteneur"),
    (TIMED_OUT, "default access level", "niveau d'accès par défaut"),
    (TIMED_OUT, "Shared access signature", "Signature d'accès partagé"),
    (
        TIMED_OUT,
        "Generate SAS and connection string",
        "Générer une signature d'accès partagé et une chaîne de connexion",
    ),
    (
        TIMED_OUT,
        "10 blobs of about 64 MB with Azure Storage Explorer",
        "10 blobs d'environ 64 Mo avec l'Explorateur Stockage",
    ),
    (TIMED_OUT, "https://go.microsoft.com/fwlink/?linkid=2138967", "https://go.microsoft.com/fwlink/?linkid=2138967"),
    (TIMED_OUT, "the upload succeeds", "l'envoi réussit"),
    (TIMED_OUT, "ask the local network team", "demandez à l'équipe réseau locale"),
    (TIMED_OUT, "A firewall setting is the usual cause", "La cause habituelle est un réglage de pare-feu"),
    (TIMED_OUT, "Delete the container of the test", "Supprimez le conteneur de l'essai"),
    (TIMED_OUT, "Service Bus Explorer, download", "Service Bus Explorer, téléchargement"),
    (TIMED_OUT, "copy the connection string", "copiez la chaîne de connexion"),
    (TIMED_OUT, "File > Connect", "Fichier > Connexion"),
    (TIMED_OUT, "Snapshot Manager", "Snapshot Manager"),
    (TIMED_OUT, "Receive Messages > Peek", "Recevoir des messages > Aperçu"),
    (TIMED_OUT, '"[x] messages received"', "« [x] messages reçus »"),
    (TIMED_OUT, "the connection failed", "la connexion a échoué"),
    (TIMED_OUT[:1], "migrategwsa", "migrategwsa"),
    (TIMED_OUT[1:], "migratelsa", "migratelsa"),
    (TIMED_OUT[1:], "TcpTestSucceeded is True", "TcpTestSucceeded vaut True"),
    (TIMED_OUT[1:], "the vault's URI", "l'URI du coffre"),
    (TIMED_OUT[1:], "throttles the reading of the disk", "limite la lecture du disque"),
    # changed blocks
    (FETCH, "If automatic repair was chosen", "Si la réparation automatique a été choisie"),
    (FETCH, "Repair replication", "Réparer la réplication"),
    (FETCH, "stop the replication", "arrêtez la réplication"),
    (FETCH, "https://go.microsoft.com/fwlink/?linkid=2139203", "https://go.microsoft.com/fwlink/?linkid=2139203"),
    (FETCH, "Enable the replication of {vm} again", "Activez de nouveau la réplication de {vm}"),
    (FETCH, "VMware KB 2048201", "VMware KB 2048201"),
    (FETCH, "vSphere 5.5", "vSphere 5.5"),
    (FETCH, "with PowerCLI", "avec PowerCLI"),
    # VMware's errors
    (("server_refused_connection",), "Stop the gateway service", "Arrêtez le service de passerelle"),
    (("server_refused_connection",), "wait until it has stopped", "attendez qu'il soit arrêté"),
    (("server_refused_connection",), "VDDK 6.7", "VDDK 6.7"),
    (("server_refused_connection",), "linkid=2138889", "linkid=2138889"),
    (("server_refused_connection",), "Start the gateway service", "Démarrez le service de passerelle"),
    (("invalid_snapshot_configuration",), "A disk was removed", "Un disque a été retiré"),
    (("invalid_snapshot_configuration",), "linkid=2138890", "linkid=2138890"),
    (("snapshot_hung",), "95 % or 99 %", "95 % ou 99 %"),
    (("snapshot_hung",), "linkid=2138969", "linkid=2138969"),
    (("consolidate_disks_failed",), "look for the reason", "cherchez la raison"),
    (("consolidate_disks_failed",), "linkid=2138970", "linkid=2138970"),
    (("another_task_in_progress",), "linkid=2138891", "linkid=2138891"),
    (("another_task_in_progress",), "timed out", "a expiré"),
    (("operation_not_allowed",), "management agents", "agents de gestion"),
    (("operation_not_allowed",), "linkid=2138971", "linkid=2138971"),
    (("snapshot_disk_size_invalid",), "becomes zero", "devient zéro"),
    (("snapshot_disk_size_invalid",), "linkid=2138972", "linkid=2138972"),
    (("nfc_out_of_memory",), "compute vMotion", "vMotion de calcul"),
    # next steps
    ((*TIMED_OUT, *FETCH), "test migration can follow", "test de migration peut suivre"),
]
"""The failures of a section, and what their entries say, in English and in French."""


def entry(id_: str, language: Language) -> str:
    if id_ in CATALOGUE:
        text = explain(CATALOGUE[id_], language)
    else:
        cause, page = CONDITIONS[id_], Page(language, {})
        text = "\n".join([page.say(cause.text), *page.steps(cause.fix, "{}. ")])
    return " ".join(text.replace("\u00a0", " ").split())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("failures", "english", "french"), ROWS, ids=[row[1] for row in ROWS])
def test_the_texts_say_what_the_article_says(
    failures: tuple[str, ...], english: str, french: str, language: Language
) -> None:
    for id_ in failures:
        assert (english if language == "en" else french) in entry(id_, language), id_
