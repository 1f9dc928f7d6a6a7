"""Source `local`: the service control manager of this machine, the appliance, through psutil."""

import asyncio
import platform
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import psutil

from azure_migrate_exporter.collectors.gateway.services import Service, Source, state_named
from azure_migrate_exporter.config.gateway import LocalGateway
from azure_migrate_exporter.network.proxy import Proxies
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.threads import DaemonThreads


class WindowsService(Protocol):
    """What is used of psutil's class of that name. Its other readings can fail for want of a translated description."""

    def status(self) -> str:
        """``running``, ``start_pending``, …"""

    def pid(self) -> int | None:
        """Its process, None while it has none."""


FindService = Callable[[str], WindowsService]
StartedAt = Callable[[int], float]

_FIND_SERVICE: Final[FindService | None] = getattr(psutil, "win_service_get", None)
"""None where psutil runs on another system than Windows."""


def _started_at(pid: int) -> float:
    return psutil.Process(pid).create_time()


class LocalSource:
    """Asks for one service after the other, in a thread: the service control manager can be busy for seconds."""

    def __init__(self, find: FindService | None = _FIND_SERVICE, started_at: StartedAt = _started_at) -> None:
        self._find = find
        self._started_at = started_at
        self._threads = DaemonThreads("services", 1)

    async def read(self, services: Sequence[str]) -> dict[str, Service]:
        """See `Source.read`. Raises `CheckError` (unsupported) on another system than Windows."""
        find = self._find
        if find is None:
            raise CheckError(
                Reason.UNSUPPORTED,
                f"source local reads the Windows services of this machine, and this is {platform.system()}: "
                "run the exporter on the appliance, or read it with source winrm or windows_exporter",
            )
        loop = asyncio.get_running_loop()
        return {name: await loop.run_in_executor(self._threads, self._one, find, name) for name in services}

    def _one(self, find: FindService, name: str) -> Service:
        try:
            service = find(name)
            state, pid = state_named(service.status()), service.pid()
        except psutil.NoSuchProcess:  # psutil's word for a service that does not exist
            return Service("not_found")
        except psutil.AccessDenied:
            text = f"Windows does not let this account see the service {name}: grant it the right to query the status"
            return Service("unknown", problem=CheckError(Reason.FORBIDDEN, text))
        return Service(state, self._start(pid))

    def _start(self, pid: int | None) -> float | None:
        if pid is None:
            return None
        try:
            return self._started_at(pid)
        except psutil.Error:  # it ended between the two questions
            return None

    async def close(self) -> None:
        """Let the thread end."""
        self._threads.shutdown()


def create(_: LocalGateway, __: Proxies) -> Source:
    """The source of this machine."""
    return LocalSource()
