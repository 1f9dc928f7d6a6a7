"""From observations to a conclusion: the most upstream cause, or the causes that remain possible.

The catalogue says what a signal proves (`Strength`). In a diagnosis of the whole path, a signal that only precedes a
failure is reported as an early sign, not as its cause.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.access import AccessFault
from azure_migrate_exporter.diagnosis.model import ANSWERS, Observation, Question, ReportedError, Result, Verdict
from azure_migrate_exporter.failures.catalogue import CATALOGUE
from azure_migrate_exporter.failures.conditions import CONDITIONS
from azure_migrate_exporter.failures.evidence import APPLIANCE, GATEWAY_SERVICE
from azure_migrate_exporter.failures.model import Cause, Check, Failure, Strength, Text

_SERVICE_RUNS: Final = Text(
    "yet its gateway service runs", "pourtant son service de passerelle est en cours d'exécution"
)


class Status(StrEnum):
    """The status of a finished diagnosis."""

    HEALTHY = "healthy"
    CAUSE_FOUND = "cause_found"
    INCONCLUSIVE = "inconclusive"

    @property
    def exit_code(self) -> int:
        """The command's exit code."""
        return list(Status).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """An observation that points to a cause.

    `cause` is None where only the failure itself, or an early sign of it, is observed. `failure` is None where a
    condition is observed that no failure in question comes of.
    """

    observation: Observation
    failure: Failure | None
    cause: Cause | None
    strength: Strength

    @property
    def title(self) -> Text:
        """The cause, or else the failure, in words."""
        known = self.cause.text if self.cause else None
        return known or (self.failure.title if self.failure else self.observation.seen)


@dataclass(frozen=True, slots=True)
class RemainingCause:
    """A cause that no observation points to and none rules out, with the observations that concern it."""

    failure: Failure
    cause: Cause
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The result of all steps.

    `causes` has the most upstream finding of each appliance's path, `further` the findings downstream of them.
    `remaining` is empty if there are causes.
    """

    status: Status
    causes: tuple[Finding, ...] = ()
    further: tuple[Finding, ...] = ()
    remaining: tuple[RemainingCause, ...] = ()
    inconclusive: tuple[Observation, ...] = ()
    failures: tuple[Failure, ...] = ()
    """The failures in question: the one asked for, or those that Azure reports."""
    access_faults: tuple[AccessFault, ...] = ()
    """Why the exporter itself does not get out, so that some answers are inconclusive; and roles that are missing."""


def conclude(
    question: Question,
    results: Sequence[Result],
    reported: Sequence[ReportedError] = (),
    access_faults: tuple[AccessFault, ...] = (),
) -> Conclusion:
    """`results` are in the order of the procedure. Azure's errors count unless the question names a failure."""
    observations = list(_reconciled([observation for result in results for observation in result.observations]))
    failures = _failures(question, reported)
    findings = list(_findings(observations, question, failures))
    inconclusive = tuple(_inconclusive(observations))
    if findings or not all(fault.ours for fault in access_faults):
        causes = tuple(_most_upstream(findings))
        further = tuple(finding for finding in findings if finding not in causes)
        return Conclusion(
            Status.CAUSE_FOUND,
            causes,
            further,
            inconclusive=inconclusive,
            failures=failures,
            access_faults=access_faults,
        )
    has_errors = bool(reported) or any(result.other_verdict is Verdict.FAILED for result in results)
    unexplained = has_errors and question.failure is None
    unclear = access_faults or unexplained or not _all_answered(observations)
    return Conclusion(
        Status.INCONCLUSIVE if unclear else Status.HEALTHY,
        remaining=tuple(_remaining(failures, observations)),
        inconclusive=inconclusive,
        failures=failures,
        access_faults=access_faults,
    )


def _reconciled(observations: Sequence[Observation]) -> Iterator[Observation]:
    """The observations, in which the failed port check of an appliance is inconclusive if its gateway service runs."""
    running = [o.names.get("appliance") for o in observations if (o.signal, o.verdict) == (GATEWAY_SERVICE, Verdict.OK)]
    for observation in observations:
        down = (observation.signal, observation.verdict) == (APPLIANCE, Verdict.FAILED)
        if down and observation.names.get("appliance") in running:
            seen = Text(
                f"{observation.seen.en}; {_SERVICE_RUNS.en}",
                f"{observation.seen.into('fr')} ; {_SERVICE_RUNS.into('fr')}",
            )
            yield replace(observation, verdict=Verdict.INCONCLUSIVE, seen=seen)
        else:
            yield observation


def _failures(question: Question, reported: Iterable[ReportedError]) -> tuple[Failure, ...]:
    if question.failure is not None:
        return (question.failure,)
    known = dict.fromkeys(error.failure for error in reported)
    return tuple(CATALOGUE[name] for name in known if name in CATALOGUE)


def _inconclusive(observations: Sequence[Observation]) -> Iterator[Observation]:
    """Inconclusive observations, without those that repeat a failure, as all signals of a vCenter that is down."""
    failed = [(o.signal.collector, o.seen) for o in observations if o.verdict is Verdict.FAILED]
    for observation in observations:
        if (
            observation.verdict is Verdict.INCONCLUSIVE
            and (observation.signal.collector, observation.seen) not in failed
        ):
            yield observation


def _all_answered(observations: Sequence[Observation]) -> bool:
    """Whether at least one check ran, and every answer is conclusive."""
    verdicts = {observation.verdict for observation in observations}
    return bool(verdicts & ANSWERS) and Verdict.INCONCLUSIVE not in verdicts


# --- what points to a cause ------------------------------------------------------------------------------------------


def _findings(
    observations: Iterable[Observation], question: Question, failures: Sequence[Failure]
) -> Iterator[Finding]:
    """A finding for each failed observation that supports one, direct evidence first."""
    found = [
        finding
        for observation in observations
        if observation.verdict is Verdict.FAILED and (finding := _best_finding(observation, question, failures))
    ]
    yield from sorted(found, key=lambda finding: finding.strength is not Strength.DIRECT)


def _best_finding(observation: Observation, question: Question, failures: Sequence[Failure]) -> Finding | None:
    """The finding with the strongest evidence, then a failure in question, then the earliest check of its cause.

    Ties go to the order of the catalogue.
    """
    others = () if question.failure else [f for f in CATALOGUE.values() if not f.carrier]
    candidates = [
        (list(Strength).index(finding.strength), failure not in failures, position, finding)
        for failure in dict.fromkeys((*failures, *others))
        for position, finding in _candidates(observation, failure)
    ]
    best = min(candidates, key=lambda candidate: candidate[:3])[3] if candidates else None
    explains = best is not None and (best.strength is Strength.DIRECT or best.failure in failures)
    if condition := _condition(observation):
        return Finding(observation, best.failure if best and explains else None, condition, Strength.DIRECT)
    if best is not None and not explains and best.strength is Strength.EARLY:
        return Finding(observation, best.failure, None, Strength.EARLY)
    return best


def _condition(observation: Observation) -> Cause | None:
    """The condition that the observation is, whatever failure comes of it: its fix is the one to begin with."""
    return next((cause for cause in CONDITIONS.values() if any(_is(c, observation) for c in cause.checks)), None)


def _is(check: Check, observation: Observation) -> bool:
    return check.signal == observation.signal and (not check.reasons or observation.reason in check.reasons)


def _candidates(observation: Observation, failure: Failure) -> Iterator[tuple[int, Finding]]:
    """The causes of a failure, and the failure itself, that it supports, each with the check's position."""
    for cause in (*failure.causes, None):
        for position, check in enumerate(cause.checks if cause else failure.signs):
            if _supports(check, observation):
                yield position, Finding(observation, failure, cause, check.strength)


def _supports(check: Check, observation: Observation) -> bool:
    if check.signal != observation.signal:
        return False
    return not check.reasons or observation.reason is None or observation.reason.value in check.reasons


def _most_upstream(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The first finding of each appliance; findings of a vCenter or vault only if no appliance has one."""
    seen: set[str] = set()
    paths = [(finding, finding.observation.names.get("appliance", "")) for finding in findings]
    shared_first = all(not appliance for _, appliance in paths)
    for finding, appliance in paths:
        if appliance not in seen and (appliance or shared_first):
            seen.add(appliance)
            yield finding


# --- what remains ----------------------------------------------------------------------------------------------------


def _remaining(failures: Iterable[Failure], observations: Sequence[Observation]) -> Iterator[RemainingCause]:
    for failure in failures:
        for cause in failure.causes:
            seen = [(check, o) for check in cause.checks for o in observations if o.signal == check.signal]
            if cause.checks and seen and all(o.verdict is Verdict.NOT_APPLICABLE for _, o in seen):
                continue
            if not any(_rules_out(check, observation) for check, observation in seen) or _may_still_hold(seen):
                yield RemainingCause(failure, cause, tuple(observation for _, observation in seen))


def _rules_out(check: Check, observation: Observation) -> bool:
    return check.strength is not Strength.INDIRECT and observation.verdict is Verdict.OK


def _may_still_hold(seen: Iterable[tuple[Check, Observation]]) -> bool:
    """Whether direct evidence is missing, for instance from another appliance or from a check that did not run."""
    return any(
        observation.verdict is Verdict.NOT_RUN
        or (check.strength is Strength.DIRECT and observation.verdict not in {Verdict.OK, Verdict.NOT_APPLICABLE})
        for check, observation in seen
    )
