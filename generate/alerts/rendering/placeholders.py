"""What stands in angle brackets in a command, and where the person who runs it finds it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from azure_migrate_exporter.failures.model import Text

_CHOICE: Final = re.compile(r"\\?<([A-Za-z][^<>\\]*)\\?>")

CHOICES: Final[Mapping[str, Text]] = {
    "project": Text(
        "the Azure Migrate project: `Get-AzResource -ResourceType Microsoft.Migrate/migrateProjects` lists them",
        "le projet Azure Migrate : `Get-AzResource -ResourceType Microsoft.Migrate/migrateProjects` les énumère",
    ),
    "resource group": Text(
        "resource group of the Azure Migrate project, where its vaults are too; the same command shows it",
        "groupe de ressources du projet Azure Migrate, où se trouvent aussi ses coffres ; la même commande l'indique",
    ),
    "target resource group": Text(
        "resource group that the machine migrates to: portal, the machine's page Compute and Network",
        "groupe de ressources de destination de la machine : portail, page Calcul et réseau de la machine",
    ),
    "region": Text("Azure region of the vault, as in westeurope", "région Azure du coffre, comme westeurope"),
    "virtual network id": Text(
        "resource id of the virtual network for test migrations: `Get-AzVirtualNetwork | Format-Table Name, Id`",
        "identifiant du réseau virtuel pour les tests de migration : `Get-AzVirtualNetwork | Format-Table Name, Id`",
    ),
    "user": Text(
        "sign-in name of the person who enables replication, as in anna@example.com",
        "nom de connexion de la personne qui active la réplication, comme anna@example.com",
    ),
    "id": Text("object id that the command before printed", "identifiant d'objet que la commande d'avant a affiché"),
    "appliance name": Text(
        "name that the appliance was registered with: portal, Azure Migrate, Appliances",
        "nom sous lequel l'appliance a été enregistrée : portail, Azure Migrate, Appliances",
    ),
    "container": Text(
        "a new container in that storage account: portal, Containers, or Azure Storage Explorer",
        "un nouveau conteneur de ce compte de stockage : portail, Conteneurs, ou Explorateur de stockage Azure",
    ),
    "SAS": Text(
        "a token for that container with the rights to create, write, delete and list: portal, Shared access "
        "tokens. It is a secret",
        "un jeton pour ce conteneur avec les droits de créer, écrire, supprimer et lister : portail, "
        "Jetons d'accès partagé. C'est un secret",
    ),
    "datastore": Text(
        "a datastore with room: `Get-Datastore | Sort-Object FreeSpaceGB -Descending`",
        "un magasin de données qui a de la place : `Get-Datastore | Sort-Object FreeSpaceGB -Descending`",
    ),
    "snapshot": Text(
        "name of the snapshot, as the command before lists it",
        "nom de l'instantané, tel que la commande d'avant l'énumère",
    ),
    "disk": Text(
        "name of the disk, as the command before lists it", "nom du disque, tel que la commande d'avant l'énumère"
    ),
    "freer host": Text(
        "a host of the same cluster with room in its NFC buffer: the first of "
        "`sort(azure_migrate:nfc_buffer:usage_ratio)` in Prometheus",
        "un hôte de la même grappe dont la mémoire tampon NFC a de la place : le premier de "
        "`sort(azure_migrate:nfc_buffer:usage_ratio)` dans Prometheus",
    ),
    "address": Text(
        "IP address of the host: `(Get-VMHost | Get-VMHostNetworkAdapter -VMKernel).IP` in PowerCLI",
        "adresse IP de l'hôte : `(Get-VMHost | Get-VMHostNetworkAdapter -VMKernel).IP` dans PowerCLI",
    ),
    "role": Text(
        "role of the appliance's account in vCenter: `Get-VIPermission | Format-Table Principal, Role`",
        "rôle du compte de l'appliance dans vCenter : `Get-VIPermission | Format-Table Principal, Role`",
    ),
    "account of the exporter": Text(
        "`username` of the vCenter in the exporter's configuration",
        "`username` du vCenter dans la configuration de l'exportateur",
    ),
    "code or message": Text(
        "what the command before, or the alert, says", "ce que dit la commande d'avant, ou l'alerte"
    ),
}
"""Each choice and its explanation, without a full stop."""


def choices(markdown: str) -> Iterator[tuple[str, Text]]:
    """The choices that a page leaves to its reader, in order. Raises KeyError for one that nothing explains."""
    for name in dict.fromkeys(_CHOICE.findall(markdown)):
        yield name, CHOICES[name]
