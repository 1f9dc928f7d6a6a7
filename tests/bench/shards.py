"""Three exporters that divide 10,000 machines in 20 vaults, against one that has them all, and a fourth that joins.

Each exporter and the stand-in for Resource Manager run as processes of their own. The shards share a state directory,
as pods share a volume. A hash does not weigh, so the largest shard is what each must be sized for.

`python -m tests.bench.shards [MINUTES]`: how long the machines are read; four minutes, until each was read alone.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.bench.figures import at_most, report
from tests.bench.replication import Watched, azure, watched

MINUTES: Final = 5
VAULTS: Final = 20
MACHINES: Final = 10_000
SHARDS: Final = 3
INTERVAL: Final = 60.0
"""Seconds between two lists of a vault's machines."""
_DEADLINE: Final = 180.0

Entries = list[dict[str, Any]]


@asynccontextmanager
async def shards(directory: Path, entries: Entries, total: int) -> AsyncIterator[list[Watched]]:
    """The exporters of all shards, with one state directory."""
    async with AsyncExitStack() as stack:
        state = f"--state.path={directory / 'state'}"
        starting = (
            stack.enter_async_context(
                watched(directory / f"{total}-{index}", entries, f"--shard={index}/{total}", state)
            )
            for index in range(total)
        )
        yield [await one for one in starting]


async def listed(exporters: Sequence[Watched]) -> dict[Watched, set[str]]:
    """The vaults of each exporter, once all machines are listed."""
    async with asyncio.timeout(_DEADLINE):
        while sum(one.total("replication_machines") for one in exporters) != MACHINES:  # noqa: ASYNC110 - pages
            await asyncio.sleep(1)
    return {one: one.label_values("replication_machines", "vault") for one in exporters}


async def measured(exporters: Sequence[Watched], minutes: int) -> tuple[list[float], list[float]]:
    """CPU seconds a minute of each exporter, and its memory at the end."""
    before = [one.cpu for one in exporters]
    for _ in range(minutes):
        await asyncio.sleep(60)
        for one in exporters:
            one.scrape()
    return [(one.cpu - cpu) / minutes for one, cpu in zip(exporters, before, strict=True)], [
        one.memory for one in exporters
    ]


async def main(minutes: int) -> None:
    """One exporter, three shards, then four on the same volume."""
    with tempfile.TemporaryDirectory(prefix="bench-shards-") as name:
        directory = Path(name)
        async with azure(directory, VAULTS, MACHINES) as (_, entries):
            async with watched(directory / "one", entries) as one:
                await listed([one])
                (cpu,), (memory,) = await measured([one], minutes)
            report("one exporter: CPU a minute", [cpu], unit=" s")
            report("one exporter: memory", [memory], unit=" MiB", digits=0)
            before = await three(directory, entries, minutes, cpu, memory)
            await one_more(directory, entries, before)


async def three(directory: Path, entries: Entries, minutes: int, cpu: float, memory: float) -> list[set[str]]:
    """The cost and the balance of the shards. Returns the vaults of each."""
    async with shards(directory, entries, SHARDS) as exporters:
        vaults = list((await listed(exporters)).values())
        costs, memories = await measured(exporters, minutes)
        machines = [shard.total("replication_machines") for shard in exporters]
    checked = [vault for of_one in vaults for vault in of_one]
    assert len(checked) == len(set(checked)) == VAULTS, "a vault of two shards, or of none"
    report(f"{SHARDS} shards: vaults of a shard", [float(len(of_one)) for of_one in vaults], digits=0)
    report(f"{SHARDS} shards: machines of a shard", machines, digits=0)
    report(f"{SHARDS} shards: CPU a minute of a shard", costs, unit=" s")
    report(f"{SHARDS} shards: memory of a shard", memories, unit=" MiB", digits=0)
    report("all shards / one exporter: CPU", [sum(costs) / cpu], digits=2, goal=at_most(1.2))
    report("all shards / one exporter: memory", [sum(memories) / memory], digits=2)
    report("largest shard / one exporter: memory", [max(memories) / memory], digits=2)
    return vaults


async def one_more(directory: Path, entries: Entries, before: list[set[str]]) -> None:
    """All stop, and one more starts with them, as an upgrade of the chart does it."""
    began = time.monotonic()
    async with shards(directory, entries, SHARDS + 1) as exporters:
        after = list((await listed(exporters)).values())
        took = time.monotonic() - began
    assert sum(map(len, after)) == VAULTS
    assert all(now <= then for now, then in zip(after, before, strict=False)), "a vault moved to an old shard"
    report("one more shard: vaults that move, all to it", [float(len(after[-1]))], digits=0, goal=at_most(8))
    report("one more shard: until each machine is listed again", [took], unit=" s", digits=0, goal=at_most(INTERVAL))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else MINUTES))
