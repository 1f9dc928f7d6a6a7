"""Answers that are not vCenter's, that do not end, or that pyvmomi cannot read."""

import time
from pathlib import Path

import pytest

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.collectors.vsphere.collector import VSphereCollector
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK
from tests.integration.vsphere import machines, running, settings, until, up, web_server
from tests.lab.ca import LabCA
from tests.lab.soap_proxy import ANY
from tests.lab.vcenter import LabVCenter
from tests.measured import measure

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("no_session_remains")]


# --- the server at the address ---


async def test_another_web_server_is_not_a_vcenter(vcenter: LabVCenter, tmp_path: Path, lab_ca: LabCA) -> None:
    async with web_server(lab_ca) as port, running(settings(vcenter, tmp_path, port=port)) as collector:
        other = await measure(collector)
    assert other.reason is Reason.PROTOCOL
    assert "is not a vCenter" in other.message


@pytest.mark.parametrize(
    ("method", "pattern", "replacement", "reason"),
    [
        ("GET", "<version>.*?</version>", "<version>1.0</version>", Reason.UNSUPPORTED),
        ("GET", "<", "", Reason.PROTOCOL),
        (
            "RetrieveServiceContent",
            "<apiType>VirtualCenter</apiType>",
            "<apiType>HostAgent</apiType>",
            Reason.UNSUPPORTED,
        ),
        ("RetrieveServiceContent", "<about>.*</about>", "<about><name>", Reason.PROTOCOL),
    ],
)
async def test_an_answer_that_is_not_a_vcenters(
    vcenter: LabVCenter, collector: Collector, method: str, pattern: str, replacement: str, reason: Reason
) -> None:
    vcenter.proxy.rewrite(method, pattern, replacement)
    assert (await measure(collector)).reason is reason


HTML = b"<!DOCTYPE html><html><head><title>Blocked</title></head><body><p>Blocked: q3J9-planted</p></body></html>"
FOREIGN = {
    "HTML": HTML,
    "broken HTML": b"<html><body><p>Blocked<br></body></html>",
    "empty": b"",
    "JSON": b"{}",
    "null": b"null",
    "another SOAP answer": b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><FooResponse/></Body></Envelope>',
    "garbage": bytes(range(256)),
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("method", ["GET", "RetrieveServiceContent", "Login"])
async def test_a_foreign_answer_at_the_login_is_a_protocol_error(
    vcenter: LabVCenter, collector: Collector, method: str, body: bytes
) -> None:
    vcenter.proxy.reset_counters()
    foreign = vcenter.proxy.respond(method, body)
    blocked = await measure(collector)
    assert (blocked.reason, up(blocked), machines(blocked)) == (Reason.PROTOCOL, 0, 0)
    assert "planted" not in blocked.message
    assert vcenter.proxy.calls[method] == 1
    assert await vcenter.sessions() == 0
    foreign.off()
    assert up(await measure(collector)) == 1


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("method", ["RetrievePropertiesEx", "WaitForUpdatesEx"])
async def test_a_foreign_answer_to_a_running_collector_is_a_protocol_error(
    vcenter: LabVCenter, collector: Collector, method: str, body: bytes
) -> None:
    assert up(await measure(collector)) == 1
    foreign = vcenter.proxy.respond(method, body)
    await vcenter.machines[0].need_consolidation()
    blocked = await until(collector, lambda measured: measured.reason is not None)
    assert (blocked.reason, up(blocked), machines(blocked)) == (Reason.PROTOCOL, 0, 4)
    assert "planted" not in blocked.message
    foreign.off()
    assert up(await until(collector, lambda measured: measured.reason is None)) == 1
    await vcenter.machines[0].need_consolidation(needed=False)
    assert await vcenter.sessions() == 1


async def test_a_watch_that_fails_within_a_run_triggers_no_other_run(
    vcenter: LabVCenter, collector: VSphereCollector
) -> None:
    foreign = vcenter.proxy.respond("WaitForUpdatesEx", HTML)
    assert (await measure(collector)).reason is Reason.PROTOCOL
    assert not collector._timer.updated
    foreign.off()
    assert (await measure(collector)).reason is None


async def test_a_foreign_answer_to_a_logout_is_not_the_end_of_the_session(
    vcenter: LabVCenter, collector: Collector
) -> None:
    await measure(collector)
    foreign = vcenter.proxy.respond("Logout", HTML)
    vcenter.proxy.hang_up("WaitForUpdatesEx", times=1)
    await vcenter.machines[0].need_consolidation()
    await until(collector, lambda measured: measured.reason is Reason.PROTOCOL)
    assert await vcenter.sessions() == 1
    foreign.off()
    assert up(await until(collector, lambda measured: measured.reason is None)) == 1
    assert await vcenter.sessions() == 1
    await vcenter.machines[0].need_consolidation(needed=False)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (302, Reason.PROTOCOL),
        (401, Reason.PROXY),
        (403, Reason.PROXY),
        (404, Reason.PROTOCOL),
        (429, Reason.THROTTLED),
        (500, Reason.UNAVAILABLE),
        (502, Reason.UNAVAILABLE),
        (503, Reason.UNAVAILABLE),
    ],
)
async def test_the_status_of_a_foreign_answer_determines_the_reason(
    vcenter: LabVCenter, collector: Collector, status: int, reason: Reason
) -> None:
    for method in ("GET", "RetrieveServiceContent", "Login", "WaitForUpdatesEx", "RetrievePropertiesEx"):
        foreign = vcenter.proxy.respond(method, HTML, status=status)
        blocked = await measure(collector)
        assert (method, blocked.reason, up(blocked)) == (method, reason, 0)
        foreign.off()
    assert up(await measure(collector)) == 1


async def test_a_watch_that_is_answered_at_once_pauses_a_second_before_the_next_call(
    vcenter: LabVCenter, tmp_path: Path
) -> None:
    async with running(settings(vcenter, tmp_path), Context(SYSTEM_CLOCK)) as collector:
        await measure(collector)
        envelope = b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>%b</Body></Envelope>'
        nothing = envelope % b'<WaitForUpdatesExResponse xmlns="urn:vim25"/>'
        vcenter.proxy.respond("WaitForUpdatesEx", nothing, content_type="text/xml")
        vcenter.proxy.reset_counters()
        await vcenter.machines[0].need_consolidation()  # ends the call that waits
        await vcenter.proxy.called("WaitForUpdatesEx", 1)
        started = time.monotonic()
        await vcenter.proxy.called("WaitForUpdatesEx", 3)
        assert time.monotonic() - started >= 1.9
        assert vcenter.proxy.calls["WaitForUpdatesEx"] == 3
    await vcenter.machines[0].need_consolidation(needed=False)


# --- answers that do not end ---


async def test_a_run_that_times_out_ends_its_call(vcenter: LabVCenter, tmp_path: Path) -> None:
    async with running(settings(vcenter, tmp_path, request_timeout="1h")) as collector:
        await measure(collector)
        dripping = vcenter.proxy.drip("RetrievePropertiesEx", 1.0)
        late = await measure(collector, timeout=0.5)
        assert (late.reason, up(late), machines(late)) == (Reason.TIMEOUT, 0, 4)
        dripping.off()
        back = await measure(collector, timeout=5)
        assert (back.reason, up(back)) == (None, 1)
        assert await vcenter.sessions() == 1


async def test_an_answer_that_drips_has_the_deadline_of_its_call(vcenter: LabVCenter, tmp_path: Path) -> None:
    async with running(settings(vcenter, tmp_path, request_timeout="1s")) as collector:
        await measure(collector)
        vcenter.proxy.drip("RetrievePropertiesEx", 0.1)
        late = await measure(collector, timeout=10)
        assert (late.reason, up(late)) == (Reason.TIMEOUT, 0)
        assert late.message.startswith(f"vCenter 127.0.0.1: no complete answer from 127.0.0.1:{vcenter.port} in 1 s")


async def test_a_server_that_drips_from_the_start_is_a_timeout(vcenter: LabVCenter, tmp_path: Path) -> None:
    async with running(settings(vcenter, tmp_path, request_timeout="1s")) as collector:
        dripping = vcenter.proxy.drip(ANY, 0.1)
        late = await measure(collector, timeout=10)
        assert (late.reason, up(late)) == (Reason.TIMEOUT, 0)
        dripping.off()
        assert up(await measure(collector)) == 1


async def test_an_answer_that_is_too_large_is_a_protocol_error(
    vcenter: LabVCenter, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    await measure(collector)
    monkeypatch.setattr("azure_migrate_exporter.collectors.vsphere.api.stub._MAX_ANSWER", 10_000)
    large = vcenter.proxy.respond("RetrievePropertiesEx", b"<a/>" * 10_000)
    assert (await measure(collector)).reason is Reason.PROTOCOL
    large.off()
    assert up(await measure(collector)) == 1


# --- values that cannot be read ---


async def test_a_value_that_the_client_does_not_know_is_a_protocol_error(
    vcenter: LabVCenter, collector: Collector
) -> None:
    await measure(collector)
    task = await vcenter.machines[0].hold_task()
    strange = vcenter.proxy.rewrite("RetrievePropertiesEx", "<state>running</state>", "<state>levitating</state>")
    failed = await measure(collector)
    assert failed.reason is Reason.PROTOCOL
    assert "levitating" in failed.message
    assert machines(failed) == 4
    strange.off()
    assert (await measure(collector)).reason is None
    await task.succeed()


async def test_an_update_that_the_client_does_not_know_is_a_protocol_error_of_its_object_alone(
    vcenter: LabVCenter, collector: Collector
) -> None:
    machine, other = vcenter.machines[:2]
    moid = machine.reference._moId
    task = await other.hold_task(progress=40)
    strange = vcenter.proxy.rewrite("WaitForUpdatesEx", f"(>{moid}</obj>.*?)>poweredOn<", r"\1>hovering<")
    partly = await measure(collector)
    assert (partly.reason, up(partly), machines(partly)) == (Reason.PROTOCOL, 1, 4)
    assert partly.message.startswith(f"runtime.powerState of VirtualMachine {moid} ({machine.name}) cannot be read: ")
    assert "hovering" in partly.message
    assert partly.value(metrics.VSPHERE_VM_INFO, vm_id=machine.vm_id, power_state="") == 1
    assert partly.value(metrics.VSPHERE_VM_INFO, vm_id=other.vm_id, power_state="poweredOn") == 1
    assert partly.value(metrics.VSPHERE_TASK_PROGRESS, vm_id=other.vm_id) == 0.4
    strange.off()
    await vcenter.expire_sessions()  # the next watch reads every value again
    sound = await measure(collector)
    assert (sound.reason, machines(sound)) == (None, 4)
    await task.succeed()


async def test_a_machine_that_cannot_be_read_does_not_hide_the_others(vcenter: LabVCenter, tmp_path: Path) -> None:
    strange, sound = vcenter.machines[:2]
    await strange.set_disk_mode("of_its_own_kind")
    for machine in (strange, sound):
        await machine.track_changes()
    vcenter.proxy.rewrite("RetrievePropertiesEx", "<diskMode>of_its_own_kind</diskMode>", "<diskMode/><key>x</key>")
    async with running(settings(vcenter, tmp_path, replication={"machines": [".*"]})) as collector:
        partly = await measure(collector)
    assert (partly.reason, up(partly)) == (Reason.PROTOCOL, 1)
    assert strange.reference._moId in partly.message
    assert partly.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=sound.vm_id) == 0
    assert partly.value(metrics.VSPHERE_VM_CBT_RESETS, vm_id=strange.vm_id) is None
    await strange.set_disk_mode("persistent")
