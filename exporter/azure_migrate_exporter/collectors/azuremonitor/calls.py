"""Calls of Azure Monitor: counted, checked for foreign answers, continued after a failure, delayed after throttling."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import AZURE_MONITOR_REQUESTS
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line
from azure_migrate_exporter.runtime.clock import Clock

FIRST_DELAY: Final = 120.0
MAX_DELAY: Final = 3600.0
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What the SDK or a reader raises for JSON of another form. Errors of the transport and of HTTP are none of these."""


class CallCounter:
    """Counts the calls of one API by result: each is billed."""

    def __init__(self, target: str, api: str) -> None:
        self._target = target
        self._api = api
        self._counts: Counter[str] = Counter(success=0)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the call that the block makes and reads. JSON of another form raises `CheckError` (protocol)."""
        result: str = Reason.TIMEOUT  # cancelled at a deadline
        try:
            yield
        except _UNREADABLE as error:
            result = Reason.PROTOCOL
            text = f"the answer is not that of Azure Monitor ({type(error).__name__}): is there a proxy on the way?"
            raise CheckError(Reason.PROTOCOL, text) from error
        except Exception as error:
            result = classify(error)
            raise
        else:
            result = "success"
        finally:
            self._counts[str(result)] += 1

    def write(self, out: Measurements) -> None:
        """Write the counts."""
        for result, count in self._counts.items():
            out.set(AZURE_MONITOR_REQUESTS, count, target=self._target, api=self._api, result=result)


class StepFailures:
    """Failures of the steps of one run, each of which is followed by the next step all the same."""

    def __init__(self) -> None:
        self._failures: list[CheckError] = []

    @contextmanager
    def collected(self, step: str) -> Iterator[None]:
        """Continue after the block even if it fails, unless that is a bug of ours."""
        try:
            yield
        except Exception as error:
            reason = classify(error)
            if reason is Reason.INTERNAL:
                raise
            text = error.message if isinstance(error, CheckError) else one_line(str(error))
            self._failures.append(CheckError(reason, f"{step}: {text}"))

    def include(self, reason: Reason) -> bool:
        """Whether a step failed for that reason."""
        return any(failure.reason is reason for failure in self._failures)

    def raise_first(self) -> None:
        """Raise the first failure, if there was any, with the number of the others."""
        if self._failures:
            first, others = self._failures[0], len(self._failures) - 1
            raise CheckError(first.reason, first.message + (f" (and {others} more)" if others else ""))


class Backoff:
    """Delays calls after 529 (metrics) or 429 (logs), which come without `Retry-After`: longer after each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._delay = 0.0
        self._until = 0.0

    def check(self) -> None:
        """Raises `CheckError` (throttled) until the delay is over."""
        wait = self._until - self._clock.monotonic()
        if self._delay and wait > 0:
            raise CheckError(Reason.THROTTLED, f"Azure Monitor had too many calls; the next one is in {wait:.0f} s")

    def increase(self) -> None:
        """Start a delay, twice as long as the last one."""
        self._delay = min(2 * self._delay, MAX_DELAY) if self._delay else FIRST_DELAY
        self._until = self._clock.monotonic() + self._delay

    def reset(self) -> None:
        """End the delays: every call was answered."""
        self._delay = 0.0
