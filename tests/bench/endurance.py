"""Long runs of the real command on the lab: growth while half of the runs fail, and by reloads; losses by kills.

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
WARM_UP: Final = 1 / 10
"""Part of the samples that does not count."""
PAUSE: Final = 0.2
"""Seconds between two samples."""
STILL: Final = 100
"""Samples before the reloads, and after them: some runs take five seconds until they fail."""
CLOSED_AFTER: Final = 15.0
"""Seconds after which every collector of a replaced configuration is closed."""
FIRST_RELOADS: Final = 5
"""Reloads after which everything that a reload needs is loaded."""
FEW: Final = 20
"""Added to both sides of a comparison: one more of two sessions is within the limit, two more are not."""
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

    def sample(self) -> dict[str, float]:
        """Everything that may grow."""
        own = {
            "resident MiB": self._process.memory_info().rss / 2**20,
            "descriptors": self._process.num_fds(),
            "threads": self._process.num_threads(),
        }
        return {**own, **json.loads(self._counts.read_text(encoding="utf-8"))}

    async def runs(self, *, failed: bool = False) -> float:
        """The runs of all collectors."""
        runs = [sample for sample in await self._it.page() if sample.name == "collector_runs_total"]
        return sum(run.value for run in runs if not (failed and run.labels["result"] == "success"))

    async def samples_of(self, number: int) -> list[dict[str, float]]:
        """So many samples."""
        found = []
        for _ in range(number):
            found.append(self.sample())
            await asyncio.sleep(PAUSE)
        return found


Samples = Sequence[dict[str, float]]


def compare(what: str, when: str, before: Samples, after: Samples) -> None:
    """For each quantity the samples, and by how much the least of the later ones is larger.

    What leaks is held at the quietest moment too; an upload or a run that hangs for a while is not.
    """
    for name in before[0]:
        first, last = ([sample[name] for sample in samples] for samples in (before, after))
        report(f"{what}: {name}", [*first, *last], digits=1)
        report(f"{what}: {name}, {when}", [(min(last) + FEW) / (min(first) + FEW)], goal=at_most(LARGEST_GROWTH))


async def growth(center: DataCenter, directory: Path, runs: int, reloads: int) -> None:
    """Samples while `runs` runs are made, half of which fail; then before and after the configuration changes."""
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
        before, samples = await watched.runs(), []
        while await watched.runs() - before < runs:
            samples += await watched.samples_of(1)
        failed = await watched.runs(failed=True) / await watched.runs()
        counted = samples[round(len(samples) * WARM_UP) :]
        third = len(counted) // 3
        growing = f"{runs} runs, {failed:.0%} failed"
        compare(growing, "last third / first third", counted[:third], counted[-third:])
        still = []
        for number in range(FIRST_RELOADS + reloads):
            if number == FIRST_RELOADS:
                await asyncio.sleep(CLOSED_AFTER)
                still = await watched.samples_of(STILL)
            file.write_text(yaml.safe_dump(_renamed(config, number)), encoding="utf-8")
            await _reload(it)
        await asyncio.sleep(CLOSED_AFTER)
        compare(f"{reloads} reloads", "after / before", still, await watched.samples_of(STILL))
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
