"""A collector that runs the script of a test: the smallest implementation of the protocol."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.registry import CollectorSpec
from azure_migrate_exporter.config.base import Schedule
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.runtime.blackboard import Blackboard

Step = Callable[[Measurements], Awaitable[None]]


@dataclass
class Script:
    """Settings of a scripted target: `step` is what each run does."""

    step: Step
    runs: list[float] = field(default_factory=list)
    closed: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Scripted(Collector):
    def __init__(self, script: Script, context: Context) -> None:
        self._script = script
        self._context = context

    async def collect(self, out: Measurements) -> None:
        self._script.runs.append(self._context.clock.time())
        self._script.news.clear()
        await self._script.step(out)

    async def news(self) -> None:
        await self._script.news.wait()

    async def close(self) -> None:
        self._script.closed += 1


def create(target: Target[Script], context: Context) -> Collector:
    return Scripted(target.settings, context)


def schedule(*, interval: float = 60, timeout: float = 10, retry: float = 15, stale: float = 300) -> Schedule:
    return Schedule.model_construct(interval=interval, timeout=timeout, retry_interval=retry, stale_after=stale)


def spec(
    scripts: dict[str, Script] | None = None, *, name: str = "scripted", when: Schedule | None = None
) -> CollectorSpec:
    def targets(_: Settings, __: Blackboard) -> Iterator[Target[Any]]:
        yield from (Target(target, "", script) for target, script in (scripts or {}).items())

    return CollectorSpec(name, "does what a test says", __name__, when or schedule(), targets)
