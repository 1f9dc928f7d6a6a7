"""The totals of each appliance are the sums over the series of its machines."""

from collections import Counter
from pathlib import Path

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.replication.machine_totals import BEHIND
from azure_migrate_exporter.exposition import metrics as m
from azure_migrate_exporter.exposition.metric import Metric
from generate.dashboards.thresholds import number
from tests.clock import FakeClock
from tests.integration.replication import live, running, settings
from tests.lab.arm import LabArm, LabProject, Stage
from tests.lab.arm.faults import Trouble
from tests.measured import Measured, measure

MINUTE = 60.0


def rows(measured: Measured, metric: Metric) -> list[tuple[dict[str, str], float]]:
    return [
        (dict(zip(metric.labels, values, strict=True)), float(value))  # type: ignore[arg-type]
        for (sampled, values), value in measured.samples.items()
        if sampled is metric
    ]


def by_appliance(measured: Measured, metric: Metric, label: str = "") -> Counter[tuple[str, str]]:
    """The totals, by appliance and the label."""
    return Counter(
        {(labels["appliance"], labels.get(label, "")): int(value) for labels, value in rows(measured, metric) if value}
    )


def counted(measured: Measured, metric: Metric, label: str) -> Counter[tuple[str, str]]:
    """The same, from the series of the machines."""
    appliances = {labels["vm_id"]: labels["appliance"] for labels, _ in rows(measured, m.REPLICATION_INFO)}
    found = {(labels["vm_id"], labels[label]) for labels, value in rows(measured, metric) if value == 1}
    return Counter((appliances[vm_id], value) for vm_id, value in found)


async def test_totals_are_the_sums_over_the_machines(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    paris, lyon = project.appliance("paris"), project.appliance("lyon")
    for number_ in range(4):
        paris.machine(f"web-{number_}", stage=Stage.DELTA if number_ % 2 else Stage.WAITING)
    lyon.machine("seeding", stage=Stage.SEEDING, disks=2)
    lyon.machine("paused").pause()
    for name in ("bad", "worse"):
        lyon.machine(name).fail("snapshot_hung")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        for _ in range(16):
            await clock.advance(75 * MINUTE)
            found = await measure(collector)
    for total, metric, label in (
        (m.REPLICATION_MACHINES_BY_STATE, m.REPLICATION_STATE, "state"),
        (m.REPLICATION_MACHINES_BY_HEALTH, m.REPLICATION_HEALTH, "health"),
        (m.REPLICATION_MACHINES_BY_FAILURE, m.REPLICATION_ERRORS, "failure"),
    ):
        assert by_appliance(found, total, label) == counted(found, metric, label)
    assert by_appliance(found, m.REPLICATION_MACHINES_WITH_ERRORS) == {("lyon", ""): 2}
    due = rows(found, m.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP)
    late = [labels["vm"] for labels, at in due if clock.time() - at > BEHIND]
    assert sorted(late) == ["bad", "worse"]
    assert by_appliance(found, m.REPLICATION_MACHINES_BEHIND) == {("lyon", ""): len(late)}
    uploads = [value for _, value in rows(found, m.REPLICATION_UPLOAD)]
    assert sum(value for _, value in rows(found, m.REPLICATION_TOTAL_UPLOAD)) == sum(uploads)
    assert by_appliance(found, m.REPLICATION_MACHINES_UPLOADING).total() == len(uploads)


async def test_the_bytes_of_an_initial_replication_become_fewer_until_the_machine_is_copied(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    paris = project.appliance("paris")
    paris.machine("web", stage=Stage.SEEDING, disks=2)
    left: list[float] = []
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        measured = await live(collector, clock, MINUTE)
        size = sum(value for _, value in rows(measured, m.REPLICATION_DISK_CAPACITY))
        while not by_appliance(measured, m.REPLICATION_MACHINES_COPIED):
            left += [value for _, value in rows(measured, m.REPLICATION_COPY_REMAINING)]
            await clock.advance(10 * MINUTE)
            measured = await measure(collector)
    assert size >= left[0] > left[-1] > 0
    assert left == sorted(left, reverse=True)
    assert rows(measured, m.REPLICATION_COPY_REMAINING)[0][1] == 0


async def test_an_appliance_without_machines_and_a_vault_that_does_not_answer_have_no_totals(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    """Absent, not 0: what is not known is no count."""
    project.appliance("paris")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        assert rows(await measure(collector), m.REPLICATION_MACHINES_WITH_ERRORS) == []


def test_the_totals_and_the_alert_call_the_same_machines_late() -> None:
    assert number("ReplicationCycleOverdue", "grace", "warning") == BEHIND


async def test_benchmarks_learn_on_whose_lines_data_moves(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    project.appliance("Paris").machine("web", stage=Stage.SEEDING)
    project.appliance("lyon").machine("app", stage=Stage.DELTA)
    context = Context(clock)
    board = context.blackboard
    async with running(settings(arm, project, tmp_path), context) as collector:
        assert board.union("appliances") == set()
        await live(collector, clock, MINUTE)
        assert board.union("appliances") == {"paris", "lyon"}
        seen = set()
        for _ in range(16):
            await clock.advance(75 * MINUTE)
            found = await measure(collector)
            uploading = {name.casefold() for name, _ in by_appliance(found, m.REPLICATION_MACHINES_UPLOADING)}
            assert board.union("replicating_appliances") == uploading
            seen.add(frozenset(uploading))
        assert len(seen) > 1
        arm.faults.on(Trouble.UNAVAILABLE)
        await clock.advance(75 * MINUTE)
        assert (await measure(collector)).reason is not None
        assert board.union("appliances") == set()
