"""The stages of a machine's replication: how long each lasts, and how Azure describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HOUR: Final = 3600.0


class Stage(StrEnum):
    """The stage of a machine. Stages without an end in `Pace` last until a method ends them."""

    ENABLING = "enabling"
    SEEDING = "seeding"
    """The first, full copy."""
    DELTA = "delta"
    """A delta cycle runs."""
    WAITING = "waiting"
    """Waiting until the next delta cycle is due."""
    SUSPENDING = "suspending"
    PAUSED = "paused"
    RESUME_QUEUED = "resume queued"
    RESUMING = "resuming"
    RESYNC = "resync"
    MIGRATING = "migrating"
    MIGRATED = "migrated"
    ENABLE_FAILED = "enable failed"
    SEEDING_FAILED = "seeding failed"
    MIGRATION_FAILED = "migration failed"


RUNNING: Final = frozenset({Stage.SEEDING, Stage.DELTA, Stage.RESUMING, Stage.RESYNC, Stage.MIGRATING})
"""Stages in which data moves."""


class Test(StrEnum):
    """The state of the test migration: `testMigrateState`."""

    __test__ = False  # no test class, whatever pytest thinks of its name

    NONE = "None"
    RUNNING = "TestMigrationInProgress"
    SUCCEEDED = "TestMigrationSucceeded"
    FAILED = "TestMigrationFailed"
    CLEANING = "TestMigrationCleanupInProgress"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that each stage lasts, and the documented limits of the delay between two delta cycles."""

    queued: float = 20
    """At the beginning of a stage, before data moves."""
    enabling: float = 60
    seeding: float = 4 * HOUR
    delta: float = 240
    suspending: float = 30
    resume_queued: float = 30
    resuming: float = 600
    resync: float = HOUR
    migrating: float = 1800
    test: float = 900
    min_delay: float = HOUR
    max_delay: float = 12 * HOUR

    def next_cycle_delay(self, cycle: float) -> float:
        """Seconds from the end of a delta cycle to the next, if it lasted `cycle`: half of that, within the limits."""
        return min(max(self.min_delay, cycle / 2), self.max_delay)

    def of(self, stage: Stage) -> float:
        """How long a stage other than WAITING lasts; infinite if it does not end by itself."""
        lasting = {
            Stage.ENABLING: self.enabling,
            Stage.SEEDING: self.seeding,
            Stage.DELTA: self.delta,
            Stage.SUSPENDING: self.suspending,
            Stage.RESUME_QUEUED: self.resume_queued,
            Stage.RESUMING: self.resuming,
            Stage.RESYNC: self.resync,
            Stage.MIGRATING: self.migrating,
        }
        return lasting.get(stage, float("inf"))


@dataclass(frozen=True, slots=True)
class Words:
    """The words for a stage in a migration item. `{percent}` stands for the progress."""

    state: str
    """migrationState."""
    status: str
    """replicationStatus."""
    about: str
    """migrationStateDescription."""
    operations: tuple[str, ...]
    """allowedOperations."""
    gateway: str | None
    """gatewayOperationDetails.state; None without an operation."""
    percent: str | None = None
    """The field that holds the progress while the stage lasts."""


_ALWAYS: Final = ("DisableMigration",)
_READY: Final = ("DisableMigration", "TestMigrate", "Migrate", "PauseReplication", "StartResync")

WORDS: Final[Mapping[Stage, Words]] = {
    Stage.ENABLING: Words("EnableMigrationInProgress", "Initial replication queued", "Enabling", (), None),
    Stage.SEEDING: Words(
        "InitialSeedingInProgress",
        "Initial replication ({percent}%)",
        "Initial replication in progress",
        ("DisableMigration", "PauseReplication"),
        "InitialReplication InProgress",
        "initialSeedingProgressPercentage",
    ),
    Stage.DELTA: Words(
        "Replicating",
        "Delta sync",
        "Ready to migrate",
        _READY,
        "DeltaReplication InProgress",
        "deltaSyncProgressPercentage",
    ),
    Stage.WAITING: Words("Replicating", "Delta sync", "Ready to migrate", _READY, "DeltaReplication Completed"),
    Stage.SUSPENDING: Words("SuspendingProtection", "Pause in progress", "Pausing", _ALWAYS, None),
    Stage.PAUSED: Words(
        "ProtectionSuspended", "Paused", "Paused", (*_ALWAYS, "ResumeReplication"), "DeltaReplication InProgress"
    ),
    Stage.RESUME_QUEUED: Words("ResumeInitiated", "Resume queued", "Resume queued", _ALWAYS, None),
    Stage.RESUMING: Words(
        "ResumeInProgress",
        "Resume in progress ({percent}%)",
        "Resume in progress",
        _ALWAYS,
        "ResumeReplication InProgress",
        "resumeProgressPercentage",
    ),
    Stage.RESYNC: Words(
        "Replicating",
        "Resync ({percent}%)",
        "Ready to migrate",
        ("DisableMigration", "PauseReplication"),
        "Resync InProgress",
        "resyncProgressPercentage",
    ),
    Stage.MIGRATING: Words(
        "MigrationInProgress",
        "Delta sync",
        "Migration in progress",
        (),
        "PlannedFailoverOverDeltaReplication InProgress",
        "migrationProgressPercentage",
    ),
    Stage.MIGRATED: Words("MigrationSucceeded", "-", "Migration succeeded", _ALWAYS, None),
    Stage.ENABLE_FAILED: Words("EnableMigrationFailed", "Enable replication failed", "Failed", _ALWAYS, None),
    Stage.SEEDING_FAILED: Words(
        "InitialSeedingFailed", "Initial replication failed", "Failed", _ALWAYS, "InitialReplication Failed"
    ),
    Stage.MIGRATION_FAILED: Words(
        "MigrationFailed", "Delta sync", "Failed", (*_ALWAYS, "Migrate"), "PlannedFailoverOverDeltaReplication Failed"
    ),
}
"""A failed delta cycle has the words of WAITING, but for the gateway's state."""

FUTURE_OPERATION: Final = "RelocateReplication"
"""An operation that no SDK knows yet, in every list: a later service may send one."""
