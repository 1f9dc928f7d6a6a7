"""Process signals of Linux and Windows, passed to the event loop."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

STOP: Final = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C, a termination request (also of Windows' service manager), and Ctrl-Break."""
RELOAD: Final = "SIGHUP"
"""Does not exist on Windows; use `POST /-/reload` there."""


@contextmanager
def handle_signals(
    stop: Callable[[], object],
    reload: Callable[[], Coroutine[Any, Any, object]] | None = None,
    stopping: Callable[[], None] = lambda: None,
) -> Iterator[list[signal.Signals]]:
    """Inside the block a stop signal calls `stop` and SIGHUP starts `reload`, both in the running loop.

    Without `reload`, SIGHUP is a stop signal. Yields the stop signals so far. `stopping` is called by the signal
    itself, even if the loop is blocked.
    """
    received: list[signal.Signals] = []
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[object]] = set()

    def start_reload(reload: Callable[[], Coroutine[Any, Any, object]]) -> None:
        task = loop.create_task(reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    # signal.signal instead of loop.add_signal_handler: the latter does not exist on Windows.
    def handler(number: int, _: FrameType | None) -> None:
        if reload is not None and signal.Signals(number).name == RELOAD:
            loop.call_soon_threadsafe(start_reload, reload)
            return
        received.append(signal.Signals(number))
        stopping()
        loop.call_soon_threadsafe(stop)

    before = {
        number: signal.signal(number, handler)
        for name in (*STOP, RELOAD)
        if (number := getattr(signal, name, None)) is not None
    }
    try:
        yield received
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
        for task in reloads:
            task.cancel()
