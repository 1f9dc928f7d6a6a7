"""One to three faults at once, as the collectors read them: the most upstream one comes first, with its own fix.

The order and the fixes below are written by hand, from the article and from what keeps what from working; they do not
come from the code. Faults whose readings exclude each other are not combined.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from random import Random
from types import SimpleNamespace
from typing import Any, Final

import pytest

from azure_migrate_exporter.diagnosis.conclusion import Conclusion, Status, conclude
from azure_migrate_exporter.diagnosis.evidence.answer import EvidenceContext
from azure_migrate_exporter.diagnosis.model import Question, Result, Step
from azure_migrate_exporter.diagnosis.results import build_result
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Signal
from azure_migrate_exporter.reasons import Reason
from tests.observed import STAGE, answer

TRIPLES: Final = 200
"""Combinations of three faults, chosen at random but the same in each run."""
REPLICATING: Final = frozenset({"id-1"})
WEB01: Final = {"vcenter": "vc01", "vm": "web01", "vm_id": "id-1"}
ESX01: Final = {"vcenter": "vc01", "host": "esx01"}
DS1: Final = {"vcenter": "vc01", "datastore": "ds1", "source": "vsphere"}
Write = Callable[[Measurements], None]


def nothing(_: Measurements) -> None:
    """A run without samples."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the path on a good day."""

    signal: Signal
    settings: Any
    write: Write = nothing


def service(state: str) -> Write:
    return lambda out: out.set(
        metrics.GATEWAY_SERVICE_STATE, 1, appliance="paris", windows_service="asrgwy", state=state
    )


def up(metric: Any, **labels: str) -> Write:
    return lambda out: out.set(metric, 1, appliance="paris", **labels)


PATH: Final[Mapping[str, Check]] = {
    "appliance": Check(evidence.APPLIANCE, SimpleNamespace(port=44368)),
    "gateway": Check(evidence.GATEWAY_SERVICE, SimpleNamespace(services=("asrgwy",)), service("running")),
    "own account": Check(
        evidence.STORAGE_GATEWAY,
        SimpleNamespace(account="migrategwsa1", host="migrategwsa1.blob.core.windows.net"),
        up(metrics.STORAGE_UP, account="migrategwsa1", role="gateway"),
    ),
    "cache account": Check(
        evidence.STORAGE_CACHE,
        SimpleNamespace(account="migratelsa1", host="migratelsa1.blob.core.windows.net"),
        up(metrics.STORAGE_UP, account="migratelsa1", role="cache"),
    ),
    "servicebus": Check(
        evidence.SERVICEBUS,
        SimpleNamespace(host="migratesbns1.servicebus.windows.net"),
        up(metrics.SERVICEBUS_UP, bus_namespace="migratesbns1", entity="queue"),
    ),
    "keyvault": Check(evidence.KEYVAULT, SimpleNamespace(host="migratekv1.vault.azure.net", port=443)),
    "esxi": Check(evidence.ESXI, SimpleNamespace(host="esx01", port=902)),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the cause or failure that must be named for it."""

    what: str
    at: str
    """Key of `PATH`, or vcenter."""
    cause: str
    reason: Reason | None = None
    write: Write = nothing
    hides: frozenset[str] = frozenset()
    """What nobody can read while it lasts."""
    excludes: frozenset[str] = frozenset()
    """Faults with a reading that contradicts this one's."""


def task(operation: str, progress: float, age: float) -> Write:
    def write(out: Measurements) -> None:
        labels = {**WEB01, "operation": operation}
        out.set(metrics.VSPHERE_TASK_PROGRESS, progress, **labels)
        out.set(metrics.VSPHERE_TASK_START_TIMESTAMP, 1000.0, **labels)
        out.set(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, 1000.0 + age, **labels)
        out.set(metrics.VSPHERE_TASK_STALLED, 0, **labels)

    return write


def two_tasks(out: Measurements) -> None:
    for operation in ("remove_snapshot", "consolidate_disks"):
        task(operation, 0.1, 1)(out)


def sets(metric: Any, value: float, labels: Mapping[str, str], **more: str) -> Write:
    return lambda out: out.set(metric, value, **labels, **more)


PLACE: Final = {"vcenter": "vc01", "datastore": "ds1"}
FAULTS: Final = (
    Fault("appliance off", "appliance", "appliance_down", Reason.TIMEOUT, hides=frozenset({"gateway"})),
    Fault("service stopped", "gateway", "gateway_stopped", write=service("stopped")),
    Fault("service not installed", "gateway", "gateway_not_found", write=service("not_found")),
    Fault("own account cut off", "own account", "appliance_storage", Reason.TIMEOUT),
    Fault("own account full", "own account", "account_full", Reason.FULL),
    Fault("cache account cut off", "cache account", "cache_storage", Reason.REFUSED),
    Fault("cache account full", "cache account", "account_full", Reason.FULL),
    Fault("Service Bus cut off", "servicebus", "service_bus", Reason.TIMEOUT),
    Fault("key vault cut off", "keyvault", "key_vault", Reason.REFUSED),
    Fault("host without a name", "esxi", "host_name", Reason.DNS),
    Fault("host's port closed", "esxi", "host_port", Reason.REFUSED),
    Fault("vCenter down", "vcenter", "vcenter_down", Reason.REFUSED, hides=frozenset({"vcenter"})),
    Fault(
        "host not responding",
        "vcenter",
        "management_agents",
        write=sets(metrics.VSPHERE_HOST_CONNECTION_STATE, 1, ESX01, state="notResponding"),
    ),
    Fault(
        "datastore out of reach",
        "vcenter",
        "datastore_inaccessible",
        write=sets(metrics.VSPHERE_DATASTORE_ACCESSIBLE, 0, PLACE),
    ),
    Fault(
        "machine orphaned",
        "vcenter",
        "machine_inaccessible",
        write=sets(metrics.VSPHERE_VM_CONNECTION_STATE, 1, WEB01, state="orphaned"),
    ),
    Fault("datastore full", "vcenter", "datastore_full", write=sets(metrics.DATASTORE_FREE, 1, DS1)),
    Fault("snapshot hangs", "vcenter", "snapshot_hung", write=task("create_snapshot", 0.95, 1000)),
    Fault("two tasks at once", "vcenter", "conflicting_task", write=two_tasks),
    Fault(
        "consolidation needed",
        "vcenter",
        "consolidate_disks_failed",
        write=sets(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, 1, WEB01),
    ),
    Fault(
        "disk of size zero in a snapshot",
        "vcenter",
        "size_zero",
        write=sets(metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, 1, WEB01),
    ),
    Fault("change tracking off", "vcenter", "tracking_off", write=sets(metrics.VSPHERE_VM_CBT_ENABLED, 0, WEB01)),
    Fault(
        "NFC buffer full",  # last, because it is derived from the disks in flight, not measured
        "vcenter",
        "buffer_full",
        write=sets(metrics.NFC_BUFFER_USED, 32, ESX01, source="vsphere", vault=""),
    ),
)
"""The most upstream first."""


def good_vcenter(out: Measurements) -> None:
    out.set(metrics.VCENTER_UP, 1, vcenter="vc01")
    out.set(metrics.VSPHERE_HOST_CONNECTION_STATE, 1, **ESX01, state="connected")
    out.set(metrics.VSPHERE_DATASTORE_ACCESSIBLE, 1, **PLACE)
    out.set(metrics.VSPHERE_VM_CONNECTION_STATE, 1, **WEB01, state="connected")
    out.set(metrics.DATASTORE_CAPACITY, 100, **DS1)
    out.set(metrics.DATASTORE_FREE, 50, **DS1)
    out.set(metrics.NFC_BUFFER_CAPACITY, 32, **ESX01, source="vsphere", vault="")
    out.set(metrics.NFC_BUFFER_USED, 4, **ESX01, source="vsphere", vault="")
    out.set(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, 0, **WEB01)
    out.set(metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, 0, **WEB01)
    out.set(metrics.VSPHERE_VM_CBT_ENABLED, 1, **WEB01)


def readings(faults: tuple[Fault, ...]) -> Iterator[Result]:
    """The results of every step of the procedure while these faults last."""
    context = EvidenceContext(Question(), REPLICATING, has_state=True)
    hidden = {what for fault in faults for what in fault.hides}
    for name, check in PATH.items():
        fault = next((fault for fault in faults if fault.at == name), None)
        reason, write = (fault.reason, fault.write) if fault else (None, check.write)
        if name in hidden:
            reason, write = Reason.TIMEOUT, service("unknown")
        run = answer(check.signal.collector, write, settings=check.settings, reason=reason, message="as it was seen")
        yield build_result(Step(STAGE[check.signal.collector], (check.signal,), "paris", name), [run], context)
    yield build_result(Step(STAGE["vsphere"], STAGE["vsphere"].signals, target="vc01"), [vcenter(faults)], context)


def vcenter(faults: tuple[Fault, ...]) -> Any:
    """vCenter's answer."""
    own = [fault for fault in faults if fault.at == "vcenter"]
    down = next((fault for fault in own if fault.reason), None)

    def write(out: Measurements) -> None:
        if down is not None:
            out.set(metrics.VCENTER_UP, 0, vcenter="vc01")
            return
        good_vcenter(out)
        for fault in own:
            fault.write(out)
        if any(fault.what == "host not responding" for fault in own):
            out.set(metrics.VSPHERE_HOST_CONNECTION_STATE, 0, **ESX01, state="connected")
        if any(fault.what == "machine orphaned" for fault in own):
            out.set(metrics.VSPHERE_VM_CONNECTION_STATE, 0, **WEB01, state="connected")

    tasks = SimpleNamespace(stalled_after=900.0, stalled_near_end_after=300.0)
    return answer(
        "vsphere",
        write,
        settings=SimpleNamespace(tasks=tasks),
        target="vc01",
        appliance="",
        reason=down.reason if down else None,
        message="as it was seen" if down else "",
    )


def can_be_read_together(faults: tuple[Fault, ...]) -> bool:
    """Whether each check has one reading, and the two tasks of a machine are not three."""
    of_path = [fault.at for fault in faults if fault.at != "vcenter"]
    tasks = {"snapshot hangs", "two tasks at once"}
    return len(of_path) == len(set(of_path)) and not tasks <= {fault.what for fault in faults}


def every_combination() -> Iterator[tuple[Fault, ...]]:
    yield from ((fault,) for fault in FAULTS)
    yield from filter(can_be_read_together, combinations(FAULTS, 2))
    triples = list(filter(can_be_read_together, combinations(FAULTS, 3)))
    yield from Random(20201117).sample(triples, TRIPLES)


def visible(faults: tuple[Fault, ...]) -> list[Fault]:
    """The faults that can be seen, the most upstream first."""
    hidden = {what for fault in faults for what in fault.hides}
    return [fault for fault in faults if fault.at not in hidden or fault.hides]


def named(conclusion: Conclusion) -> list[str]:
    known = [finding.cause or finding.failure for finding in (*conclusion.causes, *conclusion.further)]
    return [one.id if one else "" for one in known]


COMBINATIONS: Final = tuple(every_combination())


def test_there_are_all_pairs_and_many_triples() -> None:
    assert len(COMBINATIONS) > 400
    assert {faults for faults in COMBINATIONS if len(faults) == 2} == set(
        filter(can_be_read_together, combinations(FAULTS, 2))
    )


@pytest.mark.parametrize("faults", COMBINATIONS, ids=lambda faults: ", ".join(fault.what for fault in faults))
def test_the_most_upstream_fault_comes_first_and_every_other_is_listed(faults: tuple[Fault, ...]) -> None:
    conclusion = conclude(Question(), list(readings(faults)))
    expected = [fault.cause for fault in visible(faults)]
    assert conclusion.status is Status.CAUSE_FOUND
    assert named(conclusion)[0] == expected[0]
    assert set(named(conclusion)) == set(expected)
    assert len(conclusion.causes) == 1


def test_without_a_fault_nothing_is_found() -> None:
    conclusion = conclude(Question(), list(readings(())))
    assert (conclusion.status, named(conclusion)) == (Status.HEALTHY, [])
