"""Start and memory of the real command on the lab, with everything configured.

`--help` is compared with the bare interpreter in turn, so that the machine's own speed shows.
"""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import yaml

from tests.bench.figures import at_most, report
from tests.lab.datacenter import DataCenter, data_center
from tests.lab.exporter import COMMAND, Exporter, exporter
from tests.lab.vcenter import LabVCenter

STARTS = 5
MACHINES = 500


def to_help() -> None:
    ours, bare = [], []
    for _ in range(10):
        ours.append(_timed([*COMMAND.command, "--help"]))
        bare.append(_timed([sys.executable, "-c", "pass"]))
    report("--help", ours, unit=" s", goal=at_most(0.3))
    report("the bare interpreter", bare, unit=" s")


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


async def to_healthy(center: DataCenter, directory: Path) -> None:
    times = []
    for number in range(STARTS):
        began = time.perf_counter()
        async with exporter(directory / str(number), center.config, "--log.level=error"):
            times.append(time.perf_counter() - began)
    report("/-/healthy with everything configured", times, unit=" s", goal=at_most(3))


async def memory(center: DataCenter, directory: Path) -> None:
    """Everything configured, and a vCenter of whose machines 500 replicate."""
    async with LabVCenter(center.ca, directory / "vcenter", machines=MACHINES, hosts=32) as vcenter:
        config = yaml.safe_load(center.config.read_text(encoding="utf-8"))
        secret = directory / "vcenter.txt"
        secret.write_text(vcenter.password, encoding="utf-8")
        more = {
            **config["vcenters"][0],
            "name": "large",
            "address": vcenter.host,
            "port": vcenter.port,
            "password": {"file": str(secret)},
            "replication": {"machines": [".*"]},
        }
        config["vcenters"].append(more)
        file = directory / "large.yml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        async with exporter(directory / "large", file, "--log.level=error") as it:
            await it.until_ready(120)
            sizes = []
            for _ in range(10):
                await asyncio.sleep(1)
                await it.page()
                sizes.append(_resident(it))
        report(f"resident, {MACHINES} replicating machines", sizes, unit=" MiB", digits=1, goal=at_most(200))


def _resident(it: Exporter) -> float:
    return float(psutil.Process(it.process.pid).memory_info().rss) / 2**20


async def main() -> None:
    to_help()
    with TemporaryDirectory() as name:
        directory = Path(name)
        async with data_center(directory / "lab") as center:
            await to_healthy(center, directory)
            await memory(center, directory)


if __name__ == "__main__":
    asyncio.run(main())
