"""The NFC buffers of the ESXi hosts."""

from typing import Final

from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.model import Text
from generate.alerts.groups.capacity.recordings import NFC
from generate.alerts.groups.shared.annotation_queries import SLOW
from generate.alerts.groups.shared.vcenter_machine import ON_HOST, VM_ON_HOST, vm_on
from generate.alerts.model import Alert, Case, Component, Dashboard, Fires, Form, Live


def _nfc(host: str, used: str, source: str = "vsphere") -> dict[str, str]:
    vcenter, vault = ("vc", "") if source == "vsphere" else ("vc.example.com", "paris-vault")
    labels = f'vcenter="{vcenter}",host="{host}",source="{source}",vault="{vault}"'
    return {
        f"azure_migrate_nfc_buffer_used_bytes{{{labels}}}": used,
        f"azure_migrate_nfc_buffer_capacity_bytes{{{labels}}}": "33554432x300",
    }


def _connected(host: str, samples: str = "1x300") -> dict[str, str]:
    return {f'azure_migrate_vsphere_host_connection_state{{vcenter="vc",host="{host}",state="connected"}}': samples}


def _listed(name: str, number: int) -> dict[str, str]:
    """Azure's list has the machine on the host 10.0.0.1."""
    labels = f'vm="{name}",vm_id="{number}",vault="paris-vault",appliance="paris",vcenter="vc.example.com"'
    return {f'azure_migrate_replication_info{{{labels},host="10.0.0.1"}}': "1x300"}


_THREE_HOSTS: Final = {
    **_nfc("esx-02", "16777216x300"),
    **_nfc("esx-03", "4194304x300"),
    **_nfc("esx-04", "0x300"),
    **_connected("esx-02"),
    **_connected("esx-03"),
    **_connected("esx-04", "0x300"),
    **vm_on("web02", 2),
    **vm_on("web01", 1),
    **vm_on("other", 9),
    'azure_migrate_vsphere_vm_replicating{vcenter="vc",vm="other",vm_id="9"}': "0x300",
}
"""esx-03 is the freest one that is connected."""

_OTHERS: Final = f'max by (vcenter, host) ({NFC}{{vcenter="$vcenter",host!="$host"}})'
_CONNECTED: Final = (
    'and on (vcenter, host) azure_migrate_vsphere_host_connection_state{vcenter="$vcenter",state="connected"} == 1'
)

_NEARLY_FULL: Final = Fires(
    {"vcenter": "vc", "host": "esx-01"},
    value="93.75%",
    live={"machines": "web01, web02", "vm": "web01", "free_host": "esx-03", "free": "12.5%"},
    levels=("warning",),
)

NFC_FULL: Final = Alert(
    name="NfcBufferFull",
    component=Component.ESXI,
    expr=f"max by (vcenter, host) ({NFC}) >= $threshold",
    labels=("vcenter", "host"),
    optional=("vcenter",),
    summary=Text(
        "The NFC buffer of an ESXi host is used up, or nearly so.",
        "La mémoire tampon NFC d'un hôte ESXi est pleine, ou presque.",
    ),
    description=Text(
        "{value} of the NFC buffer of {host} is in use. Machines on it: {machines}. The host with most room is "
        "{free_host} ({free}).",
        "{value} de la mémoire tampon NFC de {host} est utilisé. Ses machines : {machines}. L'hôte qui a le plus de "
        "place est {free_host} ({free}).",
    ),
    live={
        "machines": Live(ON_HOST, Text("not known", "inconnues"), label="vm", most=5),
        "vm": VM_ON_HOST,
        "free_host": Live(
            f"bottomk(1, {_OTHERS} < $nfc_room {_CONNECTED})",
            Text("<freer host>", "<hôte plus libre>"),
            label="host",
        ),
        "free": Live(
            f"min({_OTHERS} {_CONNECTED})",
            Text("not known", "inconnu"),
            form=Form.PERCENT,
        ),
    },
    choices={"freer host": "free_host"},
    value=Form.PERCENT,
    failure=CATALOGUE["nfc_out_of_memory"],
    meaning=Text(
        "The host's NFC service hands out the disks' blocks and has 32 MB for it, 4 MB a disk. Azure reports what the "
        "replication takes; from vCenter it is guessed from the disks with a replication snapshot, which is a proxy "
        "and no reading.",
        "Le service NFC de l'hôte fournit les blocs des disques avec 32 Mo, 4 Mo par disque. Azure indique ce que "
        "prend la réplication ; vu de vCenter, c'est déduit des disques qui ont un instantané de réplication : un "
        "indice, pas une mesure.",
    ),
    impact=Text(
        "Further disks of this host wait, or their cycles fail with «Memory allocation failed. Out of memory.» Backup "
        "programs that read from the host suffer too.",
        "Les autres disques de cet hôte attendent, ou leurs cycles échouent avec « Memory allocation failed. Out of "
        "memory. » Les sauvegardes qui lisent sur l'hôte en souffrent aussi.",
    ),
    fix=CATALOGUE["nfc_out_of_memory"].causes,
    documents=(SLOW,),
    dashboard=Dashboard.APPLIANCE,
    diagnosis=("azure-migrate-exporter collect vsphere {vcenter}", "azure-migrate-exporter collect replication"),
    queries=(f"sort({NFC})", "azure_migrate_nfc_disks_in_flight"),
    cases=(
        Case(
            "eight disks in flight fill it; esx-04 is freer than esx-03 but not connected",
            {**_nfc("esx-01", "33554432x300"), **_THREE_HOSTS},
            "20m",
            (
                Fires(
                    {"vcenter": "vc", "host": "esx-01"},
                    value="100%",
                    live={"machines": "web01, web02", "vm": "web01", "free_host": "esx-03", "free": "12.5%"},
                ),
            ),
        ),
        Case(
            "Azure reports 30 of 32 MB for the host that vCenter calls esx-01",
            {
                **_nfc("esx-01", "16777216x300"),
                **_nfc("10.0.0.1", "31457280x300", "azure"),
                **_THREE_HOSTS,
                **_listed("web01", 1),
            },
            "20m",
            (_NEARLY_FULL,),
        ),
        Case(
            "the same, and Azure has not heard yet that a machine was moved to another host",
            {
                **_nfc("esx-01", "16777216x300"),
                **_nfc("10.0.0.1", "31457280x300", "azure"),
                **_THREE_HOSTS,
                **_listed("web01", 1),
                **_listed("web02", 2),
                **_listed("moved", 3),
                **vm_on("moved", 3, host="esx-02"),
            },
            "20m",
            (_NEARLY_FULL,),
        ),
        Case(
            "only Azure tells, and no vCenter is watched",
            _nfc("10.0.0.1", "33554432x300", "azure"),
            "20m",
            (Fires({"vcenter": "", "host": "10.0.0.1"}, value="100%"),),
        ),
        Case("a healthy host at its limit: seven disks", {**_nfc("esx-01", "29360128x300"), **_THREE_HOSTS}, "20m"),
        Case("a peak of five minutes", {**_nfc("esx-01", "0x5 33554432x5 0x200"), **_THREE_HOSTS}, "14m"),
        Case(
            "nothing tells which snapshots are the replication's",
            {
                'azure_migrate_nfc_buffer_capacity_bytes{vcenter="vc",host="esx-01",source="vsphere",vault=""}': (
                    "33554432x300"
                )
            },
            "20m",
        ),
    ),
)

ALERTS: Final = (NFC_FULL,)
