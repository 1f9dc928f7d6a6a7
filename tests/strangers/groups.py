"""Cells that run together, in one event loop, beside a check that nothing is wrong with."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS
from tests.lab import resolver
from tests.lab.ca import LabCA
from tests.lab.checks import CHECKS, Services
from tests.lab.name_server import NameServer
from tests.measured import measure
from tests.strangers.cells import TABLE
from tests.strangers.cells import Cell as Expected
from tests.strangers.matrix import OWN_REFUSALS, Cell, Seen
from tests.strangers.verdict import faults

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "azure": ("arm_list", "arm_get", "discovery", "entra", "azure_metrics", "azure_logs"),
    "site": ("keyvault", "esxi", "appliance", "windows_exporter", "winrm"),
    "storage": ("blob_probe", "blob_benchmark"),
    "bus": ("servicebus", "servicebus_websocket", "servicebus_listing", "eventhubs"),
    "vcenter": ("vcenter_login", "vcenter_poll", "vcenter_watch"),
}
"""Checks by the services that they need."""

WAITS: Final = frozenset(
    {
        "dropped",
        "silent_after_connect",
        "silent_after_tls",
        "silent_after_request",
        "half_answer_silent",
        "drip",
        "name_server_silent",
    }
)
"""Strangers for whom only a deadline ends a run."""
_HEAVY: Final = frozenset({"huge_body", "chunked_without_end", "gzip_bomb", "endless_headers"})
_SIDE_BY_SIDE: Final = (("waits", 24), ("light", 8), ("heavy", 2))
"""How many cells run at a time, by what they cost. One kind after the other: what is heavy must not hold up clocks."""
_CELL: Final = 60.0
"""Seconds within which a cell has ended."""

Name = tuple[str, str]
"""Check and stranger."""


def cells(checks: Iterable[str]) -> list[Name]:
    """The cells of checks that can occur."""
    return [(check, name) for check in checks for name, cell in TABLE[check].items() if isinstance(cell, Expected)]


async def run(
    wanted: Iterable[Name], directory: Path, secrets: set[str] | None = None
) -> dict[Name, Seen | BaseException]:
    """Run cells, and give what each showed, or how it broke; `secrets` gets those that no output may hold."""
    wanted = list(wanted)
    found: dict[Name, Seen | BaseException] = {}
    with NameServer() as names, resolver.asking(names.address, "timeout:5 attempts:1"):
        needed = {CHECKS[check].service for check, _ in wanted}
        services = Services(LabCA(directory / "ca"), directory, vcenter="vcenter" in needed, blobs="blobs" in needed)
        async with services, _beside(services):
            if secrets is not None:
                secrets.update(services.secrets)
            for kind, limit in _SIDE_BY_SIDE:
                turn = asyncio.Semaphore(limit)
                some = [name for name in wanted if _kind(name[1]) == kind]
                results = await asyncio.gather(
                    *(_one(services, names, name, turn) for name in some), return_exceptions=True
                )
                found |= dict(zip(some, results, strict=True))
            if services.vcenter is not None:
                # A login that vCenter itself refuses to end, or says to be unknown, is given up: it expires there.
                refused = sum(stranger in OWN_REFUSALS for _, stranger in wanted)
                assert await services.vcenter.sessions() <= refused, "sessions were left at vCenter"
    return found


async def _one(services: Services, names: NameServer, name: Name, turn: asyncio.Semaphore) -> Seen:
    async with turn, asyncio.timeout(_CELL):
        return await Cell(services, names, *name, slow=_kind(name[1]) == "waits").run()


def _kind(stranger: str) -> str:
    return "waits" if stranger in WAITS else "heavy" if stranger in _HEAVY else "light"


@asynccontextmanager
async def _beside(services: Services) -> AsyncIterator[None]:
    """A check of a healthy appliance, again and again: what happens to the others must not touch it."""
    collector = COLLECTORS["appliance"].create(services.target("appliance"), Context())

    async def watch() -> None:
        while True:
            began = time.monotonic()
            measured = await measure(collector, timeout=LONGEST_PAUSE)
            assert measured.reason is None, f"a healthy check beside says {measured.reason}: {measured.message}"
            assert time.monotonic() - began < LONGEST_PAUSE
            await asyncio.sleep(0.1)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


LONGEST_PAUSE: Final = 5.0
"""Seconds for which nothing may hold up the others, on a machine that also plays all strangers."""


def report(found: Mapping[Name, Seen | BaseException]) -> list[str]:
    """One line for each cell that is not as the table has it."""
    lines = []
    for (check, stranger), seen in found.items():
        expected = TABLE[check][stranger]
        assert isinstance(expected, Expected)
        wrong = [f"it breaks: {seen!r}"] if isinstance(seen, BaseException) else faults(expected, seen)
        lines += [f"{check}, {stranger}: {fault}" for fault in wrong]
    return lines
