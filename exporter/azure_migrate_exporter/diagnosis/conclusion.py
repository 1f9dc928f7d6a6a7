"""The end of a diagnosis: the most upstream cause that what was seen points to, or what remains if nothing does.

What a signal proves is the catalogue's to say (`Strength`). Without a question about one failure, what only comes
before a failure is no cause of it: it is reported as the early sign that it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from azure_migrate_exporter.diagnosis.model import ANSWERS, Observation, Question, Reported, Result, Verdict
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.evidence import APPLIANCE, GATEWAY_SERVICE
from azure_migrate_exporter.failures.model import Cause, Check, Failure, Strength, Text

_RUNS: Final = Text("yet its gateway service runs", "pourtant son service de passerelle est en cours d'exécution")


class Ending(StrEnum):
    """How a diagnosis ends."""

    HEALTHY = "healthy"
    CAUSE_FOUND = "cause_found"
    COULD_NOT_TELL = "could_not_tell"

    @property
    def exit_code(self) -> int:
        """Of the command."""
        return list(Ending).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """An observation that points to a cause.

    `cause` is None where only the failure itself is seen, or an early sign of it.
    """

    observation: Observation
    failure: Failure
    cause: Cause | None
    strength: Strength


@dataclass(frozen=True, slots=True)
class Remaining:
    """A cause that nothing points to and nothing rules out; `observations` are what was seen of it, if anything."""

    failure: Failure
    cause: Cause
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What all steps together say.

    `causes` has the most upstream finding of each appliance's path, `further` the findings behind them. `remaining` is
    told only where there is none.
    """

    ending: Ending
    causes: tuple[Finding, ...] = ()
    further: tuple[Finding, ...] = ()
    remaining: tuple[Remaining, ...] = ()
    undecided: tuple[Observation, ...] = ()
    failures: tuple[Failure, ...] = ()
    """The failures that are asked about or that Azure reports."""


def conclude(question: Question, results: Sequence[Result], reported: Sequence[Reported] = ()) -> Conclusion:
    """`results` in the order of the procedure. Azure's errors count where nobody asked about a certain failure."""
    observations = list(_consistent([observation for result in results for observation in result.observations]))
    failures = _failures(question, reported)
    findings = list(_findings(observations, question, failures))
    undecided = tuple(_undecided(observations))
    if findings:
        causes = tuple(_most_upstream(findings))
        further = tuple(finding for finding in findings if finding not in causes)
        return Conclusion(Ending.CAUSE_FOUND, causes, further, undecided=undecided, failures=failures)
    complains = bool(reported) or any(result.beside is Verdict.FAILED for result in results)
    unexplained = complains and question.failure is None
    ending = Ending.COULD_NOT_TELL if unexplained or not _all_answered(observations) else Ending.HEALTHY
    remaining = tuple(_remaining(failures, observations))
    return Conclusion(ending, remaining=remaining, undecided=undecided, failures=failures)


def _consistent(observations: Sequence[Observation]) -> Iterator[Observation]:
    """An appliance whose gateway service is seen to run cannot be down, whatever its other port says."""
    running = [o.names.get("appliance") for o in observations if (o.signal, o.verdict) == (GATEWAY_SERVICE, Verdict.OK)]
    for observation in observations:
        down = (observation.signal, observation.verdict) == (APPLIANCE, Verdict.FAILED)
        if down and observation.names.get("appliance") in running:
            seen = Text(f"{observation.seen.en}; {_RUNS.en}", f"{observation.seen.into('fr')} ; {_RUNS.into('fr')}")
            yield replace(observation, verdict=Verdict.UNDECIDED, seen=seen)
        else:
            yield observation


def _failures(question: Question, reported: Iterable[Reported]) -> tuple[Failure, ...]:
    if question.failure is not None:
        return (question.failure,)
    known = dict.fromkeys(error.failure for error in reported)
    return tuple(CATALOGUE[name] for name in known if name in CATALOGUE)


def _undecided(observations: Sequence[Observation]) -> Iterator[Observation]:
    """What was asked in vain; not what only repeats that something fails, as all signals of a vCenter that is down."""
    told = [(o.signal.collector, o.seen) for o in observations if o.verdict is Verdict.FAILED]
    for observation in observations:
        if observation.verdict is Verdict.UNDECIDED and (observation.signal.collector, observation.seen) not in told:
            yield observation


def _all_answered(observations: Sequence[Observation]) -> bool:
    """Whether something was asked, and every answer tells."""
    verdicts = {observation.verdict for observation in observations}
    return bool(verdicts & ANSWERS) and Verdict.UNDECIDED not in verdicts


# --- what points to a cause ------------------------------------------------------------------------------------------


def _findings(
    observations: Iterable[Observation], question: Question, failures: Sequence[Failure]
) -> Iterator[Finding]:
    """A finding for each failed observation that means one, direct evidence before all other."""
    found = [
        finding
        for observation in observations
        if observation.verdict is Verdict.FAILED and (finding := _meaning(observation, question, failures))
    ]
    yield from sorted(found, key=lambda finding: finding.strength is not Strength.DIRECT)


def _meaning(observation: Observation, question: Question, failures: Sequence[Failure]) -> Finding | None:
    """What an observation means: the strongest evidence, of a failure in question, that looks for it first.

    Of what is still equal, the catalogue's first.
    """
    others = () if question.failure else [f for f in CATALOGUE.values() if not f.carrier]
    candidates = [
        (list(Strength).index(finding.strength), failure not in failures, position, finding)
        for failure in dict.fromkeys((*failures, *others))
        for position, finding in _candidates(observation, failure)
    ]
    if not candidates:
        return None
    best = min(candidates, key=lambda candidate: candidate[:3])[3]
    if best.strength is Strength.EARLY and best.failure not in failures:
        return Finding(observation, best.failure, None, Strength.EARLY)
    return best


def _candidates(observation: Observation, failure: Failure) -> Iterator[tuple[int, Finding]]:
    """Causes of a failure, and the failure itself, that it speaks for; with its place among their checks."""
    for cause in (*failure.causes, None):
        for position, check in enumerate(cause.checks if cause else failure.signs):
            if _speaks(check, observation):
                yield position, Finding(observation, failure, cause, check.strength)


def _speaks(check: Check, observation: Observation) -> bool:
    if check.signal != observation.signal:
        return False
    return not check.reasons or observation.reason is None or observation.reason.value in check.reasons


def _most_upstream(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The first finding of each appliance. What belongs to none, as vCenter does, counts if no appliance has any."""
    seen: set[str] = set()
    paths = [(finding, finding.observation.names.get("appliance", "")) for finding in findings]
    shared_first = all(not appliance for _, appliance in paths)
    for finding, appliance in paths:
        if appliance not in seen and (appliance or shared_first):
            seen.add(appliance)
            yield finding


# --- what remains ----------------------------------------------------------------------------------------------------


def _remaining(failures: Iterable[Failure], observations: Sequence[Observation]) -> Iterator[Remaining]:
    for failure in failures:
        for cause in failure.causes:
            seen = [(check, o) for check in cause.checks for o in observations if o.signal == check.signal]
            if cause.checks and seen and all(o.verdict is Verdict.NOT_APPLICABLE for _, o in seen):
                continue
            if not any(_rules_out(check, observation) for check, observation in seen) or _open(seen):
                yield Remaining(failure, cause, tuple(observation for _, observation in seen))


def _rules_out(check: Check, observation: Observation) -> bool:
    return check.strength is not Strength.PROXY and observation.verdict is Verdict.OK


def _open(seen: Iterable[tuple[Check, Observation]]) -> bool:
    """Whether more could be known: direct evidence of another appliance, perhaps, or what was not asked."""
    return any(
        observation.verdict is Verdict.NOT_ASKED
        or (check.strength is Strength.DIRECT and observation.verdict not in {Verdict.OK, Verdict.NOT_APPLICABLE})
        for check, observation in seen
    )
