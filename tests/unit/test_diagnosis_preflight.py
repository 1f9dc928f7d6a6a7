"""Before a migration: what would fail for machines that do not replicate yet."""

import re
from types import SimpleNamespace
from typing import Any

import pytest

from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.diagnosis.conclusion import Status, conclude
from azure_migrate_exporter.diagnosis.evidence import vcenter
from azure_migrate_exporter.diagnosis.evidence.answer import EvidenceContext
from azure_migrate_exporter.diagnosis.model import Observation, Question, Verdict
from azure_migrate_exporter.diagnosis.preflight import (
    MAX_CLOCK_OFFSET,
    as_if_replicating,
    find_clock_faults,
    find_missing_roles,
)
from azure_migrate_exporter.diagnosis.procedure import plan_steps
from azure_migrate_exporter.diagnosis.reports.text_report import TextReport
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.failures import evidence
from azure_migrate_exporter.failures.model import Signal
from tests.observed import answer, seen

WEB01 = {"vcenter": "vc01", "vm": "web01", "vm_id": "id-1"}
PREFLIGHT = EvidenceContext(Question(preflight=True))
VCENTER = {"name": "vc01", "address": "vc01.example.com", "username": "exporter", "password": {"env": "VC_PASSWORD"}}


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VC_PASSWORD", "secret")
    return Settings.model_validate({"vcenters": [VCENTER]})


def observe(signal: Signal, *samples: tuple[Any, float, dict[str, str]]) -> Observation:
    def write(out: Measurements) -> None:
        out.set(metrics.VCENTER_UP, 1, vcenter="vc01")
        for metric, value, labels in samples:
            out.set(metric, value, **labels)

    tasks = SimpleNamespace(stalled_after=900.0, stalled_near_end_after=300.0)
    run = answer("vsphere", write, settings=SimpleNamespace(tasks=tasks), target="vc01", appliance="")
    (observation,) = vcenter.observe([signal], run, PREFLIGHT)
    return observation


@pytest.mark.parametrize("name", ["web01", "web[1]", "a.b", "x|y", "東京-01"])
def test_exactly_the_machine_of_this_name_counts_as_replicating(settings: Settings, name: str) -> None:
    (pattern,) = as_if_replicating(settings, name).vcenters[0].replication.machines
    assert pattern.fullmatch(name)
    assert not pattern.fullmatch(f"{name}x")
    assert not pattern.fullmatch("other")


@pytest.mark.parametrize("vm", [None, "5015f6d8-fc84-afdf-de47-1eab79330f00"])
def test_without_a_name_every_machine_does(settings: Settings, vm: str | None) -> None:
    (pattern,) = as_if_replicating(settings, vm).vcenters[0].replication.machines
    assert pattern.fullmatch("web 01\n")


def test_change_tracking_that_is_off_is_normal_before_the_replication() -> None:
    assert observe(evidence.CBT_ENABLED, (metrics.VSPHERE_VM_CBT_ENABLED, 0, WEB01)).verdict is Verdict.VALUE


def test_snapshots_keep_it_from_being_turned_on() -> None:
    off, on = ((metrics.VSPHERE_VM_CBT_ENABLED, value, WEB01) for value in (0, 1))
    held = (metrics.VSPHERE_VM_SNAPSHOTS, 2, WEB01)
    assert observe(evidence.SNAPSHOTS_WITHOUT_CBT, on, held).verdict is Verdict.OK
    assert observe(evidence.SNAPSHOTS_WITHOUT_CBT, off).verdict is Verdict.OK
    found = observe(evidence.SNAPSHOTS_WITHOUT_CBT, off, held)
    assert (found.verdict, found.names["vm_id"]) == (Verdict.FAILED, "id-1")
    (finding,) = conclude(Question(preflight=True), [seen(evidence.SNAPSHOTS_WITHOUT_CBT, vm="web01")]).causes
    assert finding.failure is not None
    assert finding.failure.id == "snapshots_present"
    assert finding.cause is not None


@pytest.mark.parametrize(
    ("kind", "signal", "cause"),
    [
        ("independent", evidence.INDEPENDENT_DISKS, "independent_disk"),
        ("physical_mode", evidence.PHYSICAL_MODE_DISKS, "physical_mode"),
    ],
)
def test_a_disk_that_cannot_replicate_is_named_with_its_fix(kind: str, signal: Signal, cause: str) -> None:
    disks = (metrics.VSPHERE_VM_UNREPLICABLE_DISKS, 1, {**WEB01, "kind": kind})
    assert observe(signal).verdict is Verdict.OK
    found = observe(signal, disks)
    assert (found.verdict, found.names["vm"]) == (Verdict.FAILED, "web01")
    (finding,) = conclude(Question(preflight=True), [seen(signal, vm="web01")]).causes
    assert finding.cause is not None
    assert finding.cause.id == cause


def test_what_only_a_replication_shows_is_not_asked(settings: Settings) -> None:
    asked = {signal for step in plan_steps(settings, Question(preflight=True)) for signal in step.signals}
    assert evidence.NFC_DISKS not in asked
    assert {evidence.INDEPENDENT_DISKS, evidence.DATASTORE_SPACE} <= asked


def test_a_clock_that_is_far_off_is_named_with_its_host() -> None:
    assert find_clock_faults({"a": MAX_CLOCK_OFFSET, "b": -MAX_CLOCK_OFFSET}) == ()
    (fault,) = find_clock_faults({"a": 1.0, "vc01": -7200.0})
    assert fault.cause.id == "clock_off"
    assert fault.seen.en == "the clock of vc01 differs from this one by -7200 s"
    assert re.search(r"vc01.*-7200 s", fault.seen.into("fr"))


def test_a_role_that_an_identity_lacks_is_a_cause_and_no_fault_of_the_exporter() -> None:
    out = Measurements()
    about = {"appliance": "paris", "resource": "migratersa1", "azure_role": "Storage Blob Data Contributor"}
    out.set(metrics.DISCOVERED_ROLE_ASSIGNED, 1, **about, identity="appliance")
    assert find_missing_roles(Samples([out.block()])) == ()
    out.set(metrics.DISCOVERED_ROLE_ASSIGNED, 0, **about, identity="vault")
    faults = find_missing_roles(Samples([out.block()]))
    question = Question(preflight=True)
    conclusion = conclude(question, [], access_faults=faults)
    assert conclusion.status is Status.CAUSE_FOUND
    text = " ".join("\n".join(TextReport(question, [], (), "en").lines(conclusion)).split())
    assert "The exporter itself" not in text
    assert "the vault of paris has not the role Storage Blob Data Contributor on migratersa1" in text
    assert "New-AzRoleAssignment" in text
    assert "Healthy" not in text
