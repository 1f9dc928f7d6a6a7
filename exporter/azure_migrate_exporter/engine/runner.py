"""One run of one collector: deadline, timing, every exception turned into a reason, and the end of the collector."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.status import Outcome
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.deadline import deadline_in

CLOSE_TIMEOUT: Final = 5.0
"""Seconds that a collector gets to log out and close its connections."""
CANCEL_GRACE: Final = 5.0
"""Seconds that a collector gets to clean up after its deadline (to delete test blobs, for instance)."""


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Run:
    """What one run left: how it ended, what it measured, and its exception if that is a bug of ours."""

    outcome: Outcome
    blocks: Sequence[Block]
    bug: BaseException | None = None


class StillRunningError(Exception):
    """A run ignored its cancellation; `task` is what is left of it."""

    def __init__(self, run: Run, task: "asyncio.Task[None]") -> None:
        super().__init__("the run did not stop at its deadline")
        self.run = run
        self.task = task


async def run(collector: Collector, timeout: float, clock: Clock) -> Run:
    """Run `collector` once and never longer than `timeout` seconds plus a grace for its clean-up.

    Raises only `StillRunningError`, and CancelledError when it is itself cancelled.
    """
    out = Measurements()
    started, began = clock.time(), clock.monotonic()
    with deadline_in(timeout):
        task = asyncio.create_task(collector.collect(out))
    try:
        in_time = await _wait(task, timeout, clock)
        duration = clock.monotonic() - began
        if not in_time:
            outcome = Outcome(started, duration, Reason.TIMEOUT, f"no result within {timeout:g} s")
            task.cancel()
            if not await _wait(task, CANCEL_GRACE, clock):
                raise StillRunningError(Run(outcome, out.blocks()), task)
            return Run(outcome, out.blocks())
    except asyncio.CancelledError:
        task.cancel()
        await _wait(task, CANCEL_GRACE, clock)
        raise
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    outcome, bug = explain(error, started, duration)
    return Run(outcome, out.blocks(), bug)


async def _wait(task: "asyncio.Task[None]", seconds: float, clock: Clock) -> bool:
    """Whether `task` ended within `seconds`. Its result or exception stays in it."""
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await timer
    return task.done()


def explain(error: BaseException | None, started: float, duration: float) -> tuple[Outcome, BaseException | None]:
    """The outcome of a run that ended with `error`, and the error itself if nobody but us can mend it."""
    if error is None:
        return Outcome(started, duration), None
    reason = classify(error)
    text = error.message if isinstance(error, CheckError) else str(error)
    message = one_line(text) or type(error).__name__
    if reason is Reason.INTERNAL:
        message = f"{type(error).__name__}: {message}"
    return Outcome(started, duration, reason, message), error if reason is Reason.INTERNAL else None


async def run_one(plan: Plan, context: Context, timeout: float) -> Run:
    """Build the collector, run it once within `timeout` seconds, and close it. Raises nothing but CancelledError."""
    started = context.clock.time()
    try:
        await asyncio.to_thread(plan.spec.load)
        collector = plan.spec.create(plan.target, context)
    except Exception as error:  # noqa: BLE001 - a collector that cannot be built is a failed run
        outcome, bug = explain(error, started, 0.0)
        return Run(outcome, (), bug)
    try:
        return await run(collector, timeout, context.clock)
    except StillRunningError as stuck:
        return stuck.run
    finally:
        await close(collector)


async def close(collector: Collector) -> None:
    """Close `collector` within its time; say in the log if it could not."""
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT):
            await collector.close()
    except Exception as error:  # noqa: BLE001 - an error in one must not keep the others from being closed
        log.warning("collector did not close cleanly", collector=type(collector).__name__, error=one_line(repr(error)))
