"""The parts of a diagnosis: the question, the steps, and the observations of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from azure_migrate_exporter.failures.model import Check, Failure, Signal, Text
from azure_migrate_exporter.reasons import Reason


class Verdict(StrEnum):
    """How an observation answers the signal's question, the worst first."""

    FAILED = "failed"
    """The bad answer: it points to a cause."""
    INCONCLUSIVE = "inconclusive"
    """The check ran without a conclusive answer, for instance because the exporter's credential has expired."""
    OK = "ok"
    """The good answer."""
    VALUE = "value"
    """A figure for a person to judge."""
    NOT_RUN = "not_run"
    """The check did not run: it costs something, or needs more than one reading."""
    NOT_CONFIGURED = "not_configured"
    """The configuration has no target for it."""
    NOT_APPLICABLE = "not_applicable"
    """Projects of this generation do not have it."""


ANSWERS = frozenset({Verdict.FAILED, Verdict.OK, Verdict.VALUE})
"""Verdicts of checks that ran with a conclusive answer."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine in question, as vCenter and Azure list it; unknown fields are empty."""

    vm: str
    vm_id: str = ""
    vcenter: str = ""
    host: str = ""
    datastores: tuple[str, ...] = ()
    """Every datastore with disks of the machine."""
    vault: str = ""
    appliance: str = ""
    """Name in Azure."""
    azure_host: str = ""
    """The address of its ESXi host, as the appliance uses it."""

    @property
    def own(self) -> dict[str, str]:
        """The labels of its series, from vCenter and from Azure."""
        return {"vm_id": self.vm_id} if self.vm_id else {"vm": self.vm}

    @property
    def names(self) -> dict[str, str]:
        """Values for the placeholders of a fix."""
        datastore = self.datastores[0] if self.datastores else ""
        names = {"vm": self.vm, "vm_id": self.vm_id, "vcenter": self.vcenter, "host": self.host, "datastore": datastore}
        return {placeholder: value for placeholder, value in names.items() if value}


@dataclass(frozen=True, slots=True)
class Question:
    """What the diagnosis is about."""

    failure: Failure | None = None
    """The failure whose cause is wanted; None for the whole path."""
    machine: Machine | None = None
    appliance: str = ""
    """Only the path of this appliance; of every configured one if empty."""
    collectors: frozenset[str] | None = None
    """Only these collectors; None for all."""
    preflight: bool = False
    """Whether it is asked before the machines replicate: what would fail then."""
    benchmark: bool = False
    """Whether to run the upload benchmark, which sends megabytes."""

    def checks(self, signal: Signal) -> tuple[Check, ...]:
        """The checks of the failure in question that use this signal."""
        return tuple(check for check in self.failure.checks if check.signal == signal) if self.failure else ()

    def uses(self, signal: Signal) -> bool:
        """Whether the signal contributes to the answer."""
        return self.failure is None or bool(self.checks(signal))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the article's procedure."""

    collector: str
    title: Text
    signals: tuple[Signal, ...]
    section: str
    """The section to add to the configuration where it is missing."""
    per_appliance: bool = True
    """Whether each appliance has its own steps; otherwise each vCenter or vault has."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage for one target: an account, a namespace, a vCenter, or all ESXi hosts of an appliance."""

    stage: Stage
    signals: tuple[Signal, ...]
    """The signals that it observes."""
    appliance: str = ""
    target: str = ""
    """The collector's target; empty for all targets."""
    skipped: Verdict | None = None
    """The verdict of a step that does not run."""
    skip_reason: Text | None = None
    """Why it does not run."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One signal's answer for one target."""

    signal: Signal
    verdict: Verdict
    seen: Text
    names: Mapping[str, str] = field(default_factory=dict)
    """Values for placeholders, such as the account."""
    reason: Reason | None = None
    """Why the check failed, if it did."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a step. `duration` is in seconds, None for a skipped step."""

    step: Step
    observations: tuple[Observation, ...]
    seen: tuple[Text, ...]
    """The observations in words, a line each."""
    duration: float | None = None
    other_verdict: Verdict | None = None
    """The verdict on what no signal covers, such as the health of machines in Azure."""

    @property
    def verdict(self) -> Verdict:
        """The worst verdict; VALUE if there is none."""
        verdicts = [observation.verdict for observation in self.observations]
        return min(filter(None, (*verdicts, self.other_verdict)), key=list(Verdict).index, default=Verdict.VALUE)


@dataclass(frozen=True, slots=True)
class ReportedError:
    """A current error of a machine in Azure; `failure` is an id of the catalogue, or unknown."""

    vm: str
    vm_id: str
    code: str
    failure: str
