"""Events and jobs of a vault, as entries of a ledger and the labels under which they count."""

import re
from typing import Any, Final

from azure_migrate_exporter.azure.json_fields import Json, mapping, moment, text, word
from azure_migrate_exporter.collectors.replication.errors import health_errors, job_errors, main_failure
from azure_migrate_exporter.collectors.replication.once_counter import Entry, Labels
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.classifier import UNKNOWN, classify

NO_FAILURE: Final = "none"
BAD_ENDS: Final = ("failed", "completed_with_information", "partially_succeeded", "cancelled")
"""States of a job that ended and did not simply succeed."""
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

_NUMBER: Final = re.compile(r"[^;]+;(\d{15,19})_")
_LAST: Final = 2**63 - 1
_EPOCH: Final = 116_444_736_000_000_000
"""1970 in ticks of 100 ns since 1601."""
_FAR: Final = 86400.0
"""Seconds ahead of now from which on even a clock with the wrong zone is no explanation."""


def event_entry(value: Json, now: float) -> Entry:
    """An event. The number in its name is its time, told backwards so that the newest comes first."""
    name = text(value.get("name"))
    number = _NUMBER.match(name)
    at = (_LAST - int(number[1]) - _EPOCH) / 1e7 if number else None
    if at is None or not 0 < at < now + _FAR:
        at = moment(mapping(value.get("properties")).get("timeOfOccurrence"), now)
    return Entry(name, at)


def event_labels(value: Json) -> Labels:
    """Event type, severity and the failure that the event names."""
    properties = mapping(value.get("properties"))
    return word(properties.get("eventType")), word(properties.get("severity")), _event_failure(properties)


def job_entry(value: Json, now: float) -> Entry | None:
    """A job that has ended badly; None for any other."""
    properties = mapping(value.get("properties"))
    if word(properties.get("state")) not in BAD_ENDS:
        return None
    at = moment(properties.get("endTime"), now)
    return Entry(text(value.get("name")), moment(properties.get("startTime"), now) if at is None else at)


def job_labels(listed: Json, whole: Json) -> Labels:
    """Scenario, state and failure: the errors are in the answer about the job alone."""
    properties = mapping(listed.get("properties"))
    failure = main_failure(job_errors(mapping(whole.get("properties")).get("errors")))
    return word(properties.get("scenarioName")), word(properties.get("state")), failure


def expected_events() -> set[Labels]:
    """Labels that count from 0 on, for `increase()` does not see what a series begins with: a machine's failures."""
    failures = [*CATALOGUE, UNKNOWN]
    return {("vm_health", severity, failure) for severity in ("critical", "warning") for failure in failures}


def expected_jobs() -> set[Labels]:
    """The same of jobs: each scenario, and the errors of the article that only a job shows."""
    ends = {(scenario, state, UNKNOWN) for scenario in SCENARIOS for state in BAD_ENDS[:2]}
    vaults = (failure for failure in CATALOGUE if failure.startswith("key_vault_"))
    return ends | {("enable_migration", "failed", failure) for failure in vaults}


def _event_failure(properties: Any) -> str:
    errors = health_errors(properties.get("healthErrors"))
    if errors:
        return main_failure(errors)
    told = classify(None, text(properties.get("description")))
    return NO_FAILURE if told == UNKNOWN else told
