"""The end of a command that runs once: a signal cancels it, and ten seconds later the process is gone."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from azure_migrate_exporter.log import flush
from azure_migrate_exporter.os_signals import handle_signals
from azure_migrate_exporter.shutdown import ShutdownTimer

T = TypeVar("T")
log = structlog.get_logger()


class StoppedError(Exception):
    """A signal ended the command."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number.name)
        self.exit_code = 128 + number
        """As shells report it: 130 for Ctrl-C."""


async def bounded(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which a stop signal cancels: it deletes and logs out. Raises `StoppedError` then."""
    timer = ShutdownTimer(log_last_line)
    timer.watch(asyncio.get_running_loop())
    task = asyncio.ensure_future(work)
    with handle_signals(task.cancel, None, timer.start) as received:
        try:
            return await task
        except asyncio.CancelledError:
            if not received:
                raise
            raise StoppedError(received[0]) from None
        finally:
            if received:
                timer.exit_code = 128 + received[0]


def log_last_line(text: str) -> None:
    """Log why the process is cut off, and write it at once."""
    log.error(text)
    flush()
