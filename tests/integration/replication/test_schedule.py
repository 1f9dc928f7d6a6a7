"""Finished cycles and the schedule, from Azure's lists: across hours, pauses, blackout windows and restarts."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.collectors.replication.polling.detail_poller import FIRST_READS
from azure_migrate_exporter.config.blackout import Blackout as Windows
from azure_migrate_exporter.config.blackout import parse_windows
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.state import DirectoryState, StateStore
from tests.clock import FakeClock
from tests.integration.replication import HOUR, MINUTE, live, read, running, settings
from tests.lab.arm import Blackout, Kind, LabAppliance, LabArm, LabProject, Pace, Stage, Trouble
from tests.measured import Measured, measure

CHANGED = metrics.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP
DUE = metrics.REPLICATION_NEXT_CYCLE_DUE_TIMESTAMP


async def run_for(collector: Collector, clock: FakeClock, seconds: float) -> Measured:
    """Runs every five minutes for so long; returns the last one."""
    for _ in range(round(seconds / (5 * MINUTE))):
        await clock.advance(5 * MINUTE)
        measured = await measure(collector)
    return measured


@pytest.mark.parametrize(
    ("cycle", "delay"), [(240, HOUR), (2 * HOUR, HOUR), (4 * HOUR, 2 * HOUR), (30 * HOUR, 12 * HOUR)]
)
async def test_the_next_cycle_is_due_after_half_of_the_last_but_one_to_twelve_hours(  # noqa: PLR0917 - fixtures
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    cycle: float,
    delay: float,
) -> None:
    web = paris.machine("web", stage=Stage.DELTA, pace=Pace(delta=cycle))
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        first = await measure(collector)
        assert first.value(CHANGED) is None
        await clock.advance(cycle + 1)
        ended = await measure(collector)
        finished = clock.time()
        assert web.stage is Stage.WAITING
        assert ended.value(CHANGED) == finished
        assert ended.value(DUE) is None, "its disks are read next"
        assert (await live(collector, clock, 10)).value(DUE) == finished + delay


async def test_after_short_cycles_the_next_one_is_due_in_an_hour_without_any_read(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web", pace=Pace(delta=240))
    for number in range(20):  # one of which is read for the load of the appliance
        paris.machine(f"vm-{number}", pace=Pace(min_delay=9 * HOUR))
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await run_for(collector, clock, 70 * MINUTE)
        finished, points = (await measure(collector)).value(CHANGED, vm="web"), len(web.points)
        while len(web.points) == points:
            before = read(arm).count(web.item)
            measured = await live(collector, clock, MINUTE)
        assert measured.value(CHANGED, vm="web") != finished
        assert measured.value(DUE, vm="web") == clock.time() + HOUR
        await live(collector, clock, 2 * MINUTE)
    assert read(arm).count(web.item) == before


async def test_the_length_of_a_cycle_stands_on_the_disks_so_the_next_one_is_due_right_from_the_first_scrape(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web", disks=2, pace=Pace(delta=4 * HOUR))
    paris.machine("db", pace=Pace(delta=422))
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.value(DUE, vm="web") == clock.time() + 2 * HOUR
    assert measured.value(DUE, vm="db") == clock.time() + HOUR


async def test_no_cycle_is_due_before_it_is_known_how_long_the_last_one_took(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    names = [paris.machine(f"vm-{number}").name for number in range(20)]
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        due = clock.time() + HOUR
        first = await measure(collector)
        later = await live(collector, clock, MINUTE)
    shown = [first.value(DUE, vm=name) for name in names]
    assert sorted(shown, key=str) == [due] * FIRST_READS + [None] * (20 - FIRST_READS)
    assert [later.value(DUE, vm=name) for name in names] == [due] * 20


async def test_where_the_list_has_no_operation_the_duration_of_a_cycle_comes_from_the_details_too(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    project.lists_gateway_details = False
    paris.machine("web", stage=Stage.DELTA, pace=Pace(delta=4 * HOUR))
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        await clock.advance(4 * HOUR + 1)
        await live(collector, clock, MINUTE)
        measured = await live(collector, clock, MINUTE)
    changed, due = measured.value(CHANGED), measured.value(DUE)
    assert isinstance(changed, float)
    assert due == changed + 2 * HOUR


async def test_without_any_known_duration_the_next_cycle_is_due_after_the_longest_delay(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    project.lists_gateway_details = False
    paris.load.present = False
    web = paris.machine("web")
    web.overlay = {"providerSpecificDetails": {"gatewayOperationDetails": None, "protectedDisks": []}}
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        assert (await measure(collector)).value(DUE) == clock.time() + 12 * HOUR
        # The duration is then estimated from the time between two recovery points.
        two_cycles = 2 * (web.pace.delta + HOUR)
        measured = await run_for(collector, clock, two_cycles + 30 * MINUTE)
    changed, due = measured.value(CHANGED), measured.value(DUE)
    assert isinstance(changed, float)
    assert due == changed + HOUR


async def test_a_machine_whose_cycles_fail_is_overdue(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        well = await run_for(collector, clock, 2 * HOUR)
        due = well.value(DUE)
        assert isinstance(due, float)
        assert due > clock.time()
        web.fail("snapshot_hung")
        failing = await run_for(collector, clock, 5 * HOUR)
    assert failing.value(DUE) == due
    assert failing.value(CHANGED) == well.value(CHANGED)
    assert due < clock.time() - 3 * HOUR


async def test_a_paused_machine_is_not_due_and_once_resumed_has_all_its_time(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        web.pause()
        await run_for(collector, clock, 5 * MINUTE)
        await clock.advance(50 * HOUR)
        paused = await measure(collector)
        assert paused.value(DUE) is None
        web.resume()
        resuming = await run_for(collector, clock, 5 * MINUTE)
        assert resuming.value(DUE) is None
        resumed = await run_for(collector, clock, 15 * MINUTE)
    due = resumed.value(DUE)
    assert isinstance(due, float)
    assert due > clock.time()


@pytest.mark.parametrize("stage", [Stage.ENABLING, Stage.SEEDING, Stage.RESYNC, Stage.MIGRATING, Stage.MIGRATED])
async def test_outside_delta_replication_no_cycle_is_due(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock, stage: Stage
) -> None:
    paris.machine("web", stage=stage)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await clock.advance(10)
        assert (await measure(collector)).value(DUE) is None


async def test_in_a_blackout_window_no_cycle_is_due(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    # The clock begins on a Friday, 15 January 2027, 08:00 UTC: 09:00 in Paris.
    written, zone = "Friday;9:30;7h | Friday;16:30;30m", "Europe/Paris"
    paris.blackout = Blackout(written, zone)
    paris.machine("web")
    windows = (("Paris", Windows(parse_windows(written), zone)),)
    configured = settings(arm, project, tmp_path)
    async with running(configured, Context(clock), blackouts=windows) as collector:
        measured = await measure(collector)
        assert measured.value(DUE) == datetime(2027, 1, 15, 16, tzinfo=UTC).timestamp()
        silent = await run_for(collector, clock, 7 * HOUR)
        assert silent.value(DUE) == measured.value(DUE)
        assert silent.value(CHANGED) is None
        over = await run_for(collector, clock, 2 * HOUR)
    assert over.value(CHANGED) is not None


def context(clock: FakeClock, tmp_path: Path) -> Context:
    state: StateStore = DirectoryState(tmp_path / "state")
    return Context(clock, state=state)


async def until_a_failure(
    configured: VaultSettings, paris: LabAppliance, shared: Context, clock: FakeClock
) -> Measured:
    """Two hours of a machine's cycles, of which the next one fails; then the exporter stops."""
    web = paris.machine("web")
    async with running(configured, shared) as collector:
        measured = await run_for(collector, clock, 2 * HOUR)
    web.fail("snapshot_hung")
    return measured


async def test_a_restart_keeps_the_last_change_and_what_is_due(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    configured = settings(arm, project, tmp_path)
    before = await until_a_failure(configured, paris, context(clock, tmp_path), clock)
    await clock.advance(3 * HOUR)
    async with running(configured, context(clock, tmp_path)) as collector:
        after = await measure(collector)
    assert before.value(CHANGED) is not None
    assert after.value(CHANGED) == before.value(CHANGED)
    assert after.value(DUE) == before.value(DUE)


async def test_changes_of_cycles_are_saved_every_five_minutes_and_at_the_end(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    """Each save writes every machine of the vault."""
    web = paris.machine("web")
    saved = []
    async with running(settings(arm, project, tmp_path), context(clock, tmp_path)) as collector:
        for _ in range(8):
            await measure(collector)
            (file,) = (tmp_path / "state").glob("replication-*.json")
            saved.append(file.read_text())
            web._point(clock.time())
            await clock.advance(MINUTE)
    saved.append(file.read_text())
    changes = [after != before for before, after in pairwise(saved)]
    assert changes == [False, False, False, False, True, False, False, True]


async def test_a_restart_while_azure_lists_nothing_keeps_what_the_next_one_needs(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    configured = settings(arm, project, tmp_path)
    before = await until_a_failure(configured, paris, context(clock, tmp_path), clock)
    with arm.faults.on(Trouble.UNAVAILABLE, kinds={Kind.ITEMS}):
        async with running(configured, context(clock, tmp_path)) as collector:
            assert (await measure(collector)).reason is Reason.UNAVAILABLE
    await clock.advance(HOUR)
    async with running(configured, context(clock, tmp_path)) as collector:
        after = await measure(collector)
    assert before.value(CHANGED) is not None
    assert after.value(CHANGED) == before.value(CHANGED)
    assert after.value(DUE) == before.value(DUE)


async def test_a_recovery_point_that_changed_during_a_restart_is_noticed(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    configured = settings(arm, project, tmp_path)
    async with running(configured, context(clock, tmp_path)) as collector:
        await measure(collector)
    await clock.advance(3 * HOUR)
    async with running(configured, context(clock, tmp_path)) as collector:
        after = await measure(collector)
    assert after.value(CHANGED) == clock.time()


async def test_a_state_file_of_another_form_counts_as_none(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    configured = settings(arm, project, tmp_path)
    shared = context(clock, tmp_path)
    async with running(configured, shared) as collector:
        await measure(collector)
    (file,) = (tmp_path / "state").glob("replication-*.json")
    file.write_text('{"machines": {"x": 3}, "events": {"names": [1], "counts": 2}, "jobs": "none"}')
    async with running(configured, shared) as collector:
        assert (await measure(collector)).reason is None
