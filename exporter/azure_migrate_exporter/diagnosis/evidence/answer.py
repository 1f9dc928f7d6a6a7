"""What a collector answered, and how its answer becomes an observation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from azure_migrate_exporter.diagnosis.model import Machine, Observation, Question, Verdict
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.failures.model import Signal, Text
from azure_migrate_exporter.reasons import NOT_THE_PATH, Reason

MAX_LISTED: Final = 3
"""Problems named in one line; the rest is counted."""

_DEADLINE_PASSED: Final = Text(
    "the diagnosis ran out of time: raise --timeout",
    "le temps accordé au diagnostic est écoulé : augmentez --timeout",
)
_NO_PROBLEM: Final = Text("no problem found", "rien d'anormal")


@dataclass(frozen=True)
class Answer:
    """One collector's run on one target. `cut_off`: the diagnosis' deadline ended it before its own timeout."""

    plan: Plan
    run: Run
    cut_off: bool = False

    @cached_property
    def samples(self) -> Samples:
        """What the run measured."""
        return Samples(self.run.blocks)

    @property
    def message(self) -> Text:
        """The message of a failed run."""
        return _DEADLINE_PASSED if self.cut_off else Text(self.run.outcome.message)

    @property
    def reason(self) -> Reason | None:
        """Why the run failed; None also for a run that was cut off."""
        return None if self.cut_off else self.run.outcome.reason

    @property
    def inconclusive(self) -> bool:
        """Whether the run failed for a reason that says nothing about the thing it checks."""
        return self.cut_off or self.run.outcome.reason in NOT_THE_PATH


@dataclass(frozen=True, slots=True)
class EvidenceContext:
    """What the verdict on an answer depends on besides the answer."""

    question: Question
    replicating: frozenset[str] = frozenset()
    """Lower-case ids of the machines in Azure's list."""
    has_state: bool = False
    """Whether the exporter's state directory is available, so that changes since its last run are visible."""

    @property
    def machine(self) -> Machine | None:
        """The machine in question."""
        return self.question.machine

    @property
    def labels(self) -> dict[str, str]:
        """The labels of that machine's series; empty if the question is about all machines."""
        return self.machine.own if self.machine else {}

    def is_evidence(self, signal: Signal) -> bool:
        """Whether this signal is evidence of the failure in question."""
        return bool(self.question.checks(signal))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: values for placeholders, and a description."""

    names: Mapping[str, str]
    seen: Text


Assessment = tuple[Verdict, Text] | list[Problem]
"""A verdict with its description, or the problems found; an empty list means OK."""


def to_observation(signal: Signal, assessment: Assessment, names: Mapping[str, str]) -> Observation:
    """An assessment as an observation. The first of several problems fills the placeholders of the fix."""
    if isinstance(assessment, tuple):
        return Observation(signal, *assessment, names)
    if not assessment:
        return Observation(signal, Verdict.OK, _NO_PROBLEM, names)
    seen = enumerate_texts([problem.seen for problem in assessment])
    return Observation(signal, Verdict.FAILED, seen, {**names, **assessment[0].names})


def join_texts(head: Text, text: Text) -> Text:
    """Two texts as one; French only if the second is."""
    return Text(f"{head.en} {text.en}", f"{head.into('fr')} {text.into('fr')}")


def enumerate_texts(texts: Sequence[Text]) -> Text:
    """The first `MAX_LISTED` texts in one line, and the number of the others."""
    en, fr = ("; ".join(text.into(language) for text in texts[:MAX_LISTED]) for language in ("en", "fr"))
    more = len(texts) - MAX_LISTED
    return Text(f"{en}; and {more} more", f"{fr} ; et {more} de plus") if more > 0 else Text(en, fr)
