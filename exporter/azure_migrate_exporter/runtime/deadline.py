"""The time limits of the run under way: its deadline, those of its steps, and how long a peer may be silent.

A step inside another gives up first, and says what it waited for.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from time import monotonic
from typing import Final, TypeVar

T = TypeVar("T")

MARGIN: Final = 0.25
"""Seconds that a step leaves for its error to be raised before the run itself is cancelled."""
WHOLE_MARGIN: Final = MARGIN / 2
"""The same for a step that consists of others."""


class Limit:
    """A limit in force: when it ends, on the monotonic clock, and those of the steps inside it."""

    def __init__(self, at: float) -> None:
        self._at = at
        self._inside: set[Limit] = set()
        self._gave_up = float("-inf")

    def step_gives_up(self) -> bool:
        """Whether the limit of a step inside this one is over, and its error on the way."""
        return monotonic() - self._gave_up < MARGIN or any(limit.is_over() for limit in tuple(self._inside))

    def is_over(self) -> bool:
        """Whether this limit is over, or that of a step inside it."""
        return self._at <= monotonic() or self.step_gives_up()

    @contextmanager
    def around(self, limit: "Limit") -> Iterator[None]:
        """Know of `limit` inside the block."""
        self._inside.add(limit)
        try:
            yield
        finally:
            self._inside.discard(limit)
            if limit.is_over():
                self._gave_up = monotonic()


_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))
_limit: ContextVar[Limit] = ContextVar("limit")
_silence: ContextVar[float] = ContextVar("silence", default=float("inf"))


@contextmanager
def deadline_in(seconds: float) -> Iterator[Limit]:
    """Tasks started inside the block have `seconds` from now; an earlier deadline around it stands.

    Nothing ends them: that is for the caller, whom the limit tells whether a step is about to.
    """
    deadline = min(_deadline.get(), monotonic() + seconds)
    with _set(_deadline, deadline), _in_force(Limit(deadline)) as limit:
        yield limit


@asynccontextmanager
async def time_limit(seconds: float) -> AsyncIterator[None]:
    """End the block after `seconds` and raise TimeoutError, as `asyncio.timeout` does; but a limit inside goes first.

    Where the event loop, or the whole machine, stood still for longer than lies between the two, both are due at once.
    With `asyncio.timeout` the outer one then wins, and what the inner step waited for is lost.
    """
    loop = asyncio.get_running_loop()
    with _in_force(Limit(monotonic() + seconds)) as limit:
        async with asyncio.timeout(None) as timeout:
            due = loop.call_later(
                seconds, lambda: timeout.reschedule(loop.time() + (WHOLE_MARGIN if limit.step_gives_up() else 0))
            )
            try:
                yield
            finally:
                due.cancel()


@contextmanager
def _in_force(limit: Limit) -> Iterator[Limit]:
    outer = _limit.get(None)
    with outer.around(limit) if outer else nullcontext(), _set(_limit, limit):
        yield limit


@contextmanager
def _set(variable: ContextVar[T], value: T) -> Iterator[None]:
    token = variable.set(value)
    try:
        yield
    finally:
        variable.reset(token)


@contextmanager
def silence_limit(seconds: float) -> Iterator[None]:
    """Connections opened by tasks that start inside the block count as failed after `seconds` without an answer."""
    with _set(_silence, seconds):
        yield


def within_silence(limit: float) -> float:
    """Seconds that a connection may go without an answer: `limit`, or less if the check says so."""
    return min(limit, _silence.get())


@contextmanager
def own_deadline(seconds: float = float("inf")) -> Iterator[None]:
    """Tasks started inside the block have `seconds` from now, whatever the run around it has left.

    For work that outlives the run that begins it: a background task, a clean-up after the deadline.
    """
    deadline = monotonic() + seconds
    with _set(_deadline, deadline), _set(_limit, Limit(deadline)):
        yield


def within_deadline(limit: float, margin: float = MARGIN) -> float:
    """Seconds that a step with a limit of its own may take: `limit`, or what the run has left.

    A step that consists of others takes less `margin`, so that they give up first: they know what they waited for.
    """
    return max(0.0, min(limit, _deadline.get() - monotonic() - margin))
