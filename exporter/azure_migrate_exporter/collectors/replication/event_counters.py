"""What has happened in a vault: its events and jobs, each counted once."""

from collections.abc import Iterable
from contextlib import aclosing
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import NOTHING, Json, mapping, text
from azure_migrate_exporter.collectors.replication.event_keys import (
    event_entry,
    event_labels,
    expected_events,
    expected_jobs,
    job_entry,
    job_labels,
)
from azure_migrate_exporter.collectors.replication.once_counter import Labels, Ledger
from azure_migrate_exporter.collectors.replication.poll import Part
from azure_migrate_exporter.collectors.replication.vault_client import Reader
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Measurements
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock

PAGES: Final = 20
"""Pages of events or jobs that one run reads at most."""
JOBS_READ: Final = 20
"""Jobs of which one run reads why they failed; more wait for the next run."""


class Chronicle:
    """Reads and counts. `saved` is what `dump` gave before a restart: what happened meanwhile is counted too."""

    def __init__(self, reader: Reader, clock: Clock, saved: Json) -> None:
        self._reader = reader
        self._clock = clock
        self._events = Ledger(mapping(saved.get("events")))
        self._jobs = Ledger(mapping(saved.get("jobs")))
        self.events = Part(self._read_events)
        self.jobs = Part(self._read_jobs)

    def dump(self) -> dict[str, Any]:
        """What must outlive a restart."""
        return {"events": self._events.dump(), "jobs": self._jobs.dump()}

    def write(self, out: Measurements, vault: str) -> None:
        """The counters. They are ours, so they never grow stale; before the first poll there are none."""
        for metric, ledger, expected in (
            (metrics.REPLICATION_EVENTS, self._events, expected_events()),
            (metrics.REPLICATION_JOBS, self._jobs, expected_jobs()),
        ):
            if ledger.began:
                _write(out, metric, ledger, expected, vault)

    async def _read_events(self) -> None:
        async with aclosing(self._reader.pages("events", f"{self._reader.vault}/replicationEvents")) as pages:
            number = 0
            async for page in pages:
                number += 1
                if self._take_events(page) or number == PAGES:
                    break
        self._events.end_poll(self._clock.time())

    def _take_events(self, page: list[Json]) -> bool:
        """Count the news of a page. Whether there is none left on later ones, for the newest come first."""
        ledger, now = self._events, self._clock.time()
        values = _named(page)
        news = ledger.news((event_entry(value, now) for value in values.values()), now)
        for entry in news:
            if ledger.began:
                ledger.count(entry, event_labels(values[entry.name]), now)
            else:
                ledger.remember(entry, now)
        return ledger.began and bool(page) and not news

    async def _read_jobs(self) -> None:
        """All pages: a job stands where it began, however late it fails."""
        left, number = JOBS_READ, 0
        async with aclosing(self._reader.pages("jobs", f"{self._reader.vault}/replicationJobs")) as pages:
            async for page in pages:
                number += 1
                left = await self._take_jobs(page, left)
                if number == PAGES:
                    break
        self._jobs.end_poll(self._clock.time())

    async def _take_jobs(self, page: Iterable[Json], left: int) -> int:
        """Count the news of a page, but no more than `left`. How many more may be counted."""
        ledger, now = self._jobs, self._clock.time()
        values = _named(page)
        ended = [entry for value in values.values() if (entry := job_entry(value, now)) is not None]
        for entry in ledger.news(ended, now):
            if not ledger.began:
                ledger.remember(entry, now)
            elif left:
                left -= 1
                ledger.count(entry, job_labels(values[entry.name], await self._whole_job(entry.name)), now)
        return left

    async def _whole_job(self, name: str) -> Json:
        """The answer about a job, with its errors; nothing if there is none, but then the job counts all the same."""
        try:
            return await self._reader.get("job", f"{self._reader.vault}/replicationJobs/{name}")
        except CheckError as error:
            if error.reason is Reason.THROTTLED:
                raise
            return NOTHING


def _named(page: Iterable[Json]) -> dict[str, Json]:
    return {name: value for value in page if (name := text(value.get("name")))}


def _write(out: Measurements, metric: Metric, ledger: Ledger, expected: set[Labels], vault: str) -> None:
    for values in sorted(expected | ledger.counts.keys()):
        labels = dict(zip(metric.labels[1:], values, strict=True))
        out.set(metric, ledger.counts[values], vault=vault, **labels)
