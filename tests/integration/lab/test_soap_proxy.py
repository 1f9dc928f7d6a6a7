"""The lab's vCenter checks accounts as a real one does, and its proxy injects faults, as a pyvmomi client sees it."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest
import pytest_asyncio
from pyVmomi import vim, vmodl

from tests.integration.vsphere.client import Client, session
from tests.lab.ca import LabCA
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import ADMINISTRATOR

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def vcenter(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LabVCenter]:
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("vcenter"), machines=4, hosts=2) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(vcenter: LabVCenter, lab_ca: LabCA) -> AsyncIterator[Client]:
    async with session(vcenter, lab_ca) as connected:
        yield connected
        vcenter.proxy.clear()


async def server_time(client: Client) -> Any:
    return await asyncio.to_thread(client.instance.CurrentTime)


# --- access ---


async def test_the_certificate_is_verified(vcenter: LabVCenter, lab_ca: LabCA) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        async with session(vcenter, lab_ca, sslContext=ssl.create_default_context()):
            pass


@pytest.mark.parametrize("wrong", [{"pwd": "wrong"}, {"user": "unknown@lab"}])
async def test_a_wrong_login_is_refused(vcenter: LabVCenter, lab_ca: LabCA, wrong: dict[str, str]) -> None:
    with pytest.raises(vim.fault.InvalidLogin):
        async with session(vcenter, lab_ca, **wrong):
            pass


async def test_the_exporter_may_read_but_not_act(vcenter: LabVCenter, lab_ca: LabCA, client: Client) -> None:
    machine = vcenter.machines[0].reference
    assert await client.read(machine, "name") == {"name": "server-01"}
    with pytest.raises(vim.fault.NoPermission):
        await asyncio.to_thread(client.of(machine).RemoveAllSnapshots_Task)
    async with session(vcenter, lab_ca, user=ADMINISTRATOR) as administrator:
        await asyncio.to_thread(administrator.of(machine).RemoveAllSnapshots_Task)


async def test_without_a_session_nothing_can_be_read(vcenter: LabVCenter, client: Client) -> None:
    await asyncio.to_thread(client.content.sessionManager.Logout)
    with pytest.raises(vim.fault.NotAuthenticated):
        await client.read(vcenter.machines[0].reference, "name")


async def test_an_expired_session_must_log_in_again(vcenter: LabVCenter, client: Client) -> None:
    assert await vcenter.sessions() == 1
    assert await vcenter.expire_sessions() == 1
    assert await vcenter.sessions() == 0
    with pytest.raises(vim.fault.NotAuthenticated):
        await server_time(client)
    await asyncio.to_thread(client.content.sessionManager.Login, vcenter.user, vcenter.password, None)
    assert await vcenter.sessions() == 1


async def test_a_logout_leaves_no_session(vcenter: LabVCenter, lab_ca: LabCA) -> None:
    async with session(vcenter, lab_ca):
        assert await vcenter.sessions() == 1
    assert await vcenter.sessions() == 0


async def test_the_update_handler_is_not_reachable_through_the_proxy(vcenter: LabVCenter, lab_ca: LabCA) -> None:
    reader, writer = await asyncio.open_connection(vcenter.host, vcenter.port, ssl=lab_ca.client_context())
    writer.write(b"POST /lab/update HTTP/1.1\r\nHost: vcenter\r\nContent-Length: 0\r\n\r\n")
    assert b" 404 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


# --- calls that fail ---


@pytest.mark.parametrize(
    "fault",
    [
        vim.fault.TaskInProgress(task=vim.Task("task-1")),
        vim.fault.FileFault(file="[LocalDS_0] server-01/disk1.vmdk"),
        vim.fault.InvalidSnapshotFormat(),
        vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId="System.View"),
        vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="System.View"),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_a_call_fails_with_a_typed_fault(vcenter: LabVCenter, client: Client, fault: Any) -> None:
    failing = vcenter.proxy.fail("CurrentTime", fault, "out of order")
    for _ in range(2):
        with pytest.raises(type(fault), match="out of order"):
            await server_time(client)
    failing.off()
    assert await server_time(client)


async def test_a_fault_can_apply_to_one_call(vcenter: LabVCenter, client: Client) -> None:
    vcenter.proxy.fail("CurrentTime", vim.fault.NoPermission(object=vim.Folder("group-d1"), privilegeId="x"), times=1)
    with pytest.raises(vim.fault.NoPermission):
        await server_time(client)
    assert await server_time(client)


async def test_a_fault_applies_only_to_its_method(vcenter: LabVCenter, client: Client) -> None:
    vcenter.proxy.fail("CurrentTime", vmodl.fault.NotSupported())
    assert await client.read(vcenter.machines[0].reference, "name")


async def test_the_connection_is_dropped(vcenter: LabVCenter, client: Client) -> None:
    dropping = vcenter.proxy.hang_up("CurrentTime")
    with pytest.raises(ConnectionError):
        await server_time(client)
    dropping.off()
    assert await server_time(client)


async def test_a_call_is_never_answered(vcenter: LabVCenter, lab_ca: LabCA) -> None:
    async with session(vcenter, lab_ca, httpConnectionTimeout=1) as client:
        holding = vcenter.proxy.hold("CurrentTime")
        with pytest.raises(TimeoutError):
            await server_time(client)
        holding.off()
        assert await server_time(client)


async def test_a_call_takes_longer(vcenter: LabVCenter, client: Client) -> None:
    vcenter.proxy.delay("CurrentTime", 0.2)
    begin = time.monotonic()
    assert await server_time(client)
    assert time.monotonic() - begin >= 0.2


async def test_a_reply_is_rewritten(vcenter: LabVCenter, client: Client) -> None:
    host = vcenter.hosts[0].reference
    rewriting = vcenter.proxy.rewrite(
        "RetrieveProperties", r"(connectionState</name><val[^>]*>)connected", r"\1invented"
    )
    with pytest.raises(AttributeError):  # pyvmomi loses the whole reply over an enum value that it does not know
        await client.read(host, "runtime.connectionState")
    rewriting.off()
    assert await client.read(host, "runtime.connectionState") == {"runtime.connectionState": "connected"}


# --- faults of the whole server ---


async def test_a_server_that_is_down_refuses_and_comes_back_on_its_port(vcenter: LabVCenter, lab_ca: LabCA) -> None:
    port = vcenter.port
    async with session(vcenter, lab_ca) as client:
        await vcenter.proxy.refuse()
        with pytest.raises((ConnectionError, ssl.SSLEOFError)):
            await server_time(client)
        with pytest.raises(ConnectionRefusedError):
            async with session(vcenter, lab_ca):
                pass
        await vcenter.proxy.serve()
        assert await server_time(client)
    assert vcenter.port == port


async def test_a_silent_server_accepts_and_does_not_answer(vcenter: LabVCenter, lab_ca: LabCA) -> None:
    async with session(vcenter, lab_ca, httpConnectionTimeout=1) as client:
        assert await server_time(client)
        await vcenter.proxy.fall_silent()
        with pytest.raises(TimeoutError):  # on a connection from before
            await server_time(client)
        reader, writer = await asyncio.open_connection(vcenter.host, vcenter.port)
        with pytest.raises(TimeoutError, match="handshake"):
            await server_time(client)
        await vcenter.proxy.serve()
        assert await server_time(client)
        assert await reader.read() == b""  # the end of a connection that never was served
        writer.close()


# --- what the proxy must not change ---


async def test_a_blocked_wait_does_not_delay_other_calls(vcenter: LabVCenter, client: Client) -> None:
    host = vcenter.hosts[0]
    async with client.watch(vim.HostSystem, "runtime.connectionState") as watch:
        await watch.updates()
        vcenter.proxy.reset_counters()
        waiting = asyncio.create_task(watch.changes(seconds=60))
        await vcenter.proxy.called("WaitForUpdatesEx")
        assert await server_time(client)
        assert not waiting.done()
        await host.set_connection_state("notResponding")
        assert await waiting == {host.reference._moId: {"runtime.connectionState": "notResponding"}}
        await host.set_connection_state("connected")


async def test_calls_bytes_and_requests_are_counted(vcenter: LabVCenter, client: Client) -> None:
    vcenter.proxy.reset_counters()
    assert (vcenter.proxy.bytes_sent, list(vcenter.proxy.requests)) == (0, [])
    collector = vmodl.query.PropertyCollector
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=client.content.taskManager)],
        propSet=[collector.PropertySpec(type=vim.TaskManager, pathSet=["recentTask"])],
    )
    await asyncio.to_thread(client.content.propertyCollector.CreateFilter, spec, partialUpdates=False)
    assert vcenter.proxy.calls["CreateFilter"] == 1
    (filtered,) = [call for call in vcenter.proxy.requests if call.method == "CreateFilter"]
    assert re.findall(rb"<pathSet>(\w+)</pathSet>", filtered.body) == [b"recentTask"]  # the mistake to detect
    assert vcenter.proxy.bytes_received >= len(filtered.body)
    assert vcenter.proxy.bytes_sent > 0


async def test_an_idle_poll_costs_few_bytes(vcenter: LabVCenter, client: Client) -> None:
    async with client.watch(vim.VirtualMachine, "name") as watch:
        await watch.updates()
        vcenter.proxy.reset_counters()
        assert await watch.updates(seconds=0) == []
        assert vcenter.proxy.calls == {"WaitForUpdatesEx": 1}
        assert vcenter.proxy.bytes_sent < 500


async def test_the_end_leaves_no_process(lab_ca: LabCA, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = set(psutil.Process().children(recursive=True))
    async with LabVCenter(lab_ca, tmp_path_factory.mktemp("short"), machines=1, hosts=1):
        started = set(psutil.Process().children(recursive=True)) - before
        assert started
    assert not any(process.is_running() for process in started)
