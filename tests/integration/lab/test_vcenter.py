"""Each method of the lab's vCenter has its effect, as a plain pyvmomi client sees it."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from pyVmomi import vim, vmodl

from tests.integration.vsphere.client import Client, call, session
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import APPLIANCE, BACKUP

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANGE_ID = re.compile(r"^([0-9a-f]{2} ){7}[0-9a-f]{2}-([0-9a-f]{2} ){7}[0-9a-f]{2}/\d+$")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=6, hosts=2) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(vcenter: LabVCenter, lab_ca: LabCA) -> AsyncIterator[Client]:
    async with session(vcenter, lab_ca) as connected:
        yield connected


async def disks(client: Client, thing: Any) -> list[Any]:
    devices = (await client.read(thing, "config.hardware.device"))["config.hardware.device"]
    return [device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)]


async def change_ids(client: Client, thing: Any) -> list[str | None]:
    return [disk.backing.changeId for disk in await disks(client, thing)]


# --- the inventory ---


async def test_hosts_are_named_by_addresses_of_this_machine(vcenter: LabVCenter, client: Client) -> None:
    names = []
    for host in vcenter.hosts:
        seen = await client.read(host.reference, "name", "summary.config.name", "config.network.vnic")
        assert seen["config.network.vnic"][0].spec.ip.ipAddress == seen["summary.config.name"] == seen["name"]
        names.append(seen["name"])
    assert names == ["127.0.1.1", "127.0.1.2"]


async def test_machines_run_on_every_host_and_have_an_instance_uuid(vcenter: LabVCenter, client: Client) -> None:
    seen = [
        await client.read(machine.reference, "name", "runtime.host", "runtime.powerState", "config.instanceUuid")
        for machine in vcenter.machines
    ]
    assert [machine["name"] for machine in seen] == [f"server-0{number}" for number in range(1, 7)]
    assert [machine["config.instanceUuid"] for machine in seen] == [machine.vm_id for machine in vcenter.machines]
    assert {machine["runtime.powerState"] for machine in seen} == {"poweredOn"}
    hosts = [machine["runtime.host"]._moId for machine in seen]
    assert hosts == [host.reference._moId for host in vcenter.hosts] * 3


async def test_the_announced_version_is_that_of_the_lab(client: Client) -> None:
    assert client.content.about.apiVersion == "8.0.3.0"
    assert client.content.about.version == "8.0.3"


# --- tasks ---


async def test_a_held_task_stays_at_95_percent_under_the_name_of_the_appliance(
    vcenter: LabVCenter, client: Client
) -> None:
    machine = vcenter.machines[0]
    held = await machine.hold_task("VirtualMachine.createSnapshot", 95)

    (task,) = [task for task in await client.tasks(machine.reference) if task.state == "running"]
    assert (task.progress, task.descriptionId) == (95, "VirtualMachine.createSnapshot")
    assert (task.reason.userName, task.entityName) == (APPLIANCE, machine.name)
    assert task.startTime is not None

    await held.advance(99)
    (task,) = [task for task in await client.tasks(machine.reference) if task.state == "running"]
    assert task.progress == 99

    await held.succeed()
    assert not [task for task in await client.tasks(machine.reference) if task.state == "running"]


async def test_a_held_task_fails_because_of_another_one(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[1]
    culprit = await machine.hold_task("VirtualMachine.relocate", 10, user=BACKUP)
    held = await machine.hold_task("VirtualMachine.consolidateDisks", None)
    await held.fail(vim.fault.TaskInProgress(task=culprit.task))

    by_operation = {task.descriptionId: task for task in await client.tasks(machine.reference)}
    failed = by_operation["VirtualMachine.consolidateDisks"]
    assert (failed.state, failed.progress) == ("error", None)
    assert isinstance(failed.error, vim.fault.TaskInProgress)
    assert failed.error.task._moId == by_operation["VirtualMachine.relocate"].key
    assert by_operation["VirtualMachine.relocate"].reason.userName == BACKUP
    await culprit.succeed()


async def test_a_queued_task_has_not_started(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[2]
    held = await machine.hold_task("vm.Snapshot.remove", queued=True)
    (task,) = await client.tasks(machine.reference)
    assert (task.state, task.startTime, task.progress) == ("queued", None, None)
    await held.fail(vim.fault.FileLocked(file="[LocalDS_0] server-03/disk1.vmdk"))


async def test_recent_tasks_can_be_cleared(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[2]
    await (await machine.hold_task()).succeed()
    assert await client.tasks(machine.reference)
    await vcenter.clear_recent_tasks()
    assert not await client.tasks(machine.reference)


# --- snapshots ---


async def test_a_snapshot_has_the_time_and_the_account_that_were_asked_for(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[0]
    created = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    snapshot = await machine.take_snapshot("first", description="of the lab", created=created, quiesced=True)

    (root,) = (await client.read(machine.reference, "snapshot.rootSnapshotList"))["snapshot.rootSnapshotList"]
    assert (root.name, root.description, root.quiesced, root.createTime) == ("first", "of the lab", True, created)
    (task,) = [task for task in await client.tasks(machine.reference) if task.result == client.of(snapshot)]
    assert (task.descriptionId, task.reason.userName) == ("VirtualMachine.createSnapshotEx", APPLIANCE)

    await machine.remove_snapshots(user=BACKUP)
    assert await client.read(machine.reference, "snapshot") == {}
    last = (await client.tasks(machine.reference))[-1]
    assert (last.descriptionId, last.reason.userName) == ("VirtualMachine.removeAllSnapshots", BACKUP)


async def test_removing_a_snapshot_keeps_later_ones(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[1]
    first = await machine.take_snapshot("first")
    await machine.take_snapshot("second")
    (root,) = (await client.read(machine.reference, "snapshot.rootSnapshotList"))["snapshot.rootSnapshotList"]
    assert [child.name for child in root.childSnapshotList] == ["second"]

    await machine.remove_snapshot(first)
    (root,) = (await client.read(machine.reference, "snapshot.rootSnapshotList"))["snapshot.rootSnapshotList"]
    assert (root.name, list(root.childSnapshotList)) == ("second", [])
    await machine.remove_snapshots()


async def test_the_disks_of_a_snapshot_can_have_no_size(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[2]
    snapshot = await machine.take_snapshot()
    size = await machine.capacity()
    for expected in (0, size):
        await machine.set_snapshot_capacity(snapshot, expected)
        (disk,) = await disks(client, snapshot)
        assert (disk.capacityInBytes or 0, disk.capacityInKB) == (expected, expected // 1024)
    await machine.remove_snapshots()


async def test_consolidation_needed_is_notified_and_undone(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[3]
    async with client.watch(vim.VirtualMachine, "runtime.consolidationNeeded") as watch:
        await watch.updates()
        for needed in (True, False):
            await machine.need_consolidation(needed=needed)
            assert await watch.changes() == {machine.reference._moId: {"runtime.consolidationNeeded": needed}}


# --- changed block tracking ---


async def test_tracking_gives_every_snapshot_a_change_id_of_its_own(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[3]
    await machine.track_changes()
    assert (await client.read(machine.reference, "config.changeTrackingEnabled")).popitem()[1] is True

    first, second = await machine.take_snapshot(), await machine.take_snapshot()
    (earlier,), (later,) = await change_ids(client, first), await change_ids(client, second)
    assert earlier is not None
    assert later is not None
    assert CHANGE_ID.match(earlier)
    assert earlier != later
    assert earlier.split("/")[0] == later.split("/")[0]

    await machine.remove_snapshots()
    await machine.track_changes(on=False)
    assert (await client.read(machine.reference, "config.changeTrackingEnabled")).popitem()[1] is False
    assert await change_ids(client, machine.reference) == [None]


async def test_a_reset_changes_the_identity_while_tracking_stays_on(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[4]
    await machine.track_changes()
    (before,) = await change_ids(client, machine.reference)
    async with client.watch(vim.VirtualMachine, "config.hardware.device") as watch:
        await watch.updates()
        await machine.reset_tracking()
        assert machine.reference._moId in await watch.changes()
    (after,) = await change_ids(client, machine.reference)
    assert before is not None
    assert after is not None
    assert before.split("/")[0] != after.split("/")[0]
    assert (await client.read(machine.reference, "config.changeTrackingEnabled")).popitem()[1] is True
    await machine.track_changes(on=False)


# --- hosts, datastores, machines ---


async def test_a_host_that_does_not_respond_is_notified_and_comes_back(vcenter: LabVCenter, client: Client) -> None:
    host = vcenter.hosts[1]
    async with client.watch(vim.HostSystem, "runtime.connectionState") as watch:
        await watch.updates()
        for state in ("notResponding", "disconnected", "connected"):
            await host.set_connection_state(state)
            assert await watch.changes() == {host.reference._moId: {"runtime.connectionState": state}}


async def test_a_host_enters_and_leaves_maintenance(vcenter: LabVCenter, client: Client) -> None:
    host = vcenter.hosts[0]
    for on in (True, False):
        await host.set_maintenance(on=on)
        assert await client.read(host.reference, "runtime.inMaintenanceMode") == {"runtime.inMaintenanceMode": on}


async def test_a_datastore_runs_full_and_is_emptied(vcenter: LabVCenter, client: Client) -> None:
    datastore = vcenter.datastores[0]
    async with client.watch(vim.Datastore, "summary.freeSpace") as watch:
        await watch.updates()
        for size in (5 * 1024**3, datastore.capacity):
            await datastore.set_free_space(size)
            assert await watch.changes() == {datastore.reference._moId: {"summary.freeSpace": size}}


async def test_a_datastore_can_be_inaccessible(vcenter: LabVCenter, client: Client) -> None:
    datastore = vcenter.datastores[1]
    for on in (False, True):
        await datastore.set_accessible(on=on)
        assert await client.read(datastore.reference, "summary.accessible") == {"summary.accessible": on}


async def test_a_machine_is_switched_off_and_on(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[4]
    for on, state in ((False, "poweredOff"), (True, "poweredOn")):
        await machine.set_power(on=on)
        assert await client.read(machine.reference, "runtime.powerState") == {"runtime.powerState": state}


async def test_a_machine_can_be_inaccessible(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[4]
    for state in ("inaccessible", "connected"):
        await machine.set_connection_state(state)
        assert await client.read(machine.reference, "runtime.connectionState") == {"runtime.connectionState": state}


async def test_a_move_to_another_host_is_notified(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[0]
    async with client.watch(vim.VirtualMachine, "runtime.host") as watch:
        await watch.updates()
        for host in (vcenter.hosts[1], vcenter.hosts[0]):
            await machine.move_to(host)
            assert (await watch.changes())[machine.reference._moId] == {"runtime.host": client.of(host.reference)}


async def test_disks_come_and_go(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[5]
    for count in (9, 1):  # nine: beyond the unit that the controller takes
        await machine.set_disk_count(count)
        assert len(await change_ids(client, machine.reference)) == count


async def test_disks_can_be_independent(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[5]
    for mode in ("independent_persistent", "persistent"):
        await machine.set_disk_mode(mode)
        assert [disk.backing.diskMode for disk in await disks(client, machine.reference)] == [mode]


async def test_machines_come_and_go(vcenter: LabVCenter, client: Client) -> None:
    async with client.watch(vim.VirtualMachine, "name") as watch:
        await watch.updates()
        machine = await vcenter.add_machine("newcomer", vcenter.hosts[1])
        await watch.until("enter", machine.reference)
        seen = await client.read(machine.reference, "name", "runtime.host", "config.instanceUuid")
        assert seen == {
            "name": "newcomer",
            "runtime.host": client.of(vcenter.hosts[1].reference),
            "config.instanceUuid": machine.vm_id,
        }
        await vcenter.remove_machine(machine)
        await watch.until("leave", machine.reference)
    assert machine not in vcenter.machines
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        await client.read(machine.reference, "name")


async def test_a_hidden_property_is_a_missing_privilege(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[0]
    path = "config.instanceUuid"
    hidden = vcenter.hide_property(path)
    seen = await client.read(machine.reference, "name", path)
    assert seen["name"] == machine.name
    assert isinstance(seen[path], vim.fault.NoPermission)
    async with client.watch(vim.VirtualMachine, "name", path) as watch:
        updates = await watch.updates()
    assert {update.missingSet[0].path for update in updates} == {path}
    hidden.off()
    assert (await client.read(machine.reference, path)) == {path: machine.vm_id}


async def test_anything_else_can_be_set_and_a_wrong_name_is_an_error(vcenter: LabVCenter, client: Client) -> None:
    machine = vcenter.machines[0].reference
    await vcenter.admin.update(machine, {"runtime.cleanPowerOff": False})
    assert await client.read(machine, "runtime.cleanPowerOff") == {"runtime.cleanPowerOff": False}
    await vcenter.admin.update(machine, {"runtime.cleanPowerOff": None})
    assert await client.read(machine, "runtime.cleanPowerOff") == {}
    for host in (vcenter.hosts[1].reference, vcenter.hosts[0].reference):
        await vcenter.admin.update(machine, {"runtime.host": host})
        assert await client.read(machine, "runtime.host") == {"runtime.host": client.of(host)}
    with pytest.raises(ValueError, match="property not found"):
        await vcenter.admin.update(machine, {"runtime.noSuchThing": True})


async def test_a_slow_snapshot_runs_on_while_the_machine_can_be_read(
    lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = tmp_path_factory.mktemp("slow")
    async with LabVCenter(lab_ca, where, machines=1, hosts=1, snapshot_seconds=3600) as slow:
        machine = slow.machines[0]
        mine = await slow.admin.as_user(machine.reference, APPLIANCE)
        await call(mine.CreateSnapshotEx_Task, "slow", "", False, None)
        async with session(slow, lab_ca) as client:
            (task,) = await client.tasks(machine.reference)
            assert (task.state, task.progress) == ("running", None)
            assert await client.read(machine.reference, "name") == {"name": machine.name}
