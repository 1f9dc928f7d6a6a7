"""When the vSphere collector runs before its interval ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise

from azure_migrate_exporter.collectors.vsphere.run_timer import PACING, SETTLE, TASK_INTERVAL, TASK_PAUSE, RunTimer
from tests.clock import FakeClock

Run = tuple[float, bool]
"""When a run began, in seconds since the start, and whether it polled the tasks."""


def pauses(times: Iterable[float]) -> list[float]:
    return [round(later - earlier, 3) for earlier, later in pairwise(times)]


class Job:
    """Runs whenever the timer says so, as a job does whose interval never ends."""

    def __init__(self, *, running: bool = False, duration: float = 0.0) -> None:
        self.clock = FakeClock()
        self.timer = RunTimer(self.clock)
        self.task_running = running
        self._duration = duration
        self._began = self.clock.monotonic()
        self.runs: list[Run] = []

    def run(self) -> None:
        polls = self.timer.must_poll()
        self.runs.append((round(self.clock.monotonic() - self._began, 3), polls))
        self.timer.clear()
        if polls:
            self.timer.polled(running=self.task_running)
        self.timer.run_ended(self._duration)

    async def _run_forever(self) -> None:
        self.run()
        while True:
            await self.timer.wait()
            self.run()

    @asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run_forever())
        await self.clock.advance(0)
        yield
        task.cancel()
        await asyncio.wait({task})


async def burst(job: Job, seconds: float, step: float, update: Callable[[], None]) -> None:
    for _ in range(round(seconds / step)):
        update()
        await job.clock.advance(step)


async def test_without_updates_and_tasks_there_is_no_early_run() -> None:
    job = Job()
    async with job.going():
        await job.clock.advance(3600)
    assert job.runs == [(0.0, True)]


async def test_the_first_update_triggers_a_run_at_once_that_polls_the_tasks() -> None:
    job = Job()
    async with job.going():
        await job.clock.advance(5)
        job.timer.notify()
        await job.clock.advance(60)
    assert job.runs[1:] == [(5 + SETTLE, True)]


async def test_a_burst_of_updates_is_a_few_runs_that_poll_once_a_second() -> None:
    job = Job()
    async with job.going():
        await job.clock.advance(5)
        await burst(job, seconds=2, step=0.005, update=job.timer.notify)
        await job.clock.advance(60)
    early = job.runs[1:]
    assert early[0] == (5 + SETTLE, True)
    assert min(pauses(when for when, _ in early)) >= PACING.least
    assert len(early) <= 2 / PACING.least + 2
    polls = [when for when, polled in early if polled]
    assert min(pauses(polls)) >= TASK_PAUSE
    assert early[-1][1], "the last update is followed by a poll"


async def test_updates_trigger_fewer_runs_when_runs_take_long() -> None:
    job = Job(duration=10.0)
    async with job.going():
        await job.clock.advance(5)
        await burst(job, seconds=4, step=0.01, update=job.timer.notify)
    assert min(pauses(when for when, _ in job.runs[1:])) >= PACING.most


async def test_while_a_task_runs_it_is_polled_within_three_seconds_and_not_after_it_ended() -> None:
    job = Job(running=True)
    async with job.going():
        await job.clock.advance(30)
        job.task_running = False
        await job.clock.advance(600)
    polls = [when for when, polled in job.runs if polled]
    assert max(pauses(polls)) <= TASK_INTERVAL + SETTLE < 3
    assert polls[-1] <= 30 + TASK_INTERVAL + SETTLE


async def test_a_poll_that_failed_is_not_repeated_before_the_interval_ends() -> None:
    clock = FakeClock()
    timer = RunTimer(clock)
    timer.polled(running=True)
    timer.poll_again()
    waiting = asyncio.create_task(timer.wait())
    await clock.advance(600)
    assert not waiting.done()
    timer.notify()
    await clock.advance(1)
    assert waiting.done()
    assert timer.must_poll()
