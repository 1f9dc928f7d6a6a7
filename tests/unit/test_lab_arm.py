"""The life that the lab's machines lead, without any server: schedule, failures, names."""

from datetime import UTC, datetime, timedelta

import pytest

from azure_migrate_exporter.failures.classifier import classify
from tests.clock import FakeClock
from tests.documented import CODES, ENGLISH, FRENCH
from tests.lab.arm import BadTime, Blackout, Generation, LabAppliance, LabMachine, LabProject, Pace, Stage, Where
from tests.lab.arm.names import naming_hash
from tests.lab.arm.payload.item import full_item, listed_item
from tests.lab.arm.times import event_number, reported_time

HOUR = 3600.0
DOCUMENTED = sorted({failure for failure, _ in ENGLISH} | {failure for _, failure in CODES})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def paris(clock: FakeClock) -> LabAppliance:
    return LabProject("contoso", clock).appliance("paris")


async def later(machine: LabMachine, clock: FakeClock, seconds: float) -> LabMachine:
    await clock.advance(seconds)
    machine.appliance.project.advance()
    return machine


def events(machine: LabMachine) -> list[tuple[str, str]]:
    return [(event.severity, event.description) for event in machine.appliance.project.history.events]


def jobs(machine: LabMachine) -> list[tuple[str, str]]:
    return [(job.scenario, job.state) for job in machine.appliance.project.history.jobs]


@pytest.mark.parametrize(
    ("cycle", "delay"),
    [(60, HOUR), (2 * HOUR, HOUR), (4 * HOUR, 2 * HOUR), (24 * HOUR, 12 * HOUR), (90 * HOUR, 12 * HOUR)],
)
def test_the_delay_is_half_the_cycle_but_one_to_twelve_hours(cycle: float, delay: float) -> None:
    assert Pace().next_cycle_delay(cycle) == delay


async def test_a_machine_goes_from_enabling_to_its_delta_cycles_by_itself(
    paris: LabAppliance, clock: FakeClock
) -> None:
    machine = paris.machine("web01", stage=Stage.ENABLING, pace=Pace(enabling=60, seeding=1000, delta=4 * HOUR))
    assert (await later(machine, clock, 560)).stage is Stage.SEEDING
    assert (machine.percent(clock.time()), len(machine.points)) == (50, 0)
    assert (await later(machine, clock, 500)).stage is Stage.DELTA
    assert len(machine.points) == 1
    assert (await later(machine, clock, 4 * HOUR)).stage is Stage.WAITING
    assert (len(machine.points), machine.ends) == (2, clock.time() + 2 * HOUR)
    assert (await later(machine, clock, 2 * HOUR)).stage is Stage.DELTA
    assert jobs(machine) == [("MigrationIrCompletion", "Succeeded"), ("EnableMigration", "Succeeded")]


async def test_time_that_nobody_watched_is_caught_up_with(paris: LabAppliance, clock: FakeClock) -> None:
    machine = paris.machine("web01", pace=Pace(delta=HOUR))
    await later(machine, clock, 10 * HOUR)
    assert [point.at - clock.time() for point in machine.points] == [
        -10 * HOUR,
        -8 * HOUR,
        -6 * HOUR,
        -4 * HOUR,
        -2 * HOUR,
        0,
    ]


async def test_a_failing_machine_makes_no_recovery_point_and_an_event_for_each_cycle(
    paris: LabAppliance, clock: FakeClock
) -> None:
    machine = paris.machine("web01", pace=Pace(delta=HOUR))
    machine.fail("snapshot_hung")
    before = machine.points[-1]
    await later(machine, clock, 4 * HOUR)
    assert (machine.points[-1], machine.retries) == (before, 3)
    assert events(machine) == [("Critical", "Replication cycle failed")] * 3
    machine.heal()
    assert (machine.stage, machine.retries) == (Stage.DELTA, 0)
    await later(machine, clock, HOUR)
    assert machine.points[-1] != before
    assert events(machine)[0][0] == "OK"


async def test_a_paused_machine_starts_no_cycle_until_it_is_resumed(paris: LabAppliance, clock: FakeClock) -> None:
    machine = paris.machine("web01")
    machine.pause()
    assert (await later(machine, clock, 100 * HOUR)).stage is Stage.PAUSED
    assert len(machine.points) == 1
    machine.resume()
    assert (await later(machine, clock, 60)).stage is Stage.RESUMING
    assert (await later(machine, clock, 600)).stage is Stage.DELTA
    scenarios = ["CompleteResume", "ResumeReplication", "PauseReplication"]
    assert jobs(machine) == [(scenario, "Succeeded") for scenario in scenarios]


async def test_a_machine_migrates_and_is_tested_before(paris: LabAppliance, clock: FakeClock) -> None:
    machine = paris.machine("web01")
    machine.test_migrate()
    assert full_item(machine, clock.time())["properties"]["testMigrateState"] == "TestMigrationInProgress"
    await later(machine, clock, HOUR / 2)
    machine.migrate()
    assert jobs(machine) == [("Migrate", "InProgress"), ("TestMigrate", "Succeeded")]
    assert (await later(machine, clock, HOUR)).stage is Stage.MIGRATED
    assert jobs(machine)[0] == ("Migrate", "Succeeded")


async def test_a_reset_change_tracking_needs_a_resync_that_follows_by_itself(
    paris: LabAppliance, clock: FakeClock
) -> None:
    machine = paris.machine("web01")
    machine.fail("change_tracking_reset")
    assert listed_item(machine, clock.time())["properties"]["providerSpecificDetails"]["resyncRequired"] == "true"
    machine.heal()
    assert machine.stage is Stage.RESYNC
    await later(machine, clock, HOUR)
    assert (machine.stage, machine.resync_required) == (Stage.WAITING, False)


async def test_no_cycle_starts_in_a_blackout_of_the_appliances_local_time(
    paris: LabAppliance, clock: FakeClock
) -> None:
    # The fake clock begins on Friday, 15 January 2027, 08:00 UTC: 09:00 in Paris.
    paris.blackout = Blackout("Monday;7:00;7h | Friday;9:30;1d7h", "Europe/Paris")
    machine = paris.machine("web01")
    await later(machine, clock, HOUR)
    assert machine.ends == datetime(2027, 1, 16, 15, 30, tzinfo=UTC).timestamp()


async def test_a_silent_dra_is_disconnected_after_a_while(paris: LabAppliance, clock: FakeClock) -> None:
    machine = paris.machine("web01")
    paris.stop_dra()
    await later(machine, clock, 2 * HOUR)
    assert clock.time() - paris.dra_heartbeat(clock.time()) > 2 * HOUR
    assert events(machine) == [("Critical", "The replication provider is not connected to the service")]
    paris.start_dra()
    assert clock.time() - paris.dra_heartbeat(clock.time()) < 60


async def test_a_newer_event_has_the_smaller_name(paris: LabAppliance, clock: FakeClock) -> None:
    machine = paris.machine("web01")
    machine.fail("snapshot_hung")
    await clock.advance(0.001)
    machine.heal()
    names = [event.name for event in paris.project.history.events]
    assert names == sorted(names)


def test_an_event_name_holds_its_time() -> None:
    at = datetime(2026, 11, 3, 4, 5, 6, 789012, tzinfo=UTC)
    ticks = 2**63 - 1 - event_number(at.timestamp())
    assert ticks == (at - datetime(1601, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 10


def test_names_come_from_a_32_bit_hash() -> None:
    # Values that any Java runtime gives; the last is the one without a positive counterpart.
    assert [naming_hash(text) for text in ("", "hello", "polygenelubricants")] == [0, 99162322, 2**31]


def test_the_generations_have_different_resources(clock: FakeClock) -> None:
    project = LabProject("contoso", clock)
    legacy, greenfield = project.appliance("paris"), project.appliance("lyon", Generation.GREENFIELD)
    assert legacy.cache_account == f"migratelsa{naming_hash(legacy.site + 'francecentral')}"
    assert legacy.servicebus
    assert legacy.key_vault
    assert greenfield.cache_account == greenfield.gateway_account == f"migratersa{naming_hash(greenfield.fabric_id)}"
    assert greenfield.servicebus is None
    assert greenfield.key_vault is None


@pytest.mark.parametrize("bad_time", BadTime)
def test_every_bad_time_is_another_text(bad_time: BadTime) -> None:
    texts = {one: reported_time(1_800_000_000, one) for one in BadTime}
    assert len(set(texts.values())) == len(BadTime)
    assert (texts[bad_time] == "2027-01-15T08:00:00.0000000Z") is (bad_time is BadTime.NONE)


@pytest.mark.parametrize("where", [Where.HEALTH_ERRORS, Where.INNER, Where.PROVIDER])
@pytest.mark.parametrize("failure", DOCUMENTED)
def test_every_documented_failure_can_be_put_on_a_machine(paris: LabAppliance, failure: str, where: Where) -> None:
    machine = paris.machine("db07")
    machine.fail(failure, where=where)
    (error,) = listed_item(machine, machine.began)["properties"]["healthErrors"]
    innermost = (error["innerHealthErrors"] or [error])[0]
    texts = [innermost["errorMessage"], innermost["recoveryProviderErrorMessage"]]
    has_text = any(failure == known for known, _ in ENGLISH)
    if has_text or where is not Where.PROVIDER:  # the provider's message has no code beside it
        assert classify(innermost["errorCode"], *texts) == failure


@pytest.mark.parametrize("failure", [failure for failure, _ in FRENCH])
def test_every_failure_of_the_french_article_can_be_put_in_french(paris: LabAppliance, failure: str) -> None:
    machine = paris.machine("db07")
    machine.fail(failure, lang="fr")
    (error,) = listed_item(machine, machine.began)["properties"]["healthErrors"]
    assert classify(None, error["errorMessage"]) == failure


def test_a_failure_that_is_not_documented_cannot_be_put(paris: LabAppliance) -> None:
    with pytest.raises(ValueError, match="no text of gremlins is documented in en"):
        paris.machine("web01").fail("gremlins")
    with pytest.raises(ValueError, match="documented in fr"):
        paris.machine("web01").fail("file_too_large", lang="fr")


@pytest.mark.parametrize(
    ("failure", "state", "stage"),
    [
        ("key_vault_generate_sas", ("EnableMigration", "Failed"), Stage.ENABLE_FAILED),
        ("target_name_taken", ("EnableMigration", "CompletedWithInformation"), Stage.WAITING),
    ],
)
def test_what_is_documented_for_a_job_fails_one(
    paris: LabAppliance, failure: str, state: tuple[str, str], stage: Stage
) -> None:
    machine = paris.machine("web01")
    machine.fail(failure)
    assert (jobs(machine), machine.stage) == ([state], stage)


def test_any_failure_can_be_a_failed_migration(paris: LabAppliance) -> None:
    machine = paris.machine("web01")
    machine.fail("disk_upload_timed_out", where=Where.JOB)
    assert (jobs(machine), machine.stage) == ([("Migrate", "Failed")], Stage.MIGRATION_FAILED)
    assert listed_item(machine, machine.began)["properties"]["healthErrors"] == []


def test_a_missing_test_migration_leaves_the_machine_healthy(paris: LabAppliance) -> None:
    machine = paris.machine("web01")
    machine.fail("test_migration_missing")
    properties = listed_item(machine, machine.began)["properties"]
    (error,) = properties["healthErrors"]
    assert (properties["health"], error["errorLevel"], error["errorCategory"]) == ("Normal", "Error", "TestFailover")
    assert events(machine) == []


def test_many_machines_are_spread_over_the_cycle(paris: LabAppliance) -> None:
    machines = paris.machines(500)
    assert {Stage.WAITING, Stage.DELTA} == {machine.stage for machine in machines}
    assert len({machine.due for machine in machines}) > 490
    assert paris.running_disks() < paris.load.disks_capacity


def test_any_field_can_be_overlaid(paris: LabAppliance) -> None:
    machine = paris.machine("web01")
    machine.overlay = {"migrationState": "Levitating", "providerSpecificDetails": {"instanceType": "VMwareNext"}}
    properties = listed_item(machine, machine.began)["properties"]
    assert (properties["migrationState"], properties["health"]) == ("Levitating", "Normal")
    assert properties["providerSpecificDetails"]["instanceType"] == "VMwareNext"
    assert properties["providerSpecificDetails"]["osType"] == "Linux"
