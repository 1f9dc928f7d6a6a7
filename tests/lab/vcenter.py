"""The lab's vCenter: govmomi's simulator behind a TLS proxy that can inject faults.

async with LabVCenter(ca, directory) as vcenter:
    machine = vcenter.machines[0]
    task = await machine.hold_task(progress=95)       # a snapshot that hangs
    vcenter.proxy.fail("WaitForUpdatesEx", vim.fault.NotAuthenticated(…), times=1)
    await vcenter.hosts[0].set_connection_state("notResponding")
"""

import asyncio
import re
import secrets
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, Self

from pyVmomi import vim

from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.process import running
from tests.lab.soap_proxy import ANY, HOST, SoapProxy, Switch
from tests.lab.vcenter_admin import ADMINISTRATOR, APPLIANCE, BACKUP, EXPORTER, Admin
from tests.lab.vcenter_objects import LabDatastore, LabHost, LabMachine

_START_DEADLINE: Final = 120.0
"""Seconds; 5,000 machines take a while."""


class LabVCenter:
    """An async context manager that starts simulator and proxy.

    Args:
        ca: signs the proxy's certificate.
        directory: for files; made where it is missing.
        machines: their number, spread evenly over hosts and datastores. 5,000 on 200 hosts take half a minute.
        hosts: their number; they are named 127.0.1.1, 127.0.1.2, …
        api_version: what vCenter announces.
        snapshot_seconds: how long a snapshot task lasts.
        password: of every account; a random one if left out.

    Attributes:
        host, port: where clients connect, with TLS.
        user, password: the exporter's account, which has the read-only role.
        bundle: file with the CA that signed the server's certificate.
        certificate: file with the server's certificate, for clients that pin it.
        proxy: faults of single calls and of the whole server, and the counters.
        machines, hosts, datastores: the inventory, in the order of creation.
        admin: anything else, `await vcenter.admin.update(reference, {"runtime.…": …})`.
    """

    host: Final = HOST
    user: Final = EXPORTER

    def __init__(
        self,
        ca: LabCA,
        directory: Path,
        *,
        machines: int = 20,
        hosts: int = 4,
        api_version: str = "8.0.3.0",
        snapshot_seconds: float = 0.0,
        password: str | None = None,
    ) -> None:
        self._directory = directory
        self._flags = [
            f"-api-version={api_version}",
            f"-slow-snapshot={round(snapshot_seconds * 1000)}",
            f"-users={ADMINISTRATOR},{APPLIANCE},{BACKUP}",
            f"-readers={EXPORTER}",
            f"-directory={directory.resolve()}",
            f"-vm={machines}",
            f"-host={hosts}",
        ]
        self._certificate = ca.issue("vcenter")
        self._stack = AsyncExitStack()
        self.bundle = ca.bundle
        self.certificate = self._certificate.chain
        self.password = password or secrets.token_urlsafe(16)
        self.proxy: SoapProxy
        self.admin: Admin
        self.machines: list[LabMachine] = []
        self.hosts: list[LabHost] = []
        self.datastores: list[LabDatastore] = []

    @property
    def port(self) -> int:
        """The proxy's TCP port."""
        return self.proxy.port

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            url = await self._start(stack)
            self.proxy = await stack.enter_async_context(SoapProxy(url, self._certificate.server_context()))
            self.admin = await stack.enter_async_context(Admin(url, self.password))
            await self._read_inventory()
            await self.clear_recent_tasks()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def clear_recent_tasks(self) -> None:
        """Empty the list of recent tasks, as vCenter does after ten minutes; the simulator keeps them."""
        manager = (await self.admin.content()).taskManager
        await self.admin.update(manager, {"recentTask": None})

    async def expire_sessions(self, user: str = EXPORTER) -> int:
        """End every session of an account, as an idle timeout or a restart does. Returns their number."""
        keys = await self._session_keys(user)
        if keys:
            manager = (await self.admin.content()).sessionManager
            await self.admin.run(manager.TerminateSession, keys)
        return len(keys)

    async def sessions(self, user: str = EXPORTER) -> int:
        """Number of sessions of an account."""
        return len(await self._session_keys(user))

    async def _session_keys(self, user: str) -> list[str]:
        manager = (await self.admin.content()).sessionManager
        sessions = await self.admin.run(lambda: manager.sessionList)
        return [session.key for session in sessions if session.userName == user]

    async def add_machine(self, name: str, host: LabHost | None = None) -> LabMachine:
        """Clone the first machine, power the new one on and add it to `machines`."""
        model = self.machines[0].reference
        folder = await self.admin.read(model, "parent")
        where = vim.vm.RelocateSpec(host=host.reference if host else None)
        spec = vim.vm.CloneSpec(location=where, powerOn=True, template=False)
        reference = await self.admin.finish(await self.admin.run(model.CloneVM_Task, folder, name, spec))
        machine = LabMachine(self.admin, reference, name, await self.admin.read(reference, "config.instanceUuid"))
        self.machines.append(machine)
        return machine

    async def remove_machine(self, machine: LabMachine) -> None:
        """Power a machine off, destroy it and remove it from `machines`."""
        if await self.admin.read(machine.reference, "runtime.powerState") == "poweredOn":
            await machine.set_power(on=False)
        await self.admin.finish(await self.admin.run(machine.reference.Destroy_Task))
        self.machines.remove(machine)

    def hide_property(self, path: str) -> Switch:
        """Remove the privilege to read a property: it is in `missingSet` until `off()` of the result."""
        pattern = f"<(propSet|changeSet)><name>{re.escape(path)}</name>.*?</\\1>"
        missing = (
            f"<missingSet><path>{path}</path><fault>"
            '<fault xsi:type="NoPermission"><object type="Folder">group-d1</object>'
            "<privilegeId>System.Read</privilegeId></fault>"
            "<localizedMessage>Permission to perform this operation was denied.</localizedMessage>"
            "</fault></missingSet>"
        )
        return self.proxy.rewrite(ANY, pattern, missing)

    async def _start(self, stack: AsyncExitStack) -> str:
        """Start the simulator and return its URL."""
        self._directory.mkdir(parents=True, exist_ok=True)
        log = self._directory / "vcsim.log"
        log.unlink(missing_ok=True)
        program = await asyncio.to_thread(tools.vcsim)
        program = tools.Program(program.command, {**program.environment, "VCSIM_PASSWORD": self.password})
        process = await stack.enter_async_context(running("vcsim", program, *self._flags, log=log))

        def printed() -> str | None:
            found = re.search(r"^http://\S+$", log.read_text(), re.MULTILINE)
            return found[0] if found else None

        async def ready() -> bool:
            return printed() is not None

        await process.until(ready, _START_DEADLINE)
        return printed() or ""

    async def _read_inventory(self) -> None:
        """Fill the lists of machines, hosts and datastores."""
        machines = await self.admin.everything(vim.VirtualMachine, "name", "config.instanceUuid")
        hosts = await self.admin.everything(vim.HostSystem, "name")
        datastores = await self.admin.everything(vim.Datastore, "name", "summary.capacity")
        self.machines = [LabMachine(self.admin, *machine) for machine in machines]
        self.hosts = [LabHost(self.admin, *host) for host in hosts]
        self.datastores = [LabDatastore(self.admin, *datastore) for datastore in datastores]
