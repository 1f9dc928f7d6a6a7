"""A machine that replicates: it advances from stage to stage with the clock, and by the methods called on it."""

import math
import zlib
from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from tests.lab.arm.disks import Disk
from tests.lab.arm.errors import (
    MILD,
    NEEDS_RESYNC,
    ON_DISK,
    Language,
    Where,
    WireError,
    documented_code,
    documented_message,
)
from tests.lab.arm.history import FRIENDLY, Event, Job
from tests.lab.arm.names import guid
from tests.lab.arm.stages import RUNNING, Pace, Stage, Test
from tests.lab.arm.times import BadTime

if TYPE_CHECKING:
    from tests.lab.arm.appliance import LabAppliance

KEPT_POINTS: Final = 6
"""Recovery points that exist at a time."""

_CYCLE_FAILED: Final = {"en": "Replication cycle failed", "fr": "Échec du cycle de réplication"}
_FOR_DISK: Final = {"en": " for disk", "fr": " pour le disque"}
_AGAIN: Final = {
    Stage.ENABLE_FAILED: Stage.ENABLING,
    Stage.SEEDING_FAILED: Stage.SEEDING,
    Stage.MIGRATION_FAILED: Stage.WAITING,
    Stage.WAITING: Stage.DELTA,
}
"""The stage that follows as soon as the error is gone."""
_FAILED: Final = {"EnableMigration": Stage.ENABLE_FAILED, "Migrate": Stage.MIGRATION_FAILED}
"""The stage of a machine after its job has failed."""


@dataclass(frozen=True, slots=True)
class RecoveryPoint:
    """The recovery point of a successful cycle."""

    id: str
    at: float


class LabMachine:
    """One replicated machine. Times are Unix seconds of the lab's clock."""

    def __init__(
        self, appliance: "LabAppliance", name: str, uuid: str, disks: tuple[Disk, ...], stage: Stage, pace: Pace
    ) -> None:
        self.appliance = appliance
        self.name = name
        self.uuid = uuid
        """Instance UUID in vCenter."""
        self.disks = disks
        self.pace = pace
        self.host = appliance.hosts[len(appliance.replicated) % len(appliance.hosts)]
        self.speed = 12_000_000
        """Bytes a second while it uploads."""
        self.automatic_repair = True
        self.bad_time = BadTime.NONE
        """What is wrong with the times that it reports."""
        self.overlay: dict[str, Any] = {}
        """Fields of its properties that are not as they should be, merged over everything else, level by level."""
        self.vanished = False
        self.error: WireError | None = None
        self.resync_required = False
        self.retries = 0
        """Cycles in a row that failed."""
        self.job: Job | None = None
        """The job that runs."""
        self.test = Test.NONE
        self.tested: float | None = None
        self.migrated: float | None = None
        self.points: deque[RecoveryPoint] = deque(maxlen=KEPT_POINTS)
        self.cycle_seconds = 0.0 if stage in {Stage.ENABLING, Stage.SEEDING} else pace.delta
        """How long the newest delta cycle took."""
        self.stopped_at_percent = 0
        """Progress at which it was paused."""
        self._spread = 0.0
        self._cycle = 0
        self._test_ends = math.inf
        self.stage, self.began, self.ends = stage, self._now(), math.inf
        if stage not in {Stage.ENABLING, Stage.SEEDING}:
            self._point(self.began)
        if stage is Stage.ENABLING:
            self._open("EnableMigration", self.began)
        self._enter(stage, self.began)

    # Names.

    @cached_property
    def item(self) -> str:
        """Name of its migration item: a slug of the vCenter, and its instance UUID."""
        slug = self.appliance.vcenter.replace(".", "-")[:30]
        return f"{slug}-{guid('vcenter', self.appliance.vcenter)}_{self.uuid}"

    @cached_property
    def id(self) -> str:
        return f"{self.appliance.container_id}/replicationMigrationItems/{self.item}"

    @cached_property
    def correlation(self) -> str:
        """`eventCorrelationId`: the machine in events."""
        return guid("correlation", self.item)

    # Time.

    @property
    def due(self) -> float:
        """When its next stage begins."""
        return min(self.ends, self._test_ends)

    def percent(self, now: float) -> int:
        """Progress of the running stage."""
        if self.stage not in RUNNING:
            return self.stopped_at_percent
        return min(99, int(100 * (now - self.began) / (self.ends - self.began)))

    def advance(self, now: float) -> None:
        """Advance to `now`."""
        while self.due <= now:
            if self._test_ends <= self.ends:
                self._end_test(self._test_ends)
            else:
                self._end_stage(self.ends)

    def scatter(self) -> None:
        """Place it anywhere in the delta cycle, with cycles of different lengths, the same in every run."""
        self._spread = 0.5
        position = self._chance("position") * (self.pace.delta + self.pace.next_cycle_delay(self.pace.delta))
        began = self._now() - position
        self.points.clear()
        self._point(began)
        self._enter(Stage.WAITING, began)
        self.advance(self._now())

    # Actions.

    def fail(
        self,
        failure: str,
        *,
        lang: Language = "en",
        where: Where = Where.HEALTH_ERRORS,
        code: str | None = None,
        message: str | None = None,
        health: str | None = None,
    ) -> None:
        """Give it a documented error, with the event and the job of that error; its cycles fail until `heal`.

        Code, message and health are the documented ones unless they are given; an empty code stands for none.
        """
        now = self._catch_up()
        self.error = WireError(
            failure,
            (documented_code(failure, lang) if code is None else code) or None,
            message or documented_message(failure, lang, self.name),
            where,
            health or MILD.get(failure, "Critical"),
            self.name,
            now,
            lang,
        )
        self.resync_required |= failure in NEEDS_RESYNC
        if self.error.job:
            self._fail_job(self.error, now)
        elif self.error.health != "Normal":
            self._fail_cycle(self.error, now)

    def heal(self) -> None:
        """Remove the error; the failed stage starts again at once."""
        now = self._catch_up()
        if self.error is None:
            return
        if self.error.health != "Normal":
            self._add_event(now, "OK", "The virtual machine is healthy")
        self.error, self.retries = None, 0
        if self.resync_required:
            self._enter(Stage.RESYNC, now)
        elif self.stage in _AGAIN:
            self._enter(_AGAIN[self.stage], now)

    def pause(self) -> None:
        """Pause its replication."""
        now = self._catch_up()
        self._open("PauseReplication", now)
        self._enter(Stage.SUSPENDING, now)

    def resume(self) -> None:
        """Resume its replication."""
        now = self._catch_up()
        self._open("ResumeReplication", now)
        self._enter(Stage.RESUME_QUEUED, now)

    def resync(self) -> None:
        """Copy everything again."""
        now = self._catch_up()
        self.resync_required = True
        self._open("StartResync", now)
        self._close(now)
        self._enter(Stage.RESYNC, now)

    def migrate(self) -> None:
        """Migrate it: a last delta cycle, then it runs in Azure."""
        now = self._catch_up()
        self._open("Migrate", now)
        self._enter(Stage.MIGRATING, now)

    def test_migrate(self) -> None:
        """Start a test migration; replication goes on."""
        now = self._catch_up()
        self._open("TestMigrate", now)
        self.test, self._test_ends = Test.RUNNING, now + self.pace.test

    def clean_up(self) -> None:
        """Remove what the test migration made."""
        now = self._catch_up()
        self._open("TestMigrateCleanup", now)
        self.test, self._test_ends = Test.CLEANING, now + self.pace.test

    def disable(self) -> None:
        """Stop its replication for good: it is gone from every list."""
        now = self._catch_up()
        self._open("DisableMigration", now)
        self._close(now)
        self.appliance.replicated.remove(self)

    def vanish(self) -> None:
        """Delete it between a LIST, which still has it, and a GET, which does not."""
        self.vanished = True

    # Stages.

    def _end_stage(self, at: float) -> None:
        match self.stage:
            case Stage.ENABLING:
                self._close(at)
                self._enter(Stage.SEEDING, at)
            case Stage.SEEDING:
                self._open("MigrationIrCompletion", at)
                self._close(at)
                self._point(at)
                self._enter(Stage.DELTA, at)
            case Stage.DELTA:
                self._end_cycle(at)
            case Stage.WAITING:
                self._enter(Stage.DELTA, at)
            case Stage.SUSPENDING:
                self._close(at)
                self._enter(Stage.PAUSED, at)
            case Stage.RESUME_QUEUED:
                self._close(at)
                self._enter(Stage.RESUMING, at)
            case Stage.RESUMING:
                self._open("CompleteResume", at)
                self._close(at)
                self._enter(Stage.DELTA, at)
            case Stage.RESYNC:
                self.resync_required = False
                self._end_cycle(at)
            case Stage.MIGRATING:
                self._close(at)
                self.migrated = at
                self._enter(Stage.MIGRATED, at)
            case _:
                raise AssertionError(f"{self.stage} does not end by itself")

    def _enter(self, stage: Stage, at: float) -> None:
        if stage is not Stage.PAUSED:
            self.stopped_at_percent = self.percent(at) if stage is Stage.SUSPENDING else 100
        self.stage, self.began = stage, at
        if stage is Stage.WAITING:
            self.ends = self.appliance.blackout.open_from(at + self.pace.next_cycle_delay(self.cycle_seconds))
        elif stage is Stage.DELTA:
            self.cycle_seconds = self.pace.delta * (1 + self._spread * (2 * self._chance("length", self._cycle) - 1))
            self.ends = at + self.cycle_seconds
        else:
            self.ends = at + self.pace.of(stage)

    def _end_cycle(self, at: float) -> None:
        self._cycle += 1
        if self.error is not None and self.error.health != "Normal":
            self._fail_cycle(self.error, at)
        else:
            self._point(at)
            self._enter(Stage.WAITING, at)

    def _fail_cycle(self, error: WireError, at: float) -> None:
        self.retries += 1
        disk = _FOR_DISK[error.lang] if error.failure in ON_DISK else ""
        self._add_event(at, error.health, _CYCLE_FAILED[error.lang] + disk, error)
        if self.stage is Stage.SEEDING:
            self._enter(Stage.SEEDING_FAILED, at)
        elif self.stage in {Stage.DELTA, Stage.WAITING, Stage.RESYNC}:
            self._enter(Stage.WAITING, at)

    def _fail_job(self, error: WireError, at: float) -> None:
        assert error.job is not None
        job = self._open(error.job.scenario, at)
        job.errors.append(error.job_error(guid("task", job.name)))
        self._close(at, error.job.state)
        severity = "Critical" if error.job.state == "Failed" else "Info"
        self._add_event(at, severity, f"{FRIENDLY[job.scenario]} - {error.job.state}", error, job)
        if error.job.state == "Failed" and job.scenario in _FAILED:
            self._enter(_FAILED[job.scenario], at)

    def _end_test(self, at: float) -> None:
        self._close(at)
        self._test_ends = math.inf
        if self.test is Test.RUNNING:
            self.test, self.tested = Test.SUCCEEDED, at
        else:
            self.test = Test.NONE

    # Records.

    def _point(self, at: float) -> None:
        self.points.append(RecoveryPoint(guid("point", self.item, at), at))

    def _open(self, scenario: str, at: float) -> Job:
        self.job = self.appliance.project.history.start(scenario, self.name, guid("machine", self.item), at)
        return self.job

    def _close(self, at: float, state: str = "Succeeded") -> None:
        if self.job is not None:
            self.job.state, self.job.ended = state, at
            self.job = None

    def _add_event(
        self, at: float, severity: str, description: str, error: WireError | None = None, job: Job | None = None
    ) -> None:
        kind = "JobStatus" if job else "VmHealth"
        errors = (error.health_error(),) if error else ()
        fabric = self.appliance.fabric_id
        event = Event(at, kind, severity, description, self.name, self.correlation, fabric, self.item, errors, job)
        self.appliance.project.history.add_event(event)

    def _catch_up(self) -> float:
        now = self._now()
        self.advance(now)
        return now

    def _now(self) -> float:
        return self.appliance.project.clock.time()

    def _chance(self, *about: object) -> float:
        """A number from 0 to 1, the same in every run for the same machine and purpose."""
        return zlib.crc32(f"{self.item}/{about}".encode()) / 2**32
