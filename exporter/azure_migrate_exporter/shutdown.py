"""The end of the process has a bound: whatever still hangs when it is reached is named in one line, and cut off."""

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

SHUTDOWN_TIMEOUT: Final = 9.0
"""Seconds from the stop signal to the cut, so that the process is gone within ten."""
WRITE_TIMEOUT: Final = 0.5
"""Seconds for the last line: standard error may be a pipe that is not read."""
FRAMES: Final = 6
"""Innermost frames of a stack that are named."""

_IDLE: Final = frozenset(
    {"_worker", "select", "wait", "get", "_run_once", "poll", "_wait_for_tstate_lock", "_shutdown"}
)
"""Functions in which a thread waits for work."""


class ShutdownTimer:
    """Ends the process `SHUTDOWN_TIMEOUT` seconds after `start`, unless it ended before."""

    def __init__(self, report: Callable[[str], object], timeout: float = SHUTDOWN_TIMEOUT) -> None:
        self.exit_code = 1
        """Exit code of a process that is cut off; 0 once nothing but threads is left."""
        self._report = report
        self._timeout = timeout
        # Both start with the countdown: from Python 3.12 on none can start once the main thread has ended.
        self._timer = threading.Thread(target=self._cut, name="shutdown", daemon=True)
        self._writer = threading.Thread(target=self._write, name="last line", daemon=True)
        self._line = ""
        self._line_due = threading.Event()
        self._loops: list[asyncio.AbstractEventLoop] = []

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Name the tasks of `loop` too."""
        self._loops.append(loop)

    def start(self) -> None:
        """Start the countdown; further calls do nothing. Safe in a signal handler."""
        if self._timer.ident is None:
            self._timer.start()
            self._writer.start()

    def _cut(self) -> None:
        threading.Event().wait(self._timeout)
        try:
            what = "; ".join(hanging(self._loops)) or "nothing"
            self._line = f"shutdown not finished after {self._timeout:g} s; cut off: {what}"
            self._line_due.set()
            self._writer.join(WRITE_TIMEOUT)
        finally:
            os._exit(self.exit_code)

    def _write(self) -> None:
        self._line_due.wait()
        self._report(self._line)


def hanging(loops: Iterable[asyncio.AbstractEventLoop]) -> Iterator[str]:
    """What still runs: the tasks of `loops`, and the threads that do not wait for work, each with its stack."""
    for loop in loops:
        if not loop.is_closed():
            for task in asyncio.all_tasks(loop):
                if task.get_name().startswith("job "):
                    yield f"{task.get_name()} at {_stack_of_task(task)}"
    frames = sys._current_frames()  # noqa: SLF001 - documented, and the only way to another thread's stack
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if thread is not threading.current_thread() and frame is not None and frame.f_code.co_name not in _IDLE:
            yield f"thread {thread.name} at {_stack(frame)}"


def _stack_of_task(task: "asyncio.Task[Any]") -> str:
    """The frames of the coroutines that `task` awaits, innermost first."""
    names: list[str] = []
    awaited: Any = task.get_coro()
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None)
        if frame is not None:
            names.append(_place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        awaited = getattr(awaited, "cr_await", None)
    return " < ".join(reversed(names[-FRAMES:])) or "its start"


def _stack(frame: FrameType) -> str:
    """Innermost first."""
    summary = traceback.extract_stack(frame)[-FRAMES:]
    return " < ".join(_place(one.filename, one.lineno or 0, one.name) for one in reversed(summary))


def _place(file: str, line: int, function: str) -> str:
    return f"{Path(file).name}:{line} {function}"
