"""ESXi hosts and datastores: connection, access, free space, NFC buffer."""

from collections.abc import Collection
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Assessment, Problem, enumerate_texts
from azure_migrate_exporter.diagnosis.evidence.vcenter.view import NOT_REPORTED, View
from azure_migrate_exporter.diagnosis.model import Verdict
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.failures.model import Text

MIN_FREE_RATIO: Final = 0.05
"""Free part of a datastore below which a snapshot may fail."""


def assess_host_connection(view: View) -> Assessment:
    """Hosts that are not connected to vCenter. Maintenance mode is no fault, but it explains one."""
    host = view.context.machine.host if view.context.machine else ""
    own = {"host": host} if host else {}
    states = {
        labels["host"]: labels["state"]
        for labels, value in view.samples.all(metrics.VSPHERE_HOST_CONNECTION_STATE, **own)
        if value
    }
    if not states:
        return Verdict.NOT_RUN, NOT_REPORTED
    maintained = {host for host, value in view.of_hosts(metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE) if value}
    lost = {host: state for host, state in states.items() if state != "connected"}
    if maintained and not lost:
        return Verdict.VALUE, enumerate_texts([_state(host, states[host], maintained) for host in sorted(maintained)])
    return [Problem({"host": host}, _state(host, state, maintained)) for host, state in lost.items()]


def _state(host: str, state: str, maintained: Collection[str]) -> Text:
    if host in maintained:
        return Text(f"{host} is {state} and in maintenance mode", f"{host} : {state}, en mode maintenance")
    return Text(f"{host} is {state}", f"{host} : {state}")


def assess_datastore_access(view: View) -> Assessment:
    """Datastores that vCenter does not reach."""
    accessible = dict(view.of_datastores(metrics.VSPHERE_DATASTORE_ACCESSIBLE))
    if not accessible:
        return Verdict.NOT_RUN, NOT_REPORTED
    return [
        Problem({"datastore": name}, Text(f"{name} is not accessible", f"{name} est inaccessible"))
        for name, value in accessible.items()
        if not value
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
