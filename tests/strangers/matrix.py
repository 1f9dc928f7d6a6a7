"""One cell of the matrix: a check whose service is a stranger, and then the service again."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from dns.rcode import Rcode

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.collectors.registry import COLLECTORS
from azure_migrate_exporter.reasons import Reason
from azure_migrate_exporter.runtime.cleanup import CANCELLED_TIMEOUT
from tests.clock import until
from tests.lab.checks import CHECKS, Check, Services
from tests.lab.name_server import NameServer
from tests.lab.stranger_server import Place, Speaks, StrangerServer
from tests.lab.strangers import PAGE_TEXT, STRANGERS
from tests.lab.tcp import Fault, TcpListener
from tests.measured import Measured, measure
from tests.strangers.own import OWN

LONG: Final = 10.0
"""Seconds of a run that ends by itself."""
SHORT: Final = 3.0
"""Seconds of a run that only its deadline ends."""
GRACE: Final = 2.0
"""Seconds after its deadline within which a run has ended, on a machine that has much to do."""
NEWS: Final = 0.5
"""Seconds within which a watch notices that its connection is gone."""

_SHORT: Final = {"vcenter": 4.0, "bus": LONG, "bus_web": LONG}
"""The same where a request may take as long as a whole run elsewhere."""
_SPEAKS: Final = {
    "esxi": Speaks.PLAIN,
    "appliance": Speaks.PLAIN,
    "keyvault": Speaks.TLS,
    "bus": Speaks.BYTES,
    "bus_web": Speaks.WEBSOCKET,
}
"""Services that do not speak HTTP over TLS."""
_DEAD: Final = "127.0.0.9"


class LaterClock:
    """The system's clock, on which time can be skipped; of wall time only with `wall`."""

    def __init__(self, *, wall: bool) -> None:
        self.skipped = 0.0
        self._wall = wall

    def time(self) -> float:
        return time.time() + self.skipped * self._wall

    def monotonic(self) -> float:
        return time.monotonic() + self.skipped

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class Seen:
    """What a cell showed. `runs` are those with the stranger, `recovered` the one after it."""

    runs: list[Measured] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    """Requests, or connections where there were no requests, of each run."""
    deadline: float = LONG
    grace: float = GRACE
    """Seconds by which a run may take longer."""
    recovered: Measured | None = None
    left_open: int = 0
    """Connections that were open after the collector was closed."""
    elsewhere: int = 0
    """Connections to where a redirect led."""
    leaked: list[str] = field(default_factory=list)
    """Secrets, and text of a stranger's page, in any output."""


class Cell:
    """Runs one check against one stranger."""

    def __init__(self, services: Services, names: NameServer, check: str, stranger: str, *, slow: bool) -> None:
        self.check: Check = CHECKS[check]
        self.stranger = STRANGERS[stranger]
        self._services = services
        self._names = names
        # All cells share a container: to one whose day is later, the blobs that others are testing are orphans.
        self._clock = LaterClock(wall=self.check.service != "blobs")
        self._host = f"{check}-{stranger}.lab.example".replace("_", "-")
        self._by_name = stranger.startswith("name_") or stranger == "first_address_dead"
        self.seen = Seen(deadline=_SHORT.get(self.check.service, SHORT) if slow else LONG)
        if self.check.service == "blobs":
            self.seen.grace += CANCELLED_TIMEOUT
        self._slow = slow

    async def run(self) -> Seen:
        """Everything that happens in the cell."""
        async with self._server() as server, TcpListener() as elsewhere:
            server.elsewhere = f"https://localhost:{elsewhere.port}/login"
            await self._let(server, strange=False)
            collector = self._collector(("localhost" if not self._by_name else self._host, server.port))
            try:
                await self._with_stranger(server, collector)
                await self._let(server, strange=False)
                self._skip()
                self.seen.recovered = await measure(collector, timeout=LONG)
                if self.seen.recovered.reason is Reason.RESET:  # what was open to the stranger has ended only now
                    self.seen.recovered = await measure(collector, timeout=LONG)
            finally:
                await collector.close()
            self.seen.elsewhere = elsewhere.accepted
            self.seen.left_open = await _left_open(server)
        return self.seen

    async def _with_stranger(self, server: StrangerServer, collector: Collector) -> None:
        watched = self.check.name in _AFTER_A_SUCCESS
        if watched:
            first = await measure(collector, timeout=LONG)
            assert first.reason is None, first.message
        server.takes = _TAKES.get(self.check.name, server.takes)
        if self.check.service == "vcenter" and self.stranger.name in OWN_REFUSALS:
            server.takes = _is_call
        await self._let(server, strange=True)
        if watched:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(NEWS):
                    await collector.news()
        for _ in range(3 if watched else 1 if self._slow else 2):
            began, before = time.monotonic(), server.requests or server.accepted
            measured = await measure(collector, timeout=self.seen.deadline)
            self.seen.seconds.append(time.monotonic() - began)
            self.seen.requests.append((server.requests or server.accepted) - before)
            self.seen.runs.append(measured)
            self._look_for_secrets(measured)

    def _look_for_secrets(self, measured: Measured) -> None:
        shown = [measured.message, *(f"{metric.name}{labels}" for metric, labels in measured.samples)]
        hidden = (*self._services.secrets, PAGE_TEXT)
        self.seen.leaked += [secret for secret in hidden if any(secret in text for text in shown)]

    def _skip(self) -> None:
        """One interval of the schedule, or the hour for which a service may want no request at the longest."""
        interval = COLLECTORS[self.check.collector].schedule.interval
        self._clock.skipped += 3600.0 if "429" in self.stranger.name else interval

    async def _let(self, server: StrangerServer, *, strange: bool) -> None:
        if not self._by_name:
            await server.let(self.stranger if strange else None)
            return
        match self.stranger.name if strange else "":
            case "name_gone":
                self._names.set_failure(self._host, Rcode.NXDOMAIN)
            case "name_server_failing":
                self._names.set_failure(self._host, Rcode.SERVFAIL)
            case "name_server_silent":
                self._names.set_silent(self._host)
            case "first_address_dead":
                self._names.set_addresses(self._host, _DEAD, "127.0.0.1")
            case _:
                self._names.set_addresses(self._host, "127.0.0.1")

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[StrangerServer]:
        service = self.check.service
        upstream = self._services.places[service]
        own = OWN.get(service, OWN["arm"])
        speaks = _SPEAKS.get(service, Speaks.HTTP)
        server = StrangerServer(self._services.ca, self._services.directory, upstream, own, speaks)
        async with server:
            if self.stranger.name != "first_address_dead":
                yield server
                return
            async with TcpListener(host=_DEAD, port=server.port) as dead:
                await dead.switch(Fault.DROPPED)
                yield server

    def _collector(self, at: Place) -> Collector:
        target = self._services.target(self.check.name, at)
        return COLLECTORS[self.check.collector].create(target, Context(clock=self._clock))


async def _left_open(server: StrangerServer) -> int:
    """Connections that are open still when all that were closed have had the time to end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GRACE):
            await until(lambda: server.open == 0)
    return server.open


_AFTER_A_SUCCESS: Final = {"vcenter_poll", "vcenter_watch"}
"""Checks that meet the stranger while they run."""


def _is_item(head: bytes, _: bytes) -> bool:
    return b"/replicationMigrationItems/" in head.split(b"?")[0]


OWN_REFUSALS: Final = {name for name in STRANGERS if name.startswith("own_")} | {"echo"}


def _is_call(head: bytes, _: bytes) -> bool:
    """Whether it is a SOAP call, which alone can be refused with a fault."""
    return head.startswith(b"POST")


_TAKES: Final[dict[str, Any]] = {
    "arm_get": _is_item,
    "vcenter_watch": lambda _, body: b"WaitForUpdatesEx" in body,
    "vcenter_poll": lambda _, body: b"WaitForUpdatesEx" not in body,
}
"""Which requests meet the stranger, where it is not all."""

HEALTHY: Final[Reason | None] = None
