"""What each query of each dashboard costs Prometheus at 2,000 and 10,000 machines, over 6 hours and over 30 days.

The samples that it reads (`totalQueryableSamples`), and the CPU of the process, the median of a few rounds. A range
query runs with the steps, and with the windows, of its time range, on an hour of history: each step reads what it would
read in the whole range. Reading older blocks from a disk is not in it.

`python -m tests.bench.boards [ROUNDS]`
"""

import asyncio
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from tests.bench.board_cost import HOUR, MOST_SAMPLES, MOST_SECONDS, NOW, RANGES, expression, large
from tests.bench.figures import at_most, report
from tests.integration.panel_queries import PanelQuery, panel_queries
from tests.lab.prometheus import Prometheus

SIZES: Final = (2_000, 10_000)
ROUNDS: Final = 3


async def cpu(server: Prometheus, session: ClientSession) -> float:
    """Seconds of CPU that the process has used."""
    async with session.get(f"{server.url}/metrics") as response:
        families = text_string_to_metric_families(await response.text())
    return next(family.samples[0].value for family in families if family.name == "process_cpu_seconds")


async def measure(
    server: Prometheus, session: ClientSession, query: PanelQuery, seconds: float, rounds: int
) -> tuple[int, float]:
    """Samples and seconds of CPU of a query in a time range."""
    expr, used, samples = expression(query, seconds), [], 0
    step = 0.0 if query.instant else HOUR * query.interval(seconds) / seconds
    for _ in range(rounds):
        before = await cpu(server, session)
        data = await server.evaluate(expr, start=NOW - HOUR, end=NOW, step=step)
        used.append(await cpu(server, session) - before)
        samples = int(data["stats"]["samples"]["totalQueryableSamples"])
    return samples, median(used)


async def of_size(machines: int, rounds: int) -> None:
    """Print the five most expensive queries of each time range."""
    with tempfile.TemporaryDirectory(prefix="bench-boards-") as name:
        async with large(Path(name), machines) as server, ClientSession() as session:
            for span, seconds in RANGES.items():
                found = [(*await measure(server, session, one, seconds, rounds), one) for one in panel_queries()]
                size = f"{machines:,} machines, {span}"
                print(f"{size}: {len(found)} queries", flush=True)
                for samples, _, one in sorted(found, key=lambda one: -one[0])[:5]:
                    print(f"    {samples:>9,} samples   {': '.join(one.name)}", flush=True)
                for _, used, one in sorted(found, key=lambda one: -one[1])[:5]:
                    print(f"    {used:>7.2f} s of CPU  {': '.join(one.name)}", flush=True)
                most_samples = max(samples for samples, _, _ in found)
                most_seconds = max(used for _, used, _ in found)
                report(f"{size}: samples of a query", [most_samples], digits=0, goal=at_most(MOST_SAMPLES))
                report(f"{size}: CPU of a query", [most_seconds], unit=" s", goal=at_most(MOST_SECONDS))


async def main(rounds: int) -> None:
    """All sizes."""
    for machines in SIZES:
        await of_size(machines, rounds)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
