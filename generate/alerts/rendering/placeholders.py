"""The ``<placeholders>`` of commands, which only a person can fill in: their names and where to find the value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.failures.model import CHOICES, Language, Text

_WRITTEN: Final = re.compile(r"\\?<([^\W\d_][^<>\\]*)\\?>")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name and its meaning. The name has no apostrophe, since commands quote it; the meaning has no full stop."""

    name: Text
    meaning: Text


_TABLE: Final = (
    (
        "project",
        "the Azure Migrate project: `Get-AzResource -ResourceType Microsoft.Migrate/migrateProjects` lists them",
        "le projet Azure Migrate : `Get-AzResource -ResourceType Microsoft.Migrate/migrateProjects` les énumère",
    ),
    (
        "resource group",
        "the resource group of the Azure Migrate project, which also contains its vaults; the same command shows it",
        "le groupe de ressources du projet Azure Migrate, qui contient aussi ses coffres ; la même commande l'indique",
    ),
    (
        "target resource group",
        "the resource group to which the machine migrates: portal, page Compute and Network of the machine",
        "le groupe de ressources de destination de la machine : portail, page Calcul et réseau de la machine",
    ),
    (
        "region",
        "the Azure region of the vault, for example westeurope",
        "la région Azure du coffre, comme westeurope",
    ),
    (
        "virtual network id",
        "the resource id of the virtual network for test migrations: `Get-AzVirtualNetwork | Format-Table Name, Id`",
        "l'identifiant du réseau virtuel pour les tests de migration : `Get-AzVirtualNetwork | Format-Table Name, Id`",
    ),
    (
        "user",
        "the sign-in name of the person who enables replication, for example anna@example.com",
        "le nom de connexion de la personne qui active la réplication, comme anna@example.com",
    ),
    (
        "id",
        "the object id that the previous command prints",
        "l'identifiant d'objet qu'affiche la commande précédente",
    ),
    (
        "appliance name",
        "the name under which the appliance is registered: portal, Azure Migrate, Appliances",
        "le nom sous lequel l'appliance est enregistrée : portail, Azure Migrate, Appliances",
    ),
    (
        "application",
        "the display name of the application whose id is `client_id` in the exporter's configuration",
        "le nom d'affichage de l'application dont l'identifiant est `client_id` dans la configuration de l'exportateur",
    ),
    (
        "container",
        "a new container in that storage account: portal, Containers, or Azure Storage Explorer",
        "un nouveau conteneur de ce compte de stockage : portail, Conteneurs, ou Explorateur de stockage Azure",
    ),
    (
        "SAS",
        (
            "a token for that container with the rights to create, write, delete and list: portal, Shared access "
            "tokens. It is a secret"
        ),
        (
            "un jeton pour ce conteneur avec les droits de créer, écrire, supprimer et lister : portail, "
            "Jetons d'accès partagé. C'est un secret"
        ),
    ),
    (
        "datastore",
        "a datastore with free space: `Get-Datastore | Sort-Object FreeSpaceGB -Descending`",
        "un magasin de données qui a de la place : `Get-Datastore | Sort-Object FreeSpaceGB -Descending`",
    ),
    (
        "snapshot",
        "the id of the snapshot, which the previous command lists",
        "l'identifiant de l'instantané, qu'énumère la commande précédente",
    ),
    (
        "disk",
        "the name of the disk, which the previous command lists",
        "le nom du disque, qu'énumère la commande précédente",
    ),
    (
        "freer host",
        (
            "a host of the same cluster with room in its NFC buffer: the first of "
            "`sort(host:azure_migrate_nfc_buffer_usage:ratio)` in Prometheus"
        ),
        (
            "un hôte de la même grappe dont la mémoire tampon NFC a de la place : le premier de "
            "`sort(host:azure_migrate_nfc_buffer_usage:ratio)` dans Prometheus"
        ),
    ),
    (
        "address",
        "the IP address of the host: `(Get-VMHost | Get-VMHostNetworkAdapter -VMKernel).IP` in PowerCLI",
        "l'adresse IP de l'hôte : `(Get-VMHost | Get-VMHostNetworkAdapter -VMKernel).IP` dans PowerCLI",
    ),
    (
        "role",
        "the role of the appliance's account in vCenter: `Get-VIPermission | Format-Table Principal, Role`",
        "le rôle du compte de l'appliance dans vCenter : `Get-VIPermission | Format-Table Principal, Role`",
    ),
    (
        "service",
        "the name of a service that is stopped, which the previous command lists",
        "le nom d'un service arrêté, qu'énumère la commande précédente",
    ),
    (
        "account of the exporter",
        "`username` of the vCenter in the exporter's configuration",
        "`username` du vCenter dans la configuration de l'exportateur",
    ),
    (
        "code or message",
        "what the previous command, or the alert, says",
        "ce que dit la commande précédente, ou l'alerte",
    ),
)
"""Name of each placeholder, and its meaning in English and in French."""

PLACEHOLDERS: Final = tuple(
    Placeholder(Text(name, CHOICES[name]), Text(meaning, meaning_fr)) for name, meaning, meaning_fr in _TABLE
)


def in_language(text: str, language: Language) -> str:
    """The text with its placeholders named in that language."""
    for placeholder in PLACEHOLDERS if language != "en" else ():
        text = text.replace(f"<{placeholder.name.en}>", f"<{placeholder.name.into(language)}>")
    return text


def placeholders(markdown: str, language: Language) -> Iterator[Placeholder]:
    """The placeholders that a page leaves to its reader, in order. Raises KeyError for one that is not explained."""
    explained = {placeholder.name.into(language): placeholder for placeholder in PLACEHOLDERS}
    for name in dict.fromkeys(_WRITTEN.findall(markdown)):
        yield explained[name]
