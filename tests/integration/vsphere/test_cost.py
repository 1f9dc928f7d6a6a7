"""The cost of watching a vCenter: number of calls, what they request, and which blocks stay unchanged."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pyVmomi import vmodl

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from tests.clock import FakeClock
from tests.integration.vsphere import running, settings, until
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import BACKUP
from tests.measured import measure

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=250, hosts=4) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def collector(vcenter: LabVCenter, tmp_path: Path) -> AsyncIterator[Collector]:
    async with running(settings(vcenter, tmp_path)) as made:
        yield made


async def blocks_of(collector: Collector) -> tuple[Block, ...]:
    out = Measurements()
    await collector.collect(out)
    return out.blocks()


async def test_an_idle_minute_is_one_call_for_each_run_and_one_that_waits(
    vcenter: LabVCenter, collector: Collector
) -> None:
    """Six runs a minute at the default interval: seven calls, while the machines are 250."""
    await measure(collector)
    vcenter.proxy.reset_counters()
    for _ in range(6):
        await measure(collector)
    assert vcenter.proxy.calls["RetrievePropertiesEx"] == 6
    assert vcenter.proxy.calls["WaitForUpdatesEx"] <= 1  # the one that waits now may have begun meanwhile
    assert set(vcenter.proxy.calls) <= {"RetrievePropertiesEx", "WaitForUpdatesEx"}


async def test_the_server_may_wait_for_a_minute(vcenter: LabVCenter, collector: Collector) -> None:
    vcenter.proxy.reset_counters()
    await measure(collector)
    waits = [call.body for call in vcenter.proxy.requests if call.method == "WaitForUpdatesEx"]
    assert len(waits) >= 3  # 250 machines come in pages of 100
    assert all(b"<maxWaitSeconds>60</maxWaitSeconds>" in body for body in waits)


async def test_a_run_without_changes_exports_the_same_blocks(collector: Collector) -> None:
    before = await blocks_of(collector)
    assert await blocks_of(collector) is before


async def test_a_change_rebuilds_one_block(vcenter: LabVCenter, collector: Collector) -> None:
    before = set(await blocks_of(collector))
    machine = vcenter.machines[100]
    await machine.need_consolidation()
    await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, vm_id=machine.vm_id) == 1)
    assert len(set(await blocks_of(collector)) - before) == 1


async def test_disks_are_read_only_of_machines_that_hold_snapshots(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    vcenter.proxy.reset_counters()
    machine = vcenter.machines[7]
    snapshot = await machine.take_snapshot()
    await until(collector, lambda m: m.value(metrics.VSPHERE_VM_INVALID_SNAPSHOT_DISKS, vm_id=machine.vm_id) == 0)
    for _ in range(3):
        await measure(collector)
    asked = [call.body.decode() for call in vcenter.proxy.requests if "config.hardware.device" in str(call.body)]
    objects = [re.findall(r"<obj type=\"(\w+)\">([\w-]+)</obj>", body) for body in asked]
    assert objects
    assert all(found[0] == ("VirtualMachine", machine.reference._moId) for found in objects)
    assert [("VirtualMachineSnapshot", snapshot._moId)] == objects[-1][1:]
    assert len(objects) <= 2  # the snapshot and the new version of the configuration may arrive one after the other


async def test_a_task_of_another_kind_is_read_once(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    task = await vcenter.machines[8].hold_task("VirtualMachine.relocate", user=BACKUP)
    vcenter.proxy.reset_counters()
    for _ in range(3):
        await measure(collector)
    assert vcenter.proxy.calls["RetrievePropertiesEx"] == 4
    assert vcenter.proxy.calls["CurrentTime"] == 0
    await task.succeed()


async def test_a_task_that_begins_triggers_a_run(vcenter: LabVCenter, collector: Collector) -> None:
    """Without a poll before: the watch says so."""
    machine = vcenter.machines[9]
    await measure(collector)
    vcenter.proxy.reset_counters()
    task = await machine.hold_task(progress=50)
    await collector.news()
    assert vcenter.proxy.calls["RetrievePropertiesEx"] == 0
    await until(collector, lambda m: m.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=machine.vm_id) == 0.5)
    await task.succeed()


async def test_while_no_task_runs_only_the_interval_triggers_a_poll(vcenter: LabVCenter, tmp_path: Path) -> None:
    clock = FakeClock()
    async with running(settings(vcenter, tmp_path), Context(clock=clock)) as collector:
        await measure(collector)
        news = asyncio.create_task(collector.news())
        await clock.advance(3600)
        assert not news.done()
        news.cancel()


async def test_while_a_task_runs_it_is_polled_within_three_seconds(vcenter: LabVCenter, tmp_path: Path) -> None:
    clock = FakeClock()
    task = await vcenter.machines[9].hold_task(progress=50)
    async with running(settings(vcenter, tmp_path), Context(clock=clock)) as collector:
        await measure(collector)
        for _ in range(3):
            vcenter.proxy.reset_counters()
            news = asyncio.create_task(collector.news())
            await clock.advance(3)
            await news
            await measure(collector)
            assert vcenter.proxy.calls["RetrievePropertiesEx"] == 2, "the list, and the details of the running task"
    await task.succeed()


async def test_a_vcenter_without_updates_of_tasks_is_polled_each_interval(vcenter: LabVCenter, tmp_path: Path) -> None:
    vcenter.proxy.fail("CreateCollectorForTasks", vmodl.fault.NotSupported(), times=1)
    async with running(settings(vcenter, tmp_path)) as collector:
        assert (await measure(collector)).reason is None
        task = await vcenter.machines[9].hold_task(progress=50)
        measured = await measure(collector)
        assert measured.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=vcenter.machines[9].vm_id) == 0.5
        await task.succeed()
