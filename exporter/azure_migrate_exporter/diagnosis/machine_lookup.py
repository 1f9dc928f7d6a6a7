"""Finds a machine by name or id in the lists of vCenter and Azure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from azure_migrate_exporter.diagnosis.model import Machine
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.exposition import metrics


class NoSuchMachineError(Exception):
    """No machine matches, or more than one; `lines` is the message."""

    def __init__(self, *lines: str) -> None:
        super().__init__(lines[0])
        self.lines = lines


def find(wanted: str, listed: Iterable[Machine], *, complete: bool) -> Machine | None:
    """The machine with this name or id, ignoring case.

    Raises `NoSuchMachineError` if several match, or if none does and the list is `complete`. None if no machine of an
    incomplete list matches.
    """
    known = tuple(listed)
    folded = wanted.casefold()
    fitting = [machine for machine in known if folded in {machine.vm.casefold(), machine.vm_id.casefold()} - {""}]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise NoSuchMachineError(
            f"{len(fitting)} machines are called {wanted!r}; choose one by its id:", *map(_describe, fitting)
        )
    if not complete:
        return None
    near = get_close_matches(wanted, {machine.vm for machine in known})
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise NoSuchMachineError(f"there is no machine {wanted!r} among the {len(known)} listed{hint}")


def merge(vcenter: Samples, azure: Samples) -> tuple[Machine, ...]:
    """Every machine of either list; machines with the same id are one."""
    found = _in_vcenter(vcenter)
    for labels, _ in azure.all(metrics.REPLICATION_INFO):
        key = labels["vm_id"].lower() or f"{labels['vault']}/{labels['vm']}"
        found[key] = _with_azure(found.get(key) or Machine(labels["vm"], labels["vm_id"]), labels)
    return tuple(found.values())


def _in_vcenter(samples: Samples) -> dict[str, Machine]:
    """The machines of the list, whose series name one datastore each."""
    found: dict[str, Machine] = {}
    for labels, _ in samples.all(metrics.VSPHERE_VM_INFO):
        key = labels["vm_id"].lower() or f"{labels['vcenter']}/{labels['vm']}"
        others = found[key].datastores if key in found else ()
        datastores = tuple(dict.fromkeys((*others, labels["datastore"])))
        found[key] = Machine(labels["vm"], labels["vm_id"], labels["vcenter"], labels["host"], datastores)
    return found


def _with_azure(machine: Machine, labels: Mapping[str, str]) -> Machine:
    return replace(machine, vault=labels["vault"], appliance=labels["appliance"], azure_host=labels["host"])


def _describe(machine: Machine) -> str:
    places = {"vCenter": machine.vcenter, "on": machine.host, "vault": machine.vault}
    where = ", ".join(f"{word} {place}" for word, place in places.items() if place)
    return f"  {machine.vm_id or '(no id)'}  {machine.vm}  ({where})"
