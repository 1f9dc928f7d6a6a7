"""Another vCenter at the address, or one restored from a backup: the same ids mean other objects and tasks there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pyVmomi import vim

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.exposition import metrics
from tests.integration.vsphere import NoPauseClock, running, settings, until, up
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_objects import HeldTask
from tests.measured import Measured, measure

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREATE_FAILED = {"operation": "create_snapshot", "failure": "invalid_snapshot_configuration"}


@pytest_asyncio.fixture(loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path: Path) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path / "one", machines=2, hosts=1) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def other(lab_ca: LabCA, tmp_path: Path, vcenter: LabVCenter) -> AsyncIterator[LabVCenter]:
    """A vCenter of the same make, which therefore uses the same ids."""
    async with LabVCenter(lab_ca, tmp_path / "other", machines=2, hosts=1, password=vcenter.password) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def collector(vcenter: LabVCenter, tmp_path: Path) -> AsyncIterator[Collector]:
    configured = settings(vcenter, tmp_path, replication={"machines": [".*"]})
    async with running(configured, Context(NoPauseClock())) as made:
        yield made


async def same_id(task: HeldTask, other: LabVCenter) -> HeldTask:
    """A running task of the other vCenter that has the id of this one."""
    while (taken := await other.machines[1].hold_task(progress=60)).task._moId != task.task._moId:
        await taken.succeed()
    return taken


def progress(measured: Measured, vcenter: LabVCenter) -> object:
    return measured.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=vcenter.machines[1].vm_id)


async def test_a_restored_vcenter_uses_task_ids_again(
    vcenter: LabVCenter, other: LabVCenter, collector: Collector
) -> None:
    await measure(collector)
    failed = await vcenter.machines[0].hold_task()
    await measure(collector)
    await failed.fail(vim.fault.InvalidSnapshotFormat())
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_FAILURES, **CREATE_FAILED) == 1

    again = await same_id(failed, other)
    vcenter.proxy.upstream = other.proxy.upstream
    restored = await until(collector, lambda measured: up(measured) == 1)
    assert restored.reason is None
    assert progress(restored, other) == 0.6
    assert restored.value(metrics.VSPHERE_TASK_FAILURES, **CREATE_FAILED) == 1
    await again.fail(vim.fault.InvalidSnapshotFormat())
    for _ in range(2):
        assert (await measure(collector)).value(metrics.VSPHERE_TASK_FAILURES, **CREATE_FAILED) == 2


async def test_another_vcenter_has_tasks_and_a_history_of_its_own(
    vcenter: LabVCenter, other: LabVCenter, collector: Collector
) -> None:
    for machine in vcenter.machines:
        await machine.track_changes()
    await measure(collector)
    done = await vcenter.machines[0].hold_task()
    await measure(collector)
    await done.succeed()
    await vcenter.machines[1].reset_tracking()
    reset = vcenter.machines[1].vm_id
    await until(collector, lambda measured: measured.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=reset) == 1)

    again = await same_id(done, other)
    failed = await other.machines[0].hold_task()
    await failed.fail(vim.fault.InvalidSnapshotFormat())
    for machine in other.machines:
        await machine.track_changes()
    vcenter.proxy.upstream = other.proxy.upstream
    another = "<instanceUuid>another</instanceUuid>"
    vcenter.proxy.rewrite("RetrieveServiceContent", "<instanceUuid>.*?</instanceUuid>", another)
    replaced = await until(collector, lambda measured: up(measured) == 1)
    assert replaced.reason is None
    assert progress(replaced, other) == 0.6
    assert replaced.value(metrics.VSPHERE_TASK_FAILURES, **CREATE_FAILED) == 0  # it failed before we came
    for machine in other.machines:
        assert replaced.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=machine.vm_id) == 0
    await again.succeed()
