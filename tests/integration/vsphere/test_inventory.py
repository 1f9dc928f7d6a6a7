"""Machines, hosts and datastores of the lab's vCenter and their faults, as the collector exports them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.runtime.state import DirectoryState
from tests.integration.vsphere import NoPauseClock, running, settings, until
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import APPLIANCE, BACKUP
from tests.lab.vcenter_objects import MachineState
from tests.measured import Measured, measure

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=12, hosts=2) as started:
        yield started


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _no_snapshots_left(vcenter: LabVCenter) -> AsyncIterator[None]:
    yield
    for machine in vcenter.machines:
        await machine.remove_snapshots()


@pytest_asyncio.fixture(loop_scope="module")
async def collector(vcenter: LabVCenter, tmp_path: Path) -> AsyncIterator[Collector]:
    async with running(settings(vcenter, tmp_path)) as made:
        yield made


async def test_every_machine_host_and_datastore_is_there(vcenter: LabVCenter, collector: Collector) -> None:
    measured = await measure(collector)
    assert measured.reason is None
    assert measured.value(metrics.VCENTER_UP, vcenter="lab") == 1
    assert measured.value(metrics.VSPHERE_MACHINES, scope="seen") == len(vcenter.machines)
    for machine in vcenter.machines:
        labels = {"vcenter": "lab", "vm": machine.name, "vm_id": machine.vm_id}
        assert measured.value(metrics.VSPHERE_VM_INFO, **labels) == 1
        assert measured.value(metrics.VSPHERE_VM_SNAPSHOTS, **labels) == 0
        assert measured.value(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, **labels) == 0
    for host in vcenter.hosts:
        assert measured.value(metrics.VSPHERE_HOST_CONNECTION_STATE, host=host.name, state="connected") == 1
    for datastore in vcenter.datastores:
        assert measured.value(metrics.DATASTORE_CAPACITY, datastore=datastore.name) == datastore.capacity


async def test_consolidation_that_is_needed(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[0]

    def needed(measured: Measured) -> bool:
        return measured.value(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, vm_id=machine.vm_id) == 1

    await measure(collector)
    await machine.need_consolidation()
    await until(collector, needed)
    await machine.need_consolidation(needed=False)
    await until(collector, lambda measured: not needed(measured))


async def test_a_host_that_does_not_respond_keeps_its_series(vcenter: LabVCenter, collector: Collector) -> None:
    host = vcenter.hosts[0]

    def state(measured: Measured, state: str) -> object:
        return measured.value(metrics.VSPHERE_HOST_CONNECTION_STATE, vcenter="lab", host=host.name, state=state)

    await measure(collector)
    await host.set_connection_state("notResponding")
    lost = await until(collector, lambda measured: state(measured, "notResponding") == 1)
    assert (state(lost, "connected"), state(lost, "disconnected")) == (0, 0)
    await host.set_connection_state("connected")
    await until(collector, lambda measured: state(measured, "connected") == 1)


async def test_a_host_in_maintenance_mode(vcenter: LabVCenter, collector: Collector) -> None:
    host = vcenter.hosts[0]
    before = await measure(collector)
    assert before.value(metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, vcenter="lab", host=host.name) == 0
    await host.set_maintenance(on=True)
    await until(collector, lambda m: m.value(metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, host=host.name) == 1)
    await host.set_maintenance(on=False)
    await until(collector, lambda m: m.value(metrics.VSPHERE_HOST_IN_MAINTENANCE_MODE, host=host.name) == 0)


@pytest.mark.parametrize("state", ["disconnected", "orphaned", "inaccessible", "invalid"])
async def test_a_machine_that_vcenter_cannot_reach(
    vcenter: LabVCenter, collector: Collector, state: MachineState
) -> None:
    machine = vcenter.machines[0]

    def is_in(measured: Measured, state: str) -> object:
        return measured.value(metrics.VSPHERE_VM_CONNECTION_STATE, vcenter="lab", vm_id=machine.vm_id, state=state)

    assert is_in(await measure(collector), "connected") == 1
    await machine.set_connection_state(state)
    lost = await until(collector, lambda measured: is_in(measured, state) == 1)
    assert is_in(lost, "connected") == 0
    await machine.set_connection_state("connected")
    await until(collector, lambda measured: is_in(measured, "connected") == 1)


async def test_a_datastore_that_is_not_accessible(vcenter: LabVCenter, collector: Collector) -> None:
    datastore = vcenter.datastores[1]
    before = await measure(collector)
    assert before.value(metrics.VSPHERE_DATASTORE_ACCESSIBLE, vcenter="lab", datastore=datastore.name) == 1
    await datastore.set_accessible(on=False)
    await until(collector, lambda m: m.value(metrics.VSPHERE_DATASTORE_ACCESSIBLE, datastore=datastore.name) == 0)
    await datastore.set_accessible(on=True)
    await until(collector, lambda m: m.value(metrics.VSPHERE_DATASTORE_ACCESSIBLE, datastore=datastore.name) == 1)


async def test_two_datastores_of_one_name_have_the_same_two_names_in_every_series(
    vcenter: LabVCenter, collector: Collector
) -> None:
    def names(measured: Measured, wanted: Metric) -> set[str]:
        position = wanted.labels.index("datastore")
        return {labels[position] for metric, labels in measured.samples if metric is wanted}

    first, second = vcenter.datastores
    await measure(collector)
    await second.rename(first.name)
    with_ids = {f"{first.name} ({datastore.reference._moId})" for datastore in (first, second)}
    renamed = await until(collector, lambda measured: names(measured, metrics.DATASTORE_FREE) == with_ids)
    assert names(renamed, metrics.VSPHERE_VM_INFO) == with_ids
    assert names(renamed, metrics.DATASTORE_DISK_SNAPSHOTS) == with_ids
    await second.rename(second.name)


async def test_a_machine_is_on_the_datastores_of_its_disks(vcenter: LabVCenter, tmp_path: Path) -> None:
    machine, (first, second) = vcenter.machines[0], vcenter.datastores
    await machine.move_disks(second)
    async with running(settings(vcenter, tmp_path, replication={"machines": [machine.name]})) as collector:
        elsewhere = await measure(collector)
    assert elsewhere.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id, datastore=second.name) == 1
    assert elsewhere.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id, datastore=first.name) is None
    await machine.move_disks(first)


async def test_a_datastore_that_is_nearly_full(vcenter: LabVCenter, collector: Collector) -> None:
    datastore = vcenter.datastores[0]
    await measure(collector)
    await datastore.set_free_space(7 * MIB)
    await until(collector, lambda m: m.value(metrics.DATASTORE_FREE, datastore=datastore.name) == 7 * MIB)
    await datastore.set_accessible(on=False)
    lost = await until(collector, lambda m: m.value(metrics.DATASTORE_FREE, datastore=datastore.name) is None)
    assert lost.value(metrics.DATASTORE_DISK_SNAPSHOTS_LIMIT, datastore=datastore.name) == 15
    await datastore.set_accessible(on=True)
    await datastore.set_free_space(datastore.capacity)


async def test_the_series_of_a_deleted_machine_end(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    machine = await vcenter.add_machine("newcomer")
    await machine.take_snapshot()
    await until(collector, lambda m: m.value(metrics.VSPHERE_VM_SNAPSHOTS, vm_id=machine.vm_id) == 1)
    await vcenter.remove_machine(machine)
    gone = await until(collector, lambda m: m.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id) is None)
    assert not [labels for _, labels in gone.samples if machine.vm_id in labels]
    assert gone.reason is None


async def test_a_vmotion_changes_the_info_series_and_no_other(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[1]
    before = await measure(collector)
    there = vcenter.hosts[0]
    if before.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id, host=there.name):
        there = vcenter.hosts[1]
    await machine.move_to(there)
    after = await until(
        collector, lambda m: m.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id, host=there.name) == 1
    )
    changed = {metric for metric, labels in after.samples.keys() ^ before.samples.keys() if machine.vm_id in labels}
    assert changed == {metrics.VSPHERE_VM_INFO}


async def test_snapshots_are_counted_and_the_oldest_is_dated(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[2]
    await measure(collector)
    await machine.take_snapshot(created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    await machine.take_snapshot()
    oldest = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    held = await until(collector, lambda m: m.value(metrics.VSPHERE_VM_SNAPSHOTS, vm_id=machine.vm_id) == 2)
    assert held.value(metrics.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, vm_id=machine.vm_id) == oldest
    await machine.remove_snapshots()
    free = await until(collector, lambda m: m.value(metrics.VSPHERE_VM_SNAPSHOTS, vm_id=machine.vm_id) == 0)
    assert free.value(metrics.VSPHERE_VM_OLDEST_SNAPSHOT_TIMESTAMP, vm_id=machine.vm_id) is None


async def test_a_snapshot_disk_of_size_zero(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[3]
    snapshot = await machine.take_snapshot()
    await machine.set_snapshot_capacity(snapshot, 0)
    measured = await measure(collector)
    assert measured.value(metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, vm=machine.name, vm_id=machine.vm_id) == 1
    await machine.set_snapshot_capacity(snapshot, await machine.capacity())
    measured = await measure(collector)
    assert measured.value(metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, vm_id=machine.vm_id) == 0


# --- changed block tracking ---


async def test_tracking_that_is_off(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[4]
    await measure(collector)
    await machine.track_changes()
    await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CBT_ENABLED, vm_id=machine.vm_id) == 1)
    await machine.track_changes(on=False)
    await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CBT_ENABLED, vm_id=machine.vm_id) == 0)


async def test_a_reset_of_the_tracking_is_counted_and_a_snapshot_is_none(vcenter: LabVCenter, tmp_path: Path) -> None:
    machine = vcenter.machines[5]
    await machine.track_changes()
    async with running(settings(vcenter, tmp_path, replication={"machines": [machine.name]})) as collector:
        assert (await measure(collector)).value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=machine.vm_id) == 0
        await machine.take_snapshot()
        held = await until(collector, lambda m: m.value(metrics.VSPHERE_VM_SNAPSHOTS, vm_id=machine.vm_id) == 1)
        assert held.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=machine.vm_id) == 0
        await machine.reset_tracking()
        await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=machine.vm_id) == 1)
        await machine.track_changes(on=False)
        await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CBT_ENABLED, vm_id=machine.vm_id) == 0)
        await machine.track_changes()
        back = await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CBT_ENABLED, vm_id=machine.vm_id) == 1)
        assert back.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=machine.vm_id) == 1


async def test_a_reset_while_the_exporter_is_down_is_counted_when_it_is_back(
    vcenter: LabVCenter, tmp_path: Path
) -> None:
    machine = vcenter.machines[6]
    await machine.track_changes()
    configured = settings(vcenter, tmp_path, replication={"machines": [machine.name]})
    for resets in (0, 1, 2):
        async with running(configured, Context(NoPauseClock(), DirectoryState(tmp_path / "state"))) as collector:
            measured = await measure(collector)
            assert measured.value(metrics.VSPHERE_VM_CBT_RESETS, vm=machine.name, vm_id=machine.vm_id) == resets
        await machine.reset_tracking()


# --- disks in flight ---


async def test_the_buffer_of_a_host_is_full_with_eight_disks(vcenter: LabVCenter, collector: Collector) -> None:
    machine, host = vcenter.machines[7], vcenter.hosts[1]
    await machine.move_to(host)
    await machine.set_disk_count(8)
    before = await measure(collector)
    labels = {"vcenter": "lab", "host": host.name, "source": "vsphere"}
    assert before.value(metrics.NFC_DISKS_IN_FLIGHT, **labels) == 0
    await machine.take_snapshot()
    full = await until(collector, lambda m: m.value(metrics.NFC_DISKS_IN_FLIGHT, **labels) == 8)
    assert full.value(metrics.NFC_BUFFER_USED, **labels) == 32 * MIB
    assert full.value(metrics.NFC_BUFFER_CAPACITY, **labels) == 32 * MIB
    assert sum_of(full, metrics.DATASTORE_DISK_SNAPSHOTS) == 8
    await machine.remove_snapshots()
    await until(collector, lambda m: m.value(metrics.NFC_BUFFER_USED, **labels) == 0)
    await machine.set_disk_count(1)


async def test_size_of_the_buffer_and_share_of_a_disk_are_settings(vcenter: LabVCenter, tmp_path: Path) -> None:
    machine = vcenter.machines[8]
    await machine.take_snapshot()
    configured = settings(vcenter, tmp_path, nfc={"buffer": "48MiB", "per_disk": "1MiB"})
    async with running(configured) as collector:
        measured = await measure(collector)
    assert sum_of(measured, metrics.NFC_BUFFER_USED) == MIB
    assert sum_of(measured, metrics.NFC_BUFFER_CAPACITY) == 48 * MIB * len(vcenter.hosts)


async def test_a_snapshot_of_a_backup_product_is_not_in_flight(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[9]
    await measure(collector)
    await machine.take_snapshot(user=BACKUP)
    held = await until(collector, lambda m: m.value(metrics.VSPHERE_VM_SNAPSHOTS, vm_id=machine.vm_id) == 1)
    assert sum_of(held, metrics.NFC_DISKS_IN_FLIGHT) == 0


async def test_an_independent_disk_is_not_in_flight(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[10]
    await machine.set_disk_mode("independent_persistent")
    await machine.take_snapshot()
    assert sum_of(await measure(collector), metrics.NFC_DISKS_IN_FLIGHT) == 0
    await machine.remove_snapshots()
    await machine.set_disk_mode("persistent")


async def test_azures_list_brings_machines_into_scope(vcenter: LabVCenter, tmp_path: Path) -> None:
    machine = vcenter.machines[11]
    await machine.take_snapshot(user=BACKUP)
    blackboard = Blackboard()
    configured = settings(vcenter, tmp_path, replication=None)
    async with running(configured, Context(NoPauseClock(), blackboard=blackboard)) as collector:
        unlisted = await measure(collector)
        assert unlisted.value(metrics.VSPHERE_MACHINES, scope="replicating") == 0
        assert unlisted.value(metrics.NFC_DISKS_IN_FLIGHT, host=vcenter.hosts[0].name) is None
        blackboard.publish("replicating_machines", "a vault", frozenset({machine.vm_id, "not-visible-to-us"}))
        listed = await measure(collector)
        assert listed.value(metrics.VSPHERE_MACHINES, scope="replicating") == 1
        assert listed.value(metrics.VSPHERE_MACHINES, scope="seen") == len(vcenter.machines)
        assert sum_of(listed, metrics.NFC_DISKS_IN_FLIGHT) == 1
        assert blackboard.names("esxi_hosts", "lab") == {host.name for host in vcenter.hosts}


# --- privileges ---


@pytest.mark.parametrize(
    ("path", "metric"),
    [
        ("snapshot", metrics.VSPHERE_VM_SNAPSHOTS),
        ("runtime.consolidationNeeded", metrics.VSPHERE_VM_CONSOLIDATION_NEEDED),
        ("config.changeTrackingEnabled", metrics.VSPHERE_VM_CBT_ENABLED),
    ],
)
async def test_a_value_that_we_may_not_read_is_absent_and_not_zero(
    vcenter: LabVCenter, tmp_path: Path, path: str, metric: Metric
) -> None:
    machine = vcenter.machines[0]
    await machine.track_changes()
    hidden = vcenter.hide_property(path)
    async with running(settings(vcenter, tmp_path)) as collector:
        measured = await measure(collector)
    hidden.off()
    await machine.track_changes(on=False)
    assert measured.reason is None
    assert measured.value(metric, vm_id=machine.vm_id) is None
    assert measured.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id) == 1


async def test_a_role_that_is_withdrawn_for_a_moment_is_forbidden_and_no_history_is_lost(
    vcenter: LabVCenter, tmp_path: Path
) -> None:
    machine, blackboard = vcenter.machines[6], Blackboard()
    await machine.track_changes()
    await machine.take_snapshot()
    configured = settings(vcenter, tmp_path, replication={"machines": [machine.name], "accounts": [APPLIANCE]})
    async with running(configured, Context(NoPauseClock(), blackboard=blackboard)) as collector:
        before = await measure(collector)
        assert (before.reason, sum_of(before, metrics.NFC_DISKS_IN_FLIGHT)) == (None, 1)
        withdrawn = vcenter.proxy.rewrite("WaitForUpdatesEx", "<filterSet>.*</filterSet>", "")
        await vcenter.expire_sessions()
        empty = await measure(collector)
        assert empty.reason is Reason.FORBIDDEN
        assert empty.message.startswith(f"{vcenter.user} sees no machine, host or datastore any more: ")
        assert "the role Read-only on the vCenter itself" in empty.message
        assert empty.value(metrics.VCENTER_UP) == 1
        assert empty.value(metrics.VSPHERE_MACHINES, scope="seen") == 0
        assert blackboard.names("esxi_hosts", "lab") == {host.name for host in vcenter.hosts}
        await machine.reset_tracking()
        withdrawn.off()
        await vcenter.expire_sessions()
        back = await measure(collector)
        assert (back.reason, sum_of(back, metrics.NFC_DISKS_IN_FLIGHT)) == (None, 1)
        assert back.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=machine.vm_id) == 1
    await machine.track_changes(on=False)


async def test_an_inaccessible_machine_keeps_its_identity(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[1]
    await measure(collector)
    await vcenter.admin.update(machine.reference, {"config.instanceUuid": "", "runtime.consolidationNeeded": True})
    labels = {"vm": machine.name, "vm_id": machine.vm_id}
    try:
        await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, **labels) == 1)
    finally:
        lost = {"config.instanceUuid": machine.vm_id, "runtime.consolidationNeeded": False}
        await vcenter.admin.update(machine.reference, lost)


def sum_of(measured: Measured, metric: Metric) -> float:
    return sum(value for (sampled, _), value in measured.samples.items() if sampled is metric)  # type: ignore[misc]
