"""From what the collectors returned to the result of a step."""

from collections.abc import Iterator, Sequence

from azure_migrate_exporter.diagnosis.evidence import azure, path, vcenter
from azure_migrate_exporter.diagnosis.evidence.reading import Asked, Case
from azure_migrate_exporter.diagnosis.model import Observation, Result, Step, Verdict
from azure_migrate_exporter.failures.model import Text

_NO_HOST = Text(
    "no host is known: vCenter did not list any, and none is configured",
    "aucun hôte n'est connu : vCenter n'en a listé aucun et aucun n'est configuré",
)
_NOTHING = Text("", "")


def result(step: Step, asked: Sequence[Asked], case: Case) -> Result:
    """What came of a step."""
    if step.settled is not None:
        return _unasked(step, step.settled, step.note or _NOTHING)
    if not asked:
        return _unasked(step, Verdict.UNDECIDED, _NO_HOST)
    duration = max(one.run.outcome.duration for one in asked)
    if step.stage.of_appliance:
        observations = [path.read(step.signals[0], one) for one in asked]
        return Result(step, tuple(observations), (path.summary(observations),), duration)
    return _site(step, asked[0], case, duration)


def _unasked(step: Step, verdict: Verdict, note: Text) -> Result:
    names = {"appliance": step.appliance} if step.appliance else {}
    return Result(step, tuple(Observation(signal, verdict, note, names) for signal in step.signals), (note,))


def _site(step: Step, asked: Asked, case: Case, duration: float) -> Result:
    """The vCenter or the vault in one line, then what is worth a line of its own."""
    source = vcenter if step.stage.collector == "vsphere" else azure
    observations = tuple(source.read(step.signals, asked, case))
    headline = source.headline(asked, case)
    lines = dict.fromkeys([headline, *_worth_a_line(observations, case, headline)])
    return Result(step, observations, tuple(lines), duration, _beside_signals(step, asked, case))


def _beside_signals(step: Step, asked: Asked, case: Case) -> Verdict | None:
    if step.stage.collector == "replication" and azure.complains(asked.samples, case.machine):
        return Verdict.FAILED
    return Verdict.UNDECIDED if asked.run.outcome.reason is not None else None


def _worth_a_line(observations: Sequence[Observation], case: Case, headline: Text) -> Iterator[Text]:
    """Whatever is wrong; to a question about one failure every answer, beside what it answers."""
    for observation in observations:
        if observation.seen == headline:
            continue
        if case.question.failure is not None:
            yield _under(observation.signal.question, observation.seen)
        elif observation.verdict in {Verdict.FAILED, Verdict.UNDECIDED}:
            yield observation.seen


def _under(question: Text, answer: Text) -> Text:
    return Text(f"{question.en} {answer.en}", f"{question.into('fr')} {answer.into('fr')}")
