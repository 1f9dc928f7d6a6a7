"""The NFC buffers of the ESXi hosts."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.recordings import NFC_USAGE
from generate.alerts.groups.shared.annotation_queries import (
    MACHINE_ID_ON_HOST,
    MACHINE_ON_HOST,
    MACHINES_ON_HOST,
    SLOW_REPLICATION,
)
from generate.alerts.model import Alert, AnnotationQuery, Case, Component, ExpectedAlert, NumberFormat
from generate.alerts.samples import series

_CAPACITY: Final = "33554432x300"


def _buffer(host: str, used: str) -> dict[str, str]:
    """The buffer of a host as derived from vSphere."""
    return {
        series("nfc_buffer_used_bytes", host=host): used,
        series("nfc_buffer_capacity_bytes", host=host): _CAPACITY,
    }


def _reported_buffer(used: str) -> dict[str, str]:
    """The buffer of the host 10.0.0.1 as Azure reports it."""
    labels = {"vcenter": "vc.example.com", "host": "10.0.0.1", "source": "azure", "vault": "paris-vault"}
    return {
        series("nfc_buffer_used_bytes", **labels): used,
        series("nfc_buffer_capacity_bytes", **labels): _CAPACITY,
    }


def _connected(host: str, samples: str = "1x300") -> dict[str, str]:
    return {series("vsphere_host_connection_state", host=host, state="connected"): samples}


def _machine(name: str, number: str, host: str = "esx-01") -> dict[str, str]:
    return {series("vsphere_vm_info", vm=name, vm_id=number, host=host): "1x300"}


def _replicated(name: str, number: str) -> dict[str, str]:
    """A machine that Azure lists on the host 10.0.0.1."""
    return {series("replication_info", vm=name, vm_id=number): "1x300"}


_OTHER_HOSTS: Final = {
    **_buffer("esx-02", "16777216x300"),
    **_buffer("esx-03", "4194304x300"),
    **_buffer("esx-04", "0x300"),
    **_connected("esx-02"),
    **_connected("esx-03"),
    **_connected("esx-04", "0x300"),
    **_machine("web02", "2"),
    **_machine("web01", "1"),
    **_machine("other", "9"),
    series("vsphere_vm_replicating", vm="other", vm_id="9"): "0x300",
}
"""esx-03 has the most room of the hosts that are connected."""
_RESULTS: Final = {"machines": "web01, web02", "vm": "web01", "vm_id": "1", "free_host": "esx-03", "free": "12.5%"}
_NEARLY_FULL: Final = ExpectedAlert(value="93.75%", results=_RESULTS, levels=("warning",))
_REPORTED: Final = {
    **_buffer("esx-01", "16777216x300"),
    **_reported_buffer("31457280x300"),
    **_OTHER_HOSTS,
    **_replicated("web01", "1"),
}

_USAGE_OF_OTHERS: Final = f'max by (vcenter, host) ({NFC_USAGE}{{vcenter="$vcenter",host!="$host"}})'
_IF_CONNECTED: Final = (
    'and on (vcenter, host) azure_migrate_vsphere_host_connection_state{vcenter="$vcenter",state="connected"} == 1'
)

NFC_BUFFER_FULL: Final = Alert(
    name="NfcBufferFull",
    component=Component.ESXI,
    expr=f"max by (vcenter, host) ({NFC_USAGE}) >= $threshold",
    labels=("vcenter", "host"),
    optional_labels=("vcenter",),
    summary=Text(
        "The NFC buffer of an ESXi host is full or nearly full.",
        "La mémoire tampon NFC d'un hôte ESXi est pleine, ou presque.",
    ),
    description=Text(
        "{value} of the NFC buffer of {host} is in use. Machines on the host: {machines}. The host with the most room "
        "is {free_host} ({free}).",
        "{value} de la mémoire tampon NFC de {host} est utilisé. Machines sur cet hôte : {machines}. L'hôte qui a le "
        "plus de place est {free_host} ({free}).",
    ),
    annotation_queries={
        "machines": MACHINES_ON_HOST,
        "vm": MACHINE_ON_HOST,
        "vm_id": MACHINE_ID_ON_HOST,
        "free_host": AnnotationQuery(
            f"bottomk(1, {_USAGE_OF_OTHERS} < $nfc_room {_IF_CONNECTED})",
            Text("<freer host>", "<hôte plus libre>"),
            label="host",
            placeholder="freer host",
        ),
        "free": AnnotationQuery(
            f"min({_USAGE_OF_OTHERS} {_IF_CONNECTED})",
            Text("unknown", "inconnu"),
            number_format=NumberFormat.PERCENT,
        ),
    },
    value_format=NumberFormat.PERCENT,
    failure=CATALOGUE["nfc_out_of_memory"],
    meaning=Text(
        "The host's NFC service serves the blocks of the disks and has a buffer of 32 MB, with 4 MB for each disk. "
        "Azure reports how much the replication uses. The value from vCenter is a proxy and not a reading: it is "
        "derived from the disks with a replication snapshot.",
        "Le service NFC de l'hôte fournit les blocs des disques avec une mémoire tampon de 32 Mo, dont 4 Mo par "
        "disque. Azure indique ce qu'utilise la réplication. La valeur issue de vCenter est un indice, pas une mesure "
        ": elle est déduite des disques qui ont un instantané de réplication.",
    ),
    impact=Text(
        "Further disks of this host wait, or their cycles fail with «Memory allocation failed. Out of memory.» Backup "
        "products that read from the host are affected too.",
        "Les autres disques de cet hôte attendent, ou leurs cycles échouent avec « Memory allocation failed. Out of "
        "memory. » Les sauvegardes qui lisent sur l'hôte en souffrent aussi.",
    ),
    fix=CATALOGUE["nfc_out_of_memory"].causes,
    links=(SLOW_REPLICATION,),
    diagnosis=("collect vsphere {vcenter}", "collect replication"),
    runbook_queries=(f"sort({NFC_USAGE})", "azure_migrate_nfc_disks_in_flight"),
    cases=(
        Case(
            "eight disks in flight fill it; esx-04 has more room than esx-03 but is not connected",
            {**_buffer("esx-01", _CAPACITY), **_OTHER_HOSTS},
            "20m",
            (ExpectedAlert(value="100%", results=_RESULTS),),
        ),
        Case("Azure reports 30 of 32 MB for the host that vCenter names esx-01", _REPORTED, "20m", (_NEARLY_FULL,)),
        Case(
            "the same, and Azure does not yet report the vMotion of a machine to another host",
            {**_REPORTED, **_replicated("web02", "2"), **_replicated("moved", "3"), **_machine("moved", "3", "esx-02")},
            "20m",
            (_NEARLY_FULL,),
        ),
        Case(
            "only Azure reports it, and no vCenter is configured",
            _reported_buffer(_CAPACITY),
            "20m",
            (ExpectedAlert({"vcenter": "", "host": "10.0.0.1"}, value="100%"),),
        ),
        Case("a healthy host at its limit: seven disks", {**_buffer("esx-01", "29360128x300"), **_OTHER_HOSTS}, "20m"),
        Case("a peak of five minutes", {**_buffer("esx-01", "0x5 33554432x5 0x200"), **_OTHER_HOSTS}, "14m"),
        Case(
            "the replication's snapshots are not recognised",
            {series("nfc_buffer_capacity_bytes"): _CAPACITY},
            "20m",
        ),
    ),
)

ALERTS: Final = (NFC_BUFFER_FULL,)
