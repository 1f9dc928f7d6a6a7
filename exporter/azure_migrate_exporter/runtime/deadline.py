"""The time limits of the run under way: its deadline, those of its steps, and how long a peer may be silent.

A step inside another gives up first, and says what it waited for.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from time import monotonic
from types import TracebackType
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
        self._outer = _limit.get(None)
        self._inside: set[Limit] = set()
        self._gave_up = float("-inf")

    def step_gives_up(self) -> bool:
        """Whether the limit of a step inside this one is over, and its error on the way."""
        return monotonic() - self._gave_up < MARGIN or any(limit.is_over() for limit in tuple(self._inside))

    def is_over(self) -> bool:
        """Whether this limit is over, or that of a step inside it."""
        return self._at <= monotonic() or self.step_gives_up()

    def enter(self) -> "Token[Limit]":
        """Be in force, inside the one that is."""
        if self._outer is not None:
            self._outer.begin(self)
        return _limit.set(self)

    def leave(self, token: "Token[Limit]") -> None:
        """Be in force no longer."""
        _limit.reset(token)
        if self._outer is not None:
            self._outer.end(self)

    def begin(self, step: "Limit") -> None:
        """Know of the limit of a step inside this one."""
        self._inside.add(step)

    def end(self, step: "Limit") -> None:
        """Forget it, but not yet that it gave up."""
        self._inside.discard(step)
        if step.is_over():
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
    limit = Limit(deadline)
    token = limit.enter()
    try:
        with _set(_deadline, deadline):
            yield limit
    finally:
        limit.leave(token)


class time_limit:  # noqa: N801 - used as a function, as `asyncio.timeout` is
    """End the block after `seconds` and raise TimeoutError, as `asyncio.timeout` does; but a limit inside goes first.

    Where the event loop, or the whole machine, stood still for longer than lies between the two, both are due at once.
    With `asyncio.timeout` the outer one then wins, and what the inner step waited for is lost.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._limit = Limit(monotonic() + seconds)
        self._timeout = asyncio.timeout(None)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._token = self._limit.enter()
        self._due = asyncio.get_running_loop().call_later(self._seconds, self._end)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._due.cancel()
        self._limit.leave(self._token)
        await self._timeout.__aexit__(kind, error, trace)

    def _end(self) -> None:
        """Now, or when the step that gives up has had the time to say so."""
        now = asyncio.get_running_loop().time()
        self._timeout.reschedule(now + WHOLE_MARGIN if self._limit.step_gives_up() else now)


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
