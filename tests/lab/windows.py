"""A Windows machine of the lab: the table of its services, which several endpoints show at once."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

STATES: Final = (
    "Stopped",
    "Start Pending",
    "Stop Pending",
    "Running",
    "Continue Pending",
    "Pause Pending",
    "Paused",
)
"""States of a service as WMI writes them."""


@dataclass(frozen=True, slots=True)
class LabService:
    """One service. `pid` is 0 and `started` None while it has no process; `started` is in Unix seconds."""

    name: str
    display_name: str
    path: str
    state: str = "Stopped"
    pid: int = 0
    started: float | None = None


def _service_host(group: str) -> str:
    return rf"C:\Windows\system32\svchost.exe -k {group} -p"


_INSTALLED: Final = (
    LabService(
        "asrgwy",
        "Microsoft Azure Gateway Service",
        r'"C:\Program Files\Microsoft Azure Gateway Service\GatewayWindowsService.exe"',
    ),
    LabService("EventLog", "Windows Event Log", _service_host("LocalServiceNetworkRestricted")),
    LabService("RpcSs", "Remote Procedure Call (RPC)", _service_host("rpcss")),
    LabService("WinRM", "Windows Remote Management (WS-Management)", _service_host("NetworkService")),
    LabService("windows_exporter", "windows_exporter", r'"C:\Program Files\windows_exporter\windows_exporter.exe"'),
)


class LabWindows:
    """Services by name, all running at first. Names are looked up as Windows does, whatever their case."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._pids = itertools.count(1204, 28)
        self._services: dict[str, LabService] = {}
        for service in _INSTALLED:
            self.install(service)
            self.start(service.name)

    def __iter__(self) -> "itertools.chain[LabService]":
        return itertools.chain(self._services.values())

    def find(self, name: str) -> LabService | None:
        """The service of that name."""
        return self._services.get(name.lower())

    def process(self, pid: int) -> LabService | None:
        """The service whose process has that id."""
        return next((service for service in self if service.pid == pid != 0), None)

    def install(self, service: LabService) -> None:
        """Add a service, or replace the one of its name."""
        self._services[service.name.lower()] = service

    def remove(self, name: str) -> None:
        """Uninstall a service."""
        del self._services[name.lower()]

    def start(self, name: str) -> None:
        """Let it run, in a new process unless it has one."""
        service = self._services[name.lower()]
        if service.pid == 0:
            service = replace(service, pid=next(self._pids), started=self._clock())
        self.install(replace(service, state="Running"))

    def stop(self, name: str) -> None:
        """Stop it; its process ends."""
        self.install(replace(self._services[name.lower()], state="Stopped", pid=0, started=None))

    def restart(self, name: str) -> None:
        """Stop it and start it again, in a new process."""
        self.stop(name)
        self.start(name)

    def set_state(self, name: str, state: str) -> None:
        """Put it into one of `STATES`, with the process that it has."""
        if state not in STATES:
            raise ValueError(f"{state} is not a state of a Windows service")
        self.install(replace(self._services[name.lower()], state=state))
