"""The time limits of the run under way: its deadline, and how long a peer may be silent.

So that a step inside it can give up first and say what it waited for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Final

MARGIN: Final = 0.25
"""Seconds that a step leaves for its error to be raised before the run itself is cancelled."""
WHOLE_MARGIN: Final = MARGIN / 2
"""The same for a step that consists of others."""

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))
_silence: ContextVar[float] = ContextVar("silence", default=float("inf"))


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Tasks started inside the block have `seconds` from now; an earlier deadline around it stands."""
    token = _deadline.set(min(_deadline.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


@contextmanager
def silence_limit(seconds: float) -> Iterator[None]:
    """Connections opened by tasks that start inside the block count as failed after `seconds` without an answer."""
    token = _silence.set(seconds)
    try:
        yield
    finally:
        _silence.reset(token)


def within_silence(limit: float) -> float:
    """Seconds that a connection may go without an answer: `limit`, or less if the check says so."""
    return min(limit, _silence.get())


@contextmanager
def own_deadline(seconds: float = float("inf")) -> Iterator[None]:
    """Tasks started inside the block have `seconds` from now, whatever the run around it has left.

    For work that outlives the run that begins it: a background task, a clean-up after the deadline.
    """
    token = _deadline.set(monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def within_deadline(limit: float, margin: float = MARGIN) -> float:
    """Seconds that a step with a limit of its own may take: `limit`, or what the run has left.

    A step that consists of others takes less `margin`, so that they give up first: they know what they waited for.
    """
    return max(0.0, min(limit, _deadline.get() - monotonic() - margin))
