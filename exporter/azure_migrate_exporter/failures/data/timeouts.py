"""Components that do not answer, and transfers that do not end: 181008, 1010/1011, 1012, 1003, 1022."""

from typing import Final

from azure_migrate_exporter.failures import evidence, links
from azure_migrate_exporter.failures.data import path, steps
from azure_migrate_exporter.failures.model import Article, Cause, Check, Code, Failure, Source, Step, Strength, Text

_ALL = (Article.Y2020, Article.Y2022, Article.Y2023, Article.Y2026)
_LATER = (Article.Y2022, Article.Y2023, Article.Y2026)


DISPOSE_ARTEFACTS_TIMED_OUT: Final = Failure(
    id="dispose_artefacts_timed_out",
    title=Text(
        en="The replicating component did not answer (DisposeArtefactsTimedOut)",
        fr="Le composant de réplication n'a pas répondu (DisposeArtefactsTimedOut)",
    ),
    summary=Text(
        en="Before a cycle, the artefacts of the previous one are disposed of, and the component that does this did "
        "not answer in time: it is down, or it cannot be reached through Service Bus, Event Hubs or the "
        "appliance's storage account.",
        fr="Avant un cycle, ce que le précédent a laissé doit être supprimé, et le composant qui s'en charge n'a "
        "pas répondu à temps : il est arrêté, ou injoignable par Service Bus, Event Hubs ou le compte de stockage "
        "de l'appliance.",
    ),
    since=Article.Y2020,
    codes=(Code("181008", _ALL),),
    symbols=("DisposeArtefactsTimedOut",),
    english=("DisposeArtefactsTimeout", "WaitingForArtefactsDisposalPreCycle"),
    french=("délai « DisposeArtefactsTimeout » rencontré",),
    causes=(
        path.APPLIANCE_DOWN,
        path.GATEWAY_STOPPED,
        path.APPLIANCE_STORAGE,
        path.SERVICE_BUS,
        path.EVENT_HUBS,
        path.KEY_VAULT,
    ),
    then=(steps.NEXT_CYCLE,),
)

DISK_UPLOAD_TIMED_OUT: Final = Failure(
    id="disk_upload_timed_out",
    title=Text(
        en="The upload of a disk did not finish in time (DiskUploadTimedOut)",
        fr="L'envoi d'un disque ne s'est pas terminé à temps (DiskUploadTimedOut)",
    ),
    summary=Text(
        en="The appliance could not upload the disk's changes to the cache storage account within the time of a "
        "cycle: it is down, cut off from one of the Azure services on the way, or too slow.",
        fr="L'appliance n'a pas pu envoyer les modifications du disque vers le compte de stockage cache dans le "
        "temps d'un cycle : elle est arrêtée, coupée d'un des services Azure du chemin, ou trop lente.",
    ),
    since=Article.Y2020,
    codes=(Code("1010", (Article.Y2020,)), Code("1011", _LATER)),
    symbols=("DiskUploadTimedOut",),
    english=(
        "upload of data for disk … of virtual machine … didn't complete",
        "upload of data for disk … of virtual machine … did not complete",
    ),
    french=("chargement des données du disque … de la machine virtuelle … ne s'est pas terminé",),
    causes=(
        path.APPLIANCE_DOWN,
        path.GATEWAY_STOPPED,
        path.CACHE_STORAGE,
        path.SERVICE_BUS,
        path.EVENT_HUBS,
        path.KEY_VAULT,
        path.SLOW_READ,
    ),
    then=(steps.NEXT_CYCLE,),
)

DISK_DOWNLOAD_TIMED_OUT: Final = Failure(
    id="disk_download_timed_out",
    title=Text("Azure did not process the disk's data in time (DiskDownloadTimeout)"),
    summary=Text("The service did not copy the uploaded data from the cache to the replica disk in time."),
    since=Article.Y2026,
    codes=(Code("1012", (Article.Y2026,)),),
    symbols=("DiskDownloadTimeout",),
    causes=(
        Cause(
            "service",
            Text("A disturbance inside Azure; no cause on your side is known."),
            (
                Step(Text("Wait for the next cycle."), source=Source.MICROSOFT),
                Step(
                    Text(
                        "If it persists for several cycles, check Azure Service Health for the target region, then "
                        "open a support case with the error's activity id."
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)

REPLICATION_COMPONENT_TIMED_OUT: Final = Failure(
    id="replication_component_timed_out",
    title=Text("A replication component did not answer (SnapshotReplicationComponentTimeOut)"),
    summary=Text("A component that takes part in the cycle is down, or a network outage keeps it from answering."),
    since=Article.Y2026,
    codes=(Code("1003", (Article.Y2026,)),),
    symbols=("SnapshotReplicationComponentTimeOut",),
    causes=(
        path.APPLIANCE_DOWN,
        path.GATEWAY_STOPPED,
        path.APPLIANCE_STORAGE,
        path.SERVICE_BUS,
        path.KEY_VAULT,
    ),
    then=(steps.NEXT_CYCLE,),
    links=(links.REPLICATION_GUIDE,),
)

HOST_CONNECTION_REFUSED: Final = Failure(
    id="host_connection_refused",
    title=Text("The appliance cannot reach an ESXi host (HostConnectionRefused)"),
    summary=Text(
        "The appliance reads disks from the ESXi host itself, over TCP 902. It cannot resolve the host's name, or "
        "the port is closed to it."
    ),
    since=Article.Y2022,
    codes=(Code("1022", _LATER),),
    symbols=("HostConnectionRefused",),
    english=("unable to connect to the vSphere host",),
    causes=(
        Cause(
            "host_name",
            Text("The name of the host {host}, as vCenter knows it, does not resolve on the appliance."),
            (
                Step(
                    Text("On the appliance, resolve the name."),
                    ("Resolve-DnsName -Name {host}",),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text(
                        "If it does not resolve, correct the appliance's DNS server, or add a line to its hosts file."
                    ),
                    (r"Add-Content -Path C:\Windows\System32\drivers\etc\hosts -Value ('<address> ' + {host})",),
                    source=Source.MICROSOFT,
                ),
            ),
            (Check(evidence.ESXI, reasons=("dns",)),),
            source=Source.MICROSOFT,
        ),
        Cause(
            "host_port",
            Text("TCP 902 of the host {host} is blocked on the way from the appliance."),
            (
                Step(
                    Text("On the appliance, check that TcpTestSucceeded is True."),
                    ("Test-NetConnection -ComputerName {host} -Port 902",),
                    source=Source.MICROSOFT,
                ),
                Step(
                    Text(
                        "If it is False, have TCP 902 opened from the appliance {appliance} to every ESXi host, in the "
                        "network's firewalls and in the host's own."
                    ),
                    source=Source.MICROSOFT,
                ),
            ),
            (
                Check(evidence.ESXI, reasons=("refused", "timeout", "unreachable", "reset")),
                Check(evidence.HOST_CONNECTION, Strength.EARLY),
            ),
            source=Source.MICROSOFT,
        ),
    ),
    then=(steps.NEXT_CYCLE,),
)
