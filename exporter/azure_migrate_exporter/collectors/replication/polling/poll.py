"""One list or object that a run reads, apart from all others: when it is due, and what follows if it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from azure_migrate_exporter.reasons import CheckError
from azure_migrate_exporter.runtime.clock import Clock

MAX_AGE: Final = 900.0
"""Seconds for which the last answer is shown while Azure gives no new one."""
SLICE: Final = 100
"""Values that are processed before other tasks run."""
_EARLY: Final = 10.0
"""Seconds by which a poll may be early: runs do not start exactly on time."""
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Poll:
    """Runs `fetch` at most once in `interval` seconds. `succeeded_at` is of the monotonic clock."""

    fetch: Callable[[], Awaitable[None]]
    interval: float = 0.0
    succeeded_at: float = float("-inf")

    def due(self, now: float) -> bool:
        """Whether a run at `now` fetches it."""
        return now - self.succeeded_at >= self.interval - _EARLY

    def fresh(self, now: float) -> bool:
        """Whether its last answer is still shown."""
        return now - self.succeeded_at <= self.interval + MAX_AGE

    async def run(self, clock: Clock) -> Exception | None:
        """Fetch it. Returns the failure, so that the other polls of the run come first."""
        try:
            await self.fetch()
        except Exception as error:  # noqa: BLE001 - raised at the end of the run
            return error
        self.succeeded_at = clock.monotonic()
        return None


async def yielding(values: Sequence[T]) -> AsyncIterator[T]:
    """The values; after every `SLICE` of them other tasks run."""
    for position, value in enumerate(values):
        if position % SLICE == SLICE - 1:
            await asyncio.sleep(0)
        yield value


def raise_most_important(problems: Sequence[Exception]) -> None:
    """Raise a bug of ours if there is one, else the first problem with the number of the others."""
    for problem in problems:
        if not isinstance(problem, CheckError):
            raise problem
    if problems and isinstance(first := problems[0], CheckError):
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CheckError(first.reason, first.message + more) from first
