"""The deadline of the run under way, so that a step inside it can give up first and say what it waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic
from typing import Final

MARGIN: Final = 0.25
"""Seconds that a step leaves for its error to be raised before the run itself is cancelled."""

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))


@contextmanager
def deadline_in(seconds: float) -> Iterator[None]:
    """Tasks started inside the block have `seconds` from now; an earlier deadline around it stands."""
    token = _deadline.set(min(_deadline.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _deadline.reset(token)


def within_deadline(limit: float) -> float:
    """Seconds that a step with a limit of its own may take: `limit`, or what the run has left."""
    return max(0.0, min(limit, _deadline.get() - monotonic() - MARGIN))
