"""The session with the lab's vCenter: trust, login, faults, recovery and logout."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from pyVmomi import vim

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.integration.vsphere import DEADLINE, running, settings, until
from tests.lab.ca import LabCA
from tests.lab.soap_proxy import ANY
from tests.lab.vcenter import LabVCenter
from tests.measured import Measured, measure

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=4, hosts=2) as started:
        yield started


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _no_session_remains(vcenter: LabVCenter) -> AsyncIterator[None]:
    """After each test the account has no session on the server."""
    yield
    vcenter.proxy.clear()
    assert await vcenter.sessions() == 0


@pytest_asyncio.fixture(loop_scope="module")
async def collector(vcenter: LabVCenter, tmp_path: Path) -> AsyncIterator[Collector]:
    async with running(settings(vcenter, tmp_path, request_timeout="2s")) as made:
        yield made


def up(measured: Measured) -> object:
    return measured.value(metrics.VCENTER_UP, vcenter="lab")


def machines(measured: Measured) -> int:
    return len([metric for metric, _ in measured.samples if metric is metrics.VSPHERE_VM_INFO])


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


async def test_a_run_that_is_cut_short_leaves_no_second_session(vcenter: LabVCenter, collector: Collector) -> None:
    slow = vcenter.proxy.delay("Login", 1.0)
    late = await measure(collector, timeout=0.5)
    assert (late.reason, up(late)) == (Reason.TIMEOUT, 0)
    slow.off()
    assert up(await measure(collector)) == 1
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


async def test_an_update_that_the_client_does_not_know_is_a_protocol_error(
    vcenter: LabVCenter, collector: Collector
) -> None:
    strange = vcenter.proxy.rewrite("WaitForUpdatesEx", ">poweredOn<", ">hovering<")
    failed = await measure(collector)
    assert (failed.reason, up(failed)) == (Reason.PROTOCOL, 0)
    assert "hovering" in failed.message
    strange.off()
    assert machines(await measure(collector)) == 4


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


# --- login ---


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


async def test_a_wrong_password_is_unauthenticated_and_not_tried_repeatedly(
    vcenter: LabVCenter, tmp_path: Path
) -> None:
    clock = FakeClock()
    configured = settings(vcenter, tmp_path)
    (tmp_path / "password").write_text("mistyped")
    vcenter.proxy.reset_counters()
    async with running(configured, Context(clock)) as collector:
        wrong = await measure(collector)
        assert (wrong.reason, up(wrong)) == (Reason.UNAUTHENTICATED, 0)
        assert "exporter@lab" in wrong.message
        assert "mistyped" not in wrong.message
        assert (await measure(collector)).reason is Reason.UNAUTHENTICATED
        assert vcenter.proxy.calls["Login"] == 1
        await clock.advance(301)
        assert (await measure(collector)).reason is Reason.UNAUTHENTICATED
        assert vcenter.proxy.calls["Login"] == 2
        (tmp_path / "password").write_text(vcenter.password)
        assert up(await measure(collector)) == 1


async def test_a_password_file_that_is_missing_is_named(vcenter: LabVCenter, tmp_path: Path) -> None:
    async with running(settings(vcenter, tmp_path, password={"file": tmp_path / "none"})) as collector:
        missing = await measure(collector)
    assert missing.reason is Reason.UNAUTHENTICATED
    assert str(tmp_path / "none") in missing.message


async def test_an_account_without_a_role_is_forbidden(vcenter: LabVCenter, collector: Collector) -> None:
    folder = vim.Folder("group-d1")
    vcenter.proxy.fail("Login", vim.fault.NoPermission(object=folder, privilegeId="System.View"), times=1)
    denied = await measure(collector)
    assert denied.reason is Reason.FORBIDDEN
    assert "Read-only" in denied.message


# --- trust ---


@pytest.mark.parametrize(
    ("trust", "message"),
    [
        ({"ca_file": None}, "does not verify"),
        ({"ca_file": None, "certificate_file": "another"}, "another certificate"),
        ({"ca_file": "nowhere.pem"}, "nowhere.pem"),
        ({"ca_file": None, "certificate_file": "password"}, "no PEM certificate"),
    ],
)
async def test_a_certificate_that_is_not_trusted_is_a_tls_error(
    vcenter: LabVCenter, lab_ca: LabCA, tmp_path: Path, trust: dict[str, Any], message: str
) -> None:
    files = {
        "another": lab_ca.issue("another").chain,
        "password": tmp_path / "password",
        "nowhere.pem": tmp_path / "nowhere.pem",
    }
    vcenter.proxy.reset_counters()
    written = {key: files[value] if value else None for key, value in trust.items()}
    async with running(settings(vcenter, tmp_path, **written)) as collector:
        untrusted = await measure(collector)
    assert (untrusted.reason, up(untrusted)) == (Reason.TLS, 0)
    assert message in untrusted.message
    assert not vcenter.proxy.calls


async def test_a_name_that_the_certificate_does_not_have_is_a_tls_error(
    vcenter: LabVCenter, tmp_path: Path, lab_ca: LabCA
) -> None:
    async with (
        web_server(lab_ca, "elsewhere.example") as port,
        running(settings(vcenter, tmp_path, port=port)) as collector,
    ):
        elsewhere = await measure(collector)
    assert elsewhere.reason is Reason.TLS
    assert "does not verify" in elsewhere.message


@pytest.mark.parametrize("trust", ["certificate_file", "insecure_skip_verify"])
async def test_a_pinned_certificate_is_accepted_and_so_is_any_if_asked(
    vcenter: LabVCenter, tmp_path: Path, trust: str
) -> None:
    how = {"certificate_file": vcenter.certificate, "insecure_skip_verify": True}
    async with running(settings(vcenter, tmp_path, ca_file=None, **{trust: how[trust]})) as collector:
        assert up(await measure(collector)) == 1


@pytest.mark.parametrize(("address", "reason"), [("no-such-host.invalid", Reason.DNS), ("a..b", Reason.DNS)])
async def test_a_name_that_does_not_resolve(vcenter: LabVCenter, tmp_path: Path, address: str, reason: Reason) -> None:
    async with running(settings(vcenter, tmp_path, address=address)) as collector:
        assert (await measure(collector)).reason is reason


# --- the server at the address ---


@asynccontextmanager
async def web_server(ca: LabCA, *identities: str) -> AsyncIterator[int]:
    """The port of a web server without pages."""
    server = web.AppRunner(web.Application())
    await server.setup()
    site = web.TCPSite(server, "127.0.0.1", 0, ssl_context=ca.issue("web", *identities).server_context())
    await site.start()
    try:
        yield server.addresses[0][1]
    finally:
        await server.cleanup()


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
