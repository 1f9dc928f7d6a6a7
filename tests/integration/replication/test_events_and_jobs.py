"""Events and jobs: each counts exactly once, however often it is listed, and across restarts."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.runtime.state import DirectoryState
from tests.clock import FakeClock
from tests.integration.replication import HOUR, MINUTE, running, settings
from tests.lab.arm import Kind, LabAppliance, LabArm, LabProject, Trouble, Where
from tests.lab.arm.history import Event
from tests.measured import Measured, measure

HUNG = {"event_type": "vm_health", "severity": "critical", "failure": "snapshot_hung"}


def total(measured: Measured, metric: Metric) -> float:
    values = (value for (sampled, _), value in measured.samples.items() if sampled is metric)
    return sum(value for value in values if isinstance(value, float))


def add_event(paris: LabAppliance, at: float, number: int = 0, severity: str = "Critical") -> None:
    """An event with the time `at`."""
    text = f"Replication cycle failed {number}"
    paris.project.history.add_event(Event(at, "VmHealth", severity, text, "web", f"machine {number}", paris.fabric_id))


async def test_events_before_the_first_start_are_history(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web").fail("snapshot_hung")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
        assert measured.value(metrics.REPLICATION_EVENTS, **HUNG) == 0
        await clock.advance(MINUTE)
        paris.machine("db").fail("snapshot_hung")
        measured = await measure(collector)
    assert measured.value(metrics.REPLICATION_EVENTS, **HUNG) == 1


async def test_an_event_that_is_listed_again_and_again_counts_once(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        for number in range(30):
            add_event(paris, clock.time() + number, number)
        arm.page_size = 10
        for _ in range(3):
            await clock.advance(MINUTE)
            measured = await measure(collector)
            assert total(measured, metrics.REPLICATION_EVENTS) == 30


async def test_only_the_newest_page_is_read_while_nothing_is_new(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(50):
        add_event(paris, clock.time() - number, number)
    arm.page_size = 10
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        assert arm.requests.count(Kind.EVENTS) == 5
        await clock.advance(MINUTE)
        await measure(collector)
        assert arm.requests.count(Kind.EVENTS) == 6


async def test_after_a_restart_counting_continues_with_what_happened_meanwhile(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    def context() -> Context:
        return Context(clock, state=DirectoryState(tmp_path / "state"))

    configured = settings(arm, project, tmp_path)
    async with running(configured, context()) as collector:
        await measure(collector)
        await clock.advance(MINUTE)
        add_event(paris, clock.time(), 1)
        assert total(await measure(collector), metrics.REPLICATION_EVENTS) == 1
    await clock.advance(HOUR)
    add_event(paris, clock.time(), 2)
    await clock.advance(HOUR)
    async with running(configured, context()) as collector:
        assert total(await measure(collector), metrics.REPLICATION_EVENTS) == 2
        await clock.advance(MINUTE)
        assert total(await measure(collector), metrics.REPLICATION_EVENTS) == 2


async def test_while_a_vault_moves_to_another_shard_each_of_the_two_counts_an_event_once(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    """Both exporters write the state of the vault on the volume that they share."""

    def context() -> Context:
        return Context(clock, state=DirectoryState(tmp_path / "state"))

    configured = settings(arm, project, tmp_path)
    async with running(configured, context()) as old:
        await measure(old)
        await clock.advance(MINUTE)
        add_event(paris, clock.time(), 1)
        await measure(old)
        async with running(configured, context()) as new:
            assert total(await measure(new), metrics.REPLICATION_EVENTS) == 1
            await clock.advance(MINUTE)
            add_event(paris, clock.time(), 2)
            for collector in (new, old, new):
                assert total(await measure(collector), metrics.REPLICATION_EVENTS) == 2
    async with running(configured, context()) as later:
        assert total(await measure(later), metrics.REPLICATION_EVENTS) == 2


@pytest.mark.parametrize("hours", [-8.0, 5.5], ids=["local time of the west", "local time of the east"])
async def test_an_appliance_whose_clock_has_local_time_hides_no_events(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock, hours: float
) -> None:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        add_event(paris, clock.time(), 0)
        await measure(collector)
        for number in range(1, 5):
            await clock.advance(MINUTE)
            wrong = number % 2 * hours * HOUR
            add_event(paris, clock.time() + wrong, number)
            measured = await measure(collector)
            assert total(measured, metrics.REPLICATION_EVENTS) == number


async def test_events_that_are_no_failures_count_under_none(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        web.fail("snapshot_hung")
        await clock.advance(MINUTE)
        web.heal()
        measured = await measure(collector)
    well = {"event_type": "vm_health", "severity": "ok", "failure": "none"}
    assert measured.value(metrics.REPLICATION_EVENTS, **well) == 1


async def test_events_may_be_forbidden_and_the_rest_is_shown(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.EVENTS})
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason == "forbidden"
    assert measured.message.startswith("events: ")
    assert measured.value(metrics.REPLICATION_UP) == 1
    assert measured.value(metrics.REPLICATION_INFO, vm="web") == 1
    assert total(measured, metrics.REPLICATION_EVENTS) == 0
    assert measured.value(metrics.REPLICATION_EVENTS, **HUNG) is None
    assert measured.value(metrics.ARM_REQUESTS, operation="events", code="403") == 1


async def test_a_job_that_fails_counts_once_with_its_scenario_and_what_went_wrong(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    machines = [paris.machine(f"web{number}") for number in range(3)]
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        await clock.advance(MINUTE)
        machines[0].fail("vcenter_privileges_missing", where=Where.JOB)
        machines[1].fail("target_name_taken", where=Where.JOB)
        machines[2].fail("snapshot_hung", where=Where.JOB)
        for _ in range(3):
            await clock.advance(MINUTE)
            measured = await measure(collector)
    jobs = metrics.REPLICATION_JOBS
    failed = {"scenario": "enable_migration", "state": "failed", "failure": "vcenter_privileges_missing"}
    assert measured.value(jobs, **failed) == 1
    informed = {"scenario": "enable_migration", "state": "completed_with_information", "failure": "target_name_taken"}
    assert measured.value(jobs, **informed) == 1
    assert measured.value(jobs, scenario="migrate", state="failed", failure="snapshot_hung") == 1
    assert total(measured, jobs) == 3
    assert arm.requests.count(Kind.JOB) == 3


async def test_a_job_that_succeeds_does_not_count_and_one_that_fails_late_does(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web, db = paris.machine("web"), paris.machine("db")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        web.pause()
        await measure(collector)
        job = project.history.start("TestMigrate", db.name, "db", clock.time())
        for number in range(12):  # newer ones push it far down
            project.history.start("UpdateVmProperties", db.name, str(number), clock.time() + number).state = "Succeeded"
        arm.page_size = 5
        await clock.advance(9 * HOUR)
        await measure(collector)
        job.state, job.ended = "Failed", clock.time()
        measured = await measure(collector)
    assert measured.value(metrics.REPLICATION_JOBS, scenario="test_migrate", state="failed", failure="unknown") == 1
    assert total(measured, metrics.REPLICATION_JOBS) == 1


async def test_a_job_whose_errors_cannot_be_read_counts_all_the_same(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        web.fail("key_vault_generate_sas", where=Where.JOB)
        with arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.JOB}):
            measured = await measure(collector)
    labels = {"scenario": "enable_migration", "state": "failed"}
    assert measured.value(metrics.REPLICATION_JOBS, **labels, failure="unknown") == 1


async def test_many_failed_jobs_are_read_over_several_runs_and_all_count(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    machines = [paris.machine(f"web{number}") for number in range(25)]
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        for machine in machines:
            machine.fail("key_vault_generate_sas", where=Where.JOB)
        seen = []
        for _ in range(3):
            await clock.advance(MINUTE)
            seen.append(total(await measure(collector), metrics.REPLICATION_JOBS))
    assert seen == [20, 25, 25]
