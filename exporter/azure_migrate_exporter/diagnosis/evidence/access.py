"""The exporter's own access: whether its checks got a token and got through its proxy."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from azure_migrate_exporter.diagnosis.evidence.answer import Answer, enumerate_texts
from azure_migrate_exporter.diagnosis.model import Result, Step, Verdict
from azure_migrate_exporter.failures.data import operation
from azure_migrate_exporter.failures.model import Cause, Text
from azure_migrate_exporter.reasons import Reason

_VSPHERE: Final = "vsphere"
CAUSES: Final[Mapping[tuple[Reason, str | None], Cause]] = {
    (Reason.PROXY, None): operation.PROXY_FAILING,
    (Reason.IDENTITY, None): operation.IDENTITY_FAILING,
    (Reason.FORBIDDEN, _VSPHERE): operation.VCENTER_RIGHTS_MISSING,
}
"""The cause, with its fix, by reason and collector (None: any). The proxy comes first: tokens come through it too.

Of the others, vCenter answers "forbidden" to an account and never to an address, which a service's firewall does.
"""


@dataclass(frozen=True, slots=True)
class AccessFault:
    """Why the exporter does not get out. It says nothing about the paths that it could not check."""

    reason: Reason | None
    cause: Cause
    seen: Text
    ours: bool = True
    """False for what the exporter itself does not need, but replication does."""


def find_access_faults(answers: Iterable[Answer]) -> tuple[AccessFault, ...]:
    """One fault for each reason that concerns the exporter's own access, the most upstream first."""
    failed = [answer for answer in answers if answer.reason is not None]
    found = []
    for (reason, collector), cause in CAUSES.items():
        named = [a for a in failed if a.reason is reason and collector in {None, a.plan.spec.name}]
        seen = dict.fromkeys(Text(f"{a.plan.spec.name} {a.plan.target.name}: {a.message.en}") for a in named)
        if seen:
            found.append(AccessFault(reason, cause, enumerate_texts([*seen])))
    return tuple(found)


def build_access_result(step: Step, answers: Sequence[Answer]) -> Result:
    """The result of the first step."""
    duration = max((answer.run.outcome.duration for answer in answers), default=None)
    if faults := find_access_faults(answers):
        return Result(step, (), tuple(fault.seen for fault in faults), duration, Verdict.FAILED)
    seen = Text("neither Entra ID nor a proxy refuses it", "ni Entra ID ni un proxy ne le refuse")
    return Result(step, (), (seen,), duration, Verdict.OK)
