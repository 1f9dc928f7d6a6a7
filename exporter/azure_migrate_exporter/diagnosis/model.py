"""What a diagnosis is made of: the question, the steps, and what was seen at each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from azure_migrate_exporter.failures.model import Check, Failure, Signal, Text
from azure_migrate_exporter.reasons import Reason


class Verdict(StrEnum):
    """What an observation says of the signal's question. The worst of several comes first."""

    FAILED = "failed"
    """The answer is the bad one: it points to a cause."""
    UNDECIDED = "undecided"
    """It was asked and the answer does not tell, for instance because our own credential has ended."""
    OK = "ok"
    """The answer is the good one."""
    VALUE = "value"
    """A figure that only a person can weigh."""
    NOT_ASKED = "not_asked"
    """Nobody asked: it costs something, or takes more than one look."""
    NOT_CONFIGURED = "not_configured"
    """The configuration does not say where to ask."""
    NOT_APPLICABLE = "not_applicable"
    """Projects of this generation do not have it."""


ANSWERS = frozenset({Verdict.FAILED, Verdict.OK, Verdict.VALUE})
"""Verdicts of what was asked and answered."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that is asked about, as far as vCenter and Azure know it; what nobody tells is empty."""

    vm: str
    vm_id: str = ""
    vcenter: str = ""
    host: str = ""
    datastore: str = ""
    vault: str = ""
    appliance: str = ""
    """As Azure calls it."""
    azure_host: str = ""
    """The address of its ESXi host, as the appliance uses it."""

    @property
    def own(self) -> dict[str, str]:
        """The labels that its series have, at vCenter and at Azure."""
        return {"vm_id": self.vm_id} if self.vm_id else {"vm": self.vm}

    @property
    def names(self) -> dict[str, str]:
        """Its values for the placeholders of a fix."""
        names = {"vm": self.vm, "vcenter": self.vcenter, "host": self.host, "datastore": self.datastore}
        return {placeholder: value for placeholder, value in names.items() if value}


@dataclass(frozen=True, slots=True)
class Question:
    """What a person wants to know."""

    failure: Failure | None = None
    """Why this failure occurs; the whole path is looked at without one."""
    machine: Machine | None = None
    appliance: str = ""
    """Only the path of this appliance; of every one that is configured if empty."""
    collectors: frozenset[str] | None = None
    """Only what these collectors ask; None for everything."""
    benchmark: bool = False
    """Whether the upload may be measured, which sends megabytes."""

    def checks(self, signal: Signal) -> tuple[Check, ...]:
        """What this signal is to the failure asked for."""
        return tuple(check for check in self.failure.checks if check.signal == signal) if self.failure else ()

    def asks(self, signal: Signal) -> bool:
        """Whether the signal can help to answer."""
        return self.failure is None or bool(self.checks(signal))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the article's procedure."""

    collector: str
    title: Text
    signals: tuple[Signal, ...]
    section: str
    """What to add to the configuration where it is missing."""
    of_appliance: bool = True
    """Whether each appliance has its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage for one thing: an account, a namespace, a vCenter, or all ESXi hosts of an appliance."""

    stage: Stage
    signals: tuple[Signal, ...]
    """What it answers."""
    appliance: str = ""
    target: str = ""
    """The collector's target; empty for all that there are."""
    settled: Verdict | None = None
    """The verdict, where it is known without asking."""
    note: Text | None = None
    """Why it is settled."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one signal says about one thing."""

    signal: Signal
    verdict: Verdict
    seen: Text
    names: Mapping[str, str] = field(default_factory=dict)
    """Values for placeholders: which thing it is."""
    reason: Reason | None = None
    """Why a check failed, where one did."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a step. `duration` is in seconds, None if nothing was asked."""

    step: Step
    observations: tuple[Observation, ...]
    seen: tuple[Text, ...]
    """The observations in words, a line each, for a person."""
    duration: float | None = None
    beside: Verdict | None = None
    """The verdict on what no signal stands for, as the health of machines in Azure's view."""

    @property
    def verdict(self) -> Verdict:
        """The worst of all; of none, a value without judgement."""
        verdicts = [observation.verdict for observation in self.observations]
        return min(filter(None, (*verdicts, self.beside)), key=list(Verdict).index, default=Verdict.VALUE)


@dataclass(frozen=True, slots=True)
class Reported:
    """An error that Azure shows for a machine now; `failure` is an id of the catalogue, or unknown."""

    vm: str
    vm_id: str
    code: str
    failure: str
