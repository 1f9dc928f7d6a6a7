"""Cleaning up that happens whatever else does: after an error, at a deadline, when the exporter stops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Final

from azure_migrate_exporter.runtime.deadline import own_deadline

HURRIED: Final = 3.0
"""Seconds that are left for a clean-up once we are being cancelled: less than the engine waits, for two may nest."""


@asynccontextmanager
async def run_cleanup(clean: Callable[[], Coroutine[Any, Any, None]], patience: float) -> AsyncIterator[None]:
    """Run `clean` when the block ends, however it ends, for at most `patience` seconds.

    If the block failed, its exception is the one that counts and what goes wrong in `clean` is not told.
    """
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            await shielded(clean(), patience)
        raise
    await shielded(clean(), patience)


async def shielded(work: Coroutine[Any, Any, None], patience: float) -> None:
    """Await `work` to its end even while we are being cancelled, and only then let the cancellation go on.

    Raises TimeoutError if `work` takes longer than `patience` seconds, or than `HURRIED` from a cancellation on.
    """
    loop = asyncio.get_running_loop()
    ourselves = asyncio.current_task()
    with own_deadline(patience):
        task = loop.create_task(work)
    in_a_hurry = ourselves is not None and ourselves.cancelling() > 0
    deadline = loop.time() + (min(HURRIED, patience) if in_a_hurry else patience)
    cancelled: asyncio.CancelledError | None = None
    while not task.done() and (left := deadline - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError as error:
            cancelled = error
            deadline = min(deadline, loop.time() + HURRIED)
    ended = task.done()
    if not ended:
        task.cancel()
        await asyncio.wait({task})
    if cancelled is not None:
        with contextlib.suppress(BaseException):
            task.result()
        raise cancelled
    if not ended:
        raise TimeoutError(f"cleaning up took longer than {patience:g} s")
    task.result()
