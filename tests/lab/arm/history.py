"""The history of a vault: jobs that people and the service started, and events."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tests.lab.arm.names import guid
from tests.lab.arm.times import event_number

KEPT: Final = 2000
"""Events and jobs that a vault keeps."""

FRIENDLY: Final[Mapping[str, str]] = {
    "EnableMigration": "Start replication",
    "MigrationIrCompletion": "Completing initial replication",
    "PauseReplication": "Pause replication",
    "ResumeReplication": "Resume replication",
    "CompleteResume": "Completing resume replication",
    "DisableMigration": "Stop replication",
    "UpdateVmProperties": "Update virtual machine",
    "StartResync": "Start resynchronization",
    "TestMigrate": "Test migrate",
    "TestMigrateCleanup": "Clean up test migration",
    "Migrate": "Migrate",
}
"""What the portal calls each scenario."""


@dataclass(slots=True)
class Job:
    """One job of one machine."""

    name: str
    scenario: str
    machine: str
    target: str
    """Id of the machine among the service's own."""
    began: float
    state: str = "InProgress"
    ended: float | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `errors` are health errors as they go on the wire."""

    at: float
    type: str
    """VmHealth, JobStatus or AgentHealth."""
    severity: str
    description: str
    about: str
    """Name of the machine or the appliance."""
    correlation: str
    fabric: str
    """Id of the fabric."""
    item: str | None = None
    """Name of the migration item."""
    errors: tuple[dict[str, Any], ...] = ()
    job: Job | None = None
    serial: int = 0
    """Distinguishes events of the same time."""

    @property
    def name(self) -> str:
        """Unique, and smaller the newer the event is."""
        monitoring = {"JobStatus": "JobStatus", "AgentHealth": "Agent"}.get(self.type, "Vm")
        unique = guid("event", self.at, self.fabric, self.serial)
        return f"{monitoring}MonitoringEvent;{event_number(self.at)}_{unique}"


class History:
    """The jobs and events of one vault. They arrive in any order and are listed newest first."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._jobs: list[Job] = []
        self._serial = itertools.count()

    @property
    def events(self) -> list[Event]:
        return self._events

    @property
    def jobs(self) -> list[Job]:
        return self._jobs

    def add_event(self, event: Event) -> None:
        """Add an event."""
        self._events.insert(0, replace(event, serial=next(self._serial)))
        self._events.sort(key=lambda known: known.at, reverse=True)
        del self._events[KEPT:]

    def start(self, scenario: str, machine: str, target: str, at: float) -> Job:
        """Begin a job."""
        job = Job(guid("job", target, at, next(self._serial)), scenario, machine, target, at)
        self._jobs.insert(0, job)
        self._jobs.sort(key=lambda known: known.began, reverse=True)
        del self._jobs[KEPT:]
        return job
