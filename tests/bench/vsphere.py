"""The cost of watching 5,000 machines while nothing changes, against vmware_exporter; and how soon a change shows.

Both exporters run as processes of their own against one simulated vCenter, with the same read-only account. The figure
is the CPU time of the whole process, so the simulator's own slowness does not count. vmware_exporter (snapshots only,
its cheapest useful setting) works only when it is scraped: its minute is one scrape, and what it spends between scrapes
is not counted. Ours works all the time: its minute is scaled from a longer measurement that includes a scrape. Rounds
are interleaved; a ratio is of one round. Our memory includes 6 MiB of rich, which structlog loads where it finds it:
here, but not where only the package is installed.

`python -m tests.bench.vsphere [ROUNDS [SECONDS [CHANGES]]]`: the number of rounds, how long ours is measured in each,
and how many changes of each kind are made.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import psutil

from tests.bench.figures import Goal, at_least, at_most, report
from tests.bench.process_cost import cpu_seconds
from tests.lab import tools
from tests.lab.ca import LabCA
from tests.lab.exporter import exporter
from tests.lab.process import free_port, running, write_yaml
from tests.lab.vcenter import LabVCenter
from tests.lab.vcenter_admin import APPLIANCE

ROUNDS: Final = 3
SECONDS: Final = 120.0
MACHINES: Final = 5000
HOSTS: Final = 200
SNAPSHOTS: Final = 100
"""Machines with a snapshot, so that there is something to export."""
CHANGES: Final = 10
_DEADLINE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a process: seconds of CPU, and calls and bytes that vCenter answered."""

    cpu: float
    calls: float
    bytes: float

    def times(self, factor: float) -> Self:
        """The cost of a longer or shorter time."""
        return type(self)(self.cpu * factor, self.calls * factor, self.bytes * factor)


class Scraped:
    """An exporter as Prometheus sees it, and its process."""

    def __init__(self, url: str, pid: int, vcenter: LabVCenter, client: aiohttp.ClientSession) -> None:
        self._url = url
        self._process = psutil.Process(pid)
        self._proxy = vcenter.proxy
        self._client = client

    async def scrape(self) -> str:
        async with self._client.get(self._url) as reply:
            reply.raise_for_status()
            return await reply.text()

    async def cost_of(self, work: Awaitable[object]) -> Cost:
        """The cost until `work` is done. Calls of the other exporter would count too, so it must be idle."""
        self._proxy.reset_counters()
        before = cpu_seconds(self._process.pid)
        await work
        return Cost(cpu_seconds(self._process.pid) - before, self._proxy.calls.total(), self._proxy.bytes_sent)

    async def wait_for(self, name: str, value: float, **labels: str) -> float:
        """The time at which the page first shows a series with this value and these labels, on the monotonic clock."""
        async with asyncio.timeout(_DEADLINE):
            while not _shows(await self.scrape(), f"azure_migrate_{name}{{", value, labels):  # noqa: ASYNC110 - a page
                await asyncio.sleep(0.02)
        return time.monotonic()

    @property
    def memory(self) -> float:
        """Resident memory in MiB."""
        return float(self._process.memory_info().rss) / 2**20


@asynccontextmanager
async def ours(vcenter: LabVCenter, directory: Path) -> AsyncIterator[Scraped]:
    """Our exporter, with its default schedule and nothing but the vCenter configured."""
    password = directory / "password"
    password.write_text(vcenter.password)
    entry = {
        "name": "bench",
        "address": vcenter.host,
        "port": vcenter.port,
        "username": vcenter.user,
        "password": {"file": str(password)},
        "ca_file": str(vcenter.bundle),
        "request_timeout": "25s",
        "replication": {"accounts": [APPLIANCE]},
    }
    config = write_yaml(directory / "exporter.yml", {"vcenters": [entry]})
    async with exporter(directory, config) as started, _client() as client:
        yield Scraped(f"{started.url}/metrics", started.process.pid, vcenter, client)


@asynccontextmanager
async def theirs(vcenter: LabVCenter, directory: Path) -> AsyncIterator[Scraped]:
    """vmware_exporter, snapshots only."""
    program = await asyncio.to_thread(tools.vmware_exporter)
    unwanted = dict.fromkeys(
        (f"VSPHERE_COLLECT_{what}" for what in ("VMS", "VMGUESTS", "DATASTORES", "HOSTS")), "False"
    )
    account = {
        "VSPHERE_HOST": f"{vcenter.host}:{vcenter.port}",
        "VSPHERE_USER": vcenter.user,
        "VSPHERE_PASSWORD": vcenter.password,
        "VSPHERE_IGNORE_SSL": "True",
    }
    program = tools.Program(program.command, {**program.environment, **account, **unwanted})
    port = free_port()
    log = directory / "vmware_exporter.log"
    async with (
        running("vmware_exporter", program, "-a", "127.0.0.1", "-p", str(port), log=log) as process,
        _client() as client,
    ):
        url = f"http://127.0.0.1:{port}"

        async def answers() -> bool:
            try:
                async with client.get(f"{url}/healthz") as reply:
                    return reply.status == 200
            except aiohttp.ClientError:
                return False

        await process.until(answers, 30)
        yield Scraped(f"{url}/metrics", process.pid, vcenter, client)


def _shows(page: str, series: str, value: float, labels: dict[str, str]) -> bool:
    wanted = [f'{name}="{text}"' for name, text in labels.items()]
    return any(
        line.startswith(series) and all(label in line for label in wanted) and float(line.rsplit(" ", 1)[1]) == value
        for line in page.splitlines()
    )


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_DEADLINE))


async def while_nothing_changes(directory: Path, rounds: int, seconds: float) -> None:
    """A minute of each exporter, alternating."""
    async with LabVCenter(LabCA(directory / "ca"), directory, machines=MACHINES, hosts=HOSTS) as vcenter:
        for machine in vcenter.machines[:SNAPSHOTS]:
            await machine.take_snapshot()
        await vcenter.clear_recent_tasks()
        async with ours(vcenter, directory) as our, theirs(vcenter, directory) as their:
            await our.wait_for("vsphere_machines", MACHINES, scope="seen")
            page = await their.scrape()  # also its warming up
            print(f"vmware_exporter shows {page.count('vmware_vm_snapshots{')} machines with snapshots")
            mine, its = [], []
            for _ in range(rounds):
                cost = await our.cost_of(_scrape_and_wait(our, seconds))
                mine.append(cost.times(60 / seconds))
                its.append(await their.cost_of(their.scrape()))
            _print_costs(mine, its, our.memory, their.memory)


async def _scrape_and_wait(our: Scraped, seconds: float) -> None:
    await our.scrape()
    await asyncio.sleep(seconds)


def _print_costs(mine: list[Cost], its: list[Cost], my_memory: float, its_memory: float) -> None:
    report("vmware_exporter: CPU a minute", [cost.cpu for cost in its], unit=" s")
    report("ours: CPU a minute", [cost.cpu for cost in mine], unit=" s", digits=4)
    ratios = [other.cpu / our.cpu for our, other in zip(mine, its, strict=True)]
    report("vmware_exporter / ours", ratios, digits=0, goal=at_least(50))
    report("vmware_exporter: calls a minute", [cost.calls for cost in its], digits=0)
    report("ours: calls a minute", [cost.calls for cost in mine], digits=0)
    report("vmware_exporter: answers a minute", [cost.bytes / 1024 for cost in its], unit=" KiB", digits=0)
    report("ours: answers a minute", [cost.bytes / 1024 for cost in mine], unit=" KiB", digits=0)
    report("vmware_exporter: memory", [its_memory], unit=" MiB", digits=0)
    report("ours: memory", [my_memory], unit=" MiB", digits=0)


async def until_a_change_shows(directory: Path, changes: int) -> None:
    """Time from the request of a change at vCenter until a scrape shows it, one change after the other."""
    async with (
        LabVCenter(LabCA(directory / "ca"), directory, machines=1000, hosts=32) as vcenter,
        ours(vcenter, directory) as our,
    ):
        await our.wait_for("vsphere_machines", 1000, scope="seen")
        for kind in _kinds(vcenter, changes):
            whole, part = [], []
            for change, labels in kind.changes:
                began, waiting = time.monotonic(), asyncio.create_task(our.wait_for(kind.name, kind.value, **labels))
                await change
                seen = await waiting
                whole.append(seen - began)
                part.append(seen - vcenter.proxy.answered[kind.announced_by])
            report(f"1,000 machines: {kind.what}", whole, unit=" s", goal=kind.goal)
            report(f"  {kind.what}: since vCenter's word", part, unit=" s", goal=at_most(0.3))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change: the call whose answer announces it, the series that shows it, and the changes to make."""

    what: str
    goal: Goal | None
    announced_by: str
    name: str
    value: float
    changes: Iterator[tuple[Coroutine[Any, Any, object], dict[str, str]]]


def _kinds(vcenter: LabVCenter, changes: int) -> Iterator[Kind]:
    machines, hosts = vcenter.machines[:changes], vcenter.hosts[:changes]
    update, poll, goal = "WaitForUpdatesEx", "RetrievePropertiesEx", at_most(2)
    needs = ((machine.need_consolidation(), {"vm": machine.name}) for machine in machines)
    yield Kind("consolidation needed", goal, update, "vsphere_vm_consolidation_needed", 1, needs)
    silent: Final = "notResponding"
    falls = ((host.set_connection_state(silent), {"host": host.name, "state": silent}) for host in hosts)
    yield Kind("a host that does not respond", goal, update, "vsphere_host_connection_state", 1, falls)
    host = hosts[0]
    moves = (
        (
            vcenter.admin.update(machine.reference, {"runtime.host": host.reference}),
            {"vm": machine.name, "host": host.name},
        )
        for machine in machines[1:]
    )
    yield Kind("a machine on another host", goal, update, "vsphere_vm_info", 1, moves)
    # For each of the eight objects that a snapshot changes, the simulator traverses its whole inventory before it sends
    # the update. vCenter is not known to do so: the second line is the relevant one.
    taken = ((machine.take_snapshot(), {"vm": machine.name}) for machine in machines)
    yield Kind("a snapshot (the simulator is slow)", None, update, "vsphere_vm_snapshots", 1, taken)
    stuck = ((machine.hold_task(progress=95), {"vm": machine.name}) for machine in machines)
    yield Kind("a task at 95 %", at_most(3), poll, "vsphere_task_progress_ratio", 0.95, stuck)


async def main(rounds: int, seconds: float, changes: int) -> None:
    """Both figures."""
    with tempfile.TemporaryDirectory(prefix="bench-vsphere-") as name:
        directory = Path(name)
        await while_nothing_changes(directory / "idle", rounds, seconds)
        await until_a_change_shows(directory / "change", changes)


if __name__ == "__main__":
    given = dict(enumerate(sys.argv[1:]))
    asyncio.run(main(int(given.get(0, ROUNDS)), float(given.get(1, SECONDS)), int(given.get(2, CHANGES))))
