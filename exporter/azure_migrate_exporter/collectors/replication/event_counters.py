"""Counters of a vault's events and of its jobs that did not succeed, each counted once."""

import re
from collections.abc import Iterable
from contextlib import aclosing
from typing import Any, Final

from azure_migrate_exporter.azure.health_errors import health_errors, job_errors, main_failure
from azure_migrate_exporter.azure.json_fields import NOTHING, Json, enum_label, mapping, objects, past_timestamp, text
from azure_migrate_exporter.collectors.replication.once_counter import Entry, Labels, OnceCounter
from azure_migrate_exporter.collectors.replication.polling.poll import Poll
from azure_migrate_exporter.collectors.replication.polling.vault_client import VaultClient
from azure_migrate_exporter.exposition import metrics
from azure_migrate_exporter.exposition.measurements import Block, Measurements
from azure_migrate_exporter.exposition.metric import Metric
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import UNKNOWN, classify
from azure_migrate_exporter.reasons import CheckError, Reason
from azure_migrate_exporter.runtime.clock import Clock

MAX_PAGES: Final = 20
"""Pages of events or jobs that one run reads."""
MAX_JOBS: Final = 20
"""Jobs whose errors one run reads; the others wait for the next run."""
NO_FAILURE: Final = "none"
UNSUCCESSFUL: Final = ("failed", "completed_with_information", "partially_succeeded", "cancelled")
"""States of a job that ended without plain success."""
SCENARIOS: Final = (
    "enable_migration",
    "migration_ir_completion",
    "pause_replication",
    "resume_replication",
    "complete_resume",
    "disable_migration",
    "update_vm_properties",
    "start_resync",
    "test_migrate",
    "test_migrate_cleanup",
    "migrate",
)

_EVENT_NUMBER: Final = re.compile(r"[^;]+;(\d{15,19})_", re.ASCII)
_LAST_NUMBER: Final = 2**63 - 1
_EPOCH: Final = 116_444_736_000_000_000
"""1970 in ticks of 100 ns since 1601."""
_MAX_AHEAD: Final = 86400.0
"""Seconds ahead of now that no clock with a wrong time zone explains."""


class EventCounters:
    """Reads and counts. `saved` is what `dump` returned before a restart: what happened meanwhile is counted too."""

    def __init__(self, client: VaultClient, clock: Clock, saved: Json) -> None:
        self._client = client
        self._clock = clock
        self._events = OnceCounter(mapping(saved.get("events")))
        self._jobs = OnceCounter(mapping(saved.get("jobs")))
        self._shown: tuple[object, Block] = (None, Block({}))
        self.events = Poll(self._fetch_events)
        self.jobs = Poll(self._fetch_jobs)

    def dump(self) -> dict[str, Any]:
        """The state that must outlive a restart."""
        return {"events": self._events.dump(), "jobs": self._jobs.dump()}

    def block(self, vault: str) -> Block:
        """The counters, which never become stale: the very same block as before if nothing was counted.

        Before the first poll there are none.
        """
        counted = [(counter.primed, dict(counter.counts)) for counter in (self._events, self._jobs)]
        if counted != self._shown[0]:
            self._shown = counted, self._block(vault)
        return self._shown[1]

    def _block(self, vault: str) -> Block:
        out = Measurements()
        for metric, counter, initial in (
            (metrics.REPLICATION_EVENTS, self._events, initial_events()),
            (metrics.REPLICATION_JOBS, self._jobs, initial_jobs()),
        ):
            if counter.primed:
                _write(out, metric, counter, initial, vault)
        return out.block()

    async def _fetch_events(self) -> None:
        async with aclosing(self._client.pages("events", f"{self._client.vault}/replicationEvents")) as pages:
            number = 0
            async for page in pages:
                number += 1
                if self._count_events(page) or number == MAX_PAGES:
                    break
        self._events.finish_poll(self._clock.time())

    def _count_events(self, page: list[Any]) -> bool:
        """Count the new events of a page. Returns whether later pages have none, for the newest come first."""
        counter, now = self._events, self._clock.time()
        values = _by_name(page)
        new = counter.new_entries((event_entry(value, now) for value in values.values()), now)
        for entry in new:
            if counter.primed:
                counter.count(entry, event_labels(values[entry.name]), now)
            else:
                counter.skip(entry, now)
        return counter.primed and bool(page) and not new

    async def _fetch_jobs(self) -> None:
        """Read all pages: a job stays where it was started, however late it fails."""
        left, number = MAX_JOBS, 0
        async with aclosing(self._client.pages("jobs", f"{self._client.vault}/replicationJobs")) as pages:
            async for page in pages:
                number += 1
                left = await self._count_jobs(page, left)
                if number == MAX_PAGES:
                    break
        self._jobs.finish_poll(self._clock.time())

    async def _count_jobs(self, page: list[Any], left: int) -> int:
        """Count at most `left` new jobs of a page. Returns how many more may be counted."""
        counter, now = self._jobs, self._clock.time()
        values = _by_name(page)
        ended = [entry for value in values.values() if (entry := job_entry(value, now)) is not None]
        for entry in counter.new_entries(ended, now):
            if not counter.primed:
                counter.skip(entry, now)
            elif left:
                left -= 1
                counter.count(entry, job_labels(values[entry.name], await self._get_job(entry.name)), now)
        return left

    async def _get_job(self, name: str) -> Json:
        """The job with its errors, which a LIST leaves out; nothing if it cannot be read, as the job counts anyway."""
        try:
            return await self._client.get("job", f"{self._client.vault}/replicationJobs/{name}")
        except CheckError as error:
            if error.reason is Reason.THROTTLED:
                raise
            return NOTHING


def event_entry(value: Json, now: float) -> Entry:
    """An event. The number in its name is its time, counted backwards so that the newest comes first."""
    name = text(value.get("name"))
    number = _EVENT_NUMBER.match(name)
    at = (_LAST_NUMBER - int(number[1]) - _EPOCH) / 1e7 if number else None
    if at is None or not 0 < at < now + _MAX_AHEAD:
        at = past_timestamp(mapping(value.get("properties")).get("timeOfOccurrence"), now)
    return Entry(name, at)


def event_labels(value: Json) -> Labels:
    """Type, severity and failure of an event."""
    properties = mapping(value.get("properties"))
    errors = health_errors(properties.get("healthErrors"))
    if errors:
        failure = main_failure(errors)
    else:
        described = classify(None, text(properties.get("description")))
        failure = NO_FAILURE if described == UNKNOWN else described
    return enum_label(properties.get("eventType")), enum_label(properties.get("severity")), failure


def job_entry(value: Json, now: float) -> Entry | None:
    """A job that ended without plain success; None for any other."""
    properties = mapping(value.get("properties"))
    if enum_label(properties.get("state")) not in UNSUCCESSFUL:
        return None
    at = past_timestamp(properties.get("endTime"), now)
    return Entry(text(value.get("name")), past_timestamp(properties.get("startTime"), now) if at is None else at)


def job_labels(listed: Json, job: Json) -> Labels:
    """Scenario, state and failure of a job as a LIST has it and as a GET has it: only the latter has the errors."""
    properties = mapping(listed.get("properties"))
    failure = main_failure(job_errors(mapping(job.get("properties")).get("errors")))
    return enum_label(properties.get("scenarioName")), enum_label(properties.get("state")), failure


def initial_events() -> set[Labels]:
    """Label sets that start at 0, as `increase()` misses the first value of a series: failures of machines."""
    failures = [*CATALOGUE, UNKNOWN]
    return {("vm_health", severity, failure) for severity in ("critical", "warning") for failure in failures}


def initial_jobs() -> set[Labels]:
    """Label sets that start at 0: every scenario, and the errors of the article that only a job shows."""
    ends = {(scenario, state, UNKNOWN) for scenario in SCENARIOS for state in UNSUCCESSFUL[:2]}
    key_vault = (failure for failure in CATALOGUE if failure.startswith("key_vault_"))
    return ends | {("enable_migration", "failed", failure) for failure in key_vault}


def _by_name(page: list[Any]) -> dict[str, Json]:
    return {name: value for value in objects(page) if (name := text(value.get("name")))}


def _write(out: Measurements, metric: Metric, counter: OnceCounter, initial: Iterable[Labels], vault: str) -> None:
    for values in sorted({*initial, *counter.counts}):
        labels = dict(zip(metric.labels[1:], values, strict=True))
        out.set(metric, counter.counts[values], vault=vault, **labels)
