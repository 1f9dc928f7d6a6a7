"""The parts of the data centre: how each one is started, and under which attribute of it the others find it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from tests.lab.amqp import LabBroker
from tests.lab.arm import Generation, LabArm, Pace
from tests.lab.azurite import azurite
from tests.lab.blob_proxy import BlobProxy
from tests.lab.tcp import Certificates, TcpListener
from tests.lab.vcenter import LabVCenter
from tests.lab.windows import LabWindows
from tests.lab.windows_exporter import LabWindowsExporter
from tests.lab.winrm import LabWinRM

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter

CONTAINER: Final = "azure-migrate-exporter"
ACCOUNTS: Final[Mapping[str, str]] = {
    "cache": "migratelsa1612849844",
    "gateway": "migrategwsa1612849844",
    "replication": "migratersa1823",
}
"""Storage accounts by role: the first two are those of `paris`, the last is that of `lyon`."""
VAULT: Final = "migratekv1612849844"
EVENTHUBS: Final = "migrateehns1612849844"
HOSTS: Final = tuple(f"127.0.1.{number}" for number in range(1, 5))
"""Addresses, and so names, of the ESXi hosts of the vCenter, from which `paris` reads."""
OTHER_HOST: Final = "127.0.1.5"
"""A host that stands alone, from which `lyon` reads."""
MACHINES: Final = 12
FAILING: Final = "accounts-01"
"""The machine whose cycle fails when a fault of Azure says so, where no vCenter runs that has one."""
QUICK: Final = Pace(queued=2, seeding=120, delta=20, min_delay=30, max_delay=60)
"""Cycles that can be watched; Azure itself rests for an hour at least."""

Part = Callable[["DataCenter"], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _vcenter(center: "DataCenter") -> AsyncIterator[None]:
    directory = center.directory / "vcenter"
    async with LabVCenter(center.ca, directory, machines=MACHINES, hosts=len(HOSTS)) as center.vcenter:
        await asyncio.gather(*(machine.track_changes() for machine in center.vcenter.machines))
        yield


@asynccontextmanager
async def _hosts(center: "DataCenter") -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        center.hosts, port = [], 0
        for address in HOSTS:
            listener = await stack.enter_async_context(TcpListener(host=address, port=port))
            center.hosts.append(listener)
            port = listener.port
        center.other_host = await stack.enter_async_context(TcpListener(host=OTHER_HOST, port=port))
        yield


@asynccontextmanager
async def _paris(center: "DataCenter") -> AsyncIterator[None]:
    certificates = Certificates.issue(center.ca, center.ca.directory, "winrm")
    center.windows = LabWindows(center.clock.time)
    async with TcpListener() as center.appliance, LabWinRM(center.windows, certificates=certificates) as center.winrm:
        yield


@asynccontextmanager
async def _lyon(center: "DataCenter") -> AsyncIterator[None]:
    async with (
        TcpListener() as center.other_appliance,
        LabWindowsExporter(LabWindows(center.clock.time)) as center.windows_exporter,
    ):
        yield


@asynccontextmanager
async def _storage(center: "DataCenter") -> AsyncIterator[None]:
    certificates = Certificates.issue(center.ca, center.ca.directory, "storage")
    async with (
        azurite(ACCOUNTS.values(), center.ca, center.directory) as center.azurite,
        BlobProxy(center.azurite, certificates) as center.cache,
    ):
        for account in ACCOUNTS.values():
            await center.azurite.create_container(account, CONTAINER)
        yield


@asynccontextmanager
async def _vault(center: "DataCenter") -> AsyncIterator[None]:
    certificates = Certificates.issue(center.ca, center.ca.directory, "vault", f"{VAULT}.vault.azure.net")
    async with TcpListener(certificates=certificates) as center.vault:
        yield


@asynccontextmanager
async def _servicebus(center: "DataCenter") -> AsyncIterator[None]:
    async with LabBroker(center.ca, hubs=()) as center.servicebus:
        yield


@asynccontextmanager
async def _eventhubs(center: "DataCenter") -> AsyncIterator[None]:
    async with LabBroker(center.ca, name=EVENTHUBS, entities=()) as center.eventhubs:
        yield


@asynccontextmanager
async def _azure(center: "DataCenter") -> AsyncIterator[None]:
    async with LabArm(center.ca, clock=center.clock) as center.arm:
        center.project = center.arm.project("contoso", pace=center.cycles)
        yield


def replicate(center: "DataCenter") -> None:
    """Let Azure replicate the machines of vCenter, once both run: without their identities nothing could be joined."""
    paris = center.project.appliance("paris", Generation.LEGACY, vcenter="lab", hosts=HOSTS)
    lyon = center.project.appliance("lyon", Generation.GREENFIELD, vcenter="lab", hosts=HOSTS)
    for number, machine in enumerate(center.vcenter.machines if "vCenter" in center.started else ()):
        appliance = lyon if number % 4 == 3 else paris
        replicated = appliance.machine(machine.name, uuid=machine.vm_id)
        replicated.host = HOSTS[number % len(HOSTS)]  # where vCenter has it
        replicated.scatter()
    center.failing = paris.replicated[-1] if paris.replicated else paris.machine(FAILING)


PARTS: Final[Mapping[str, Part]] = {
    "vCenter": _vcenter,
    "ESXi hosts": _hosts,
    "appliance paris": _paris,
    "appliance lyon": _lyon,
    "storage": _storage,
    "key vault": _vault,
    "Service Bus": _servicebus,
    "Event Hubs": _eventhubs,
    "Azure": _azure,
}
"""Every part by its name for people. They start side by side, so none may need another."""
