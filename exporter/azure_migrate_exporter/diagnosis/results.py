"""From the collectors' answers to the result of a step."""

from collections.abc import Iterator, Sequence

from azure_migrate_exporter.diagnosis.evidence import azure, path, vcenter
from azure_migrate_exporter.diagnosis.evidence.answer import Answer, EvidenceContext, join_texts
from azure_migrate_exporter.diagnosis.model import Observation, Result, Step, Verdict
from azure_migrate_exporter.failures.model import Text

_NO_HOST = Text(
    "no host is known: vCenter listed none, and none is configured",
    "aucun hôte n'est connu : vCenter n'en a listé aucun et aucun n'est configuré",
)
_NOTHING = Text("", "")


def build_result(step: Step, answer: Sequence[Answer], context: EvidenceContext) -> Result:
    """The result of a step."""
    if step.skipped is not None:
        return _skipped_result(step, step.skipped, step.skip_reason or _NOTHING)
    if not answer:
        return _skipped_result(step, Verdict.INCONCLUSIVE, _NO_HOST)
    duration = max(one.run.outcome.duration for one in answer)
    if step.stage.per_appliance:
        observations = [path.observe(step.signals[0], one) for one in answer]
        return Result(step, tuple(observations), (path.summarize(observations),), duration)
    return _site_result(step, answer[0], context, duration)


def _skipped_result(step: Step, verdict: Verdict, skip_reason: Text) -> Result:
    names = {"appliance": step.appliance} if step.appliance else {}
    return Result(
        step, tuple(Observation(signal, verdict, skip_reason, names) for signal in step.signals), (skip_reason,)
    )


def _site_result(step: Step, answer: Answer, context: EvidenceContext, duration: float) -> Result:
    """A summary of the vCenter or the vault, then a line for each noteworthy observation."""
    source = vcenter if step.stage.collector == "vsphere" else azure
    observations = tuple(source.observe(step.signals, answer, context))
    headline = source.summarize(answer, context)
    lines = dict.fromkeys([headline, *_noteworthy(observations, context, headline)])
    return Result(step, observations, tuple(lines), duration, _other_verdict(step, answer, context))


def _other_verdict(step: Step, answer: Answer, context: EvidenceContext) -> Verdict | None:
    if step.stage.collector == "replication" and azure.has_errors(answer.samples, context.machine):
        return Verdict.FAILED
    return Verdict.INCONCLUSIVE if answer.run.outcome.reason is not None else None


def _noteworthy(observations: Sequence[Observation], context: EvidenceContext, headline: Text) -> Iterator[Text]:
    """Problems; for a question about one failure every observation, after the question that it answers."""
    for observation in observations:
        if observation.seen == headline:
            continue
        if context.question.failure is not None:
            yield join_texts(observation.signal.question, observation.seen)
        elif observation.verdict in {Verdict.FAILED, Verdict.INCONCLUSIVE}:
            yield observation.seen
