"""A documented error as Azure puts it on the wire: in a health error, on one of its levels, or in a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from tests.documented import CODES, ENGLISH, FRENCH
from tests.lab.arm.names import guid
from tests.lab.arm.times import stamp

Language = Literal["en", "fr"]


class Where(StrEnum):
    """Where the documented text and code stand."""

    HEALTH_ERRORS = "healthErrors"
    """In the machine's health error itself."""
    INNER = "inner"
    """In an inner health error; the outer one is vague."""
    PROVIDER = "provider"
    """In `recoveryProviderErrorMessage`, under a vague message without a code."""
    EVENT = "event"
    """In the event alone: the machine is unhealthy without an error."""
    JOB = "job"
    """In a failed job alone."""


@dataclass(frozen=True, slots=True)
class FailedJob:
    """The job that a failure ends, and the state in which it does."""

    scenario: str
    state: str = "Failed"


JOBS: Final[Mapping[str, FailedJob]] = {
    "key_vault_configure_storage": FailedJob("EnableMigration"),
    "key_vault_generate_sas": FailedJob("EnableMigration"),
    "snapshots_present": FailedJob("EnableMigration"),
    "vcenter_privileges_missing": FailedJob("EnableMigration"),
    "target_name_taken": FailedJob("EnableMigration", "CompletedWithInformation"),
    "boot_diagnostics_account_unavailable": FailedJob("TestMigrate", "CompletedWithInformation"),
}
"""Failures that end a job."""

MILD: Final[Mapping[str, str]] = {
    "test_migration_missing": "Normal",
    "target_name_taken": "Normal",
    "boot_diagnostics_account_unavailable": "Normal",
    "snapshot_operations_throttled": "Warning",
    "another_task_in_progress": "Warning",
}
"""Health of a machine under those failures that do not make it Critical."""

ON_DISK: Final = frozenset({"disk_upload_timed_out", "disk_download_timed_out", "physical_mode_disk"})
"""Failures of one disk, which the event names."""
NEEDS_RESYNC: Final = frozenset({"fetch_changed_blocks", "change_tracking_reset"})

_PROVIDER_CODES: Final[Mapping[str, int]] = {"vcenter_privileges_missing": 31475}
"""What the appliance's provider adds under a number of its own."""
_VAGUE: Final = {"en": "An internal error occurred.", "fr": "Une erreur interne s'est produite."}


@dataclass(frozen=True, slots=True)
class WireError:
    """One failure of one machine since `at`."""

    failure: str
    code: str | None
    message: str
    where: Where
    health: str
    machine: str
    at: float
    lang: Language = "en"

    @property
    def job(self) -> FailedJob | None:
        """The job that it fails."""
        return JOBS.get(self.failure) or (FailedJob("Migrate") if self.where is Where.JOB else None)

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The health errors of the machine itself."""
        return [] if self.where in {Where.EVENT, Where.JOB} else [self.health_error()]

    def health_error(self) -> dict[str, Any]:
        """As it stands in a machine's or an event's `healthErrors`."""
        vague = self._error(_VAGUE[self.lang], None)
        match self.where:
            case Where.INNER:
                return {**vague, "innerHealthErrors": [self._error(self.message, self.code)]}
            case Where.PROVIDER:
                return {**vague, "recoveryProviderErrorMessage": self.message, "innerHealthErrors": []}
            case _:
                return {**self._error(self.message, self.code), "innerHealthErrors": []}

    def job_error(self, task: str) -> dict[str, Any]:
        """As it stands in a job's `errors`."""
        number = _PROVIDER_CODES.get(self.failure)
        provider = {"errorCode": number, "errorMessage": self.message, "errorId": guid("error", number)}
        causes = {"possibleCauses": "", "recommendedAction": ""}
        return {
            "serviceErrorDetails": {"code": self.code or "499", "message": self.message, "activityId": None, **causes},
            "providerErrorDetails": None if number is None else {**provider, **causes},
            "errorLevel": "Info" if self.health == "Normal" else "Error",
            "creationTime": stamp(self.at),
            "taskId": task,
        }

    def _error(self, message: str, code: str | None) -> dict[str, Any]:
        return {
            "errorSource": "VMwareCbt",
            "errorType": "HealthError",
            "errorLevel": "Warning" if self.health == "Warning" else "Error",
            "errorCategory": "TestFailover" if self.failure == "test_migration_missing" else "Replication",
            "errorCode": code,
            "summaryMessage": message.partition(".")[0],
            "errorMessage": message,
            "possibleCauses": "",
            "recommendedAction": "",
            "creationTimeUtc": stamp(self.at),
            "recoveryProviderErrorMessage": None,
            "entityId": guid("machine", self.machine),
            "errorId": guid("error", self.failure, self.machine),
            "customerResolvability": "AllowedByNobodyYet",  # an enum value that no SDK knows
            "mitigationWindow": "PT30M",  # a field that no SDK knows
        }


def documented_code(failure: str, lang: Language) -> str | None:
    """The code of a failure, if it has one: the oldest in French, as that article is the oldest, else the newest."""
    provider = str(_PROVIDER_CODES.get(failure))
    codes = [code for code, known in CODES if known == failure and code != provider]
    if not codes:
        return None
    return codes[0] if lang == "fr" else codes[-1]


def documented_message(failure: str, lang: Language, machine: str) -> str:
    """The text of a failure, about that machine. Raises ValueError if there is none in French, or no such failure."""
    texts = [text for known, text in (FRENCH if lang == "fr" else ENGLISH) if known == failure]
    if texts:
        return texts[0].replace("web01", machine).replace("VMName", machine)
    if lang == "en" and any(known == failure for _, known in CODES):
        return f"The replication cycle of the virtual machine '{machine}' did not complete."  # no public sample
    raise ValueError(f"no text of {failure} is documented in {lang}")
