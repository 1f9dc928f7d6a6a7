"""The documents that the article links to.

The article uses redirects (fwlinks). A VMware article's number is given only where a document states it; addresses and
numbers are never guessed: a wrong one is worse than none.
"""

from typing import Final

from azure_migrate_exporter.failures.model import Link, Text


def _fwlink(linkid: int, en: str, fr: str | None = None) -> Link:
    return Link(Text(en, fr), f"https://go.microsoft.com/fwlink/?linkid={linkid}")


AZCOPY: Final = _fwlink(2138966, "azcopy, download", "azcopy, téléchargement")
STORAGE_EXPLORER: Final = _fwlink(
    2138967, "Azure Storage Explorer, download", "Explorateur Stockage Azure, téléchargement"
)
SERVICE_BUS_EXPLORER: Final = _fwlink(2139104, "Service Bus Explorer, download", "Service Bus Explorer, téléchargement")
RESET_CBT: Final = _fwlink(
    2139203,
    "Resetting changed block tracking (VMware KB 1020128)",
    "Réinitialiser le suivi des blocs modifiés (VMware KB 1020128)",
)
CBT_AFTER_STORAGE_VMOTION: Final = _fwlink(
    2138888,
    "Tracking is reset by Storage vMotion in vSphere 5.x (VMware KB 2048201)",
    "Le suivi est réinitialisé par Storage vMotion dans vSphere 5.x (VMware KB 2048201)",
)
VDDK_UPDATE: Final = _fwlink(2138889, "VDDK 6.7, the update", "VDDK 6.7, la mise à jour")
INVALID_SNAPSHOT: Final = _fwlink(
    2138890, "VMware: invalid snapshot configuration", "VMware : configuration d'instantané non valide"
)
SNAPSHOT_HUNG: Final = _fwlink(
    2138969, "VMware: a snapshot task stops at 95 or 99 %", "VMware : une tâche d'instantané s'arrête à 95 ou 99 %"
)
CONSOLIDATION: Final = _fwlink(
    2138970, "VMware: consolidation fails, by reason", "VMware : échec de la consolidation, selon la raison"
)
ANOTHER_TASK: Final = _fwlink(
    2138891,
    "VMware: another task is in progress (in the article until 2023)",
    "VMware : une autre tâche est en cours (dans l'article jusqu'en 2023)",
)
MANAGEMENT_AGENTS: Final = _fwlink(
    2138971, "VMware: restarting the management agents", "VMware : redémarrer les agents de gestion"
)
SNAPSHOT_SIZE: Final = _fwlink(
    2138972,
    "VMware: size of a snapshot's disk (in the article of 2020 only)",
    "VMware : taille d'un disque d'instantané (dans l'article de 2020 seulement)",
)
SNAPSHOT_FILE: Final = _fwlink(2166464, "VMware: the snapshot file cannot be opened")
CBT_GUIDE: Final = _fwlink(2125430, "Changed block tracking, Microsoft's guidance")
REPLICATION_GUIDE: Final = _fwlink(2142917, "Replication, Microsoft's guide")
VMWARE_GUIDE: Final = _fwlink(2143208, "VMware errors, Microsoft's guide")
SNAPSHOTS_PRESENT: Final = _fwlink(2380904, "Protection readiness, Microsoft's guide")


def _broadcom(title: str, number: int) -> Link:
    return Link(Text(title), f"https://knowledge.broadcom.com/external/article/{number}")


def _vmware_kb(number: int, title: str) -> Link:
    """By the number that the article had at VMware, which Broadcom's site still leads on from."""
    address = f"https://knowledge.broadcom.com/external/article?legacyId={number}"
    return Link(Text(f"VMware KB {number}: {title}"), address)


KB_1020128: Final = _broadcom("VMware KB 1020128 (now Broadcom 320557): changed block tracking", 320557)
KB_1012384: Final = _broadcom("VMware KB 1012384, Broadcom 316392: largest file of a datastore", 316392)
KB_1004109: Final = _vmware_kb(1004109, "cannot connect to the host")
KB_2042742: Final = _vmware_kb(2042742, "invalid change tracker error code")
