"""A change of the number of shards: who checks a target in which moment, and what follows the target to its new shard.

Real engines on one fake clock. Each stops and starts again with the new number as its pod would: within the seconds
between two pods, not all in the same moment.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.registry import CollectorSpec
from azure_migrate_exporter.config.replication import VaultSettings
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.config.vsphere import VCenterSettings
from azure_migrate_exporter.engine.engine import Engine
from azure_migrate_exporter.engine.sharding import Shard, find_units
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.runtime.blackboard import Blackboard
from azure_migrate_exporter.runtime.state import DirectoryState
from tests import scripted
from tests.clock import FakeClock

INTERVAL: Final = 60.0
BETWEEN_PODS: Final = 10.0
"""Seconds between the restarts of two pods."""
STARTUP: Final = 5.0
VAULTS: Final = tuple(f"vault-{number:02d}" for number in range(20))
SETTINGS: Final = Settings(
    replication=tuple(
        VaultSettings.model_validate(
            {
                "subscription": "00000000-0000-0000-0000-000000000001",
                "resource_group": "g",
                "vault": name,
                "credential": {"type": "managed_identity"},
            }
        )
        for name in VAULTS
    )
)


@dataclass
class Log:
    """Each run: its time and the shard, by target; and how many runs the state of the target says there were."""

    runs: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    counted: dict[str, int] = field(default_factory=dict)


class CountsItsRuns(Collector):
    """Counts the runs of its target in the state, as the events of a vault are counted."""

    def __init__(self, target: Target[str], context: Context, log: Log) -> None:
        self._target = target
        self._context = context
        self._log = log
        self._count = context.state.load(target.name).get("count", 0)

    async def collect(self, _: Measurements) -> None:
        self._count += 1
        self._context.state.save(self._target.name, {"count": self._count})
        self._log.runs[self._target.name].append((self._context.clock.monotonic(), self._target.settings))
        self._log.counted[self._target.name] = self._count


@dataclass(frozen=True, slots=True)
class CountingSpec(CollectorSpec):
    """The collector `replication` with `CountsItsRuns` for its collector."""

    log: Log = field(default_factory=Log)

    def create(self, target: Target[Any], context: Context) -> Collector:
        return CountsItsRuns(target, context, self.log)


def spec(shard: Shard, log: Log) -> CountingSpec:
    def targets(settings: Settings, _: Blackboard) -> Iterator[Target[str]]:
        yield from (Target(entry.target, "", str(shard)) for entry in settings.replication)

    when = scripted.schedule(interval=INTERVAL, timeout=20)
    return CountingSpec("replication", "counts its runs", scripted.__name__, when, targets, log=log)


class Pods:
    """Exporters of one configuration, with a volume that they share."""

    def __init__(self, volume: Path) -> None:
        self.clock = FakeClock()
        self.log = Log()
        self._volume = volume
        self._running: dict[int, AsyncExitStack] = {}

    async def start(self, shard: Shard) -> None:
        context = Context(clock=self.clock, state=DirectoryState(self._volume))
        engine = Engine(context, Page(), {"replication": spec(shard, self.log)}, shard)
        stack = self._running[shard.index] = AsyncExitStack()
        await stack.enter_async_context(_own_task(engine))
        engine.apply(SETTINGS)

    async def stop(self, index: int) -> None:
        await self._running.pop(index).aclose()

    async def stop_all(self) -> None:
        for index in list(self._running):
            await self.stop(index)

    async def restart(self, shard: Shard) -> None:
        """Replace the pod, if there is one, by one with the new number of shards."""
        if shard.index in self._running:
            await self.stop(shard.index)
        await self.pass_time(STARTUP)
        await self.start(shard)

    async def scale(self, before: int, after: int) -> None:
        """What an upgrade does to all pods at once, here one after the other."""
        for index in range(after, before):
            await self.stop(index)
        for index in range(after):
            await self.restart(Shard(index, after))
            await self.pass_time(BETWEEN_PODS - STARTUP)

    async def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await self.clock.advance(1)
            await asyncio.sleep(0.002)  # the collector's module is loaded in a thread


@asynccontextmanager
async def _own_task(engine: Engine) -> AsyncIterator[None]:
    """Run the engine in a task of its own, so that pods can stop in any order."""
    stop, started = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with engine.running():
            started.set()
            await stop.wait()

    task = asyncio.create_task(run())
    await started.wait()
    try:
        yield
    finally:
        stop.set()
        await task


@pytest.mark.parametrize(("before", "after"), [(1, 2), (3, 4), (4, 3), (2, 1)])
async def test_a_target_is_never_checked_by_two_or_by_none_for_longer_than_an_interval(
    tmp_path: Path, before: int, after: int
) -> None:
    pods = Pods(tmp_path)
    for index in range(before):
        await pods.start(Shard(index, before))
    await pods.pass_time(3 * INTERVAL)
    changed = pods.clock.monotonic()
    await pods.scale(before, after)
    await pods.pass_time(3 * INTERVAL)
    await pods.stop_all()
    assert set(pods.log.runs) == set(VAULTS)
    for runs in pods.log.runs.values():
        times = [time for time, _ in runs]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert max(gaps) < 2 * INTERVAL, "checked by none for longer than an interval after it was due"
        first_of_new = min(time for time, shard in runs if time > changed and shard.endswith(f"/{after}"))
        last_of_old = max(time for time, shard in runs if shard.endswith(f"/{before}"))
        assert last_of_old - first_of_new < INTERVAL, "checked by two for longer than an interval"
        assert len({shard for _, shard in runs if shard.endswith(f"/{after}")}) == 1


@pytest.mark.parametrize(("before", "after"), [(3, 4), (4, 3)])
async def test_the_state_follows_the_target_to_its_new_shard(tmp_path: Path, before: int, after: int) -> None:
    pods = Pods(tmp_path)
    for index in range(before):
        await pods.start(Shard(index, before))
    await pods.pass_time(2 * INTERVAL)
    await pods.stop_all()
    for index in range(after):
        await pods.start(Shard(index, after))
    await pods.pass_time(2 * INTERVAL)
    await pods.stop_all()
    moved = [name for name, runs in pods.log.runs.items() if len({shard.split("/")[0] for _, shard in runs}) > 1]
    assert moved
    assert pods.log.counted == {name: len(runs) for name, runs in pods.log.runs.items()}


async def test_each_shard_says_which_it_is(tmp_path: Path) -> None:
    engine = Engine(Context(state=DirectoryState(tmp_path)), Page(), {}, Shard(2, 3))
    async with engine.running():
        page = b"".join(engine.page.response(openmetrics=False)).decode()
    assert 'azure_migrate_exporter_shard_info{shard="2",total_shards="3"} 1.0' in page
    assert "azure_migrate_exporter_total_shards 3.0" in page


async def test_what_keeps_all_vaults_in_one_shard_is_in_the_log(tmp_path: Path) -> None:
    anywhere = VCenterSettings.model_validate(
        {"name": "vc1", "address": "vc", "username": "u", "password": {"env": "P"}}
    )
    unlinked = SETTINGS.model_copy(update={"vcenters": (anywhere,)})
    engine = Engine(Context(state=DirectoryState(tmp_path)), Page(), {}, Shard(0, 3))
    async with engine.running():
        with capture_logs() as logs:
            engine.apply(SETTINGS)
            engine.apply(unlinked)
    (warning,) = logs
    assert warning["event"] == "all vaults are in one shard, as these entries name no vault"
    assert warning["entries"] == "vcenters vc1"


async def test_a_probe_of_a_target_of_another_shard_says_so(tmp_path: Path) -> None:
    pods = Pods(tmp_path)
    (elsewhere,) = (shard for shard in (Shard(0, 2), Shard(1, 2)) if shard.index != where("vault-00", 2))
    engine = Engine(Context(clock=pods.clock), Page(), {"replication": spec(elsewhere, pods.log)}, elsewhere)
    async with engine.running():
        engine.apply(SETTINGS)
        with pytest.raises(LookupError, match=f"is configured in shard {elsewhere}$"):
            await engine.probe("replication", "vault-00", 5)


def where(vault: str, total: int) -> int:
    return next(unit for unit in find_units(SETTINGS) if ("replication", vault) in unit.entries).shard_of(total)
