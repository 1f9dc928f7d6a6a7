"""Faults that vCenter reports, and faults of vCenter itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from azure_migrate_exporter.reasons import Reason
from tests.lab.faults.fault import Fault
from tests.lab.soap_proxy import ANY

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter


@asynccontextmanager
async def _snapshot_stuck(center: "DataCenter") -> AsyncIterator[None]:
    task = await center.vcenter.machines[0].hold_task(progress=95)
    yield
    await task.succeed()


@asynccontextmanager
async def _consolidation_needed(center: "DataCenter") -> AsyncIterator[None]:
    machine = center.vcenter.machines[1]
    await machine.need_consolidation()
    yield
    await machine.need_consolidation(needed=False)


@asynccontextmanager
async def _tracking_reset(center: "DataCenter") -> AsyncIterator[None]:
    await center.vcenter.machines[2].reset_tracking()
    yield


@asynccontextmanager
async def _tracking_off(center: "DataCenter") -> AsyncIterator[None]:
    machine = center.vcenter.machines[3]
    await machine.track_changes(on=False)
    yield
    await machine.track_changes()


@asynccontextmanager
async def _nfc_full(center: "DataCenter") -> AsyncIterator[None]:
    """Eight disks of a machine replicate at once: eight times 4 MiB is the whole buffer of its host.

    The machine that Azure's faults affect is on that host too.
    """
    machine = center.vcenter.machines[6]
    await machine.set_disk_count(8)
    await machine.take_snapshot()
    yield
    await machine.remove_snapshots()
    await machine.set_disk_count(1)


@asynccontextmanager
async def _snapshot_without_size(center: "DataCenter") -> AsyncIterator[None]:
    machine = center.vcenter.machines[5]
    snapshot = await machine.take_snapshot()
    await machine.set_snapshot_capacity(snapshot, 0)
    yield
    await machine.remove_snapshots()


@asynccontextmanager
async def _datastore_nearly_full(center: "DataCenter") -> AsyncIterator[None]:
    datastore = center.vcenter.datastores[0]
    await datastore.set_free_space(datastore.capacity // 50)
    yield
    await datastore.set_free_space(datastore.capacity)


@asynccontextmanager
async def _host_not_responding(center: "DataCenter") -> AsyncIterator[None]:
    host = center.vcenter.hosts[0]
    await host.set_connection_state("notResponding")
    yield
    await host.set_connection_state("connected")


@asynccontextmanager
async def _vcenter_down(center: "DataCenter") -> AsyncIterator[None]:
    await center.vcenter.proxy.refuse()
    yield
    await center.vcenter.proxy.serve()


@asynccontextmanager
async def _vcenter_silent(center: "DataCenter") -> AsyncIterator[None]:
    await center.vcenter.proxy.fall_silent()
    yield
    await center.vcenter.proxy.serve()


@asynccontextmanager
async def _vcenter_slow(center: "DataCenter") -> AsyncIterator[None]:
    delay = center.vcenter.proxy.delay(ANY, 1.0)
    yield
    delay.off()


@asynccontextmanager
async def _session_expired(center: "DataCenter") -> AsyncIterator[None]:
    await center.vcenter.expire_sessions()
    yield


FAULTS: Final = (
    Fault(
        "esxi-not-responding",
        "vCenter",
        "vCenter has lost an ESXi host",
        'azure_migrate_vsphere_host_connection_state{state="notResponding"} == 1',
        "vsphere",
        None,
        _host_not_responding,
    ),
    Fault(
        "snapshot-stuck",
        "vCenter",
        "the creation of a snapshot hangs at 95 %",
        'azure_migrate_vsphere_task_stalled{operation="create_snapshot"} == 1',
        "vsphere",
        None,
        _snapshot_stuck,
    ),
    Fault(
        "snapshot-without-size",
        "vCenter",
        "the disks of a snapshot have size zero",
        "azure_migrate_vsphere_vm_invalid_snapshot_disks > 0",
        "vsphere",
        None,
        _snapshot_without_size,
    ),
    Fault(
        "consolidation-needed",
        "vCenter",
        "a machine's disks need consolidation",
        "azure_migrate_vsphere_vm_consolidation_needed == 1",
        "vsphere",
        None,
        _consolidation_needed,
    ),
    Fault(
        "cbt-reset",
        "vCenter",
        "changed block tracking of a machine is reset",
        "increase(azure_migrate_vsphere_vm_cbt_resets_total[1m]) > 0",
        "vsphere",
        None,
        _tracking_reset,
        passes=True,
    ),
    Fault(
        "cbt-off",
        "vCenter",
        "changed block tracking of a machine is off",
        "azure_migrate_vsphere_vm_cbt_enabled == 0",
        "vsphere",
        None,
        _tracking_off,
    ),
    Fault(
        "nfc-full",
        "vCenter",
        "so many disks replicate from one ESXi host that its NFC buffer is full",
        "azure_migrate_nfc_buffer_used_bytes >= azure_migrate_nfc_buffer_capacity_bytes",
        "vsphere",
        None,
        _nfc_full,
    ),
    Fault(
        "datastore-nearly-full",
        "vCenter",
        "a datastore has 2 % free",
        "azure_migrate_datastore_free_bytes / azure_migrate_datastore_capacity_bytes < 0.05",
        "vsphere",
        None,
        _datastore_nearly_full,
    ),
    Fault(
        "vcenter-down",
        "vCenter",
        "vCenter refuses connections",
        "azure_migrate_vcenter_up == 0",
        "vsphere",
        Reason.REFUSED,
        _vcenter_down,
    ),
    Fault(
        "vcenter-silent",
        "vCenter",
        "vCenter accepts connections and never answers",
        "azure_migrate_vcenter_up == 0",
        "vsphere",
        Reason.TIMEOUT,
        _vcenter_silent,
    ),
    Fault(
        "vcenter-slow",
        "vCenter",
        "vCenter takes a second for each call",
        'azure_migrate_collector_duration_seconds{collector="vsphere"} > 1',
        "vsphere",
        None,
        _vcenter_slow,
    ),
)
