"""Snapshot and consolidation tasks of the lab's vCenter, as the collector exports them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pyVmomi import vim
from structlog.testing import capture_logs

from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from tests.integration.vsphere import running, settings
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import APPLIANCE, BACKUP
from tests.measured import measure

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=6, hosts=2) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def collector(vcenter: LabVCenter, tmp_path: Path) -> AsyncIterator[Collector]:
    """Every task whose progress does not change between two runs counts as stalled."""
    at_once = {"stalled_after": "1ms", "stalled_near_end_after": "1ms"}
    async with running(settings(vcenter, tmp_path, tasks=at_once)) as made:
        yield made


async def test_a_snapshot_that_hangs_at_95_percent_is_stalled_until_it_proceeds(
    vcenter: LabVCenter, collector: Collector
) -> None:
    machine = vcenter.machines[0]
    task = await machine.hold_task(progress=95)
    labels = {"vcenter": "lab", "vm": machine.name, "vm_id": machine.vm_id, "operation": "create_snapshot"}
    first = await measure(collector)
    assert first.reason is None
    assert first.value(metrics.VSPHERE_TASK_PROGRESS, **labels) == 0.95
    assert first.value(metrics.VSPHERE_TASK_STALLED, **labels) == 0
    hung = await measure(collector)
    assert hung.value(metrics.VSPHERE_TASK_STALLED, **labels) == 1
    moved = hung.value(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, **labels)
    assert moved == first.value(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, **labels)
    await task.advance(99)
    later = await measure(collector)
    assert later.value(metrics.VSPHERE_TASK_PROGRESS, **labels) == 0.99
    assert later.value(metrics.VSPHERE_TASK_STALLED, **labels) == 0
    assert later.value(metrics.VSPHERE_TASK_LAST_PROGRESS_TIMESTAMP, **labels) != moved
    await task.succeed()
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_STALLED, vm_id=machine.vm_id) is None


async def test_a_task_that_waits_in_the_queue_is_stalled_and_has_no_progress(
    vcenter: LabVCenter, collector: Collector
) -> None:
    machine = vcenter.machines[1]
    task = await machine.hold_task("VirtualMachine.consolidateDisks", queued=True)
    await measure(collector)
    waiting = await measure(collector)
    labels = {"vm_id": machine.vm_id, "operation": "consolidate_disks"}
    assert waiting.value(metrics.VSPHERE_TASK_STALLED, **labels) == 1
    assert waiting.value(metrics.VSPHERE_TASK_PROGRESS, **labels) is None
    assert waiting.value(metrics.VSPHERE_TASK_START_TIMESTAMP, **labels) is not None
    await task.succeed()


async def test_a_running_task_that_reports_no_progress_is_not_stalled(
    vcenter: LabVCenter, collector: Collector
) -> None:
    machine = vcenter.machines[1]
    task = await machine.hold_task("VirtualMachine.removeAllSnapshots", progress=None)
    await measure(collector)
    silent = await measure(collector)
    labels = {"vm_id": machine.vm_id, "operation": "remove_snapshot"}
    assert silent.value(metrics.VSPHERE_TASK_STALLED, **labels) == 0
    assert silent.value(metrics.VSPHERE_TASK_PROGRESS, **labels) is None
    await task.succeed()


@pytest.mark.parametrize(
    ("operation", "description_id", "fault", "failure"),
    [
        ("create_snapshot", "VirtualMachine.createSnapshotEx", "busy", "another_task_in_progress"),
        ("create_snapshot", "VirtualMachine.createSnapshot", "format", "invalid_snapshot_configuration"),
        ("remove_snapshot", "vm.Snapshot.remove", "power", "operation_not_allowed"),
        ("consolidate_disks", "VirtualMachine.consolidateDisks", "locked", "consolidate_disks_failed"),
        ("create_snapshot", "VirtualMachine.createSnapshot", "tools", "unknown"),
    ],
)
async def test_a_task_that_ends_with_a_fault_is_counted_once(
    vcenter: LabVCenter, collector: Collector, operation: str, description_id: str, fault: str, failure: str
) -> None:
    labels = {"vcenter": "lab", "operation": operation, "failure": failure}
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_FAILURES, **labels) == 0
    other = await vcenter.machines[2].hold_task("VirtualMachine.relocate", user=BACKUP)
    task = await vcenter.machines[2].hold_task(description_id)
    await measure(collector)
    faults = {
        "busy": vim.fault.TaskInProgress(task=other.task),
        "format": vim.fault.InvalidSnapshotFormat(),
        "power": vim.fault.InvalidPowerState(existingState="poweredOff", requestedState="poweredOn"),
        "locked": vim.fault.FileLocked(file="[ds] web/web.vmdk"),
        "tools": vim.fault.ToolsUnavailable(),
    }
    await task.fail(faults[fault])
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_FAILURES, **labels) == 1
    after = await measure(collector)
    assert after.value(metrics.VSPHERE_TASK_FAILURES, **labels) == 1
    counted = [value for (metric, _), value in after.samples.items() if metric is metrics.VSPHERE_TASK_FAILURES]
    assert sum(counted) == 1  # type: ignore[arg-type]
    await other.succeed()


async def test_a_failure_before_the_first_run_is_not_counted_again_after_a_restart(
    vcenter: LabVCenter, collector: Collector
) -> None:
    task = await vcenter.machines[3].hold_task()
    await task.fail(vim.fault.InvalidSnapshotFormat())
    labels = {"operation": "create_snapshot", "failure": "invalid_snapshot_configuration"}
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_FAILURES, **labels) == 0


async def test_tasks_of_other_kinds_have_no_series(vcenter: LabVCenter, collector: Collector) -> None:
    task = await vcenter.machines[4].hold_task("VirtualMachine.relocate", user=BACKUP)
    measured = await measure(collector)
    assert measured.value(metrics.VSPHERE_TASK_STALLED, vm_id=vcenter.machines[4].vm_id) is None
    await task.succeed()


async def test_tasks_are_polled_and_never_watched(vcenter: LabVCenter, collector: Collector) -> None:
    vcenter.proxy.reset_counters()
    await measure(collector)
    filters = [call.body for call in vcenter.proxy.requests if call.method == "CreateFilter"]
    assert len(filters) == 1
    assert b"recentTask" not in filters[0]
    assert b">Task<" not in filters[0]


async def test_a_cancelled_task_is_no_failure(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    task = await vcenter.machines[5].hold_task()
    await measure(collector)
    await task.cancel()
    after = await measure(collector)
    counted = [value for (metric, _), value in after.samples.items() if metric is metrics.VSPHERE_TASK_FAILURES]
    assert sum(counted) == 0  # type: ignore[arg-type]
    assert after.value(metrics.VSPHERE_TASK_STALLED, vm_id=vcenter.machines[5].vm_id) is None


async def test_an_undocumented_fault_is_one_line_in_the_log(vcenter: LabVCenter, collector: Collector) -> None:
    machine = vcenter.machines[5]
    await measure(collector)
    task = await machine.hold_task()
    await measure(collector)
    message = "the guest said:\nno password=q3J9-planted today"
    await task.fail(vim.fault.ToolsUnavailable(msg=message, faultMessage=[]))
    with capture_logs() as logs:
        for _ in range(2):
            await measure(collector)
    (line,) = [entry for entry in logs if entry["event"] == "task failed with an undocumented fault"]
    assert (line["log_level"], line["vcenter"], line["operation"]) == ("warning", "lab", "create_snapshot")
    assert (line["vm"], line["vm_id"], line["user"]) == (machine.name, machine.vm_id, APPLIANCE)
    assert line["fault"] == "vim.fault.ToolsUnavailable"
    assert "\n" not in line["error"]
    assert "planted" not in line["error"]


# --- ends that vCenter no longer lists ---


async def test_a_running_task_that_is_no_longer_listed_is_followed_by_its_id(
    vcenter: LabVCenter, collector: Collector
) -> None:
    task = await vcenter.machines[0].hold_task(progress=50)
    await measure(collector)
    await vcenter.clear_recent_tasks()
    running = await measure(collector)
    assert running.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=vcenter.machines[0].vm_id) == 0.5
    await task.fail(vim.fault.InvalidSnapshotFormat())
    labels = {"operation": "create_snapshot", "failure": "invalid_snapshot_configuration"}
    for _ in range(2):
        after = await measure(collector)
        assert after.value(metrics.VSPHERE_TASK_FAILURES, **labels) == 1
        assert after.value(metrics.VSPHERE_TASK_GAPS) == 0
    assert after.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=vcenter.machines[0].vm_id) is None


async def test_a_running_task_that_vanished_and_two_hundred_new_ones_are_gaps(
    vcenter: LabVCenter, collector: Collector
) -> None:
    task = await vcenter.machines[0].hold_task()
    moid = task.task._moId
    await measure(collector)
    vanished = vcenter.proxy.rewrite("RetrievePropertiesEx", f'<objects><obj type="Task">{moid}</obj>.*?</objects>', "")
    hidden = vcenter.proxy.rewrite("RetrievePropertiesEx", f"<ManagedObjectReference [^>]*>{moid}</Managed.*?>", "")
    first = await measure(collector)
    assert (first.reason, first.value(metrics.VSPHERE_TASK_GAPS)) == (None, 1)
    hidden.off()
    vanished.off()
    await task.succeed()
    many = "".join(
        f'<ManagedObjectReference type="Task" xsi:type="ManagedObjectReference">task-{n}</ManagedObjectReference>'
        for n in range(100_000, 100_200)
    )
    listed = r"(<name>recentTask</name><val [^>]*>).*?(</val>)"
    flood = vcenter.proxy.rewrite("RetrievePropertiesEx", listed, rf"\g<1>{many}\g<2>", times=1)
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_GAPS) == 2
    flood.off()
    assert (await measure(collector)).value(metrics.VSPHERE_TASK_GAPS) == 2


# --- privileges ---


@pytest.mark.parametrize(
    ("path", "place"), [("recentTask", "TaskManager"), ("info.descriptionId", "task-"), ("info", "task-")]
)
async def test_tasks_that_we_may_not_read_are_forbidden(
    vcenter: LabVCenter, collector: Collector, path: str, place: str
) -> None:
    task = await vcenter.machines[0].hold_task()
    hidden = vcenter.hide_property(path)
    denied = await measure(collector)
    assert denied.reason is Reason.FORBIDDEN
    assert denied.message.startswith(f"{path} of {place}")
    assert "System.Read on group-d1 is missing" in denied.message
    assert "the role Read-only on the vCenter itself" in denied.message
    assert denied.value(metrics.VCENTER_UP) == 1
    assert denied.value(metrics.VSPHERE_VM_INFO, vm_id=vcenter.machines[0].vm_id) == 1
    hidden.off()
    allowed = await measure(collector)
    assert allowed.reason is None
    assert allowed.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=vcenter.machines[0].vm_id) == 0.95
    await task.succeed()
