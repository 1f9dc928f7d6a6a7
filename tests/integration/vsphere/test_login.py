"""Logins at the lab's vCenter: trust, passwords, and logins without an answer."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.reasons import Reason
from tests.clock import FakeClock
from tests.integration.vsphere import DEADLINE, running, settings, up, web_server
from tests.lab.ca import LabCA
from tests.lab.soap_proxy import ANY, Answer, Call, Forward
from tests.lab.vcenter import LabVCenter
from tests.measured import measure

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("no_session_remains")]


# --- passwords ---


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


async def test_a_run_that_is_cut_short_leaves_no_second_session(vcenter: LabVCenter, collector: Collector) -> None:
    slow = vcenter.proxy.delay("Login", 1.0)
    late = await measure(collector, timeout=0.5)
    assert (late.reason, up(late)) == (Reason.TIMEOUT, 0)
    slow.off()
    assert up(await measure(collector)) == 1
    assert await vcenter.sessions() == 1


# --- logins without an answer ---


async def test_a_login_that_takes_longer_than_a_run_is_used_by_the_next_one(
    vcenter: LabVCenter, tmp_path: Path
) -> None:
    vcenter.proxy.reset_counters()
    slow = vcenter.proxy.delay("Login", 3.0)
    async with running(settings(vcenter, tmp_path, request_timeout="2s")) as collector:
        for _ in range(2):
            late = await measure(collector, timeout=0.5)
            assert (late.reason, up(late)) == (Reason.TIMEOUT, 0)
        back = await measure(collector)
        assert (back.reason, up(back), back.value(metrics.VSPHERE_LOGINS)) == (None, 1, 1)
        assert vcenter.proxy.calls["Login"] == 1
        assert await vcenter.sessions() == 1
    slow.off()


async def test_a_login_that_outlives_its_collector_is_followed_by_a_logout(
    vcenter: LabVCenter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("azure_migrate_exporter.collectors.vsphere.collector._LOGOUT_TIMEOUT", 0.1)
    vcenter.proxy.reset_counters()
    vcenter.proxy.delay("Login", 2.5)
    async with running(settings(vcenter, tmp_path, request_timeout="2s")) as collector:
        assert (await measure(collector, timeout=0.5)).reason is Reason.TIMEOUT
    async with asyncio.timeout(DEADLINE):
        await vcenter.proxy.called("Logout")
        while await vcenter.sessions():  # noqa: ASYNC110 - the simulator does not announce the end of a session
            await asyncio.sleep(0)


async def test_a_login_without_an_answer_is_not_repeated_for_minutes(vcenter: LabVCenter, tmp_path: Path) -> None:
    clock = FakeClock()
    vcenter.proxy.reset_counters()
    lost = vcenter.proxy.lose_answer("Login")
    async with running(settings(vcenter, tmp_path), Context(clock)) as collector:
        first = await measure(collector)
        assert (first.reason, up(first)) == (Reason.RESET, 0)
        for _ in range(5):
            again = await measure(collector)
            assert again.reason is Reason.RESET
            assert again.message.startswith(f"the login of exporter@lab at 127.0.0.1:{vcenter.port} got no answer; ")
        assert vcenter.proxy.calls["Login"] == 1
        assert await vcenter.sessions() == 1  # its cookie is lost
        lost.off()
        await clock.advance(301)
        assert up(await measure(collector)) == 1
        assert await vcenter.sessions() == 2
    assert await vcenter.expire_sessions() == 1


@pytest.mark.parametrize("drip", [False, True])
async def test_a_login_has_a_deadline_of_its_own(
    vcenter: LabVCenter,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    drip: bool,  # noqa: FBT001
) -> None:
    monkeypatch.setattr("azure_migrate_exporter.collectors.vsphere.api.session.LOGIN_TIMEOUT", 1.5)
    vcenter.proxy.reset_counters()
    silent = vcenter.proxy.drip("Login", 0.2) if drip else vcenter.proxy.hold("Login")
    async with running(settings(vcenter, tmp_path, request_timeout="1s")) as collector:
        started = time.monotonic()
        late = await measure(collector)
        assert (late.reason, up(late)) == (Reason.TIMEOUT, 0)
        assert 1.5 <= time.monotonic() - started < 10.0
        assert (await measure(collector)).reason is Reason.TIMEOUT
        assert vcenter.proxy.calls["Login"] == 1
    silent.off()
    await vcenter.expire_sessions()


async def test_a_login_whose_answer_is_lost_is_ended_with_the_cookie_of_an_earlier_answer(
    vcenter: LabVCenter, collector: Collector
) -> None:
    """As VMware's programming guide describes it, the first answer of vCenter carries the cookie of the session."""
    early_cookie(vcenter)
    lost = vcenter.proxy.lose_answer("Login")
    assert (await measure(collector)).reason is Reason.RESET
    assert vcenter.proxy.calls["Logout"] == 1
    assert await vcenter.sessions() == 0
    lost.off()


async def test_a_login_whose_answer_cannot_be_read_leaves_no_session(vcenter: LabVCenter, collector: Collector) -> None:
    strange = vcenter.proxy.rewrite("Login", "<loginTime>.*?</loginTime>", "<loginTime>noon</loginTime>")
    for _ in range(3):
        unreadable = await measure(collector)
        assert (unreadable.reason, up(unreadable)) == (Reason.PROTOCOL, 0)
        assert await vcenter.sessions() == 0
    strange.off()
    assert up(await measure(collector)) == 1


def early_cookie(vcenter: LabVCenter) -> None:
    """Give the cookie of a session with the answer to RetrieveServiceContent, and not with that to Login."""
    name, cookies = "vmware_soap_session=early", dict[str, str]()

    async def translate(call: Call, forward: Forward) -> Answer:
        answer = await forward(replace(call, headers={**call.headers, "Cookie": cookies.get("session", "")}))
        headers = dict(answer.headers)
        if "Set-Cookie" in headers:
            cookies["session"] = headers.pop("Set-Cookie").partition(";")[0]
        if call.method == "RetrieveServiceContent":
            headers["Set-Cookie"] = f"{name}; Path=/; HttpOnly; Secure"
        return replace(answer, headers=headers)

    vcenter.proxy.switch(ANY, translate)


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
