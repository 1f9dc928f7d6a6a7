"""The values of each machine are exported in base units; a value that Azure does not report is missing."""

from collections import Counter
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from generate.docs.metrics import SERIES
from tests.clock import FakeClock
from tests.integration.replication import HOUR, running, settings
from tests.lab.arm import BadTime, Kind, LabAppliance, LabArm, LabProject, Stage, Trouble
from tests.measured import Measured, measure

MIB = 1 << 20


@pytest.fixture
def paris(project: LabProject) -> LabAppliance:
    return project.appliance("paris", scale_outs=1)


async def seen(arm: LabArm, project: LabProject, tmp_path: Path, clock: FakeClock) -> Measured:
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        measured = await measure(collector)
    assert measured.reason is None, measured.message
    return measured


def state(measured: Measured, metric: Metric, label: str = "state", **labels: str) -> list[str]:
    """The states that are 1."""
    position = metric.labels.index(label)
    found = (
        (values, value)
        for (sampled, values), value in measured.samples.items()
        if sampled is metric and labels.items() <= dict(zip(metric.labels, values, strict=True)).items()
    )
    return [values[position] for values, value in found if value == 1]


def count(measured: Measured, metric: Metric) -> int:
    return sum(sampled is metric for sampled, _ in measured.samples)


async def test_a_machine_is_identified_by_its_instance_uuid_in_vsphere(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web 01 é", uuid="5015f6d8-fc84-afdf-de47-1eab79330f00")
    measured = await seen(arm, project, tmp_path, clock)
    info = {
        "vm": "web 01 é",
        "vm_id": web.uuid,
        "vault": project.vault_name,
        "appliance": "paris",
        "vcenter": paris.vcenter,
        "host": web.host,
    }
    assert measured.value(metrics.REPLICATION_INFO, **info) == 1
    assert measured.value(metrics.REPLICATION_UP, vault=project.vault_name) == 1
    assert measured.value(metrics.REPLICATION_MACHINES, vault=project.vault_name) == 1


async def test_machines_that_share_a_name_have_series_of_their_own(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    twins = [paris.machine("twin"), paris.machine("twin")]
    measured = await seen(arm, project, tmp_path, clock)
    for twin in twins:
        assert state(measured, metrics.REPLICATION_STATE, vm="twin", vm_id=twin.uuid) == ["replicating"]


async def test_a_machine_that_two_appliances_replicate_has_no_series_twice(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    lyon = project.appliance("lyon")
    web = paris.machine("web")
    lyon.machine("web", uuid=web.uuid)
    measured = await seen(arm, project, tmp_path, clock)
    assert count(measured, metrics.REPLICATION_INFO) == 2
    assert count(measured, metrics.REPLICATION_HEALTH) == 2
    assert len(state(measured, metrics.REPLICATION_HEALTH, "health", vm_id=web.uuid)) == 1


@pytest.mark.parametrize(
    ("stage", "expected", "health"),
    [
        (Stage.ENABLING, "enable_migration_in_progress", "normal"),
        (Stage.SEEDING, "initial_seeding_in_progress", "normal"),
        (Stage.WAITING, "replicating", "normal"),
        (Stage.PAUSED, "protection_suspended", "none"),
        (Stage.MIGRATED, "migration_succeeded", "normal"),
    ],
)
async def test_state_and_health_are_one_series_each(  # noqa: PLR0917 - fixtures
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    stage: Stage,
    expected: str,
    health: str,
) -> None:
    paris.machine("web", stage=stage)
    measured = await seen(arm, project, tmp_path, clock)
    assert state(measured, metrics.REPLICATION_STATE) == [expected]
    assert state(measured, metrics.REPLICATION_HEALTH, "health") == [health]
    assert count(measured, metrics.REPLICATION_STATE) == 1
    assert count(measured, metrics.REPLICATION_HEALTH) == 1


async def test_a_state_and_a_health_that_ended_are_0_for_five_minutes(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        web.overlay = {"migrationState": "MigrationFailed", "health": "Critical"}
        seen = []
        for _ in range(7):
            await clock.advance(60)
            measured = await measure(collector)
            assert measured.value(metrics.REPLICATION_STATE, state="migration_failed") == 1
            assert measured.value(metrics.REPLICATION_HEALTH, health="critical") == 1
            ended = measured.value(metrics.REPLICATION_STATE, state="replicating")
            assert measured.value(metrics.REPLICATION_HEALTH, health="normal") == ended
            seen.append(ended)
    assert seen == [0, 0, 0, 0, 0, None, None]


async def test_a_machine_has_as_many_series_as_the_documents_say(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    """Where samples are billed, the number of series is the price of the exporter."""

    def series(measured: Measured) -> int:
        return sum(metric.labels[:2] == ("vm", "vm_id") for metric, _ in measured.samples)

    def of_vault(measured: Measured) -> Counter[bool]:
        return Counter("appliance" in metric.labels for metric, _ in measured.samples if "vm" not in metric.labels)

    web = paris.machine("web", disks=2, stage=Stage.DELTA)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        running_cycle = []
        while web.stage is Stage.DELTA:
            running_cycle.append(series(await measure(collector)))
            await clock.advance(60)
        await measure(collector)
        await clock.advance(600)
        waiting = series(last := await measure(collector))
    assert of_vault(last) == {False: SERIES["a vault"], True: SERIES["an appliance of a vault"]}
    still = SERIES["a replicating machine, from Azure"] + 2 * SERIES["each of its disks"]
    moving = SERIES["the machine, while a cycle runs"] + 2 * SERIES["each of its disks, while a cycle runs"]
    assert waiting == still
    assert max(running_cycle) == still + moving - 1, "the time of the last recovery point comes with its end"


async def test_unknown_words_set_no_state_and_break_nothing(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    web.overlay = {
        "migrationState": "Teleporting",
        "health": "Excellent",
        "healthErrors": "none at all",
        "providerSpecificDetails": {
            "gatewayOperationDetails": {"state": "QuantumReplication Entangled", "hostName": 7},
            "resyncRequired": "perhaps",
            "deltaSyncRetryCount": "three",
            "deltaSyncProgressPercentage": 140,
        },
    }
    measured = await seen(arm, project, tmp_path, clock)
    assert state(measured, metrics.REPLICATION_STATE) == []
    assert state(measured, metrics.REPLICATION_HEALTH, "health") == []
    assert measured.value(metrics.REPLICATION_RESYNC_REQUIRED) is None
    assert measured.value(metrics.REPLICATION_RETRIES, phase="delta") is None
    assert measured.value(metrics.REPLICATION_RETRIES, phase="initial") is None
    assert count(measured, metrics.REPLICATION_PROGRESS) == 0
    operation = {"operation": "quantum_replication", "status": "entangled", "source": "list"}
    assert measured.value(metrics.REPLICATION_OPERATION_INFO, **operation) == 1


async def test_a_cycle_that_runs_has_progress_speeds_and_time_left(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web", disks=2, stage=Stage.DELTA)
    await clock.advance(web.pace.delta / 2)
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_PROGRESS, phase="delta") == 0.5
    assert measured.value(metrics.REPLICATION_UPLOAD) == web.speed
    assert measured.value(metrics.REPLICATION_READ) == pytest.approx(web.speed * 1.3, rel=0.01)
    assert measured.value(metrics.REPLICATION_TIME_REMAINING) == web.pace.delta / 2
    for disk in ("web-0", "web-1"):
        assert measured.value(metrics.REPLICATION_DISK_UPLOAD, disk=disk) == web.speed // 2
        assert measured.value(metrics.REPLICATION_DISK_PROGRESS, disk=disk) == 0.5
        assert measured.value(metrics.REPLICATION_DISK_READ, disk=disk) is not None


RUNNING_ONLY = (
    metrics.REPLICATION_PROGRESS,
    metrics.REPLICATION_UPLOAD,
    metrics.REPLICATION_READ,
    metrics.REPLICATION_TIME_REMAINING,
    metrics.REPLICATION_DISK_UPLOAD,
    metrics.REPLICATION_DISK_READ,
    metrics.REPLICATION_DISK_PROGRESS,
)


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.PAUSED, Stage.MIGRATED, Stage.SEEDING_FAILED])
async def test_the_numbers_of_a_cycle_that_is_over_or_paused_are_not_shown(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock, stage: Stage
) -> None:
    paris.machine("web", stage=stage)
    measured = await seen(arm, project, tmp_path, clock)
    for metric in RUNNING_ONLY:
        assert measured.value(metric) is None, metric.name


async def test_while_a_machine_resumes_its_own_numbers_are_shown_and_those_of_its_disks_are_not(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web", stage=Stage.RESUMING)
    await clock.advance(60)
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_PROGRESS, phase="resume") == 0.1
    assert measured.value(metrics.REPLICATION_UPLOAD) is not None
    assert measured.value(metrics.REPLICATION_DISK_UPLOAD) is None


async def test_speeds_that_were_read_in_a_cycle_are_not_shown_in_the_next(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web", stage=Stage.DELTA)
    await clock.advance(60)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        assert (await measure(collector)).value(metrics.REPLICATION_DISK_UPLOAD) is not None
        arm.faults.on(Trouble.UNAVAILABLE, kinds={Kind.ITEM})
        await clock.advance(web.pace.delta + web.pace.min_delay - 900)
        between = await measure(collector)
        await clock.advance(960)
        measured = await measure(collector)
    assert web.stage is Stage.DELTA
    assert between.value(metrics.REPLICATION_DISK_CAPACITY) is not None
    assert measured.value(metrics.REPLICATION_UPLOAD) is not None
    assert measured.value(metrics.REPLICATION_DISK_UPLOAD) is None


async def test_disks_have_their_size_their_datastore_and_the_account_that_takes_their_data(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web", disks=2)
    measured = await seen(arm, project, tmp_path, clock)
    for disk in web.disks:
        where = {"datastore": disk.datastore, "storage_account": paris.cache_account}
        assert measured.value(metrics.REPLICATION_DISK_CAPACITY, disk=disk.name, **where) == disk.capacity
    assert measured.value(metrics.REPLICATION_DETAILS_TIMESTAMP, vm="web") == clock.time()


async def test_what_a_list_leaves_out_comes_from_the_machine_itself_and_says_so(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    project.lists_gateway_details = False
    web = paris.machine("web", stage=Stage.DELTA)
    await clock.advance(60)
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_OPERATION_INFO, source="get", status="in_progress") == 1
    assert measured.value(metrics.REPLICATION_UPLOAD) == web.speed
    assert measured.value(metrics.REPLICATION_INFO, host=web.host, vcenter=paris.vcenter) == 1


async def test_the_sums_of_an_appliance_appear_once_in_base_units(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(5)
    paris.machine("runs", stage=Stage.DELTA)
    load = paris.load
    measured = await seen(arm, project, tmp_path, clock)
    labels = {"vault": project.vault_name, "appliance": "paris"}
    running = sum(machine.stage is Stage.DELTA for machine in paris.replicated)
    expected = {
        metrics.APPLIANCE_MEMORY_CAPACITY: 2 * load.ram_capacity_mb * MIB,
        metrics.APPLIANCE_MEMORY_USED: 2 * load.ram_used_mb * MIB,
        metrics.APPLIANCE_CPU_CORES: 2 * load.cpu_cores,
        metrics.APPLIANCE_CPU_USAGE: load.cpu_percent / 100,
        metrics.APPLIANCE_NETWORK_CAPACITY: 2 * load.network_capacity * MIB,
        metrics.APPLIANCE_NETWORK_USED: 12 * running * MIB,
        metrics.APPLIANCE_PARALLEL_DISKS_LIMIT: 2 * load.disks_capacity,
        metrics.APPLIANCE_PARALLEL_DISKS: paris.running_disks(),
    }
    for metric, value in expected.items():
        assert measured.value(metric, **labels) == pytest.approx(value), metric.name
        assert count(measured, metric) == 1, metric.name


async def test_the_nfc_buffer_is_shown_per_host_and_snapshots_per_datastore(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    machines = [paris.machine(f"web{number}") for number in range(3)]
    paris.load.nfc_used_mb = {machines[0].host: 32.0, machines[1].host: 8.0}
    measured = await seen(arm, project, tmp_path, clock)
    for machine, used in zip(machines, (32, 8, 0), strict=True):
        labels = {"host": machine.host, "vcenter": paris.vcenter, "source": "azure", "vault": project.vault_name}
        assert measured.value(metrics.NFC_BUFFER_CAPACITY, **labels) == 32 * MIB
        assert measured.value(metrics.NFC_BUFFER_USED, **labels) == used * MIB
    datastore = {"datastore": machines[0].disks[0].datastore, "vcenter": paris.vcenter, "source": "azure"}
    assert measured.value(metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT, **datastore) == 15
    assert measured.value(metrics.DATASTORE_DISK_SNAPSHOTS, **datastore) == 0


async def test_absent_is_not_zero(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    paris.load.cpu_percent = 0.0  # which Microsoft's own reader treats as missing
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.APPLIANCE_NETWORK_CAPACITY) is not None
    assert measured.value(metrics.APPLIANCE_NETWORK_USED) is None
    assert measured.value(metrics.APPLIANCE_CPU_USAGE) is None


async def test_without_monitoring_details_there_are_none(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    paris.load.present = False
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.APPLIANCE_CPU_CORES) is None
    assert measured.value(metrics.NFC_BUFFER_CAPACITY) is None
    assert measured.value(metrics.REPLICATION_DISK_CAPACITY) is not None


@pytest.mark.parametrize("bad_time", list(BadTime))
async def test_no_wrong_timestamp_reaches_a_metric(
    arm: LabArm,
    project: LabProject,
    paris: LabAppliance,
    tmp_path: Path,
    clock: FakeClock,
    bad_time: BadTime,
) -> None:
    web = paris.machine("web", stage=Stage.DELTA)
    web.bad_time = bad_time
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        await clock.advance(web.pace.delta + 1)  # a new recovery point
        measured = await measure(collector)
    assert measured.value(metrics.REPLICATION_LAST_POINT_CHANGE_TIMESTAMP) == clock.time()
    for (metric, labels), value in measured.samples.items():
        if metric.name.endswith("timestamp_seconds"):
            assert isinstance(value, float)
            assert clock.time() - HOUR < value <= clock.time() + 12 * HOUR, (metric.name, labels)


async def test_ids_are_compared_without_regard_to_case(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    web = paris.machine("web")
    site = f"{paris.site_id.upper()}/MACHINES/{web.item.upper()}"
    web.overlay = {"providerSpecificDetails": {"vmwareMachineId": site}}
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_INFO, vm_id=web.uuid, appliance="paris") == 1


async def test_without_a_site_the_providers_identifier_leads_to_the_appliance(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    lyon = project.appliance("lyon")
    web = paris.machine("web")
    provider = f"{paris.fabric_id}/replicationRecoveryServicesProviders/{lyon.dra_identifier.upper()}"
    web.overlay = {"recoveryServicesProviderId": provider, "providerSpecificDetails": {"vmwareMachineId": None}}
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_INFO, appliance="lyon") == 1


async def test_a_list_in_pages_some_of_them_empty_is_one_list(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(25)
    arm.page_size, arm.empty_pages = 10, 2
    measured = await seen(arm, project, tmp_path, clock)
    assert measured.value(metrics.REPLICATION_MACHINES) == 25
    assert count(measured, metrics.REPLICATION_INFO) == 25
    assert arm.requests.count(Kind.ITEMS) == 5
    assert measured.value(metrics.ARM_REQUESTS, operation="items", code="200") == 5


async def test_a_machine_that_is_disabled_takes_its_series_along(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("stays")
    leaves = paris.machine("leaves")
    context = Context(clock)
    async with running(settings(arm, project, tmp_path), context) as collector:
        await measure(collector)
        assert leaves.uuid in context.blackboard.union("replicating_machines")
        leaves.disable()
        await clock.advance(60)
        measured = await measure(collector)
    assert {labels[0] for metric, labels in measured.samples if "vm" in metric.labels} == {"stays"}
    assert context.blackboard.union("replicating_machines") == {paris.replicated[0].uuid}


async def test_requests_ask_for_english(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machine("web")
    await seen(arm, project, tmp_path, clock)
    assert {one.headers.get("accept-language") for one in arm.requests.of()} == {"en-US"}


async def test_connections_are_kept_open(
    arm: LabArm, project: LabProject, paris: LabAppliance, tmp_path: Path, clock: FakeClock
) -> None:
    paris.machines(10)
    async with running(settings(arm, project, tmp_path), Context(clock)) as collector:
        await measure(collector)
        opened = arm.connections
        await clock.advance(60)
        await measure(collector)
    assert arm.connections == opened <= 8
