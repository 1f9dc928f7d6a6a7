"""What the readings of all collectors share: a run, what its reading depends on, and how values are written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from azure_migrate_exporter.diagnosis.model import Machine, Observation, Question, Verdict
from azure_migrate_exporter.diagnosis.samples import Samples
from azure_migrate_exporter.engine.plan import Plan
from azure_migrate_exporter.engine.runner import Run
from azure_migrate_exporter.failures.model import Signal, Text
from azure_migrate_exporter.reasons import NOT_THE_PATH, Reason

MOST: Final = 3
"""Things that are named in one line; of more, the number is told."""

_OUT_OF_TIME: Final = Text(
    "the time for the diagnosis was over: give it more with --timeout",
    "le temps accordé au diagnostic était écoulé : donnez-en plus avec --timeout",
)
_NOTHING: Final = Text("nothing is wrong", "rien d'anormal")


@dataclass(frozen=True)
class Asked:
    """One collector's run on one target. `cut` if the deadline of the whole ended it before its own."""

    plan: Plan
    run: Run
    cut: bool = False

    @cached_property
    def samples(self) -> Samples:
        """What it measured."""
        return Samples(self.run.blocks)

    @property
    def message(self) -> Text:
        """What it says of its failure."""
        return _OUT_OF_TIME if self.cut else Text(self.run.outcome.message)

    @property
    def reason(self) -> Reason | None:
        """Why it failed, unless that was for want of time."""
        return None if self.cut else self.run.outcome.reason

    @property
    def inconclusive(self) -> bool:
        """Whether it failed for a reason that says nothing about what it was to check."""
        return self.cut or self.run.outcome.reason in NOT_THE_PATH


@dataclass(frozen=True, slots=True)
class Case:
    """What a reading depends on beside the run."""

    question: Question
    replicating: frozenset[str] = frozenset()
    """Ids, in lower case, of the machines that Azure lists."""
    remembers: bool = False
    """Whether the exporter's state is at hand, so that a change since it last looked is seen."""

    @property
    def machine(self) -> Machine | None:
        """The machine that is asked about."""
        return self.question.machine

    @property
    def labels(self) -> dict[str, str]:
        """The labels of that machine's series; none if all machines are asked about."""
        return self.machine.own if self.machine else {}

    def names(self, signal: Signal) -> bool:
        """Whether the failure that is asked about names this signal."""
        return bool(self.question.checks(signal))


@dataclass(frozen=True, slots=True)
class Bad:
    """One thing that is wrong: which, for placeholders, and in words."""

    names: Mapping[str, str]
    seen: Text


Answer = tuple[Verdict, Text] | list[Bad]
"""A verdict, or what is wrong: nothing, if there is none."""


def judged(signal: Signal, answer: Answer, names: Mapping[str, str]) -> Observation:
    """An answer as an observation. Of several things that are wrong the first fills the fix."""
    if isinstance(answer, tuple):
        return Observation(signal, *answer, names)
    if not answer:
        return Observation(signal, Verdict.OK, _NOTHING, names)
    return Observation(signal, Verdict.FAILED, enumerated([bad.seen for bad in answer]), {**names, **answer[0].names})


def enumerated(texts: Sequence[Text]) -> Text:
    """Several findings in one line: the first of them, and how many there are beside."""
    en, fr = ("; ".join(text.into(language) for text in texts[:MOST]) for language in ("en", "fr"))
    more = len(texts) - MOST
    return Text(f"{en}; and {more} more", f"{fr} ; et {more} de plus") if more > 0 else Text(en, fr)


def date(seconds: float) -> str:
    """A point in time, for a person."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def milliseconds(seconds: float) -> str:
    """A short time."""
    return f"{seconds * 1e3:.1f} ms"


def rate(speed: float) -> str:
    """Bytes per second."""
    return f"{speed / 1e6:.3g} MB/s"
