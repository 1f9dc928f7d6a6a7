"""Long runs of the real command on the lab: growth while half of the runs fail, and with reloads; losses by kills.

`python -m tests.bench.endurance [RUNS [RELOADS [KILLS]]]`.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import aiohttp
import psutil
import yaml

from tests.bench.figures import at_most, report
from tests.crashes import crashes
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import Exporter, exporter
from tests.lab.tools import Program

DEFAULTS: Final = (10_000, 1000, 100)
PARTS: Final = 10
"""Samples of each phase. The first tenth is the warm-up."""
CLOSED_AFTER: Final = 15.0
"""Seconds after which every collector of a replaced configuration is closed."""
LARGEST_GROWTH: Final = 1.05
"""What a leak exceeds soon, and the noise of a measurement does not."""
FAILING = (
    "appliance-off",
    "storage-refused",
    "servicebus-refused",
    "eventhubs-refused",
    "vault-closed",
    "esxi-port-closed",
    "esxi-name-unknown",
    "vault-forbidden",
)
"""Faults with which half of all runs fail."""


class Watched:
    """A running exporter and what it holds."""

    def __init__(self, it: Exporter, counts: Path) -> None:
        self._it = it
        self._process = psutil.Process(it.process.pid)
        self._counts = counts
        self.samples: list[dict[str, float]] = []

    def sample(self) -> None:
        """Add a sample of everything that may grow."""
        own = {
            "resident MiB": self._process.memory_info().rss / 2**20,
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
        }
        self.samples.append({**own, **json.loads(self._counts.read_text(encoding="utf-8"))})

    async def runs(self, *, failed: bool = False) -> float:
        """The runs of all collectors."""
        runs = [sample for sample in await self._it.page() if sample.name == "collector_runs_total"]
        return sum(run.value for run in runs if not (failed and run.labels["result"] == "success"))

    def print(self, what: str) -> None:
        """Two lines for each quantity: the samples after the warm-up, and by how much its last third is larger."""
        for name in self.samples[0]:
            values = [sample[name] for sample in self.samples[1:] or self.samples]
            third = max(1, len(values) // 3)
            report(f"{what}: {name}", values, digits=1)
            grown = (sum(values[-third:]) + third) / (sum(values[:third]) + third)
            report(f"{what}: {name}, last third / first third", [grown], goal=at_most(LARGEST_GROWTH))
        self.samples.clear()


async def growth(center: DataCenter, directory: Path, runs: int, reloads: int) -> None:
    """Samples while `runs` runs are made, half of which fail, and then while the configuration changes."""
    for fault in FAILING:
        await center.switch(fault, on=True)
    config = yaml.safe_load(center.config.read_text(encoding="utf-8"))
    quick = {"interval": "50ms", "retry_interval": "50ms", "timeout": "5s"}
    for name in config["schedules"]:
        if name != "storage_benchmark":
            config["schedules"][name] = quick
    file, counts = directory / "growth.yml", directory / "counts.json"
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    command = Program((sys.executable, "-m", "tests.bench.endurance_server", str(counts)))
    async with exporter(directory / "growth", file, "--log.level=warning", command=command) as it:
        await it.until_ready(60)
        watched = Watched(it, counts)
        before = await watched.runs()
        while (done := await watched.runs() - before) < runs:
            if done >= runs / PARTS * (len(watched.samples) + 1):
                watched.sample()
            await asyncio.sleep(0.2)
        watched.sample()
        failed = await watched.runs(failed=True) / await watched.runs()
        watched.print(f"{runs} runs, {failed:.0%} failed")
        for number in range(reloads):
            file.write_text(yaml.safe_dump(_renamed(config, number)), encoding="utf-8")
            await _reload(it)
            if number % (reloads // PARTS) == 0:
                watched.sample()
        watched.print(f"{reloads} reloads")
        await asyncio.sleep(CLOSED_AFTER)
        watched.sample()
        print(f"{CLOSED_AFTER:g} s after the last reload:", watched.samples[-1], flush=True)
    log = await asyncio.to_thread((directory / "growth" / "exporter.log").read_text, encoding="utf-8")
    report("failures of the exporter itself in its log", [log.count("reason=internal")], digits=0, goal=at_most(0))
    await center.clear_faults()


def _renamed(config: dict[str, Any], number: int) -> dict[str, Any]:
    """The configuration with other names of the appliances, so that every job of theirs is another one."""
    appliances = [{**one, "name": f"{one['name']}-{number}"} for one in config["appliances"]]
    return {**config, "appliances": appliances}


async def _reload(it: Exporter) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{it.url}/-/reload") as response:
        if response.status != 200:
            raise RuntimeError(await response.text())


async def kills(center: DataCenter, directory: Path, number: int) -> None:
    """Kill the exporter at random moments; print what was lost, counted twice, or left."""
    await asyncio.to_thread(directory.mkdir)
    async with crashes(center.azurite, center.ca, directory) as lab:
        await lab.first_start()
        for _ in range(number):
            await lab.kill()
        counted, left = await lab.final_start()
        for what, found in (
            ("events lost or counted twice", abs(lab.added - counted)),
            ("test blobs left", len(left)),
            ("state files set aside", len(lab.set_aside())),
        ):
            report(f"{number} kills: {what}", [found], digits=0, goal=at_most(0))


async def main(arguments: Sequence[str]) -> None:
    given = tuple(map(int, arguments))
    runs, reloads, number = (*given, *DEFAULTS[len(given) :])
    with TemporaryDirectory() as name:
        directory = Path(name)
        async with data_center(directory / "lab") as center:
            await growth(center, directory, runs, reloads)
            await kills(center, directory / "kills", number)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
