"""All jobs: started, kept and stopped as settings and discoveries ask, and their newest results on the page."""

import asyncio
import platform
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS, CollectorSpec
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.applicability import applicability
from azure_migrate_exporter.engine.effective_settings import effective
from azure_migrate_exporter.engine.job import Job
from azure_migrate_exporter.engine.plan import Plan, plans
from azure_migrate_exporter.engine.runner import Run, run_one
from azure_migrate_exporter.engine.status import JobStatus
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metrics import EXPORTER_BUILD_INFO
from azure_migrate_exporter.exposition.page import Page
from azure_migrate_exporter.version import revision, version

PUBLISH_PAUSE: Final = 0.5
"""Seconds between two renderings: results that arrive together are rendered together."""
STALENESS_TICK: Final = 5.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Running:
    job: Job
    plan: Plan
    task: "asyncio.Task[None]"


class Engine:
    """Runs what `apply` was last told. Use `running()` as its life."""

    def __init__(self, context: Context, page: Page, collectors: Mapping[str, CollectorSpec] = COLLECTORS) -> None:
        self.page = page
        self._collectors = collectors
        self._context = context
        self._clock = context.clock
        self._settings: Settings | None = None
        self._started = False
        self._running: dict[tuple[str, str], _Running] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        self._dirty = asyncio.Event()
        # A thread of its own: the loop's default ones can all be waiting for a name server.
        self._renderer = ThreadPoolExecutor(1, thread_name_prefix="render")
        context.blackboard.on_change(self._reconcile)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish and watch staleness inside the block; stop every job at its end."""
        self.show("exporter", (_build_info(),))
        self.page.publish()
        async with asyncio.TaskGroup() as tasks:
            background = [tasks.create_task(self._publish_forever()), tasks.create_task(self._drop_stale_forever())]
            try:
                yield
            finally:
                for task in background:
                    task.cancel()
                await self._stop_all()
                self._renderer.shutdown(wait=False)

    def apply(self, settings: Settings) -> None:
        """Run what `settings` ask for. Jobs that are asked for as before go on undisturbed."""
        self._settings = settings
        self._reconcile()

    def show(self, owner: str, blocks: Sequence[Block]) -> None:
        """Put blocks on the page that no job owns."""
        self.page.put((owner, ""), blocks)
        self._dirty.set()

    def _reconcile(self) -> None:
        if self._settings is None:
            return
        self.show("applicability", (applicability(effective(self._settings, self._context.blackboard)),))
        wanted = {plan.key: plan for plan in plans(self._settings, self._context.blackboard, self._collectors)}
        for key, running in list(self._running.items()):
            if wanted.get(key) != running.plan:
                self._stop(key)
        for key, plan in wanted.items():
            if key not in self._running:
                self._start(plan)

    def _start(self, plan: Plan) -> None:
        job = Job(plan.spec, plan.target, plan.schedule, self._context, self._on_result)
        task = asyncio.create_task(job.run_forever(), name=f"job {plan.spec.name} {plan.target.name}")
        self._running[plan.key] = _Running(job, plan, task)

    def _stop(self, key: tuple[str, str]) -> None:
        running = self._running.pop(key)
        running.task.cancel()
        self._stopping.add(running.task)
        running.task.add_done_callback(self._stopping.discard)
        self.page.drop(("measured", *key))
        self.page.drop(("about", *key))
        self._dirty.set()

    async def _stop_all(self) -> None:
        for key in list(self._running):
            self._stop(key)
        await asyncio.gather(*self._stopping, return_exceptions=True)

    def _on_result(self, job: Job) -> None:
        running = self._running.get(job.key)
        if running is None or running.job is not job:
            return  # it was stopped while its last run ended
        self.page.put(("measured", *job.key), job.measured)
        self.page.put(("about", *job.key), job.about_itself)
        self._dirty.set()

    async def _publish_forever(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            await asyncio.get_running_loop().run_in_executor(self._renderer, self.page.publish)
            self._started = self._started or (self._settings is not None and not self._unseen())
            await self._clock.sleep(PUBLISH_PAUSE)

    async def _drop_stale_forever(self) -> None:
        while True:
            await self._clock.sleep(STALENESS_TICK)
            for running in list(self._running.values()):
                running.job.drop_if_stale()

    def statuses(self) -> list[JobStatus]:
        """Every job, in the order of the registry and then by target. Safe from any thread."""
        order = {name: position for position, name in enumerate(self._collectors)}
        running = dict(self._running)
        return [running[key].job.status for key in sorted(running, key=lambda k: (order[k[0]], k[1]))]

    def waiting(self) -> list[JobStatus]:
        """Jobs that the start still waits for: the page shows no first run of theirs yet. Safe from any thread.

        Empty for good once there was none: a target that is added later takes nobody out of service.
        """
        return [] if self._started else self._unseen()

    def _unseen(self) -> list[JobStatus]:
        """Jobs without a run on the published page. To have ended is not enough: its result comes a moment later."""
        return [
            status
            for status in self.statuses()
            if status.last is None or not self.page.shows(("about", status.collector, status.target))
        ]

    async def probe(self, collector: str, target: str, timeout: float) -> Run:
        """One run now, apart from the schedule and with a collector of its own. Raises LookupError."""
        running = self._running.get((collector, target))
        if running is None:
            raise LookupError(f"no target {target!r} of collector {collector!r} is configured")
        seconds = min(timeout, running.plan.schedule.timeout)
        return await run_one(running.plan, self._context, seconds)


def _build_info() -> Block:
    out = Measurements()
    out.set(
        EXPORTER_BUILD_INFO,
        1,
        version=version(),
        revision=revision(),
        python_version=platform.python_version(),
    )
    return out.block()
