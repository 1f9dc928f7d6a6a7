import asyncio

import pytest

from azure_migrate_exporter.runtime.cleanup import run_cleanup, shielded


class Work:
    """Something to clean up that ends when the test releases it."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.ended = False

    async def __call__(self) -> None:
        self.begun.set()
        await self.may_end.wait()
        self.ended = True


async def fail() -> None:
    raise RuntimeError("cleaning up failed")


async def test_it_runs_after_a_block_that_worked() -> None:
    work = Work()
    work.may_end.set()
    async with run_cleanup(work, 5):
        assert not work.ended
    assert work.ended


async def test_it_runs_after_a_block_that_failed_and_the_failure_counts() -> None:
    work = Work()
    work.may_end.set()
    with pytest.raises(LookupError):
        async with run_cleanup(work, 5):
            raise LookupError
    assert work.ended


async def test_the_blocks_failure_counts_even_if_cleaning_up_fails_too() -> None:
    with pytest.raises(LookupError):
        async with run_cleanup(fail, 5):
            raise LookupError


async def test_a_failure_to_clean_up_counts_if_the_block_worked() -> None:
    with pytest.raises(RuntimeError, match="cleaning up failed"):
        async with run_cleanup(fail, 5):
            pass


async def test_it_runs_to_its_end_when_the_block_is_cancelled() -> None:
    work = Work()

    async def block() -> None:
        async with run_cleanup(work, 5):
            await asyncio.Event().wait()

    task = asyncio.create_task(block())
    await asyncio.sleep(0)
    task.cancel()
    await work.begun.wait()
    work.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended


async def test_being_cancelled_again_does_not_stop_it() -> None:
    work = Work()
    task = asyncio.create_task(shielded(work(), 5))
    await work.begun.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    work.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.ended


async def test_what_fails_while_we_are_cancelled_does_not_hide_the_cancellation() -> None:
    begun, may_fail = asyncio.Event(), asyncio.Event()

    async def fail_later() -> None:
        begun.set()
        await may_fail.wait()
        raise RuntimeError

    task = asyncio.create_task(shielded(fail_later(), 5))
    await begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    may_fail.set()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_ends_when_its_time_is_up() -> None:
    work = Work()
    with pytest.raises(TimeoutError, match=r"clean-up took longer than 0\.01 s"):
        await shielded(work(), 0.01)
    assert not work.ended
