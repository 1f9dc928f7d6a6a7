"""A job: one (collector, target) that runs on its schedule while it is configured."""

import asyncio
import math
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

from azure_migrate_exporter.collectors.protocol import Collector, Context, Target
from azure_migrate_exporter.collectors.registry import CollectorSpec
from azure_migrate_exporter.config.base import Schedule
from azure_migrate_exporter.engine.runner import CLOSE_TIMEOUT, Run, StillRunningError, close, outcome_of, run
from azure_migrate_exporter.engine.status import JobStatus, Outcome
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metrics import (
    COLLECTOR_DURATION,
    COLLECTOR_FAILURE_INFO,
    COLLECTOR_INTERVAL,
    COLLECTOR_LAST_SUCCESS_TIMESTAMP,
    COLLECTOR_RUNS,
    COLLECTOR_SUCCESS,
)
from azure_migrate_exporter.reasons import REMEDIES

KEPT_FAILURES: Final = 10
FIRST_RUN_SPREAD: Final = 3.0
"""Seconds over which the first runs of all jobs are spread, to avoid a burst at the start."""
JITTER: Final = 0.05
"""Share of the interval by which a run may start earlier. Never later: a fault must show within the interval."""
SHORTEST_SILENCE: Final = 1.0
"""Seconds without an answer that a peer has at least, however short the interval is."""

OnResult = Callable[["Job"], None]
log = structlog.get_logger()


class Job:
    """Runs a collector on its schedule. Calls `on_result` when `measurements` or `run_metrics` change."""

    def __init__(
        self, spec: CollectorSpec, target: Target[Any], schedule: Schedule, context: Context, on_result: OnResult
    ) -> None:
        self.spec = spec
        self.target = target
        self.schedule = schedule
        self._silence, self._lead = math.inf, 0.0
        if spec.silence is not None:
            self._silence = min(spec.silence, max(schedule.interval / 2, SHORTEST_SILENCE))
            self._lead = min(self._silence, schedule.interval / 2)
        self.measurements: Sequence[Block] = ()
        self.run_metrics: Sequence[Block] = ()
        self._context = context
        self._clock = context.clock
        self._on_result = on_result
        self._collector: Collector | None = None
        self._stuck: asyncio.Task[None] | None = None
        self._results: Counter[str] = Counter(success=0)
        self._failures: deque[Outcome] = deque(maxlen=KEPT_FAILURES)
        self._last: Outcome | None = None
        self.last_run: tuple[float, Run] | None = None
        """When the newest run ended (monotonic seconds), and its result."""
        self._last_success: float | None = None
        self._failing_since: float | None = None
        self._running_since: float | None = None
        self._next_run: float | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Collector and target name."""
        return self.spec.name, self.target.name

    @property
    def status(self) -> JobStatus:
        """The current status."""
        return JobStatus(
            *self.key,
            self.schedule.interval,
            self._last,
            self._last_success,
            self._running_since,
            self._next_run,
            tuple(self._failures),
        )

    async def run_forever(self) -> None:
        """Run until cancelled, then close the collector."""
        try:
            await self._pause(random.uniform(0, min(FIRST_RUN_SPREAD, self.schedule.interval)))  # noqa: S311 - no secret
            while True:
                began = self._clock.monotonic()
                outcome = await self.run_once()
                await self._pause(self._delay(outcome) - (self._clock.monotonic() - began))
        finally:
            await self._close()

    def _delay(self, outcome: Outcome) -> float:
        interval = self.schedule.interval - self._lead
        if outcome.reason is not None:
            interval = min(interval, self.schedule.retry_interval)
        return interval * random.uniform(1 - JITTER, 1)  # noqa: S311 - spreads load, no secret

    async def _pause(self, seconds: float) -> None:
        """Wait until the next run is due, or until the collector has news."""
        self._next_run = self._clock.time() + max(seconds, 0)
        tasks = [asyncio.ensure_future(self._clock.sleep(max(seconds, 0)))]
        if self._collector is not None:
            tasks.append(asyncio.ensure_future(self._news(self._collector)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._next_run = None
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT)

    async def _news(self, collector: Collector) -> None:
        """Return when `collector` has news. If it fails, only the interval decides: it must not run without a pause."""
        try:
            await collector.news()
        except Exception:
            log.exception("collector cannot wait for news", collector=self.spec.name, target=self.target.name)
            await asyncio.Event().wait()

    async def run_once(self) -> Outcome:
        """Run the collector now and record the result."""
        self._running_since = self._clock.time()
        try:
            result = await self._run()
        finally:
            self._running_since = None
        self._record(result)
        return result.outcome

    async def _run(self) -> Run:
        if self._stuck is not None:
            if not self._stuck.done():
                message = "the previous run has not stopped yet"
                return Run(Outcome(self._clock.time(), 0.0, self._last.reason if self._last else None, message), ())
            self._stuck = None
        try:
            if self._collector is None:
                await asyncio.to_thread(self.spec.load)
                self._collector = self.spec.create(self.target, self._context)
            return await run(self._collector, self.schedule.timeout, self._clock, self._silence)
        except StillRunningError as stuck:
            self._stuck = stuck.task
            return stuck.run
        except Exception as error:  # noqa: BLE001 - a collector that cannot be created is a failed run
            outcome, bug = outcome_of(error, self._clock.time(), 0.0)
            return Run(outcome, (), bug)

    def _record(self, result: Run) -> None:
        outcome = result.outcome
        self._log(outcome, result.bug)
        self._last = outcome
        self.last_run = (self._clock.monotonic(), result)
        self._results[outcome.result] += 1
        if outcome.reason is None:
            self._last_success = outcome.started + outcome.duration
        else:
            self._failures.appendleft(outcome)
        self.measurements = result.blocks
        self.run_metrics = (self._run_metrics(outcome),)
        self._on_result(self)

    def _run_metrics(self, outcome: Outcome) -> Block:
        collector, target = self.key
        out = Measurements()
        out.set(COLLECTOR_SUCCESS, outcome.reason is None, collector=collector, target=target)
        if outcome.reason is not None:
            about = {"collector": collector, "target": target, "appliance": self.target.appliance}
            out.set(COLLECTOR_FAILURE_INFO, 1, **about, resource=self.target.resource, reason=outcome.reason)
        out.set(COLLECTOR_DURATION, outcome.duration, collector=collector, target=target)
        out.set(COLLECTOR_INTERVAL, self.schedule.interval, collector=collector, target=target)
        if self._last_success is not None:
            out.set(COLLECTOR_LAST_SUCCESS_TIMESTAMP, self._last_success, collector=collector, target=target)
        for result, runs in self._results.items():
            out.set(COLLECTOR_RUNS, runs, collector=collector, target=target, result=result)
        return out.block()

    def record_rendering_error(self, error: Exception) -> None:
        """Turn the last run into a failure: a block that it wrote cannot be rendered, and is left out of the page."""
        if self._last is not None:
            outcome, bug = outcome_of(error, self._last.started, self._last.duration)
            self._record(Run(outcome, self.measurements, bug))

    @property
    def lifetime(self) -> float:
        """Seconds until the measurements are stale; infinite if there are none."""
        if not self.measurements or self.last_run is None:
            return math.inf
        ended, run = self.last_run
        return self.schedule.stale_after - run.outcome.duration - (self._clock.monotonic() - ended)

    def drop_if_stale(self) -> None:
        """Drop measurements that are older than the staleness limit."""
        if self.lifetime < 0:
            self.measurements = ()
            self._on_result(self)

    def _log(self, outcome: Outcome, bug: BaseException | None) -> None:
        """Log the first failure, each change of its reason, and the recovery."""
        before = self._last.reason if self._last else None
        if outcome.reason == before:
            return
        place = {"collector": self.spec.name, "target": self.target.name}
        if outcome.reason is None:
            seconds = outcome.started - (self._failing_since or outcome.started)
            self._failing_since = None
            log.info("collector recovered", **place, failed_for_seconds=round(seconds))
            return
        self._failing_since = self._failing_since or outcome.started
        log.warning(
            "collector failed",
            **place,
            reason=outcome.reason.value,
            error=outcome.message,
            remedy=REMEDIES[outcome.reason],
            exc_info=bug,
        )

    async def _close(self) -> None:
        if self._collector is not None:
            await close(self._collector)
