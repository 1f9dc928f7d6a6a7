"""The status of a job, for the landing page, `/-/ready` and the `collect` command."""

from dataclasses import dataclass

from azure_migrate_exporter.reasons import Reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one run. `started` is Unix seconds, `duration` seconds; `reason` is None for a success."""

    started: float
    duration: float
    reason: Reason | None = None
    message: str = ""

    @property
    def result(self) -> str:
        """Label value: ``success`` or the reason."""
        return self.reason or "success"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """The current status of one (collector, target). Times are Unix seconds."""

    collector: str
    target: str
    interval: float
    last: Outcome | None
    last_success: float | None
    running_since: float | None
    next_run: float | None
    failures: tuple[Outcome, ...]
    """The last failures, newest first."""
