"""Faults of the appliance `paris` and of its gateway service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from azure_migrate_exporter.reasons import Reason
from tests.lab.faults.fault import Fault
from tests.lab.tcp import Fault as Network

if TYPE_CHECKING:
    from tests.lab.datacenter import DataCenter

SERVICE: Final = "asrgwy"


@asynccontextmanager
async def _service_stopped(center: "DataCenter") -> AsyncIterator[None]:
    center.windows.stop(SERVICE)
    yield
    center.windows.start(SERVICE)


@asynccontextmanager
async def _service_missing(center: "DataCenter") -> AsyncIterator[None]:
    service = center.windows.find(SERVICE)
    assert service is not None
    center.windows.remove(SERVICE)
    yield
    center.windows.install(replace(service, state="Stopped", pid=0, started=None))
    center.windows.start(SERVICE)


@asynccontextmanager
async def _service_restarted(center: "DataCenter") -> AsyncIterator[None]:
    center.windows.restart(SERVICE)
    yield


@asynccontextmanager
async def _appliance_off(center: "DataCenter") -> AsyncIterator[None]:
    ports = (center.appliance, center.winrm)
    for port in ports:
        await port.switch(Network.DROPPED)
    yield
    for port in ports:
        await port.switch(Network.NONE)


FAULTS: Final = (
    Fault(
        "gateway-restarted",
        "appliance paris",
        "the gateway service was restarted between two scrapes",
        'changes(azure_migrate_gateway_service_start_time_seconds{appliance="paris"}[1m]) > 0',
        "gateway",
        None,
        _service_restarted,
        passes=True,
    ),
    Fault(
        "gateway-stopped",
        "appliance paris",
        "the gateway service asrgwy is stopped",
        'azure_migrate_gateway_service_state{appliance="paris", state="stopped"} == 1',
        "gateway",
        None,
        _service_stopped,
    ),
    Fault(
        "gateway-missing",
        "appliance paris",
        "the gateway service is not installed",
        'azure_migrate_gateway_service_state{appliance="paris", state="not_found"} == 1',
        "gateway",
        None,
        _service_missing,
    ),
    Fault(
        "appliance-off",
        "appliance paris",
        "the appliance is off: nothing answers at its address",
        'azure_migrate_appliance_up{appliance="paris"} == 0',
        "appliance",
        Reason.TIMEOUT,
        _appliance_off,
    ),
)
