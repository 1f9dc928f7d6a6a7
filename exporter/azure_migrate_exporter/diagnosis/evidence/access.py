"""The exporter's own access: whether its checks got a token and got through its proxy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Answer, enumerate_texts
from azure_migrate_exporter.diagnosis.model import Result, Step, Verdict
from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Cause, Text
from azure_migrate_exporter.reasons import Reason

CAUSES: Final[Mapping[Reason, Cause]] = {
    Reason.PROXY: operation.PROXY_FAILING,
    Reason.IDENTITY: operation.IDENTITY_FAILING,
}
"""The cause, with its fix, of each reason of `OUR_ACCESS`. The proxy comes first: tokens come through it too."""


@dataclass(frozen=True, slots=True)
class AccessFault:
    """Why the exporter does not get out. It says nothing about the paths that it could not check."""

    reason: Reason
    cause: Cause
    seen: Text


def find_access_faults(answers: Iterable[Answer]) -> tuple[AccessFault, ...]:
    """One fault for each reason that concerns the exporter's own access, the most upstream first."""
    seen: dict[Reason | None, dict[Text, None]] = {}
    for answer in answers:
        text = Text(f"{answer.plan.spec.name} {answer.plan.target.name}: {answer.message.en}")
        seen.setdefault(answer.reason, {})[text] = None
    return tuple(
        AccessFault(reason, cause, enumerate_texts([*seen[reason]]))
        for reason, cause in CAUSES.items()
        if reason in seen
    )


def build_access_result(step: Step, answers: Sequence[Answer]) -> Result:
    """The result of the first step."""
    duration = max((answer.run.outcome.duration for answer in answers), default=None)
    if faults := find_access_faults(answers):
        return Result(step, (), tuple(fault.seen for fault in faults), duration, Verdict.FAILED)
    seen = Text("neither Entra ID nor a proxy refuses it", "ni Entra ID ni un proxy ne le refuse")
    return Result(step, (), (seen,), duration, Verdict.OK)
