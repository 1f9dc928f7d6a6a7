"""The vSphere collector against the lab's vCenter, run as the engine runs it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.vsphere import create
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.runtime.clock import SYSTEM_CLOCK
from tests.lab.ca import LabCA
from tests.lab.site import serving
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import APPLIANCE
from tests.measured import Measured, measure

DEADLINE: Final = 30.0
"""Seconds within which everything that a test waits for must happen."""


class NoPauseClock:
    """The system's clock, whose sleeps return at once."""

    def time(self) -> float:
        return SYSTEM_CLOCK.time()

    def monotonic(self) -> float:
        return SYSTEM_CLOCK.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * 0)


def settings(vcenter: LabVCenter, directory: Path, **changed: Any) -> VCenterSettings:
    """Settings for the lab's vCenter; `changed` replaces or adds keys, and None takes one away."""
    password = directory / "password"
    password.write_text(vcenter.password)
    written = {
        "name": "lab",
        "address": vcenter.host,
        "port": vcenter.port,
        "username": vcenter.user,
        "password": {"file": password},
        "ca_file": vcenter.bundle,
        "request_timeout": "5s",
        "replication": {"accounts": [APPLIANCE]},
        **changed,
    }
    return VCenterSettings.model_validate({key: value for key, value in written.items() if value is not None})


@asynccontextmanager
async def running(configured: VCenterSettings, context: Context | None = None) -> AsyncIterator[Collector]:
    """A collector that is closed at the end."""
    collector = create(Target(configured.name, "", configured), context or Context(clock=NoPauseClock()))
    try:
        yield collector
    finally:
        await collector.close()


async def until(collector: Collector, condition: Callable[[Measured], bool]) -> Measured:
    """Run until the condition holds: again at once after a failure, otherwise whenever the collector has news."""
    async with asyncio.timeout(DEADLINE):
        while not condition(measured := await measure(collector)):
            if measured.reason is None:
                await collector.news()
    return measured


def up(measured: Measured) -> object:
    """The value of vcenter_up."""
    return measured.value(metrics.VCENTER_UP, vcenter="lab")


def machines(measured: Measured) -> int:
    """Number of machines in the inventory."""
    return len({labels for metric, labels in measured.samples if metric is metrics.VSPHERE_VM_SNAPSHOTS})


@asynccontextmanager
async def web_server(ca: LabCA, *identities: str) -> AsyncIterator[int]:
    """The port of a web server without pages."""
    async with serving(web.Application(), tls=ca.issue("web", *identities).server_context()) as address:
        yield int(address.rpartition(":")[2])
