"""One run of one collector: deadline, timing, the reason of a failure, and closing the collector."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from azure_migrate_exporter.collectors.protocol import Collector, Context
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.status import Outcome
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.deadline import MARGIN, deadline_in, silence_limit, time_limit

CLOSE_TIMEOUT: Final = 5.0
"""Seconds in which a collector must log out and close its connections."""
CANCEL_GRACE: Final = 5.0
"""Seconds in which a collector must clean up after its deadline, for example delete its test blobs."""


log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Run:
    """The result of one run: outcome, measurements, and the exception if it is a bug in the exporter."""

    outcome: Outcome
    blocks: Sequence[Block]
    bug: BaseException | None = None


class StillRunningError(Exception):
    """A run ignored its cancellation. `task` still runs it."""

    def __init__(self, run: Run, task: "asyncio.Task[None]") -> None:
        super().__init__("the run did not stop at its deadline")
        self.run = run
        self.task = task


async def run(collector: Collector, timeout: float, clock: Clock, silence: float = float("inf")) -> Run:
    """Run `collector` once, for at most `timeout` seconds and `CANCEL_GRACE` for its clean-up.

    `silence` limits the seconds that its connections may go without an answer.

    Raises only `StillRunningError`, and CancelledError when it is itself cancelled.
    """
    out = Measurements()
    started, began = clock.time(), clock.monotonic()
    with deadline_in(timeout) as limit, silence_limit(silence):
        task = asyncio.create_task(collector.collect(out))
    task.add_done_callback(mark_retrieved)
    try:
        in_time = await _ends_within(task, timeout, clock)
        if not in_time and limit.step_gives_up():
            in_time = await _ends_within(task, MARGIN, clock)
        duration = clock.monotonic() - began
        if not in_time:
            outcome = Outcome(started, duration, Reason.TIMEOUT, f"no result within {timeout:g} s")
            task.cancel()
            if not await _ends_within(task, CANCEL_GRACE, clock):
                raise StillRunningError(Run(outcome, out.blocks()), task)
            return Run(outcome, out.blocks())
    except asyncio.CancelledError:
        task.cancel()
        await _ends_within(task, CANCEL_GRACE, clock)
        raise
    error = asyncio.CancelledError() if task.cancelled() else task.exception()
    outcome, bug = outcome_of(error, started, duration)
    return Run(outcome, out.blocks(), bug)


async def _ends_within(task: "asyncio.Task[None]", seconds: float, clock: Clock) -> bool:
    """Whether `task` ended within `seconds`. The task keeps its result or exception."""
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        timer.cancel()
        await asyncio.wait({timer})
    return task.done()


def mark_retrieved(task: "asyncio.Task[Any]") -> None:
    """Keep asyncio from logging an exception of `task` that is handled elsewhere, or came after its deadline."""
    if not task.cancelled():
        task.exception()


def outcome_of(error: BaseException | None, started: float, duration: float) -> tuple[Outcome, BaseException | None]:
    """The outcome of a run that ended with `error`, and the error itself if it is a bug in the exporter."""
    if error is None:
        return Outcome(started, duration), None
    reason = classify(error)
    message = one_line(error.message if isinstance(error, CheckError) else error) or type(error).__name__
    if reason is Reason.INTERNAL:
        message = f"{type(error).__name__}: {message}"
    return Outcome(started, duration, reason, message), error if reason is Reason.INTERNAL else None


async def run_one(plan: Plan, context: Context, timeout: float) -> Run:
    """Create the collector, run it once within `timeout` seconds, and close it. Raises only CancelledError."""
    started = context.clock.time()
    try:
        await asyncio.to_thread(plan.spec.load)
        collector = plan.spec.create(plan.target, context)
    except Exception as error:  # noqa: BLE001 - a collector that cannot be created is a failed run
        outcome, bug = outcome_of(error, started, 0.0)
        return Run(outcome, (), bug)
    try:
        return await run(collector, timeout, context.clock)
    except StillRunningError as stuck:
        return stuck.run
    finally:
        await close(collector)


async def close(collector: Collector) -> None:
    """Close `collector` within `CLOSE_TIMEOUT`; log it if that fails."""
    try:
        async with time_limit(CLOSE_TIMEOUT):
            await collector.close()
    except Exception as error:  # noqa: BLE001 - the other collectors must be closed too
        log.warning("collector did not close cleanly", collector=type(collector).__name__, error=one_line(repr(error)))
