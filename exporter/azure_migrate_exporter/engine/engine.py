"""The engine: starts, keeps and stops jobs as settings and discoveries require, and publishes their results."""

import asyncio
import platform
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from azure_migrate_exporter.collectors.protocol import Context
from azure_migrate_exporter.collectors.registry import COLLECTORS, CollectorSpec
from azure_migrate_exporter.config.azure_monitor import MINIMUM_INTERVAL
from azure_migrate_exporter.config.settings import Settings
from azure_migrate_exporter.engine.applicability import check_applicability
from azure_migrate_exporter.engine.effective_settings import merge_discovered
from azure_migrate_exporter.engine.heartbeat import Heartbeat
from azure_migrate_exporter.engine.job import Job
from azure_migrate_exporter.engine.plan import Plan, plans
from azure_migrate_exporter.engine.runner import Run, run_one
from azure_migrate_exporter.engine.sharding import WHOLE, Assignment, Shard, unlinked_entries
from azure_migrate_exporter.engine.status import JobStatus
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metrics import EXPORTER_BUILD_INFO, EXPORTER_SHARD_INFO, EXPORTER_TOTAL_SHARDS
from azure_migrate_exporter.exposition.page import Page, RenderingError
from azure_migrate_exporter.runtime.deadline import own_deadline
from azure_migrate_exporter.runtime.pacing import Pacing
from azure_migrate_exporter.runtime.threads import DaemonThreads
from azure_migrate_exporter.version import revision, version

PUBLISHING: Final = Pacing(least=0.05, most=0.5)
"""Pause between two renderings: results that arrive in between are rendered together."""
STALENESS_INTERVAL: Final = 5.0
STOP_TIMEOUT: Final = 5.0
"""Seconds for all jobs together to stop and close their collectors."""

MINIMUM_INTERVALS: Final = {
    "azure_metrics": MINIMUM_INTERVAL,
    "azure_logs": MINIMUM_INTERVAL,
    "storage_benchmark": 3600.0,
}
"""Seconds between two runs of billed collectors and of the benchmark, whatever asks for them."""

log = structlog.get_logger()


@dataclass(slots=True)
class _RunningJob:
    job: Job
    plan: Plan
    task: "asyncio.Task[None]"
    probed: tuple[float, Run] | None = None
    """When the newest probe ended (monotonic seconds), and its result."""


class Engine:
    """Runs the jobs of the settings last given to `apply`, inside `async with engine.running()`."""

    def __init__(
        self,
        context: Context,
        page: Page,
        collectors: Mapping[str, CollectorSpec] = COLLECTORS,
        shard: Shard = WHOLE,
    ) -> None:
        self.page = page
        self._collectors = collectors
        self._shard = shard
        self._context = context
        self._clock = context.clock
        self._settings: Settings | None = None
        self._assignment = Assignment(Settings(), shard)
        self._started = False
        self._running: dict[tuple[str, str], _RunningJob] = {}
        self._stopping: set[asyncio.Task[None]] = set()
        self._dirty = asyncio.Event()
        self.heartbeat = Heartbeat()
        """Of the event loop that the jobs run in."""
        # Its own thread: the loop's default threads can all be blocked by a name server.
        self._renderer = DaemonThreads("render", 1)
        context.blackboard.on_change(self._reconcile)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish results and drop stale ones inside the block; stop every job when it ends."""
        self.publish_blocks("exporter", (_own_info(self._shard),))
        self.page.publish()
        async with asyncio.TaskGroup() as tasks:
            work = (self._publish_forever(), self._drop_stale_forever(), self.heartbeat.beat_forever())
            background = [tasks.create_task(one) for one in work]
            try:
                yield
            finally:
                for task in background:
                    task.cancel()
                await self._stop_all()
                self._renderer.shutdown()

    def apply(self, settings: Settings) -> None:
        """Run the jobs of `settings` that the shard has. Jobs that are unchanged keep running."""
        self._settings = settings
        self._assignment = Assignment(settings, self._shard)
        if self._shard != WHOLE:
            _warn_of_unlinked(settings)
        self._reconcile()

    def publish_blocks(self, owner: str, blocks: Sequence[Block]) -> None:
        """Publish blocks that belong to no job."""
        self.page.put((owner, ""), blocks)
        self._dirty.set()

    def _reconcile(self) -> None:
        if self._settings is None:
            return
        blackboard, assignment = self._context.blackboard, self._assignment
        merged = merge_discovered(assignment.own_discoveries(self._settings), blackboard)
        appliances = filter(assignment.owns_appliance, merged.appliances)
        self.publish_blocks("applicability", (check_applicability(appliances),))
        wanted = {plan.key: plan for plan in plans(self._settings, blackboard, self._collectors, assignment)}
        for key, running in list(self._running.items()):
            if wanted.get(key) != running.plan:
                self._stop(key)
        for key, plan in wanted.items():
            if key not in self._running:
                self._start(plan)

    def _start(self, plan: Plan) -> None:
        job = Job(plan.spec, plan.target, plan.schedule, self._context, self._on_result)
        with own_deadline():  # not that of the run which discovered the target
            task = asyncio.create_task(job.run_forever(), name=f"job {plan.spec.name} {plan.target.name}")
        self._running[plan.key] = _RunningJob(job, plan, task)
        task.add_done_callback(lambda task: self._restart(plan, task))

    def _restart(self, plan: Plan, task: "asyncio.Task[None]") -> None:
        """Replace a job that ended by itself, which is a bug: its target must not stop being checked."""
        running = self._running.get(plan.key)
        if task.cancelled() or running is None or running.task is not task:
            return
        log.error(
            "job ended, and is started again", collector=plan.key[0], target=plan.key[1], exc_info=task.exception()
        )
        self._start(plan)

    def _stop(self, key: tuple[str, str]) -> None:
        running = self._running.pop(key)
        running.task.cancel()
        self._stopping.add(running.task)
        running.task.add_done_callback(self._stopping.discard)
        self.page.drop(("measurements", *key))
        self.page.drop(("run", *key))
        self._dirty.set()

    async def _stop_all(self) -> None:
        for key in list(self._running):
            self._stop(key)
        if self._stopping:
            _, hanging = await asyncio.wait(self._stopping, timeout=STOP_TIMEOUT)
            if hanging:
                log.error("jobs did not stop", jobs=", ".join(sorted(task.get_name() for task in hanging)))

    def _on_result(self, job: Job) -> None:
        running = self._running.get(job.key)
        if running is None or running.job is not job:
            return  # the job was stopped while its last run ended
        self.page.put(("measurements", *job.key), job.measurements, job.lifetime)
        self.page.put(("run", *job.key), job.run_metrics)
        self._dirty.set()

    async def _publish_forever(self) -> None:
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            began = self._clock.monotonic()
            for failed in await asyncio.get_running_loop().run_in_executor(self._renderer, self.page.publish):
                self._on_rendering_error(failed)
            self._started = self._started or (self._settings is not None and not self._unpublished())
            await self._clock.sleep(PUBLISHING.pause_after(self._clock.monotonic() - began))

    def _on_rendering_error(self, failed: RenderingError) -> None:
        """Charge the error to the run of the collector that wrote the block."""
        part, *key = failed.owner if isinstance(failed.owner, tuple) else (failed.owner,)
        running = self._running.get((key[0], key[1])) if part == "measurements" and len(key) == 2 else None
        if running is not None:
            running.job.record_rendering_error(failed.error)
        else:
            log.error("a block of the page cannot be rendered", owner=failed.owner, exc_info=failed.error)

    async def _drop_stale_forever(self) -> None:
        while True:
            await self._clock.sleep(STALENESS_INTERVAL)
            for running in list(self._running.values()):
                running.job.drop_if_stale()

    def statuses(self) -> list[JobStatus]:
        """Every job, in the order of the registry and then by target. Safe from any thread."""
        order = {name: position for position, name in enumerate(self._collectors)}
        running = dict(self._running)
        return [running[key].job.status for key in sorted(running, key=lambda k: (order[k[0]], k[1]))]

    def waiting(self) -> list[JobStatus]:
        """Jobs whose first run is not published yet. Safe from any thread.

        Once empty it stays empty: a target that is added later does not make the exporter unready.
        """
        return [] if self._started else self._unpublished()

    def _unpublished(self) -> list[JobStatus]:
        """Jobs without a run on the published page, which lags behind the end of a run by up to `PUBLISHING.most`."""
        return [
            status
            for status in self.statuses()
            if status.last is None or not self.page.shows(("run", status.collector, status.target))
        ]

    async def probe(self, collector: str, target: str, timeout: float) -> Run:
        """Run one target now, outside its schedule, with a separate collector. Raises LookupError.

        Collectors that cost money or load answer with their newest result within `MINIMUM_INTERVALS`.
        """
        running = self._running.get((collector, target))
        if running is None:
            where = f" in shard {self._shard}" if self._shard.total > 1 else ""
            raise LookupError(f"no target {target!r} of collector {collector!r} is configured{where}")
        recent = self._recent(running)
        if recent is not None:
            return recent
        run = await run_one(running.plan, self._context, min(timeout, running.plan.schedule.timeout))
        running.probed = (self._clock.monotonic(), run)
        return run

    def _recent(self, running: _RunningJob) -> Run | None:
        """The newest result of a collector in `MINIMUM_INTERVALS`, if it is younger than that."""
        oldest = self._clock.monotonic() - MINIMUM_INTERVALS.get(running.plan.spec.name, 0)
        results = [result for result in (running.job.last_run, running.probed) if result is not None]
        when, run = max(results, key=lambda result: result[0], default=(oldest, None))
        return run if when > oldest else None


def _warn_of_unlinked(settings: Settings) -> None:
    unlinked = unlinked_entries(settings)
    if unlinked:
        names = ", ".join(f"{section} {name}" for section, name in unlinked)
        log.warning("all vaults are in one shard, as these entries name no vault", entries=names)


def _own_info(shard: Shard) -> Block:
    out = Measurements()
    out.set(
        EXPORTER_BUILD_INFO,
        1,
        version=version(),
        revision=revision(),
        python_version=platform.python_version(),
    )
    out.set(EXPORTER_SHARD_INFO, 1, shard=str(shard.index), total_shards=str(shard.total))
    out.set(EXPORTER_TOTAL_SHARDS, shard.total)
    return out.block()
