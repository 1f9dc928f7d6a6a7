"""The whole lab: a small data centre and the Azure services that it uses, started and stopped together.

    async with data_center(directory) as center:
        ... center.config ...                      # the exporter's configuration for all of it
        await center.switch("gateway-stopped", on=True)

There are two appliances: `paris` belongs to a legacy project and reads from the lab's vCenter, `lyon` to a project made
since 2024. A part whose program cannot be installed is listed in `skipped`; all other parts still run.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final

from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK, Clock
from tests.lab.amqp import LabBroker
from tests.lab.arm import LabArm, LabProject, Pace
from tests.lab.arm.machine import LabMachine
from tests.lab.azurite import Azurite
from tests.lab.blob_proxy import BlobProxy
from tests.lab.ca import LabCA
from tests.lab.faults import FAULTS, Fault
from tests.lab.parts import PARTS, QUICK, replicate
from tests.lab.settings import write_config
from tests.lab.tcp import TcpListener
from tests.lab.tools import NotInstalledError
from tests.lab.vcenter import LabVCenter
from tests.lab.windows import LabWindows
from tests.lab.windows_exporter import LabWindowsExporter
from tests.lab.winrm import LabWinRM

log: Final = logging.getLogger("lab")


class DataCenter:
    """The running parts, their faults, and the exporter's configuration for them."""

    vcenter: LabVCenter
    hosts: list[TcpListener]
    """Stand-ins for TCP 902 of the ESXi hosts; all listen on the same port."""
    other_host: TcpListener
    """The same for the host of `lyon`."""
    appliance: TcpListener
    """The configuration manager of `paris`."""
    windows: LabWindows
    winrm: LabWinRM
    other_appliance: TcpListener
    """The configuration manager of `lyon`."""
    windows_exporter: LabWindowsExporter
    azurite: Azurite
    cache: BlobProxy
    """The proxy in front of the cache storage account of `paris`."""
    vault: TcpListener
    servicebus: LabBroker
    eventhubs: LabBroker
    arm: LabArm
    project: LabProject
    """The Migrate project of both appliances, which replicates all machines of the vCenter."""
    failing: LabMachine
    """The machine that Azure's faults affect."""
    config: Path
    """The exporter's configuration file."""

    def __init__(self, directory: Path, clock: Clock, cycles: Pace) -> None:
        self.directory = directory
        self.clock = clock
        """The clock of Azure's stand-in."""
        self.cycles = cycles
        self.ca = LabCA(directory / "ca")
        self.started: set[str] = set()
        self.skipped: list[NotInstalledError] = []
        self.faults: dict[str, Fault] = {}
        """The faults of the running parts, by name."""
        self._on: dict[str, AbstractAsyncContextManager[None]] = {}
        self._switching = asyncio.Lock()

    @property
    def switched_on(self) -> set[str]:
        """Names of the faults that are on."""
        return set(self._on)

    async def switch(self, name: str, *, on: bool) -> None:
        """Switch a fault on or off; no effect if it already is. Raises KeyError for a name that this lab lacks."""
        async with self._switching:
            if not on and name in self._on:
                await self._on.pop(name).__aexit__(None, None, None)
            elif on and name not in self._on:
                condition = self.faults[name].condition(self)
                await condition.__aenter__()
                self._on[name] = condition

    def secret(self, name: str, value: str) -> dict[str, str]:
        """Write a secret to a file that only its owner can read. Returns the configuration's reference to it."""
        path = self.directory / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(value)
        return {"file": str(path)}

    async def clear_faults(self) -> None:
        """Switch every fault off."""
        for name in list(self._on):
            await self.switch(name, on=False)


@asynccontextmanager
async def data_center(
    directory: Path,
    *,
    check_interval: float = 2.0,
    strict: bool = False,
    clock: Clock = SYSTEM_CLOCK,
    cycles: Pace = QUICK,
) -> AsyncIterator[DataCenter]:
    """Run the lab with its files in `directory`.

    The written configuration runs every check every `check_interval` seconds. With `strict`, a part that cannot be
    installed is an error. `clock` is the time of Azure's stand-in, `cycles` the durations of its replication stages.
    """
    center = DataCenter(directory, clock, cycles)
    stop = asyncio.Event()
    started = {name: asyncio.get_running_loop().create_future() for name in PARTS}
    tasks = [asyncio.create_task(_run_part(center, name, started[name], stop)) for name in PARTS]
    try:
        await asyncio.gather(*started.values())
        if strict and center.skipped:
            raise center.skipped[0]
        center.faults = {fault.name: fault for fault in FAULTS if fault.part in center.started}
        replicate(center)
        center.config = write_config(center, check_interval)
        yield center
        await center.clear_faults()
    finally:
        stop.set()
        for task, ready in zip(tasks, started.values(), strict=True):
            if not ready.done():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run_part(center: DataCenter, name: str, ready: "asyncio.Future[None]", stop: asyncio.Event) -> None:
    """Run one part in a task of its own: many contexts must be left by the task that entered them."""
    began = time.monotonic()
    try:
        async with PARTS[name](center):
            center.started.add(name)
            log.info("%s runs after %.1f s", name, time.monotonic() - began)
            ready.set_result(None)
            await stop.wait()
    except NotInstalledError as error:
        center.skipped.append(error)
        log.warning("skipped: %s", error)
        ready.set_result(None)
    except Exception as error:
        if ready.done():
            raise
        ready.set_exception(error)
    finally:
        with contextlib.suppress(asyncio.InvalidStateError):
            ready.cancel()
