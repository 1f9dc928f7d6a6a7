"""Bad answers, and no answers: the reason of the run, and what is shown all the same."""

from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.state import DirectoryState
from tests.clock import FakeClock
from tests.integration.replication import MINUTE, live, running, settings
from tests.lab.arm import Kind, LabAppliance, LabArm, LabProject, Trouble
from tests.lab.arm.server import PUBLIC
from tests.lab.ca import LabCA
from tests.lab.tcp import Fault
from tests.measured import measure


@pytest.fixture
def paris(project: LabProject) -> LabAppliance:
    paris = project.appliance("paris")
    paris.machine("web")
    return paris


ANSWERS = [
    (Trouble.FORBIDDEN, Reason.FORBIDDEN),
    (Trouble.DELETED, Reason.NOT_FOUND),
    (Trouble.UNAVAILABLE, Reason.UNAVAILABLE),
    (Trouble.INTERNAL, Reason.UNAVAILABLE),
    (Trouble.TRUNCATED, Reason.PROTOCOL),
    (Trouble.CUT, Reason.RESET),
    (Trouble.PROXY, Reason.PROTOCOL),
    (Trouble.PROXY_REFUSES, Reason.PROXY),
    (Trouble.TOKEN_EXPIRED, Reason.UNAUTHENTICATED),
    (Trouble.SILENT, Reason.TIMEOUT),
    (Trouble.UNREGISTERED, Reason.UNSUPPORTED),
]


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize(("trouble", "reason"), ANSWERS)
async def test_while_machines_cannot_be_listed_everything_else_is_and_the_machines_stay(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock, trouble: Trouble, reason: Reason
) -> None:
    configured = settings(arm, project, tmp_path, request_timeout="1s")
    async with running(configured, Context(clock)) as collector:
        await measure(collector)
        await clock.advance(MINUTE)
        with arm.faults.on(trouble, kinds={Kind.ITEMS}):
            failed = await measure(collector)
        await clock.advance(MINUTE)
        well = await measure(collector)
    assert failed.reason is reason, failed.message
    assert failed.message.startswith("items: ")
    assert "\n" not in failed.message
    assert failed.value(metrics.REPLICATION_UP) == 0
    assert failed.value(metrics.REPLICATION_INFO, vm="web") == 1
    assert failed.value(metrics.AGENT_HEARTBEAT_TIMESTAMP, agent="dra") == clock.time() - MINUTE - 47
    assert well.reason is None, well.message
    assert well.value(metrics.REPLICATION_UP) == 1


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize("kind", [Kind.PROVIDERS, Kind.FABRICS, Kind.SITE, Kind.EVENTS, Kind.JOBS, Kind.VAULT_HEALTH])
async def test_any_other_part_may_fail_and_machines_are_shown(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock, kind: Kind
) -> None:
    with arm.faults.on(Trouble.PROXY, kinds={kind}):
        async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
            measured = await measure(collector)
    assert measured.reason is Reason.PROTOCOL
    assert measured.value(metrics.REPLICATION_UP) == 1
    assert measured.value(metrics.REPLICATION_INFO, vm="web", appliance="paris") == 1


@pytest.mark.usefixtures("paris")
async def test_of_several_failures_the_most_important_is_raised_with_the_number_of_the_others(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.EVENTS, Kind.JOBS})
    arm.faults.on(Trouble.UNAVAILABLE, kinds={Kind.PROVIDERS})
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is Reason.UNAVAILABLE
    assert measured.message.startswith("providers: ")
    assert measured.message.endswith("(and 2 more)")


@pytest.mark.usefixtures("paris")
async def test_what_azure_does_not_confirm_is_dropped_after_a_quarter_of_an_hour(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        arm.faults.on(Trouble.UNAVAILABLE)
        await clock.advance(14 * MINUTE)
        kept = await measure(collector)
        await clock.advance(2 * MINUTE)
        dropped = await measure(collector)
    assert kept.value(metrics.REPLICATION_INFO, vm="web") == 1
    assert kept.value(metrics.AGENT_HEARTBEAT_TIMESTAMP, agent="dra") is not None
    assert dropped.value(metrics.REPLICATION_INFO, vm="web") is None
    assert dropped.value(metrics.AGENT_HEARTBEAT_TIMESTAMP, agent="dra") is None
    assert dropped.value(metrics.APPLIANCE_CPU_CORES) is None
    assert dropped.value(metrics.REPLICATION_MACHINES) is None
    assert dropped.value(metrics.REPLICATION_UP) == 0


@pytest.mark.usefixtures("paris")
async def test_a_vault_without_rights_says_so_and_shows_nothing_else(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    arm.faults.on(Trouble.FORBIDDEN, scope=project.vault_name)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is Reason.FORBIDDEN
    assert measured.value(metrics.REPLICATION_UP) == 0
    assert {metric for metric, _ in measured.samples} == {
        metrics.REPLICATION_UP,
        metrics.RESOURCE_INFO,
        metrics.ARM_REQUESTS,
        metrics.ARM_RATELIMIT_REMAINING,
    }


@pytest.mark.usefixtures("paris")
async def test_no_provider_is_registered_by_us(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    arm.faults.on(Trouble.UNREGISTERED)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
    assert arm.requests.count(Kind.REGISTER) == 0


@pytest.mark.usefixtures("paris")
async def test_an_expired_secret_is_reported_and_a_new_one_is_read_without_a_restart(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    arm.entra.expired = True
    configured = settings(arm, project, tmp_path)
    async with running(configured, Context(clock)) as collector:
        measured = await measure(collector)
        assert measured.reason is Reason.IDENTITY
        assert arm.entra.secret not in measured.message
        assert measured.value(metrics.REPLICATION_UP) == 0
        arm.entra.expired, arm.entra.secret = False, "the new one"
        (tmp_path / "client-secret").write_text("the new one")
        await clock.advance(MINUTE)
        assert (await measure(collector)).reason is None


@pytest.mark.usefixtures("paris")
async def test_a_refused_token_is_renewed(arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock) -> None:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        given = arm.entra.tokens.total()
        await clock.advance(MINUTE)
        with arm.faults.on(Trouble.TOKEN_EXPIRED):
            assert (await measure(collector)).reason is Reason.UNAUTHENTICATED
        await clock.advance(MINUTE)
        assert (await measure(collector)).reason is None
    assert arm.entra.tokens.total() == given + 1


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.CLOSED, Reason.REFUSED),
        (Fault.SILENT, Reason.TIMEOUT),
        (Fault.RESET, Reason.RESET),
        (Fault.EXPIRED, Reason.TLS),
        (Fault.STRANGER, Reason.TLS),
    ],
)
@pytest.mark.parametrize("whose", ["arm", "entra"])
async def test_the_network_to_arm_has_its_reason_and_the_one_to_entra_id_is_a_matter_of_our_identity(  # noqa: PLR0917 - fixtures
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock, fault: Fault, reason: Reason, whose: str
) -> None:
    await (arm if whose == "arm" else arm.entra).switch(fault)
    configured = settings(arm, project, tmp_path, request_timeout="1s")
    async with running(configured, Context(clock)) as collector:
        measured = await measure(collector)
        assert measured.reason is (reason if whose == "arm" else Reason.IDENTITY), measured.message
        assert measured.value(metrics.REPLICATION_UP) == 0
        await (arm if whose == "arm" else arm.entra).switch(Fault.NONE)
        await clock.advance(MINUTE)
        assert (await measure(collector)).reason is None


@pytest.mark.usefixtures("paris")
async def test_a_vault_that_does_not_exist_is_not_found(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    configured = settings(arm, project, tmp_path, vault="nowhere")
    async with running(configured, Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is Reason.NOT_FOUND
    assert measured.value(metrics.REPLICATION_UP, vault="nowhere") == 0


async def test_a_machine_that_vanishes_between_list_and_get_is_no_failure(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("gone").vanish()
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is None
    assert measured.value(metrics.REPLICATION_DETAILS_TIMESTAMP, vm="web") is not None
    assert measured.value(metrics.REPLICATION_DETAILS_TIMESTAMP, vm="gone") is None
    assert measured.value(metrics.ARM_REQUESTS, operation="item", code="404") == 1


async def test_machines_that_cannot_be_read_one_by_one_are_shown_as_the_list_has_them(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("db")
    with arm.faults.on(Trouble.FORBIDDEN, kinds={Kind.ITEM}):
        async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
            await measure(collector)
            await clock.advance(MINUTE)
            measured = await live(collector, clock, MINUTE)
    assert measured.reason is Reason.FORBIDDEN
    assert measured.message.startswith("details of 2 machines: item: 403 AuthorizationFailed: ")
    assert measured.value(metrics.REPLICATION_UP) == 1
    assert measured.value(metrics.REPLICATION_INFO, vm="db") == 1


async def test_a_list_that_goes_on_at_another_host_gets_no_token_there(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(10)
    arm.page_size = 5
    async with LabArm(LabCA(tmp_path / "other"), clock=clock) as other:
        # The lab makes the links of a list from the address that it believes to have.
        arm._listener.port, real = other._listener.port, arm._listener.port
        cloud = {"resource_manager": f"https://localhost:{real}", "audience": PUBLIC, "authority": arm.entra.authority}
        configured = settings(arm, project, tmp_path, cloud=cloud)
        async with running(configured, Context(clock)) as collector:
            measured = await measure(collector)
        assert other.requests.count() == 0
        arm._listener.port = real
    assert measured.reason is Reason.PROTOCOL


async def test_one_failed_reading_of_a_machine_that_was_read_before_is_no_failure_and_two_in_a_row_are(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        arm.faults.on(Trouble.INTERNAL, kinds={Kind.ITEM}, scope=paris.replicated[0].item)
        reasons = [(await live(collector, clock, MINUTE)).reason for _ in range(4)]
    assert reasons == [None, None, Reason.UNAVAILABLE, Reason.UNAVAILABLE]


async def test_a_state_directory_that_cannot_be_written_is_reported_and_hides_nothing(
    arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock
) -> None:
    project.appliance("paris").machine("web")
    state = DirectoryState(tmp_path / "state")
    (tmp_path / "state").rmdir()
    async with running(settings(arm, project, tmp_path), Context(clock, state=state)) as collector:
        measured = await measure(collector)
    assert measured.reason is Reason.LOCAL
    assert measured.message.startswith("what must outlive a restart cannot be saved in ")
    assert measured.message.endswith(": No such file or directory")
    assert measured.value(metrics.REPLICATION_INFO, vm="web") == 1


async def test_machines_are_shown_by_the_first_run_even_if_none_can_be_read_alone(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(20)
    arm.faults.on(Trouble.SILENT, kinds={Kind.ITEM})
    configured = settings(arm, project, tmp_path, request_timeout="1s")
    async with running(configured, Context(clock)) as collector:
        measured = await measure(collector, timeout=5)
    assert measured.reason is Reason.TIMEOUT
    assert measured.message.startswith("details of 1 machine: item: no whole answer within 1 s")
    assert measured.value(metrics.REPLICATION_MACHINES) == 21
    assert measured.value(metrics.REPLICATION_INFO, vm="vm-00007") == 1


async def test_after_an_outage_the_first_list_that_works_is_a_success(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(60)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        with arm.faults.on(Trouble.UNAVAILABLE):
            failed = [(await live(collector, clock, MINUTE)).reason for _ in range(6)]
        recovered = await live(collector, clock, 30)
    assert set(failed) == {Reason.UNAVAILABLE}
    assert recovered.reason is None, recovered.message
