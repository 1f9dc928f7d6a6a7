"""Counting calls, and going on after one that failed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metrics import AZURE_MONITOR_REQUESTS
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.reasons.classify import classify
from azure_migrate_exporter.redaction import one_line


class Calls:
    """Every call of one API by its result: they cost money."""

    def __init__(self, target: str, api: str) -> None:
        self._target = target
        self._api = api
        self._counts: Counter[str] = Counter(success=0)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count the call that is made in the block."""
        result: str = Reason.TIMEOUT  # cancelled at a deadline
        try:
            yield
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


class Problems:
    """What went wrong in the steps of one run."""

    def __init__(self) -> None:
        self._found: list[CheckError] = []

    @contextmanager
    def kept(self, step: str) -> Iterator[None]:
        """Go on after the block even if it fails, unless that is a bug of ours."""
        try:
            yield
        except Exception as error:
            reason = classify(error)
            if reason is Reason.INTERNAL:
                raise
            text = error.message if isinstance(error, CheckError) else one_line(str(error))
            self._found.append(CheckError(reason, f"{step}: {text}"))

    def has(self, reason: Reason) -> bool:
        """Whether one step failed for that reason."""
        return any(problem.reason is reason for problem in self._found)

    def throw(self) -> None:
        """Raise the first problem, if there was any, and say how many there were."""
        if self._found:
            first, others = self._found[0], len(self._found) - 1
            raise CheckError(first.reason, first.message + (f" (and {others} more)" if others else ""))
