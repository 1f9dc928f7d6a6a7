"""Time limits inside one another, on a loop that stands still for longer than lies between them."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_migrate_exporter.collectors.protocol import Collector
from azure_migrate_exporter.engine.runner import run
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import SystemClock
from azure_migrate_exporter.runtime.deadline import deadline_in, own_deadline, time_limit
from azure_migrate_exporter.runtime.threads import DaemonThreads

Step = Callable[[], Awaitable[None]]

SHORT, LONG = 0.02, 0.15
"""Seconds of the two; a step in a thread has begun before the longer one is over, also on a busy machine."""


async def wait_for_the_name_server() -> None:
    try:
        async with time_limit(SHORT):
            asyncio.get_running_loop().call_soon(time.sleep, LONG + SHORT)  # the loop stands still until both are over
            await asyncio.Event().wait()
    except TimeoutError as error:
        raise CheckError(Reason.DNS, "the name server gave no answer") from error


async def in_a_task() -> None:
    task = asyncio.create_task(wait_for_the_name_server())
    try:
        await task
    finally:
        task.cancel()


async def through_a_thread() -> None:
    await asyncio.get_running_loop().run_in_executor(
        DaemonThreads("step", 1), lambda: asyncio.run(wait_for_the_name_server())
    )


async def with_a_deadline_between() -> None:
    with deadline_in(LONG):
        await wait_for_the_name_server()


async def that_closes_first() -> None:
    try:
        await wait_for_the_name_server()
    finally:
        for _ in range(5):
            await asyncio.sleep(0)


STEPS = [wait_for_the_name_server, in_a_task, through_a_thread, with_a_deadline_between, that_closes_first]


@pytest.mark.parametrize("step", STEPS)
async def test_the_step_inside_says_what_it_waited_for(step: Step) -> None:
    async def whole() -> None:
        async with time_limit(LONG):
            await step()

    with pytest.raises(CheckError, match="the name server gave no answer"):
        await whole()


@pytest.mark.parametrize("step", STEPS)
async def test_the_step_says_so_before_the_run_ends_too(step: Step) -> None:
    class Check(Collector):
        async def collect(self, out: Measurements) -> None:
            del out
            await step()

    outcome = (await run(Check(), LONG, SystemClock())).outcome
    assert (outcome.reason, outcome.message) == (Reason.DNS, "the name server gave no answer")


@given(order=st.lists(st.booleans(), min_size=1, max_size=6))
def test_the_innermost_limit_that_is_over_ends_its_block_and_no_other(order: list[bool]) -> None:
    """Any mixture of limits that are over and limits that are far away, inside one another."""
    ended: list[int] = []

    async def nest(depth: int) -> None:
        if depth == len(order):
            asyncio.get_running_loop().call_soon(time.sleep, 0.002)
            await asyncio.Event().wait()
        try:
            async with time_limit(0.001 if order[depth] else 60):
                await nest(depth + 1)
        except TimeoutError:
            ended.append(depth)

    if any(order):
        asyncio.run(nest(0))
        assert ended == [max(depth for depth, over in enumerate(order) if over)]


async def test_a_limit_ends_a_block_whose_inner_limits_are_not_over() -> None:
    started = time.monotonic()
    with pytest.raises(TimeoutError):
        async with time_limit(SHORT), time_limit(60):
            await asyncio.Event().wait()
    assert time.monotonic() - started < 10


async def test_a_limit_ends_a_step_that_does_not_give_up() -> None:
    async def ignores_its_own_limit() -> None:
        with contextlib.suppress(TimeoutError):
            async with time_limit(SHORT):
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with time_limit(LONG):
            await ignores_its_own_limit()


async def test_work_that_outlives_the_run_is_no_step_of_it() -> None:
    with deadline_in(LONG) as limit:
        with own_deadline():
            task = asyncio.create_task(wait_for_the_name_server())
        await asyncio.sleep(0)  # it begins,
        await asyncio.sleep(0)  # and its limit is over
        assert not limit.step_gives_up()
    with pytest.raises(CheckError):
        await task


async def test_a_cancellation_from_outside_is_no_time_out() -> None:
    async def step() -> None:
        async with time_limit(60), time_limit(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(step())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("seconds", [0, -1])
async def test_a_limit_that_is_over_before_it_begins(seconds: float) -> None:
    with pytest.raises(TimeoutError):
        async with time_limit(seconds):
            await asyncio.Event().wait()
