"""`/probe?collector=…&target=…[&debug=true]`: one run now, within the timeout of the scraper."""

import asyncio
import traceback
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from azure_migrate_exporter.engine.runner import Run, mark_retrieved
from azure_migrate_exporter.engine.status import JobStatus, Outcome
from azure_migrate_exporter.exposition.probe import render_probe
from azure_migrate_exporter.reasons import REMEDIES, Reason
from azure_migrate_exporter.redaction import redact
from azure_migrate_exporter.runtime.clock import Clock
from azure_migrate_exporter.runtime.deadline import time_limit
from azure_migrate_exporter.web.context import CONTEXT, EngineView
from azure_migrate_exporter.web.handlers.metrics import negotiated
from azure_migrate_exporter.web.handlers.negotiation import OPENMETRICS, TEXT
from azure_migrate_exporter.web.handlers.probe_log import capture_log
from azure_migrate_exporter.web.handlers.responses import text_response

SCRAPE_TIMEOUT: Final = "X-Prometheus-Scrape-Timeout-Seconds"
OFFSET: Final = 0.5
"""Seconds by which the run ends before the timeout of the scraper, so that the response still arrives."""
GRACE: Final = OFFSET / 2
"""Seconds, within the offset, for a cancelled run to return what it has measured."""
CLOSE_TIMEOUT: Final = 1.0
"""Seconds for cancelled runs to end when the server stops."""
MAX_PROBES: Final = 4
"""Maximum concurrent runs; further ones wait for a slot until their timeout."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A requested run: its timeout in seconds, its result, and what was logged meanwhile."""

    job: JobStatus
    timeout: float
    run: Run
    log: tuple[str, ...]


class ProbeUnavailableError(Exception):
    """The run cannot be made now; the message says why."""


@dataclass(slots=True)
class _Running:
    """A run in progress, and how many requests wait for it."""

    task: "asyncio.Task[Run]"
    log: list[str]
    waiting: int = 0


class Prober:
    """Runs at most `MAX_PROBES` at once, and never two equal ones: a request joins the run that is in progress.

    A run that exceeds the time of a request is reported as a timeout to that request, and ends later.
    """

    def __init__(self, engine: EngineView, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._slots = asyncio.Semaphore(MAX_PROBES)
        self._running: dict[tuple[str, str], _Running] = {}
        self._tasks: set[asyncio.Task[Run]] = set()

    async def probe(self, job: JobStatus, timeout: float) -> Probe:
        """Run `job`'s collector once, for at most `timeout` seconds.

        Raises `ProbeUnavailableError`, or LookupError if it is no longer configured.
        """
        loop = asyncio.get_running_loop()
        started, began = self._clock.time(), loop.time()
        running = self._running.get((job.collector, job.target)) or self._start(job, began + timeout)
        running.waiting += 1
        try:
            done, _ = await asyncio.wait({running.task}, timeout=timeout + GRACE)
        finally:
            running.waiting -= 1
            if not running.waiting and not running.task.done():
                self._abandon(job, running)
        if running.task.cancelled():
            raise ProbeUnavailableError("the exporter is stopping")
        if done:
            return Probe(job, timeout, running.task.result(), tuple(running.log))
        outcome = Outcome(started, loop.time() - began, Reason.TIMEOUT, f"no result within {timeout:g} s")
        return Probe(job, timeout, Run(outcome, ()), tuple(running.log))

    def _start(self, job: JobStatus, deadline: float) -> _Running:
        with capture_log() as lines:
            task = asyncio.create_task(self._run_in_slot(job, deadline))
        running = self._running[job.collector, job.target] = _Running(task, lines)
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._forget(job, running, task))
        return running

    def _abandon(self, job: JobStatus, running: _Running) -> None:
        """Cancel a run that no request waits for. A new request starts its own, while this one cleans up."""
        running.task.cancel()
        if self._running.get((job.collector, job.target)) is running:
            del self._running[job.collector, job.target]

    async def _run_in_slot(self, job: JobStatus, deadline: float) -> Run:
        try:
            async with time_limit(deadline - asyncio.get_running_loop().time()):
                await self._slots.acquire()
        except TimeoutError as error:
            raise ProbeUnavailableError(f"{MAX_PROBES} other probes are running; ask again later") from error
        try:
            left = deadline - asyncio.get_running_loop().time()
            return await self._engine.probe(job.collector, job.target, left)
        finally:
            self._slots.release()

    def _forget(self, job: JobStatus, running: _Running, task: "asyncio.Task[Run]") -> None:
        self._tasks.discard(task)
        if self._running.get((job.collector, job.target)) is running:
            del self._running[job.collector, job.target]
        mark_retrieved(task)

    async def close(self) -> None:
        """Cancel the runs in progress."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CLOSE_TIMEOUT)


PROBER = web.AppKey("prober", Prober)


async def probe(request: web.Request) -> web.Response:
    """Respond with the measurements, or with a text report if `debug=true`. A failed run is answered with 200 too."""
    jobs = request.app[CONTEXT].engine.statuses()
    wanted = (request.query.get("collector", ""), request.query.get("target", ""))
    job = next((job for job in jobs if (job.collector, job.target) == wanted), None)
    if job is None:
        return text_response(_configured_targets(jobs, *wanted), status=400)
    try:
        timeout = _timeout(request.headers.get(SCRAPE_TIMEOUT))
    except ValueError:
        return web.Response(status=400, text=f"{SCRAPE_TIMEOUT} must be a positive number of seconds\n")
    try:
        result = await request.app[PROBER].probe(job, timeout)
    except LookupError as error:
        return text_response(f"{error}\n", status=400)
    except ProbeUnavailableError as error:
        return text_response(f"{error}\n", status=503)
    if request.query.get("debug") == "true":
        return text_response(redact(_debug_report(result)))
    return _metrics_response(request, result)


def _timeout(header: str | None) -> float:
    """Seconds for the run; without the header only the collector's own timeout applies. Raises ValueError."""
    if header is None:
        return float("inf")
    seconds = float(header)
    if not 0 < seconds < float("inf"):
        raise ValueError(header)
    return seconds - OFFSET if seconds > OFFSET else seconds


def _configured_targets(jobs: Iterable[JobStatus], collector: str, target: str) -> str:
    targets: defaultdict[str, list[str]] = defaultdict(list)
    for job in jobs:
        targets[job.collector].append(job.target)
    lines = [f"{name}: {', '.join(names)}" for name, names in targets.items()] or ["(nothing is configured)"]
    asked = f"collector={collector!r} target={target!r} is not configured"
    return "\n".join([f"{asked}; /probe?collector=COLLECTOR&target=TARGET takes one of:", *lines, ""])


def _metrics_response(request: web.Request, result: Probe) -> web.Response:
    openmetrics, _ = negotiated(request)
    outcome = result.run.outcome
    return web.Response(
        body=render_probe(result.run.blocks, outcome.reason, outcome.duration, openmetrics=openmetrics),
        headers={hdrs.CONTENT_TYPE: OPENMETRICS if openmetrics else TEXT, hdrs.VARY: "Accept"},
    )


def _debug_report(result: Probe) -> str:
    outcome = result.run.outcome
    verdict = "worked" if outcome.reason is None else f"failed ({outcome.reason})"
    lines = [f"{result.job.collector} {result.job.target}: {verdict} in {outcome.duration:.3f} s"]
    if result.timeout < float("inf"):
        lines.append(f"time: {result.timeout:g} s, or the collector's own timeout if that is shorter")
    if outcome.reason is not None:
        lines += [f"seen: {outcome.message}", f"do:   {REMEDIES[outcome.reason]}"]
    if result.run.bug is not None:
        lines += ["", "Traceback:", "".join(traceback.format_exception(result.run.bug)).rstrip()]
    samples = render_probe(result.run.blocks, outcome.reason, outcome.duration, openmetrics=False).decode()
    lines += ["", "Log of the run:", *(result.log or ("(nothing)",)), "", "Metrics:", samples]
    return "\n".join(lines)
