"""ESXi hosts and datastores: connection, free space, NFC buffer."""

from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Assessment, Problem
from azure_migrate_exporter.diagnosis.evidence.vcenter.view import NOT_REPORTED, View
from azure_migrate_exporter.diagnosis.model import Verdict
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures.model import Text

MIN_FREE_RATIO: Final = 0.05
"""Free part of a datastore below which a snapshot may fail."""


def assess_host_connection(view: View) -> Assessment:
    """Hosts that are not connected to vCenter."""
    host = view.context.machine.host if view.context.machine else ""
    own = {"host": host} if host else {}
    states = {
        labels["host"]: labels["state"]
        for labels, value in view.samples.all(metrics.VSPHERE_HOST_CONNECTION_STATE, **own)
        if value
    }
    if not states:
        return Verdict.NOT_RUN, NOT_REPORTED
    return [
        Problem({"host": host}, Text(f"{host} is {state}", f"{host} : {state}"))
        for host, state in states.items()
        if state != "connected"
    ]


def assess_datastore_space(view: View) -> Assessment:
    """Datastores that are nearly full."""
    sizes = dict(view.of_datastores(metrics.DATASTORE_CAPACITY))
    free = {n: size / sizes[n] for n, size in view.of_datastores(metrics.DATASTORE_FREE) if sizes.get(n)}
    if not free:
        return Verdict.NOT_RUN, NOT_REPORTED
    full = [Problem({"datastore": n}, _free(n, ratio)) for n, ratio in free.items() if ratio < MIN_FREE_RATIO]
    return full or (Verdict.OK, _free(*min(free.items(), key=lambda item: item[1])))


def _free(name: str, ratio: float) -> Text:
    return Text(f"{name} has {ratio:.0%} free", f"{name} : {ratio:.0%} libre")


def assess_nfc_disks(view: View) -> Assessment:
    """Hosts whose NFC buffer the disks in flight fill."""
    sizes = dict(view.of_hosts(metrics.NFC_BUFFER_CAPACITY))
    used = {host: size / sizes[host] for host, size in view.of_hosts(metrics.NFC_BUFFER_USED) if sizes.get(host)}
    if not used:
        section = "vcenters[].replication"
        return Verdict.NOT_RUN, Text(
            f"replication snapshots cannot be identified: see {section}",
            f"les instantanés de la réplication ne peuvent pas être reconnus : voir {section}",
        )
    full = [Problem({"host": host}, _in_flight(host, ratio)) for host, ratio in used.items() if ratio >= 1]
    return full or (Verdict.OK, _in_flight(*max(used.items(), key=lambda item: item[1])))


def _in_flight(host: str, ratio: float) -> Text:
    return Text(
        f"disks in flight on {host} take {ratio:.0%} of its NFC buffer",
        f"les disques en cours sur {host} prennent {ratio:.0%} de sa mémoire tampon NFC",
    )
