"""Clean-up that also runs after an error, at a deadline, and when the exporter stops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from azure_migrate_exporter.runtime.deadline import own_deadline

CANCELLED_TIMEOUT: Final = 3.0
"""Seconds for a clean-up after a cancellation: less than the engine waits, because two clean-ups may nest."""


@asynccontextmanager
async def run_cleanup(clean: Callable[[], Coroutine[Any, Any, None]], timeout: float) -> AsyncIterator[None]:
    """Run `clean` when the block ends, however it ends, for at most `timeout` seconds.

    If the block raised, its exception is raised and an exception of `clean` is discarded.
    """
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            await shielded(clean(), timeout)
        raise
    await shielded(clean(), timeout)


async def shielded(work: Coroutine[Any, Any, None], timeout: float) -> None:
    """Await `work` to its end even if the caller is cancelled meanwhile, then raise the cancellation.

    Raises TimeoutError if `work` takes longer than `timeout` seconds, or than `CANCELLED_TIMEOUT` after a cancellation.
    """
    loop = asyncio.get_running_loop()
    caller = asyncio.current_task()
    with own_deadline(timeout):
        task = loop.create_task(work)
    being_cancelled = caller is not None and caller.cancelling() > 0
    deadline = loop.time() + (min(CANCELLED_TIMEOUT, timeout) if being_cancelled else timeout)
    cancelled: asyncio.CancelledError | None = None
    while not task.done() and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError as error:
            cancelled = error
            deadline = min(deadline, loop.time() + CANCELLED_TIMEOUT)
    ended = task.done()
    if not ended:
        task.cancel()
        task.add_done_callback(lambda task: task.cancelled() or task.exception())
    if cancelled is not None:
        raise cancelled
    if not ended:
        raise TimeoutError(f"clean-up took longer than {timeout:g} s")
    task.result()
