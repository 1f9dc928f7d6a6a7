"""The cost in requests: Retry-After is obeyed, the rate limit holds in every minute, machines are read in order."""

from bisect import bisect_left
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.integration.replication import HOUR, MINUTE, live, read, running, settings
from tests.lab.arm import Kind, LabAppliance, LabArm, LabProject, Pace, Stage, Trouble
from tests.measured import Measured, measure


def ages(measured: Measured, now: float) -> list[float]:
    timestamps = metrics.REPLICATION_DETAILS_TIMESTAMP
    found = (value for (metric, _), value in measured.samples.items() if metric is timestamps)
    return [now - value for value in found if isinstance(value, float)]


# --- throttling ---


async def test_no_request_is_made_before_retry_after_has_passed_and_machines_stay(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(3)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        await clock.advance(MINUTE)
        with arm.faults.on(Trouble.THROTTLED, kinds={Kind.ITEMS}, retry_after=130):
            throttled = await measure(collector)
        asked = arm.requests.count()
        for _ in range(2):
            await clock.advance(MINUTE)
            waiting = await measure(collector)
            assert waiting.reason is Reason.THROTTLED
            assert waiting.value(metrics.REPLICATION_INFO, vm="vm-00001") == 1
        assert arm.requests.count() == asked
        await clock.advance(11)
        assert (await measure(collector)).reason is None
        assert arm.requests.count() > asked
    assert throttled.reason is Reason.THROTTLED
    assert throttled.value(metrics.REPLICATION_UP) == 0
    assert throttled.value(metrics.REPLICATION_INFO, vm="vm-00001") == 1
    assert throttled.value(metrics.ARM_REQUESTS, operation="items", code="429") == 1


async def test_without_retry_after_the_delay_is_a_minute(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        with arm.faults.on(Trouble.THROTTLED, retry_after=None):
            await measure(collector)
        asked = arm.requests.count()
        await clock.advance(MINUTE - 1)
        assert (await measure(collector)).reason is Reason.THROTTLED
        assert arm.requests.count() == asked
        await clock.advance(2)
        assert (await measure(collector)).reason is None


async def test_vaults_of_one_subscription_wait_together_and_others_do_not(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    neighbour = arm.project("neighbour", subscription=project.subscription)
    elsewhere = arm.project("elsewhere")
    context = Context(clock)
    async with (
        running(settings(arm, project, tmp_path), context) as ours,
        running(settings(arm, neighbour, tmp_path), context) as theirs,
        running(settings(arm, elsewhere, tmp_path), context) as another,
    ):
        with arm.faults.on(Trouble.THROTTLED, kinds={Kind.ITEMS}, scope=project.vault_name, retry_after=300):
            await measure(ours)
        asked = arm.requests.count()
        assert (await measure(theirs)).reason is Reason.THROTTLED
        assert arm.requests.count() == asked
        assert (await measure(another)).reason is None


async def test_reading_machines_one_by_one_stops_while_we_are_throttled(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(60)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        with arm.faults.on(Trouble.THROTTLED, kinds={Kind.ITEM}, retry_after=20):
            await live(collector, clock, 5)
        stopped = arm.requests.count(Kind.ITEM)
        await clock.advance(10)
        assert arm.requests.count(Kind.ITEM) == stopped
        measured = await live(collector, clock, 30)
    assert measured.reason is None
    assert arm.requests.count(Kind.ITEM) > stopped


async def test_the_remaining_rate_limit_is_exported_and_some_of_it_is_left_to_others(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(60)
    arm.limits.burst, arm.limits.refill = 60, 0.01
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        spent = arm.requests.count(Kind.ITEM)
        measured = await live(collector, clock, MINUTE)
    left = measured.value(metrics.ARM_RATELIMIT_REMAINING, subscription=project.subscription)
    assert isinstance(left, float)
    assert 0 < left < 50
    assert arm.requests.count(Kind.ITEM) - spent < 40  # some 24 a minute in place of 140


# --- the rate limit ---


@pytest.mark.parametrize("limit", [60, 150])
async def test_no_minute_has_more_requests_than_the_limit(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock, limit: int
) -> None:
    paris.machines(400)
    arm.page_size = 100
    configured = settings(arm, project, tmp_path, reads_per_minute=limit)
    async with running(configured, Context(clock)) as collector:
        await measure(collector)
        for _ in range(3):
            await live(collector, clock, MINUTE)
    times = sorted(arm.requests.times())
    busiest = max(bisect_left(times, begin + MINUTE) - position for position, begin in enumerate(times))
    assert 0.8 * limit <= busiest <= limit
    assert arm.requests.count(Kind.ITEMS) == 4 * 4


async def test_every_machine_is_read_before_any_is_read_again(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(200)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        measured = await live(collector, clock, MINUTE)
        while len(read(arm)) < 200:
            measured = await live(collector, clock, MINUTE)
    assert len(set(read(arm)[:200])) == 200
    assert len(ages(measured, clock.time())) == 200
    assert max(ages(measured, clock.time())) <= 3 * MINUTE


async def test_machines_in_trouble_are_read_first(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    machines = paris.machines(100)
    unhealthy = [machines[number] for number in (17, 50, 99)]
    for machine in unhealthy:
        machine.fail("snapshot_hung")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        assert set(read(arm)[:3]) == {machine.item for machine in unhealthy}
        await live(collector, clock, MINUTE)
        late = machines[3]
        late.fail("nfc_out_of_memory")
        await live(collector, clock, MINUTE)
        await live(collector, clock, 1)
    asked = arm.requests.of(Kind.ITEMS, Kind.ITEM)
    lists = [position for position, one in enumerate(asked) if one.kind is Kind.ITEMS]
    # One request may be in flight while the machines are listed.
    assert late.item in {one.path.rpartition("/")[2] for one in asked[lists[2] + 1 : lists[2] + 3]}


@pytest.mark.parametrize(("in_trouble", "reads"), [(False, 2), (True, 7)], ids=["well", "in trouble"])
async def test_of_a_machine_whose_data_moves_the_disks_are_read_every_five_minutes_and_in_trouble_after_each_list(  # noqa: PLR0917 - fixtures
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    in_trouble: bool,  # noqa: FBT001 - a parameter
    reads: int,
) -> None:
    """The list itself has the speed and the progress of the whole machine."""
    machines = [paris.machine(f"vm-{number}", stage=Stage.SEEDING) for number in range(3)]
    for machine in machines if in_trouble else ():
        machine.fail("nfc_out_of_memory")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        for _ in range(6):
            await live(collector, clock, MINUTE)
    of_the_appliance = 0 if in_trouble else 3  # its load, after the lists after which no machine is read for itself
    assert 3 * (reads - 1) <= arm.requests.count(Kind.ITEM) <= 3 * reads + of_the_appliance


async def test_a_machine_between_two_cycles_is_read_every_three_hours_and_one_of_each_appliance_every_minute(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    """The details of a machine on which no data moves do not change, but the load of its appliance does."""
    for appliance in (paris, project.appliance("lyon")):
        for number in range(60):
            appliance.machine(f"{appliance.name}-{number}", pace=Pace(min_delay=9 * HOUR))
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        await live(collector, clock, MINUTE)
        first = arm.requests.count(Kind.ITEM)
        assert len(set(read(arm))) == 120
        for _ in range(40):
            await live(collector, clock, MINUTE)
        quiet = arm.requests.count(Kind.ITEM) - first
        assert 2 * 37 <= quiet <= 2 * 42
        before = len(read(arm))
        await clock.advance(3 * HOUR)
        kept = await measure(collector)
        for _ in range(2):
            measured = await live(collector, clock, MINUTE)
    assert len(ages(kept, clock.time())) == 120
    assert len(set(read(arm)[before:])) == 120
    assert max(ages(measured, clock.time())) <= 3 * MINUTE


async def test_the_load_of_each_host_and_datastore_is_read_every_ten_minutes_however_few_machines_they_have(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(40):
        paris.machine(f"vm-{number}")
    paris.hosts, paris.datastores = ("10.20.30.99",), ("ds-lonely",)
    lonely = paris.machine("lonely")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        for _ in range(25):
            measured = await live(collector, clock, MINUTE)
    assert 3 <= read(arm).count(lonely.item) <= 4
    assert measured.value(metrics.NFC_BUFFER_CAPACITY, host="10.20.30.99") is not None
    assert measured.value(metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT, datastore="ds-lonely", source="azure") is not None


async def test_a_machine_whose_entry_in_the_list_changes_is_read_after_it(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    machines = [paris.machine(f"vm-{number}") for number in range(30)]
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        await live(collector, clock, 2 * MINUTE)
        before = len(read(arm))
        machines[20].pause()
        await live(collector, clock, MINUTE)
        await live(collector, clock, MINUTE)
    assert machines[20].item in read(arm)[before:]


async def test_a_machine_of_which_the_list_does_not_say_whether_data_moves_is_read_every_minute(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    for number in range(3):
        machine = paris.machine(f"vm-{number}")
        machine.overlay = {"providerSpecificDetails": {"gatewayOperationDetails": None}}
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        for _ in range(3):
            await live(collector, clock, MINUTE)
    assert 3 * 3 <= arm.requests.count(Kind.ITEM) <= 3 * 4


async def test_details_that_cannot_be_renewed_are_dropped_after_four_hours(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        arm.faults.on(Trouble.INTERNAL, kinds={Kind.ITEM})
        await clock.advance(4 * HOUR - MINUTE)
        kept = await live(collector, clock, 30)
        dropped = await live(collector, clock, MINUTE)
    assert kept.value(metrics.REPLICATION_DISK_CAPACITY) is not None
    assert dropped.value(metrics.REPLICATION_DISK_CAPACITY) is None
    assert dropped.value(metrics.REPLICATION_DETAILS_TIMESTAMP) is None
    assert dropped.value(metrics.REPLICATION_INFO, vm="web") == 1


@pytest.mark.parametrize("stage", [Stage.SEEDING, Stage.WAITING])
async def test_a_machine_that_could_not_be_read_is_asked_again_soon(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock, stage: Stage
) -> None:
    for number in range(8):
        paris.machine(f"vm-{number}", stage=stage)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        with arm.faults.on(Trouble.INTERNAL, kinds={Kind.ITEM}):
            await measure(collector)
            await live(collector, clock, MINUTE)
        assert len(set(read(arm))) == 8
        await live(collector, clock, MINUTE)
        measured = await live(collector, clock, MINUTE)
    assert measured.reason is None
    assert len(ages(measured, clock.time())) == 8
