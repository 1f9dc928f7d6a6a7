"""The session with the lab's vCenter: faults, recovery, renewal and logout."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from tests.integration.vsphere import DEADLINE, machines, running, settings, until, up
from tests.lab.ca import LabCA
from tests.lab.soap_proxy import ANY
from tests.lab.vcenter import LabVCenter
from tests.measured import measure

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("no_session_remains")]


# --- vCenter fails ---


async def test_a_vcenter_that_is_down_is_refused_and_its_series_stay(vcenter: LabVCenter, collector: Collector) -> None:
    assert up(await measure(collector)) == 1
    await vcenter.proxy.refuse()
    down = await until(collector, lambda m: m.reason is Reason.REFUSED)
    assert up(down) == 0
    assert machines(down) == 4
    assert down.value(metrics.VSPHERE_HOST_CONNECTION_STATE, host=vcenter.hosts[0].name, state="connected") == 1
    await vcenter.proxy.serve()
    back = await until(collector, lambda m: up(m) == 1)
    assert (back.reason, machines(back)) == (None, 4)
    assert await vcenter.sessions() == 1


async def test_a_vcenter_that_is_down_from_the_start_is_refused(vcenter: LabVCenter, collector: Collector) -> None:
    await vcenter.proxy.refuse()
    down = await measure(collector)
    assert (down.reason, up(down), machines(down)) == (Reason.REFUSED, 0, 0)
    await vcenter.proxy.serve()
    assert up(await measure(collector)) == 1


async def test_a_vcenter_that_accepts_and_does_not_answer_is_a_timeout(
    vcenter: LabVCenter, collector: Collector
) -> None:
    await vcenter.proxy.fall_silent()
    silent = await measure(collector)
    assert (silent.reason, up(silent)) == (Reason.TIMEOUT, 0)
    await vcenter.proxy.serve()
    assert up(await measure(collector)) == 1


async def test_a_vcenter_that_stops_answering_later_is_a_timeout(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    await vcenter.proxy.fall_silent()
    silent = await until(collector, lambda m: m.reason is Reason.TIMEOUT)
    assert (up(silent), machines(silent)) == (0, 4)
    await vcenter.proxy.serve()
    await until(collector, lambda m: up(m) == 1)


async def test_a_slow_vcenter_is_a_timeout_and_its_session_is_kept(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    slow = vcenter.proxy.hold("RetrievePropertiesEx")
    late = await measure(collector)
    assert (late.reason, up(late), machines(late)) == (Reason.TIMEOUT, 0, 4)
    slow.off()
    assert up(await measure(collector)) == 1
    assert vcenter.proxy.calls["Login"] >= 1
    assert await vcenter.sessions() == 1


async def test_a_watch_whose_connection_breaks_fails_once_and_starts_again(
    vcenter: LabVCenter, collector: Collector
) -> None:
    vcenter.proxy.hang_up("WaitForUpdatesEx", times=2)
    cut = await until(collector, lambda m: m.reason is not None)
    assert (cut.reason, up(cut)) == (Reason.RESET, 0)
    back = await until(collector, lambda m: up(m) == 1)
    assert (back.reason, machines(back)) == (None, 4)
    assert await vcenter.sessions() == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="System.View"), Reason.FORBIDDEN),
        (vim.fault.InvalidState(), Reason.UNAVAILABLE),
    ],
)
async def test_a_fault_of_a_call_has_its_reason_in_one_line(
    vcenter: LabVCenter, collector: Collector, fault: Any, reason: Reason
) -> None:
    await measure(collector)
    vcenter.proxy.fail("RetrievePropertiesEx", fault, "as the test asked", times=1)
    failed = await measure(collector)
    assert (failed.reason, up(failed), machines(failed)) == (reason, 0, 4)
    assert failed.message == f"vCenter 127.0.0.1: as the test asked ({type(fault).__name__})"
    assert (await measure(collector)).reason is None


# --- renewal ---


async def test_a_session_that_expired_is_renewed_within_the_run(vcenter: LabVCenter, collector: Collector) -> None:
    before = await measure(collector)
    assert await vcenter.expire_sessions() == 1
    after = await measure(collector)
    assert (after.reason, up(after), machines(after)) == (None, 1, 4)
    assert before.value(metrics.VSPHERE_LOGINS) == 1
    assert after.value(metrics.VSPHERE_LOGINS) == 2
    assert await vcenter.sessions() == 1


async def test_updates_arrive_after_a_session_was_renewed(vcenter: LabVCenter, collector: Collector) -> None:
    await measure(collector)
    await vcenter.expire_sessions()
    await measure(collector)
    machine = vcenter.machines[0]
    await machine.need_consolidation()
    await until(collector, lambda m: m.value(metrics.VSPHERE_VM_CONSOLIDATION_NEEDED, vm_id=machine.vm_id) == 1)
    await machine.need_consolidation(needed=False)


async def test_a_machine_that_was_deleted_without_a_watch_is_gone_afterwards(
    vcenter: LabVCenter, collector: Collector
) -> None:
    machine = await vcenter.add_machine("short-lived")
    assert machines(await measure(collector)) == 5
    await vcenter.proxy.refuse()
    await until(collector, lambda m: m.reason is Reason.REFUSED)
    await vcenter.remove_machine(machine)
    await vcenter.proxy.serve()
    back = await until(collector, lambda m: up(m) == 1)
    assert machines(back) == 4


@pytest.mark.parametrize(("api_version", "asked"), [("6.7.3", False), ("8.0.3.0", False), ("9.1.0.0", True)])
async def test_properties_of_newer_releases_are_requested_only_from_those(
    lab_ca: LabCA,
    tmp_path: Path,
    api_version: str,
    asked: bool,  # noqa: FBT001
) -> None:
    async with LabVCenter(lab_ca, tmp_path / "lab", machines=1, hosts=1, api_version=api_version) as vcenter:
        async with running(settings(vcenter, tmp_path)) as collector:
            assert up(await measure(collector)) == 1
        (watched,) = [call for call in vcenter.proxy.requests if call.method == "CreateFilter"]
        assert (b"runtime.diskChainBroken" in watched.body) is asked
        assert watched.headers["SOAPAction"].strip('"') == f"urn:vim25/{api_version}"


# --- logout ---


async def test_the_session_ends_with_the_collector(vcenter: LabVCenter, tmp_path: Path) -> None:
    for _ in range(3):
        async with running(settings(vcenter, tmp_path)) as collector:
            await measure(collector)
            assert await vcenter.sessions() == 1
        assert await vcenter.sessions() == 0


async def test_failed_runs_leave_no_session_behind(vcenter: LabVCenter, tmp_path: Path) -> None:
    async with running(settings(vcenter, tmp_path)) as collector:
        for method in ("CreateContainerView", "CreateFilter", "WaitForUpdatesEx", "RetrievePropertiesEx"):
            vcenter.proxy.fail(method, vim.fault.InvalidState(), times=1)
            assert (await measure(collector)).reason is Reason.UNAVAILABLE
            assert await vcenter.sessions() <= 1
        assert up(await measure(collector)) == 1
    assert await vcenter.sessions() == 0


async def test_a_collector_that_never_ran_has_nothing_to_close(vcenter: LabVCenter, tmp_path: Path) -> None:
    vcenter.proxy.reset_counters()
    async with running(settings(vcenter, tmp_path)):
        pass
    assert not vcenter.proxy.calls


async def test_a_vcenter_that_does_not_answer_does_not_delay_the_end(vcenter: LabVCenter, tmp_path: Path) -> None:
    async with asyncio.timeout(DEADLINE):
        async with running(settings(vcenter, tmp_path, request_timeout="1h")) as collector:
            await measure(collector)
            vcenter.proxy.hold(ANY)
    vcenter.proxy.clear()
    await vcenter.expire_sessions()  # the logout got no answer
