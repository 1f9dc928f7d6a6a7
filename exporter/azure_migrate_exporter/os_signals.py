"""Process signals of Linux and Windows, passed to the event loop."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

STOP: Final = ("SIGINT", "SIGTERM", "SIGBREAK")
"""Ctrl-C, a termination request, and Ctrl-Break, which Windows service wrappers send."""
RELOAD: Final = "SIGHUP"
"""Does not exist on Windows; use `POST /-/reload` there."""


@contextmanager
def handle_signals(
    stop: Callable[[], None],
    reload: Callable[[], Coroutine[Any, Any, object]],
    stopping: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Inside the block a stop signal calls `stop` and SIGHUP starts `reload`, both in the running loop.

    `stopping` is called by the stop signal itself, even if the loop is blocked.
    """
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[object]] = set()

    def start_reload() -> None:
        task = loop.create_task(reload())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    # signal.signal instead of loop.add_signal_handler: the latter does not exist on Windows.
    def handler(number: int, _: FrameType | None) -> None:
        if signal.Signals(number).name == RELOAD:
            loop.call_soon_threadsafe(start_reload)
            return
        stopping()
        loop.call_soon_threadsafe(stop)

    before = {
        number: signal.signal(number, handler)
        for name in (*STOP, RELOAD)
        if (number := getattr(signal, name, None)) is not None
    }
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
        for task in reloads:
            task.cancel()
