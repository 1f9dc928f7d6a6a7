"""The cost of the replication collector: 500 machines on one appliance, and 10,000 in 20 vaults.

The exporter and the stand-in for Resource Manager run as processes of their own; what is measured is the CPU time and
the memory of the exporter's process. The default schedule applies: a list each minute, and between the lists machines
are read one by one, up to 150 requests a minute for each vault; the 20 vaults may have more, so that their machines are
soon read once.

`python -m tests.bench.replication [MINUTES] [quick]`: how long each of the two is looked at; with `quick` without the
models of the SDK, which have no goal.
"""

import asyncio
import http.client
import json
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
from azure.mgmt.recoveryservicessiterecovery.aio import SiteRecoveryManagementClient

from azure_migrate_exporter.azure.arm_client import connected
from azure_migrate_exporter.azure.migration_item import read_item
from azure_migrate_exporter.collectors.replication.polling.detail_poller import QUIET_INTERVAL
from azure_migrate_exporter.config.replication import VaultSettings
from generate.docs.metrics import SERIES
from tests.bench.figures import QUICK, at_most, percentile, report
from tests.bench.process_cost import cpu_seconds
from tests.lab.arm.kinds import Kind
from tests.lab.exporter import Exporter, exporter
from tests.lab.process import Process, running, write_yaml
from tests.lab.tools import Program

MINUTES: Final = 3
ARM: Final = Program((sys.executable, "-m", "tests.lab.arm"))
OPENMETRICS: Final = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
_DEADLINE: Final = 120.0
_SCRAPED: Final = 15.0
"""Seconds of scrapes while machines are refreshed, and as many while they are not."""

Wait = Callable[[], Coroutine[Any, Any, object]]


class Azure:
    """The process of Resource Manager."""

    def __init__(self, process: Process, log: Path) -> None:
        self._process = process
        self._log = log

    def send(self, signal_number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send(signal_number)

    async def requests(self) -> Counter[str]:
        """The requests so far, by kind, as it has counted them."""
        before = len(self._log.read_text())

        async def counted() -> bool:
            said = self._log.read_text()
            return len(said) > before and said.endswith("\n")

        self.send(signal.SIGUSR1)
        await self._process.until(counted, _DEADLINE)
        return Counter(json.loads(self._log.read_text().splitlines()[-1]))


@asynccontextmanager
async def azure(directory: Path, vaults: int, machines: int) -> AsyncIterator[tuple[Azure, list[dict[str, Any]]]]:
    """Resource Manager with so many vaults and machines: its process, and entries of `replication` for them."""
    log = directory / "arm.log"
    async with running("arm", ARM, f"--vaults={vaults}", f"--machines={machines}", log=log) as process:

        async def ready() -> bool:
            return log.read_text().endswith("\n")

        await process.until(ready, _DEADLINE)
        started = json.loads(log.read_text().splitlines()[0])
        credential = {
            "type": "client_secret",
            "tenant_id": started["tenant_id"],
            "client_id": started["client_id"],
            "client_secret": {"file": started["client_secret_file"]},
        }
        cloud = {"resource_manager": started["url"], "authority": started["authority"]}
        common = {"cloud": cloud, "ca_file": started["ca_file"], "credential": credential}
        yield Azure(process, log), [{**vault, **common} for vault in started["vaults"]]


class Watched:
    """The exporter's process, and its page as Prometheus asks for it."""

    def __init__(self, started: Exporter) -> None:
        self._process = psutil.Process(started.process.pid)
        self._connection = http.client.HTTPConnection(urlsplit(started.url).netloc, timeout=60)

    @property
    def cpu(self) -> float:
        return cpu_seconds(self._process.pid)

    @property
    def memory(self) -> float:
        return float(self._process.memory_info().rss) / 2**20

    def page(self, *, gzip: bool = False) -> bytes:
        """The body of a scrape."""
        headers = {"Accept": OPENMETRICS, "Accept-Encoding": "gzip"} if gzip else {}
        self._connection.request("GET", "/metrics", headers=headers)
        return self._connection.getresponse().read()

    def scrape(self) -> float:
        """Seconds that a scrape took, as Prometheus makes it."""
        began = time.perf_counter()
        self.page(gzip=True)
        return time.perf_counter() - began

    async def scrapes(self, seconds: float, pause: float) -> list[float]:
        """How long each scrape took, for so long."""
        times, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            times.append(await asyncio.to_thread(self.scrape))
            await asyncio.sleep(pause)
        return times

    def total(self, name: str, *labels: str) -> float:
        """The sum of a family's series that have all these labels; reading it whole would take us seconds."""
        lines = (line for line in self._lines(name) if all(label in line for label in labels))
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def label_values(self, name: str, label: str) -> set[str]:
        """The values of a label of a family."""
        return {found[1] for line in self._lines(name) if (found := re.search(rf'\b{label}="([^"]*)"', line))}

    def _lines(self, name: str) -> list[str]:
        """The series of a family, as the page has them."""
        return [line for line in self.page().decode().splitlines() if line.startswith(f"azure_migrate_{name}{{")]

    async def until_listed(self, machines: int) -> None:
        """Wait until every vault has been listed, and look rarely: serving a page of this size costs too."""
        async with asyncio.timeout(_DEADLINE):
            while self.total("replication_machines") != machines:  # noqa: ASYNC110 - a page
                await asyncio.sleep(2)

    async def until_read(self, machines: int) -> None:
        """Wait until every machine has been read alone: after that it is read as rarely as in the long run."""
        async with asyncio.timeout(_DEADLINE * 5):
            while len(self._lines("replication_details_timestamp_seconds")) != machines:  # noqa: ASYNC110 - a page
                await asyncio.sleep(10)


@asynccontextmanager
async def watched(directory: Path, entries: list[dict[str, Any]], *flags: str) -> AsyncIterator[Watched]:
    """Our exporter with these vaults, and nothing else."""
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    config = write_yaml(directory / "exporter.yml", {"replication": entries})
    async with exporter(directory / "exporter", config, *flags) as started:
        yield Watched(started)


async def against_the_models_of_the_sdk(directory: Path) -> None:
    """500 machines listed: with the SDK's models, and as we read them."""
    async with azure(directory, 1, 500) as (_, (entry,)):
        settings = VaultSettings.model_validate({**entry, "ca_file": Path(entry["ca_file"])})
        group, vault = settings.resource_group, settings.vault
        path = (
            f"/subscriptions/{settings.subscription}/resourceGroups/{group}/providers/Microsoft.RecoveryServices"
            f"/vaults/{vault}/replicationMigrationItems"
        )
        async with connected(settings) as arm:
            client = SiteRecoveryManagementClient(arm.credential, settings.subscription, **arm.options)

            async def with_models() -> None:
                async for one in client.replication_migration_items.list(group, vault):
                    details: Any = one.properties.provider_specific_details  # type: ignore[union-attr]
                    assert details.gateway_operation_details.state

            async def ours() -> None:
                async for value in arm.listed(path, "2025-08-01"):
                    assert read_item(value)

            theirs, mine = [], []
            for _ in range(5):
                theirs.append(await _cpu_of(with_models))
                mine.append(await _cpu_of(ours))
            report("500 machines listed, models of the SDK: CPU", theirs, unit=" s")
            report("500 machines listed, ours: CPU", mine, unit=" s")
            report("models of the SDK / ours", [t / m for t, m in zip(theirs, mine, strict=True)], digits=1)


async def _cpu_of(work: Wait) -> float:
    before = time.process_time()
    await work()
    return time.process_time() - before


async def one_appliance(directory: Path, minutes: int) -> None:
    """500 machines: what a minute costs, whatever happens in it."""
    async with azure(directory, 1, 500) as (arm, entries), watched(directory, entries) as our:
        await our.until_listed(500)
        costs, lists, requests = [], [], []
        for _ in range(minutes):
            before, cpu = await arm.requests(), our.cpu
            await asyncio.sleep(60)
            costs.append(our.cpu - cpu)
            made = await arm.requests() - before
            requests.append(made.total())
            lists.append(made[Kind.ITEMS])
        report("500 machines: CPU a minute, one refresh and its reads", costs, unit=" s", goal=at_most(2))
        report("500 machines: lists of machines a minute", lists, digits=0, goal=at_most(1))
        report("500 machines: requests a minute", requests, digits=0, goal=at_most(150))
        report("500 machines: memory", [our.memory], unit=" MiB", digits=0)


async def many_vaults(directory: Path, minutes: int) -> None:
    """10,000 machines in 20 vaults: the first full list, and then, after a restart, steady state.

    In its first hour an exporter also reads each machine whose cycle ends, since it did not see the cycle before; that
    hour is skipped. Quiet machines are due hours later, so their reads are in none of the minutes: what those cost is
    added to each.
    """
    async with azure(directory, 20, 10_000) as (arm, entries):
        vaults = [{**one, "reads_per_minute": 1200} for one in entries]
        async with watched(directory, vaults) as our:
            await our.until_listed(10_000)
            report("10,000 machines: CPU from the start to the first page", [our.cpu], unit=" s", goal=at_most(10))
        has_run_for_hours(directory)
        async with watched(directory, vaults) as our:
            await steady_state(arm, our, minutes)


def has_run_for_hours(directory: Path) -> None:
    """Let the saved state be that of an exporter that has seen the end of a cycle of each machine."""
    files = list(directory.rglob("replication-*.json"))
    assert files, "nothing was saved"
    for file in files:
        saved = json.loads(file.read_text())
        for tracker in saved["value"]["machines"].values():
            tracker[2] = tracker[0]  # the newest recovery point changed when the delay began
        file.write_text(json.dumps(saved))


async def steady_state(arm: Azure, our: Watched, minutes: int) -> None:
    """Minutes as any other, and scrapes while machines are refreshed and while nothing is."""
    await our.until_listed(10_000)
    listed = our.cpu
    await our.until_read(10_000)
    quiet = (our.cpu - listed) * 60 / QUIET_INTERVAL
    costs, memory = [], []
    for _ in range(minutes):
        cpu = our.cpu
        await our.scrapes(60, pause=15)
        costs.append(our.cpu - cpu + quiet)
        memory.append(our.memory)
    report("10,000 machines: CPU a minute, 20 refreshes and their reads", costs, unit=" s", goal=at_most(2))
    what_a_page_holds(our, 10_000)
    busy, idle = [], []
    for _ in range(minutes):
        busy.append(await our.scrapes(_SCRAPED, pause=0.1))
        arm.send(signal.SIGSTOP)  # nothing is answered, so nothing is read and nothing changes
        idle.append(await our.scrapes(_SCRAPED, pause=0.1))
        arm.send(signal.SIGCONT)
        memory.append(our.memory)
    report("10,000 machines: memory", memory, unit=" MiB", digits=0, goal=at_most(300))
    for what, times in (("while machines are refreshed", busy), ("while nothing is", idle)):
        report(f"10,000 machines: p99 of a scrape {what}", [1000 * p99(took) for took in times], unit=" ms")
    ratios = [p99(working) / p99(still) for working, still in zip(busy, idle, strict=True)]
    report("10,000 machines: p99 of a scrape, refreshed / idle", ratios, digits=1, goal=at_most(1.5))


def what_a_page_holds(our: Watched, machines: int) -> None:
    """Series and bytes: what a managed Prometheus bills, and what the network carries."""
    for what, count in SERIES.items():
        print(f"    {what + ':':<40} {count} series")
    page = our.page()
    of_machines = sum(b' vm_id="' in line.replace(b",", b" ") for line in page.splitlines())
    report(
        f"{machines:,} machines: series of a machine, from Azure", [of_machines / machines], digits=1, goal=at_most(9)
    )
    report(f"{machines:,} machines: a page", [len(page) / 2**20], unit=" MiB", digits=1)
    report(f"{machines:,} machines: a page in gzip", [len(our.page(gzip=True)) / 2**20], unit=" MiB", digits=1)


def p99(times: list[float]) -> float:
    return percentile(times, 0.99)


async def main(minutes: int, *, quick: bool) -> None:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="bench-replication-") as name:
        directories = [Path(name) / part for part in ("models", "one", "many")]
        for directory in directories:
            directory.mkdir()
        if not quick:
            await against_the_models_of_the_sdk(directories[0])
        await one_appliance(directories[1], minutes)
        await many_vaults(directories[2], minutes)


if __name__ == "__main__":
    minutes, *_ = [int(one) for one in sys.argv[1:] if one != QUICK] or (MINUTES,)
    asyncio.run(main(minutes, quick=QUICK in sys.argv))
