"""Counters and durations of the uploads of one test, since the exporter started."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from azure_migrate_exporter.exposition.measurements import Histogram, Measurements
from azure_migrate_exporter.exposition.metrics import (
    STORAGE_UPLOAD_FAILURES,
    STORAGE_UPLOAD_REQUEST_DURATION,
    STORAGE_UPLOADED_BYTES,
)
from azure_migrate_exporter.reasons import CheckError, Reason


class UploadMetrics:
    """The label `test` keeps a put of a few bytes apart from a block of 8 MiB."""

    def __init__(self, test: Literal["probe", "benchmark"], labels: dict[str, str]) -> None:
        self._labels = {**labels, "test": test}
        self._bytes = 0
        self._durations = Histogram(STORAGE_UPLOAD_REQUEST_DURATION)
        self._failures: Counter[Reason] = Counter()

    def observe_put(self, size: int, seconds: float) -> None:
        """Count a put that the service acknowledged."""
        self._bytes += size
        self._durations.observe(seconds)

    @contextmanager
    def counting_failures(self) -> Iterator[None]:
        """Count what one upload raises, by its reason."""
        try:
            yield
        except CheckError as error:
            self._failures[error.reason] += 1
            raise

    def write(self, out: Measurements) -> None:
        """Write the totals so far: every reason, so that the first failure is seen as an increase."""
        out.set(STORAGE_UPLOADED_BYTES, self._bytes, **self._labels)
        out.histogram(STORAGE_UPLOAD_REQUEST_DURATION, self._durations, **self._labels)
        for reason in Reason:
            out.set(STORAGE_UPLOAD_FAILURES, self._failures[reason], **self._labels, reason=reason)
